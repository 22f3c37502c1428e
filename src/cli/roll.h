/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The roll of sessions: what the porter knows of them, put together with what systemd knows. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "places.h"
#include "units.h"

typedef struct RollSession {
        char *id;       /* the porter's; "" for a unit that has no lab yet */
        char *lab, *protocol, *upstream, *address;
        uint64_t since; /* microseconds since the epoch, 0: unknown */
        pid_t pid;      /* 0: unknown */
        char *unit;     /* NULL: unknown */
        char *status;   /* what it is doing; NULL */
} RollSession;

typedef struct Roll {
        int porter; /* connection */
        sd_bus *bus;
        RollSession *sessions;
        size_t n;
} Roll;

/* -ENOTCONN with reason, for people, where the porter does not answer. */
int roll_open(Roll *r, const Places *places, char *reason, size_t size);
void roll_done(Roll *r);
int roll_read(Roll *r);

/* Tells the porter; how many there were, or negative errno. */
int roll_kill(Roll *r, const char *session);
