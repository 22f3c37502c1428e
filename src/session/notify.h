/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Words to the service manager (sd_notify(3)) over a socket opened once: libsystemd opens one for each message, which
 * a sealed process can't. Without $NOTIFY_SOCKET nothing is sent. */

#include <stdint.h>

typedef struct Notify {
        int fd; /* -1: nobody listens */
        uint64_t watchdog_usec; /* how often the manager wants to hear, 0: not at all */
} Notify;

void notify_init(Notify *n);
void notify_done(Notify *n);
void notify_ready(Notify *n);
void notify_status(Notify *n, const char *text);
void notify_watchdog(Notify *n);
void notify_stopping(Notify *n);
