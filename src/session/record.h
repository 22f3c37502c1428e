/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The session's records in the journal: one when it opens, one when the lab machine is in use, one when it ends. Never
 * a token, a password or a key. */

#include <stdint.h>

#include "../../plugins/plugin.h"

typedef struct Record {
        const char *session;        /* the tunnel's uuid; opens nothing */
        const char *lab;            /* NULL until known */
        const char *protocol;
        const char *upstream;       /* address and port */
        const char *remote_address; /* of the browser, as nginx saw it */
        LabgateStatus status;
        const char *reason;
        uint64_t duration_usec;
        uint64_t bytes_in, bytes_out; /* from and to the browser */
} Record;

/* libsystemd opens its socket with the first record: the opening one comes before the seal. */
void record_open(const Record *r);
void record_connected(const Record *r);
void record_end(const Record *r);
