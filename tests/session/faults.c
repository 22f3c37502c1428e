/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Preloaded into a session: the call of FAULT_AT, counted from 0 over all calls of the kind that FAULT_OF names, fails:
 * memory, our-memory (allocations that libraries of the system do not make) or io. Says so on stderr, so that a test
 * knows when it has been through all of them. */

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static long memory_in = -1, io_in = -1;
static bool only_ours;

__attribute__((constructor)) static void begin(void) {
        const char *of = getenv("FAULT_OF"), *at = getenv("FAULT_AT");

        if (!of || !at)
                return;
        only_ours = strcmp(of, "our-memory") == 0;
        if (strcmp(of, "io") == 0)
                io_in = atol(at);
        else
                memory_in = atol(at);
}

/* Some libraries look at no answer of malloc(), or only at some: nothing of ours could help a process that dies in there.
 * (libcrypto 3.0 while it loads its providers.) */
static bool is_spared(const void *caller) {
        static const char *const libraries[] = { "libconfig", "libcrypto", "libseccomp" };
        Dl_info info;

        if (dladdr(caller, &info) == 0 || !info.dli_fname)
                return only_ours;
        if (only_ours)
                return strncmp(info.dli_fname, "/lib", 4) == 0 || strncmp(info.dli_fname, "/usr/lib", 8) == 0;
        for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
                if (strstr(info.dli_fname, libraries[i]))
                        return true;
        return false;
}

static bool fails(long *in, int error, const void *caller) {
        char text[512];
        Dl_info info;

        if (*in < 0 || (*in)-- > 0)
                return false;
        if (dladdr(caller, &info) == 0)
                info = (Dl_info) { .dli_fname = "?" };
        snprintf(text, sizeof text, "fault injected: %s+0x%tx\n", info.dli_fname,
                 (const char *) caller - (const char *) info.dli_fbase);
        (void) !write(STDERR_FILENO, text, strlen(text));
        errno = error;
        return true;
}

static bool lacks_memory(const void *caller) {
        return memory_in >= 0 && !is_spared(caller) && fails(&memory_in, ENOMEM, caller);
}

/* glibc's own names: nothing has to be looked up while nothing can be allocated yet. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

EXPORT void *malloc(size_t size) {
        return lacks_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t n, size_t size) {
        return lacks_memory(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

EXPORT void *realloc(void *p, size_t size) {
        return lacks_memory(__builtin_return_address(0)) ? NULL : __libc_realloc(p, size);
}

EXPORT void *reallocarray(void *p, size_t n, size_t size) {
        size_t all;

        if (__builtin_mul_overflow(n, size, &all) || lacks_memory(__builtin_return_address(0)))
                return NULL;
        return __libc_realloc(p, all);
}

/* libc's would hide who asks. */
#undef strdup
char *__strdup(const char *text);
EXPORT char *__strdup(const char *text) {
        size_t size = strlen(text) + 1;
        char *copy = lacks_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(size);

        return copy ? memcpy(copy, text, size) : NULL;
}

EXPORT char *strdup(const char *text) __attribute__((alias("__strdup")));

#define NEXT(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

EXPORT ssize_t recv(int fd, void *bytes, size_t size, int flags) {
        return fails(&io_in, ECONNRESET, __builtin_return_address(0)) ? -1 : NEXT(recv)(fd, bytes, size, flags);
}

ssize_t __recv_chk(int fd, void *bytes, size_t size, size_t room, int flags);
EXPORT ssize_t __recv_chk(int fd, void *bytes, size_t size, size_t room, int flags) {
        return size > room ? (abort(), -1) : recv(fd, bytes, size, flags);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
        return fails(&io_in, ENOMEM, __builtin_return_address(0)) ? -1 : NEXT(recvmsg)(fd, message, flags);
}

EXPORT ssize_t send(int fd, const void *bytes, size_t size, int flags) {
        return fails(&io_in, EPIPE, __builtin_return_address(0)) ? -1 : NEXT(send)(fd, bytes, size, flags);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
        return fails(&io_in, ENOBUFS, __builtin_return_address(0)) ? -1 : NEXT(sendmsg)(fd, message, flags);
}

EXPORT int socket(int family, int type, int protocol) {
        return fails(&io_in, EMFILE, __builtin_return_address(0)) ? -1 : NEXT(socket)(family, type, protocol);
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t size) {
        return fails(&io_in, ECONNREFUSED, __builtin_return_address(0)) ? -1 : NEXT(connect)(fd, address, size);
}

EXPORT ssize_t pread(int fd, void *bytes, size_t size, off_t at) {
        return fails(&io_in, EIO, __builtin_return_address(0)) ? -1 : NEXT(pread)(fd, bytes, size, at);
}

EXPORT int epoll_ctl(int fd, int operation, int of, struct epoll_event *event) {
        return fails(&io_in, ENOSPC, __builtin_return_address(0)) ? -1 : NEXT(epoll_ctl)(fd, operation, of, event);
}
