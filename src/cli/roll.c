/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-login.h>

#include "../base/descriptor.h"
#include "../porter/message.h"
#include "roll.h"

#define ANSWER_WITHIN 5000 /* milliseconds */

static void message_clear(Message *m) {
        message_done(m);
}

static int await(int fd, MessageType type, Message *ret) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int r = poll(&p, 1, ANSWER_WITHIN);

        if (r == 0)
                return -ETIMEDOUT;
        if (r < 0)
                return -errno;
        r = message_receive(fd, ret);
        if (r <= 0)
                return r < 0 ? r : -ECONNRESET;
        return ret->type == type ? 0 : -EPROTO;
}

int roll_open(Roll *roll, const Places *places, char *reason, size_t size) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        _cleanup_(message_clear) Message hello = MESSAGE_NULL;
        int r = fd < 0 ? -errno : 0;

        *roll = (Roll) { .porter = -1 };
        if (strlen(places->porter) >= sizeof address.sun_path)
                r = -ENAMETOOLONG;
        else
                strcpy(address.sun_path, places->porter);
        if (r == 0 && connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
                r = -errno;
        if (r == 0)
                r = await(fd, MESSAGE_HELLO, &hello);
        if (r < 0) {
                snprintf(reason, size, "%s: %s%s", places->porter, strerror(-r),
                         r == -ENOENT || r == -ECONNREFUSED ? " (is labgate.socket enabled and started?)" : "");
                return -ENOTCONN;
        }
        roll->porter = TAKE_FD(fd);
        roll->bus = units_open();
        return 0;
}

static void session_done(RollSession *s) {
        free(s->id);
        free(s->lab);
        free(s->protocol);
        free(s->upstream);
        free(s->address);
        free(s->unit);
        free(s->status);
}

void roll_done(Roll *roll) {
        for (size_t i = 0; i < roll->n; i++)
                session_done(&roll->sessions[i]);
        free(roll->sessions);
        sd_bus_flush_close_unref(roll->bus);
        fd_close(roll->porter);
        *roll = (Roll) { .porter = -1 };
}

static int roll_grow(Roll *roll, RollSession **ret) {
        RollSession *more = reallocarray(roll->sessions, roll->n + 1, sizeof *more);

        if (!more)
                return -ENOMEM;
        roll->sessions = more;
        more[roll->n] = (RollSession) {};
        *ret = &more[roll->n++];
        return 0;
}

static char *copy(const Message *m, const char *name) {
        const char *text = message_get(m, name);

        return strdup(text ? text : "");
}

static int take_session(Roll *roll, const Message *m, int64_t *ret_serial) {
        int64_t since = 0, pid = 0;
        RollSession *s;
        int r;

        if (message_get_number(m, "serial", 1, INT64_MAX, ret_serial) < 0 ||
            message_get_number(m, "since", 0, INT64_MAX, &since) < 0 ||
            message_get_number(m, "pid", 0, INT32_MAX, &pid) < 0)
                return -EBADMSG;
        r = roll_grow(roll, &s);
        if (r < 0)
                return r;
        *s = (RollSession) { .id = copy(m, "session"), .lab = copy(m, "lab"), .protocol = copy(m, "protocol"),
                             .upstream = copy(m, "upstream"), .address = copy(m, "address"),
                             .since = (uint64_t) since, .pid = (pid_t) pid };
        if (!s->id || !s->lab || !s->protocol || !s->upstream || !s->address)
                return -ENOMEM;
        if (s->pid > 0)
                (void) sd_pid_get_unit(s->pid, &s->unit);
        if (s->unit)
                s->status = units_property(roll->bus, s->unit, "Service", "StatusText");
        return 0;
}

/* 1: one more. 0: that was all. */
static int roll_read_one(Roll *roll, int64_t *serial) {
        _cleanup_(message_clear) Message answer = MESSAGE_NULL;
        Message question;
        int r;

        message_begin(&question, MESSAGE_LIST);
        r = message_add_number(&question, "after", *serial);
        if (r >= 0)
                r = message_send(roll->porter, &question);
        if (r >= 0)
                r = await(roll->porter, MESSAGE_LISTED, &answer);
        if (r < 0 || !message_get(&answer, "serial"))
                return r;
        r = take_session(roll, &answer, serial);
        return r < 0 ? r : 1;
}

static bool has_unit(const Roll *roll, size_t n, const char *unit) {
        for (size_t i = 0; i < n; i++)
                if (roll->sessions[i].unit && strcmp(roll->sessions[i].unit, unit) == 0)
                        return true;
        return false;
}

/* Browsers whose token has not been looked up yet, or was refused. */
static int roll_add_units(Roll *roll) {
        size_t known = roll->n;
        char **names;
        int r = units_sessions(roll->bus, &names);

        if (r < 0)
                return r;
        for (char **name = names; *name && r >= 0; name++) {
                RollSession *s;

                if (has_unit(roll, known, *name))
                        continue;
                r = roll_grow(roll, &s);
                if (r < 0)
                        break;
                *s = (RollSession) { .id = strdup(""), .lab = strdup(""), .protocol = strdup(""),
                                     .upstream = strdup(""), .address = strdup(""), .unit = strdup(*name),
                                     .status = units_property(roll->bus, *name, "Service", "StatusText") };
                if (!s->id || !s->lab || !s->protocol || !s->upstream || !s->address || !s->unit)
                        r = -ENOMEM;
        }
        units_names_free(names);
        return r;
}

int roll_read(Roll *roll) {
        int64_t serial = 0;
        int r;

        while ((r = roll_read_one(roll, &serial)) > 0)
                ;
        return r < 0 || !roll->bus ? r : roll_add_units(roll);
}

int roll_kill(Roll *roll, const char *session) {
        _cleanup_(message_clear) Message answer = MESSAGE_NULL;
        int64_t n = 0;
        Message question;
        int r;

        message_begin(&question, MESSAGE_KILL);
        r = message_add(&question, "session", session);
        if (r >= 0)
                r = message_send(roll->porter, &question);
        if (r >= 0)
                r = await(roll->porter, MESSAGE_KILLED, &answer);
        if (r >= 0)
                r = message_get_number(&answer, "sessions", 0, INT32_MAX, &n);
        return r < 0 ? r : (int) n;
}
