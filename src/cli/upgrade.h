/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks for a WebSocket as a page does, with a token that opens nothing. */

#include <stddef.h>
#include <stdint.h>

typedef struct UpgradeTarget {
        const char *host; /* NULL: path is that of a Unix socket */
        uint16_t port;
        const char *path; /* of the WebSocket, or the Unix socket */
        bool tls;
} UpgradeTarget;

/* The HTTP status (101 if a session took it), or -EINVAL with a reason. */
int upgrade(const UpgradeTarget *target, char *reason, size_t size);
