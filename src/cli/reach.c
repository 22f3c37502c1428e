/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "../base/descriptor.h"
#include "reach.h"

static void describe(const struct addrinfo *a, char ret[static 80]) {
        char host[64] = "?", port[8] = "?";

        (void) getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, port, sizeof port,
                           NI_NUMERICHOST | NI_NUMERICSERV);
        snprintf(ret, 80, a->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* 0 or negative errno. SO_SNDTIMEO bounds connect() too. */
static int reach_one(const struct addrinfo *a, int64_t seconds, int *ret) {
        const struct timeval limit = { .tv_sec = (time_t) seconds };
        _cleanup_close_ int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, a->ai_protocol);

        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
                return -errno;
        if (connect(fd, a->ai_addr, a->ai_addrlen) < 0)
                return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
        *ret = TAKE_FD(fd);
        return 0;
}

int reach(const char *hostname, uint16_t port, int64_t seconds, char address[static 80], char *reason, size_t size) {
        const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
        struct addrinfo *all = NULL;
        char service[8];
        int fd = -1, r;

        snprintf(service, sizeof service, "%u", port);
        r = getaddrinfo(hostname, service, &hints, &all);
        if (r != 0) {
                snprintf(reason, size, "hostname: %s: %s", hostname, gai_strerror(r));
                return -EINVAL;
        }
        for (const struct addrinfo *a = all; a && fd < 0; a = a->ai_next) {
                describe(a, address);
                r = reach_one(a, seconds, &fd);
                if (r < 0)
                        snprintf(reason, size, "%s: %s", address, strerror(-r));
        }
        freeaddrinfo(all);
        return fd < 0 ? -EINVAL : fd;
}
