/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "../base/cleanup.h"
#include "../base/parse.h"
#include "store.h"

/* Names have no ':' in them, addresses do. */
#define COLON '_'
#define PREFIX "session1"
#define FIELDS 6

static const char alphanumeric[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static bool consists_of(const char *text, size_t max, const char *also) {
        size_t n = strlen(text);

        if (n > max)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!strchr(alphanumeric, text[i]) && !strchr(also, text[i]))
                        return false;
        return true;
}

bool stored_session_is_valid(const char *session) {
        return session[0] && consists_of(session, SESSION_ID_MAX, "-");
}

bool stored_remote_is_valid(const char *remote) {
        return consists_of(remote, REMOTE_MAX, ".:");
}

static bool hash_is_valid(const char *hash) {
        return strlen(hash) == TOKEN_HASH_SIZE && strspn(hash, "0123456789abcdef") == TOKEN_HASH_SIZE;
}

/* The address comes last, for it may have dots in it. */
void store_format(const Stored *s, char ret[static STORE_NAME_MAX + 1]) {
        snprintf(ret, STORE_NAME_MAX + 1, PREFIX ".%s.%" PRIu64 ".%u.%s.%s", s->hash, s->since, s->port, s->session,
                 s->remote);
        for (char *c = ret; *c; c++)
                if (*c == ':')
                        *c = COLON;
}

int store_parse(const char *name, Stored *ret) {
        _cleanup_free_ char *copy = strdup(name);
        char *parts[FIELDS] = {}, *rest = copy;
        Stored s = {};
        uint64_t port;

        if (!copy)
                return -ENOMEM;
        for (size_t i = 0; i < FIELDS - 1 && rest; i++)
                parts[i] = strsep(&rest, ".");
        parts[FIELDS - 1] = rest;
        if (!rest || strcmp(parts[0], PREFIX) != 0)
                return -EINVAL;
        for (char *c = rest; *c; c++)
                if (*c == COLON)
                        *c = ':';
        if (!hash_is_valid(parts[1]) || parse_unsigned(parts[2], strlen(parts[2]), 0, INT64_MAX, &s.since) < 0 ||
            parse_unsigned(parts[3], strlen(parts[3]), 1, UINT16_MAX, &port) < 0 ||
            !stored_session_is_valid(parts[4]) || !stored_remote_is_valid(rest))
                return -EINVAL;
        s.port = (uint16_t) port;
        snprintf(s.hash, sizeof s.hash, "%s", parts[1]);
        snprintf(s.session, sizeof s.session, "%s", parts[4]);
        snprintf(s.remote, sizeof s.remote, "%s", rest);
        *ret = s;
        return 0;
}

int store_add(const Stored *s, int fd) {
        char name[STORE_NAME_MAX + 1], text[STORE_NAME_MAX + 64];
        int r;

        store_format(s, name);
        /* Not polled: the end of a session that dies while there is no porter is for the next one to see and log. */
        snprintf(text, sizeof text, "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
        r = sd_pid_notify_with_fds(0, 0, text, &fd, 1);
        return r < 0 ? r : 0;
}

int store_remove(const Stored *s) {
        char name[STORE_NAME_MAX + 1], text[STORE_NAME_MAX + 64];
        int r;

        store_format(s, name);
        snprintf(text, sizeof text, "FDSTOREREMOVE=1\nFDNAME=%s", name);
        r = sd_notify(0, text);
        return r < 0 ? r : 0;
}
