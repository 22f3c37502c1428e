/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sockets under libssh2. Never waits, and knows nothing of what libssh2 makes of the bytes. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "../../src/base/descriptor.h"
#include "../../src/base/utf8.h"
#include "transport.h"

static ssize_t transport_receive(libssh2_socket_t fd, void *bytes, size_t size, int flags, void **abstract) {
        Transport *t = *abstract;
        ssize_t n;

        if (t->error != 0)
                return t->error == -ENODATA ? 0 : t->error;
        if (t->paused || t->budget == 0 || !transport_has_room(t))
                return -EAGAIN;
        n = recv(t->fd, bytes, MIN(size, t->budget), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return -EAGAIN;
        if (n <= 0) {
                t->error = n < 0 ? -errno : -ENODATA;
                return n < 0 ? t->error : 0;
        }
        t->budget -= (size_t) n;
        if (!hello_feed(&t->hello, bytes, (size_t) n)) {
                t->error = -EPROTO;
                return t->error;
        }
        return n;
}

static ssize_t transport_send(libssh2_socket_t fd, const void *bytes, size_t size, int flags, void **abstract) {
        Transport *t = *abstract;
        int r = t->error != 0 ? -EPIPE : buffer_append(&t->out, bytes, size);

        if (r < 0)
                return r;
        t->sent += size;
        return (ssize_t) size;
}

static void transport_disconnected(LIBSSH2_SESSION *session, int reason, const char *message, int message_size,
                                   const char *language, int language_size, void **abstract) {
        Transport *t = *abstract;
        _cleanup_free_ char *text = NULL;
        size_t n;

        if (message_size <= 0)
                return;
        text = utf8_mend(message, (size_t) message_size, true, &n);
        if (!text)
                return;
        n = utf8_prefix(text, n, sizeof t->goodbye - 1);
        memcpy(t->goodbye, text, n);
        t->goodbye[n] = 0;
}

int transport_init(Transport *t, sd_event *event, int fd, sd_event_io_handler_t handler, void *userdata) {
        int one = 1, r;

        *t = (Transport) { .pool.limit = TRANSPORT_HEAP_MAX, .fd = fd, .out.limit = TRANSPORT_OUT_MAX };
        r = hello_init(&t->hello);
        if (r < 0)
                return r;
        /* Keys are to leave at once; a socket of another family has no such delay. */
        (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        t->session = libssh2_session_init_ex(wiping_alloc, wiping_free, wiping_realloc, t);
        if (!t->session)
                return -ENOMEM;
        libssh2_session_callback_set(t->session, LIBSSH2_CALLBACK_RECV, (void *) transport_receive);
        libssh2_session_callback_set(t->session, LIBSSH2_CALLBACK_SEND, (void *) transport_send);
        libssh2_session_callback_set(t->session, LIBSSH2_CALLBACK_DISCONNECT, (void *) transport_disconnected);
        libssh2_session_set_blocking(t->session, 0);
        r = sd_event_add_io(event, &t->io, fd, EPOLLIN, handler, userdata);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(t->io, "ssh-upstream");
        return 0;
}

static void transport_flush(Transport *t) {
        while (buffer_size(&t->out) > 0 && t->error == 0) {
                ssize_t n = send(t->fd, buffer_bytes(&t->out), buffer_size(&t->out), MSG_DONTWAIT | MSG_NOSIGNAL);

                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        return;
                /* A host that closes often says why first: what can still be read comes first. */
                if (n < 0) {
                        buffer_clear(&t->out);
                        return;
                }
                buffer_consume(&t->out, (size_t) n);
        }
        buffer_trim(&t->out, TRANSPORT_OUT_MARK);
}

void transport_done(Transport *t) {
        t->io = sd_event_source_disable_unref(t->io);
        if (t->session) {
                /* libssh2 would use keys that it has no more than a half of. */
                if (t->agreed && t->error == 0 && !t->held)
                        (void) libssh2_session_disconnect(t->session, "The session has ended");
                transport_flush(t);
                /* With the stream cut nothing can make libssh2 want to wait. */
                transport_cut(t, -ECANCELED);
                (void) libssh2_session_free(t->session);
                wiping_done(&t->pool);
        }
        hello_done(&t->hello);
        buffer_wipe(&t->out);
        buffer_done(&t->out);
        fd_close(t->fd);
        *t = (Transport) { .fd = -1 };
}

bool transport_has_room(const Transport *t) {
        return buffer_size(&t->out) <= TRANSPORT_OUT_MARK;
}

void transport_cut(Transport *t, int error) {
        if (t->error == 0)
                t->error = error;
}

/* The only place that decides what to wait for. */
static uint32_t transport_interest(const Transport *t) {
        uint32_t events = buffer_size(&t->out) > 0 ? EPOLLOUT : 0;

        if (t->held)
                return events | EPOLLRDHUP;
        if (!t->paused && !t->backlog && transport_has_room(t))
                events |= EPOLLIN;
        return events;
}

void transport_begin(Transport *t) {
        if (!t->backlog)
                t->budget = TRANSPORT_BUDGET;
}

int transport_finish(Transport *t) {
        uint32_t events;
        int r;

        transport_flush(t);
        events = transport_interest(t);
        r = sd_event_source_set_io_events(t->io, events);
        /* A source without interest still reports a hang-up, again and again. */
        return r < 0 ? r : sd_event_source_set_enabled(t->io, events != 0 ? SD_EVENT_ON : SD_EVENT_OFF);
}
