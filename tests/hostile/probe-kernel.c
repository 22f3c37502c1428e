/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernel itself: namespaces, mounts, keys, code in memory, clocks, modules. */

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "probe.h"

static int closing(long fd) {
        if (fd < 0)
                return -errno;
        close((int) fd);
        return 0;
}

static int user_namespace(void) { return refused(unshare(CLONE_NEWUSER)); }
static int mount_namespace(void) { return refused(unshare(CLONE_NEWNS)); }
static int network_namespace(void) { return refused(unshare(CLONE_NEWNET)); }
static int mount_something(void) { return refused(mount("none", "/tmp", "tmpfs", 0, NULL)); }
static int unmount_something(void) { return refused(umount2("/proc", MNT_DETACH)); }
/* Into the root that it has: anywhere else the journal would be out of reach, and the session's end left no record. */
static int change_root(void) { return refused(chroot("/")); }
static int enter_namespace(void) { return refused(syscall(SYS_setns, 0, 0)); }
static int keyring(void) { return refused(syscall(SYS_keyctl, 0, -3, 1)); }
static int add_key(void) { return refused(syscall(SYS_add_key, "user", "left", "x", 1, -4)); }
static int swap_on(void) { return refused(swapon("/swap", 0)); }
static int set_host_name(void) { return refused(sethostname("owned", 5)); }
static int load_module(void) { return refused(syscall(SYS_init_module, "", 0, "")); }
static int switch_personality(void) { return refused(personality(ADDR_NO_RANDOMIZE)); }
static int raise_priority(void) { return refused(setpriority(PRIO_PROCESS, 0, -5)); }
static int ports(void) { return refused(syscall(SYS_ioperm, 0x80, 1, 1)); }
static int io_ring(void) { return closing(syscall(SYS_io_uring_setup, 1, (char[256]) {})); }
static int fault_handler(void) { return closing(syscall(SYS_userfaultfd, O_CLOEXEC)); }
static int memory_file(void) { return closing(syscall(SYS_memfd_create, "x", 0)); }
static int by_handle(void) { return closing(syscall(SYS_open_by_handle_at, 3, (char[64]) {}, O_RDONLY)); }

static int bpf_map(void) {
        union bpf_attr a = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

        return closing(syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof a));
}

static int perf(void) {
        struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE, .size = sizeof a };

        return closing(syscall(SYS_perf_event_open, &a, 1, -1, -1, 0));
}

static int set_clock(void) {
        struct timeval t = {};

        gettimeofday(&t, NULL);
        return refused(settimeofday(&t, NULL));
}

static int real_time(void) {
        struct sched_param p = { .sched_priority = 1 };

        return refused(sched_setscheduler(0, SCHED_FIFO, &p));
}

static int raise_limit(void) {
        struct rlimit l = { 100000, 100000 };

        return refused(setrlimit(RLIMIT_NOFILE, &l));
}

static int write_and_execute(void) {
        void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED)
                return -errno;
        munmap(p, 4096);
        return 0;
}

static int make_executable(void) {
        void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        int r;

        if (p == MAP_FAILED)
                return -errno;
        r = refused(mprotect(p, 4096, PROT_READ | PROT_EXEC));
        munmap(p, 4096);
        return r;
}

/* RB_ENABLE_CAD only asks for a flag; nothing restarts if it is allowed after all. */
static int reboot_flag(void) { return refused(reboot(RB_ENABLE_CAD)); }

static int limit_of_init(void) {
        struct rlimit l;

        return refused(prlimit(1, RLIMIT_NOFILE, NULL, &l));
}

const Attempt attempts_kernel[] = {
        { "new user namespace", user_namespace },
        { "new mount namespace", mount_namespace },
        { "new network namespace", network_namespace },
        { "enter a namespace", enter_namespace },
        { "mount", mount_something },
        { "unmount /proc", unmount_something },
        { "chroot", change_root },
        { "read the session keyring", keyring },
        { "add a key", add_key },
        { "load a BPF map", bpf_map },
        { "open a perf event", perf },
        { "set up io_uring", io_ring },
        { "handle page faults", fault_handler },
        { "make a memory file", memory_file },
        { "open by handle", by_handle },
        { "map memory to write and execute", write_and_execute },
        { "make memory executable", make_executable },
        { "load a module", load_module },
        { "touch reboot's flags", reboot_flag },
        { "turn on swap", swap_on },
        { "set the clock", set_clock },
        { "set the host name", set_host_name },
        { "do port I/O", ports },
        { "switch personality", switch_personality },
        { "become a real-time process", real_time },
        { "raise its priority", raise_priority },
        { "raise its descriptor limit", raise_limit },
        { "read PID 1's limits", limit_of_init },
        {},
};
