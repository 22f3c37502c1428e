/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "porter.h"

static const char text_killed[] = "An administrator has ended this session.";

static pid_t peer_of(const Visit *v, uid_t *ret_uid) {
        struct ucred peer = {};
        socklen_t size = sizeof peer;

        if (getsockopt(v->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return 0;
        *ret_uid = peer.uid;
        return peer.pid;
}

/* A session has a user of its own, whom the porter's user namespace does not even know. */
static bool is_administrator(const Visit *v) {
        uid_t uid = (uid_t) -1;

        return peer_of(v, &uid) > 0 && (uid == 0 || uid == geteuid());
}

/* In the order in which they came, so that those who come or go meanwhile hide none. */
static Visit *visit_after(const Porter *p, uint64_t serial) {
        Visit *next = NULL;

        for (Visit *v = p->visits; v; v = v->next)
                if (v->has_lab && v->serial > serial && (!next || v->serial < next->serial))
                        next = v;
        return next;
}

static int add_text(Message *m, const char *name, const char *text) {
        return text && *text ? message_add(m, name, text) : 0;
}

static int add_visit(Message *m, const Visit *v) {
        uid_t uid;
        int r;

        r = message_add_number(m, "serial", (int64_t) v->serial);
        if (r >= 0)
                r = add_text(m, "session", v->stored.session);
        if (r >= 0)
                r = add_text(m, "lab", v->lab.settings.name);
        if (r >= 0)
                r = add_text(m, "protocol", v->lab.settings.protocol);
        if (r >= 0)
                r = add_text(m, "upstream", v->upstream);
        if (r >= 0)
                r = add_text(m, "address", v->stored.remote);
        if (r >= 0)
                r = message_add_number(m, "since", (int64_t) v->stored.since);
        if (r >= 0)
                r = message_add_number(m, "pid", peer_of(v, &uid));
        return r;
}

int control_on_list(Visit *v, const Message *m) {
        int64_t serial = 0;
        const Visit *next;
        Message answer;

        if (!is_administrator(v) || message_get_number(m, "after", 0, INT64_MAX, &serial) < 0)
                return -EBADMSG;
        next = visit_after(v->porter, (uint64_t) serial);
        message_begin(&answer, MESSAGE_LISTED);
        if (next && add_visit(&answer, next) < 0)
                return -EBADMSG;
        return message_send(v->fd, &answer);
}

int control_on_kill(Visit *v, const Message *m) {
        const char *session = message_get(m, "session");
        Message answer;
        int64_t n = 0;
        int r;

        if (!is_administrator(v) || !session || !*session)
                return -EBADMSG;
        for (Visit *other = v->porter->visits; other; other = other->next)
                if (other->has_lab && strcmp(other->stored.session, session) == 0) {
                        visit_end(other, LABGATE_STATUS_SESSION_CLOSED, text_killed, "killed");
                        n++;
                }
        message_begin(&answer, MESSAGE_KILLED);
        r = message_add_number(&answer, "sessions", n);
        return r < 0 ? r : message_send(v->fd, &answer);
}
