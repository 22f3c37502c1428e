/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../base/descriptor.h"
#include "../base/log.h"
#include "seal.h"

/* Everything that a session does after its start. Whoever adds a line says who calls it. */
static const int allowed[] = {
        /* sockets, as they are */
        SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
        SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
        SCMP_SYS(close), SCMP_SYS(fcntl), SCMP_SYS(lseek), SCMP_SYS(pread64),
        SCMP_SYS(fstat), SCMP_SYS(newfstatat), /* glibc's fstat() on either kernel interface */
        /* sd-event */
        SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(epoll_ctl),
        SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(poll), SCMP_SYS(ppoll),
        SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(getpid),
        SCMP_SYS(gettid), SCMP_SYS(signalfd4), /* sd-event, also when it lets go of one of two signals at the end */
        SCMP_SYS(getrandom), /* libssh2, rekeying */
        /* malloc; mmap and mprotect have rules of their own below */
        SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(sched_yield),
        /* signals and the end */
        SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
        SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* What a thread needs to begin, to wait and to end, and the library that it runs. */
static const int allowed_to_threads[] = {
        SCMP_SYS(set_robust_list), SCMP_SYS(rseq),       /* glibc, in each new thread */
        SCMP_SYS(select), SCMP_SYS(pselect6),            /* libvncclient */
        SCMP_SYS(eventfd2),                              /* FreeRDP's events */
        SCMP_SYS(sched_getaffinity), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrusage), /* FreeRDP, GnuTLS */
        SCMP_SYS(getsockname), SCMP_SYS(getpeername),
};

/* LeakSanitizer stops the process by ptrace when it ends, and nothing sealed lets that happen. */
#ifdef __SANITIZE_ADDRESS__
#define IS_DIAGNOSTIC 1
#else
#define IS_DIAGNOSTIC 0
#endif

void seal_begin(void) {
        const struct rlimit none = {};

        if (IS_DIAGNOSTIC)
                return;
        (void) setrlimit(RLIMIT_CORE, &none);
        (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        (void) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* A ruleset that handles every right there was in Landlock's first version and grants none. */
static int seal_files(void) {
        const struct landlock_ruleset_attr attributes = {
                .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
        };
        _cleanup_close_ int fd = (int) syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);

        if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
                return -errno;
        return 0;
}

static int allow(scmp_filter_ctx filter, const int *calls, size_t n) {
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++)
                r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
        return r;
}

/* A clone that shares everything, as pthread_create() makes it, is no new process. clone3() has its flags in memory,
 * where no filter sees them: without it glibc takes clone(). */
static int add_thread_rules(scmp_filter_ctx filter) {
        const scmp_datum_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
        int r = allow(filter, allowed_to_threads, ELEMENTS(allowed_to_threads));

        if (r < 0)
                return r;
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
        if (r < 0)
                return r;
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread));
}

static int add_rules(scmp_filter_ctx filter) {
        int r = allow(filter, allowed, ELEMENTS(allowed));

        if (r < 0)
                return r;
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
        if (r < 0)
                return r;
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
        if (r < 0)
                return r;
        /* libsystemd asserts that it can have it, on its way to a memfd for a record that the journal's socket refuses. */
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME));
        if (r < 0)
                return r;
        /* abort() reaches its own process only. */
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t) getpid()));
}

static int seal_calls(bool threads) {
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
        int r;

        if (!filter)
                return -ENOMEM;
        /* A library may have begun a thread while it warmed up: it is sealed as well. */
        r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
        if (r >= 0)
                r = add_rules(filter);
        if (r >= 0 && threads)
                r = add_thread_rules(filter);
        if (r >= 0)
                r = seccomp_load(filter);
        seccomp_release(filter);
        return r;
}

int seal(bool threads) {
        int r;

        if (IS_DIAGNOSTIC) {
                log_warning("Built with sanitizers: the session is not sealed");
                return 0;
        }
        r = seal_files();
        if (r < 0)
                log_debug_errno(r, "No Landlock, ignoring");
        return seal_calls(threads);
}
