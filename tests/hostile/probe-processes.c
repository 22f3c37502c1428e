/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Processes: signals, tracing, exec, identities; and the same against another session, whose PID is known here because
 * the test tells it. */

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define FORKS_ENOUGH 80 /* above LimitNPROC= and TasksMax= */

pid_t probe_target;

static int signal_init(void) { return refused(kill(1, 0)); }
static int trace_init(void) { return refused(ptrace(PTRACE_SEIZE, 1, NULL, NULL)); }
static int become_root(void) { return refused(syscall(SYS_setuid, 0)); }
static int join_root_group(void) { return refused(syscall(SYS_setgid, 0)); }

static int read_memory(pid_t pid) {
        char byte;
        struct iovec ours = { &byte, 1 }, theirs = { (void *) 0x400000, 1 };
        long n = syscall(SYS_process_vm_readv, pid, &ours, 1, &theirs, 1, 0);

        /* A wrong address of a process that may be read is a success for an attacker. */
        return n < 0 && errno != EFAULT ? -errno : 0;
}

static int read_init_memory(void) { return read_memory(1); }

/* The child answers by its exit status whether exec was refused. */
static int run_program(const char *path) {
        int status;
        pid_t child = (pid_t) syscall(SYS_fork);

        if (child < 0)
                return -errno;
        if (child == 0) {
                execl(path, path, "-c", "exit 0", NULL);
                _exit(errno > 0 && errno < 126 ? errno : 126);
        }
        if (waitpid(child, &status, 0) < 0)
                return -errno;
        return WIFEXITED(status) ? -WEXITSTATUS(status) : -EPERM;
}

static int run_shell(void) { return run_program("/bin/sh"); }
static int run_loader(void) { return run_program("/lib64/ld-linux-x86-64.so.2"); }

static int fork_bomb(void) {
        pid_t children[FORKS_ENOUGH];
        size_t n = 0;
        int error = 0;

        while (n < FORKS_ENOUGH) {
                pid_t child = (pid_t) syscall(SYS_fork);

                if (child == 0) {
                        pause();
                        _exit(0);
                }
                if (child < 0) {
                        error = errno;
                        break;
                }
                children[n++] = child;
        }
        for (size_t i = 0; i < n; i++) {
                kill(children[i], SIGKILL);
                waitpid(children[i], NULL, 0);
        }
        return -error;
}

const Attempt attempts_processes[] = {
        { "signal PID 1", signal_init },
        { "trace PID 1", trace_init },
        { "read PID 1's memory", read_init_memory },
        { "become root", become_root },
        { "join root's group", join_root_group },
        { "run a shell", run_shell },
        { "run the dynamic loader", run_loader },
        { "fork without end", fork_bomb },
        {},
};

static int target_file(const char *name) {
        char path[64];
        int fd;

        snprintf(path, sizeof path, "/proc/%d/%s", (int) probe_target, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        close(fd);
        return 0;
}

static int target_signal(void) { return refused(kill(probe_target, 0)); }
static int target_terminate(void) { return refused(kill(probe_target, SIGTERM)); }
static int target_trace(void) { return refused(ptrace(PTRACE_SEIZE, probe_target, NULL, NULL)); }
static int target_memory(void) { return read_memory(probe_target); }
static int target_mem_file(void) { return target_file("mem"); }
static int target_environment(void) { return target_file("environ"); }
static int target_command(void) { return target_file("cmdline"); }
static int target_maps(void) { return target_file("maps"); }
static int target_descriptors(void) { return target_file("fd"); }
static int target_root(void) { return target_file("root"); }
static int target_priority(void) { return refused(setpriority(PRIO_PROCESS, (id_t) probe_target, 19)); }

static int target_limits(void) {
        struct rlimit l = { 0, 0 };

        return refused(prlimit(probe_target, RLIMIT_CPU, &l, NULL));
}

static int target_affinity(void) {
        cpu_set_t set;

        CPU_ZERO(&set);
        CPU_SET(0, &set);
        return refused(sched_setaffinity(probe_target, sizeof set, &set));
}

static int target_steal_descriptor(void) {
        int r, fd = (int) syscall(SYS_pidfd_open, probe_target, 0);

        if (fd < 0)
                return -errno;
        r = refused(syscall(SYS_pidfd_getfd, fd, 3, 0));
        close(fd);
        return r;
}

static int target_compare(void) {
        return refused(syscall(SYS_kcmp, getpid(), probe_target, KCMP_FILE, 3, 3));
}

const Attempt attempts_target[] = {
        { "signal it", target_signal },
        { "terminate it", target_terminate },
        { "trace it", target_trace },
        { "read its memory", target_memory },
        { "open its /proc mem", target_mem_file },
        { "open its environment", target_environment },
        { "open its command line", target_command },
        { "open its maps", target_maps },
        { "open its descriptors", target_descriptors },
        { "open its root", target_root },
        { "lower its priority", target_priority },
        { "take its CPU time", target_limits },
        { "move it between CPUs", target_affinity },
        { "steal its connection", target_steal_descriptor },
        { "compare its descriptors", target_compare },
        {},
};
