/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "../base/descriptor.h"
#include "notify.h"

static int notify_connect(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t size = strlen(path);
        _cleanup_close_ int fd = -1;

        if ((path[0] != '/' && path[0] != '@') || size >= sizeof address.sun_path)
                return -1;
        memcpy(address.sun_path, path, size);
        if (path[0] == '@')
                address.sun_path[0] = 0;
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *) &address,
                              (socklen_t) (offsetof(struct sockaddr_un, sun_path) + size)) < 0)
                return -1;
        return TAKE_FD(fd);
}

void notify_init(Notify *n) {
        const char *path = getenv("NOTIFY_SOCKET");

        *n = (Notify) { .fd = path ? notify_connect(path) : -1 };
        if (sd_watchdog_enabled(0, &n->watchdog_usec) <= 0)
                n->watchdog_usec = 0;
}

void notify_done(Notify *n) {
        n->fd = fd_close(n->fd);
}

/* A manager that doesn't listen is none of our trouble. */
static void notify_send(Notify *n, const char *text) {
        if (n->fd >= 0)
                (void) !send(n->fd, text, strlen(text), MSG_NOSIGNAL);
}

void notify_ready(Notify *n) {
        notify_send(n, "READY=1");
}

void notify_status(Notify *n, const char *text) {
        char line[256];

        snprintf(line, sizeof line, "STATUS=%s", text);
        /* A newline would begin another assignment. */
        for (char *p = line; *p; p++)
                if ((unsigned char) *p < 0x20)
                        *p = ' ';
        notify_send(n, line);
}

void notify_watchdog(Notify *n) {
        notify_send(n, "WATCHDOG=1");
}

void notify_stopping(Notify *n) {
        notify_send(n, "STOPPING=1");
}
