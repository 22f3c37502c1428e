/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* systemd's descriptor store: keeps the connections of live sessions over the porter's death, each under a name that
 * says what the next porter needs to know. */

#include <stdint.h>

#include "../lab/token.h"

#define SESSION_ID_MAX 40
#define REMOTE_MAX 64

/* The state that outlives a porter. */
typedef struct Stored {
        char hash[TOKEN_HASH_SIZE + 1];
        char session[SESSION_ID_MAX + 1]; /* A-Z a-z 0-9 - */
        char remote[REMOTE_MAX + 1];      /* A-Z a-z 0-9 . : */
        uint16_t port;
        uint64_t since;                   /* microseconds since the epoch */
} Stored;

bool stored_session_is_valid(const char *session);
bool stored_remote_is_valid(const char *remote);

#define STORE_NAME_MAX 255 /* systemd's */
void store_format(const Stored *s, char ret[static STORE_NAME_MAX + 1]);
int store_parse(const char *name, Stored *ret); /* 0, -EINVAL */

int store_add(const Stored *s, int fd);  /* 0 also where there is no systemd */
int store_remove(const Stored *s);
