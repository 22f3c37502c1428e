/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../base/log.h"
#include "link.h"

static void link_message_done(Message *m) {
        message_done(m);
}

static void link_lost(Link *l) {
        l->source = sd_event_source_disable_unref(l->source);
        l->fd = fd_close(l->fd);
        l->receive(l->userdata, NULL);
}

static int on_link(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        _cleanup_(link_message_done) Message message = MESSAGE_NULL;
        Link *l = userdata;
        int r = message_receive(fd, &message);

        if (r == -EAGAIN)
                return 0;
        if (r == -EBADMSG)
                log_warning("Porter sent something malformed, ignoring it from now on");
        else if (r < 0)
                log_debug_errno(r, "Porter is gone");
        if (r <= 0) {
                link_lost(l);
                return 0;
        }
        l->receive(l->userdata, &message);
        return 0;
}

int link_open(Link *l, sd_event *event, const char *path, LinkReceive receive, void *userdata) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -1;
        int r;

        *l = (Link) { .fd = -1, .receive = receive, .userdata = userdata };
        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path));

        /* Blocks no longer than the porter's backlog is full: nothing is on this loop yet. */
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return -errno;
        r = fd_nonblock(fd);
        if (r < 0)
                return r;
        r = sd_event_add_io(event, &l->source, fd, EPOLLIN, on_link, l);
        if (r < 0)
                return r;
        l->fd = TAKE_FD(fd);
        return 0;
}

void link_done(Link *l) {
        l->source = sd_event_source_disable_unref(l->source);
        l->fd = fd_close(l->fd);
}

int link_lookup(Link *l, const LinkRequest *request) {
        Message m;
        int r;

        if (l->fd < 0)
                return -ENOTCONN;
        message_begin(&m, MESSAGE_LOOKUP);
        r = message_add(&m, "token", request->token);
        if (r >= 0)
                r = message_add(&m, "session", request->session);
        if (r >= 0)
                r = message_add(&m, "address", request->address);
        if (r >= 0 && request->port > 0)
                r = message_add_number(&m, "port", request->port);
        if (r >= 0)
                r = message_send(l->fd, &m);
        explicit_bzero(&m, sizeof m);
        return r;
}

static int link_say(Link *l, MessageType type) {
        Message m;

        if (l->fd < 0)
                return -ENOTCONN;
        message_begin(&m, type);
        return message_send(l->fd, &m);
}

int link_again(Link *l) {
        return link_say(l, MESSAGE_AGAIN);
}

void link_opened(Link *l) {
        (void) link_say(l, MESSAGE_OPENED);
}

void link_bye(Link *l) {
        (void) link_say(l, MESSAGE_BYE);
}
