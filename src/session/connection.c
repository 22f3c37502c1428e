/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The browser's connection: the request head, the upgrade, then WebSocket bytes in both directions. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../base/log.h"
#include "../browser/page.h"
#include "../wire/http.h"
#include "session.h"

/* The last bytes are written, or nobody is there to take them. */
static void connection_finish(Session *s) {
        if (s->state != SESSION_ENDED)
                session_set_state(s, SESSION_ENDED, 0);
}

static void connection_lost(Session *s) {
        session_end(s, LABGATE_STATUS_SUCCESS, "The browser closed the connection.");
        connection_finish(s);
}

void connection_flush(Session *s) {
        while (buffer_size(&s->output) > 0 && s->state != SESSION_ENDED) {
                ssize_t n = send(s->fd, buffer_bytes(&s->output), buffer_size(&s->output), MSG_DONTWAIT | MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno == EAGAIN)
                        return;
                if (n < 0) {
                        buffer_clear(&s->output);
                        connection_lost(s);
                        return;
                }
                buffer_consume(&s->output, (size_t) n);
                s->bytes_out += (uint64_t) n;
                s->last_sent = session_now(s);
        }
        if (s->state != SESSION_ENDING)
                return;
        /* The browser answers our close frame and only then we hang up: an end of stream before that makes nginx close the
         * browser's connection, and what the browser has on its way then resets it, and loses it our last words. */
        if (s->websocket && websocket_is_closed_by_browser(s->websocket))
                connection_finish(s);
        else if (!s->websocket && !s->shut_down) {
                s->shut_down = true;
                (void) shutdown(s->fd, SHUT_WR);
        }
}

static void update_pause(Session *s) {
        bool behind = buffer_size(&s->output) > (s->paused ? SESSION_OUTPUT_MARK / 4 : SESSION_OUTPUT_MARK);

        if (s->state != SESSION_RUNNING || behind == s->paused)
                return;
        s->paused = behind;
        if (s->plugin->pause)
                s->plugin->pause(s->plugin_state, behind);
}

void connection_watch(Session *s) {
        uint32_t events = buffer_size(&s->output) > 0 ? EPOLLOUT : 0u;

        /* Once we have closed, nothing is answered any more. */
        if (buffer_size(&s->output) <= SESSION_OUTPUT_STOP || s->state >= SESSION_ENDING)
                events |= EPOLLIN;
        (void) sd_event_source_set_io_events(s->io, events);
        update_pause(s);
}

static bool origin_is_allowed(const Session *s, const HttpRequest *request) {
        Slice origin = http_header(request, "Origin");

        if (!s->configuration.allowed_origins)
                return true;
        for (char **o = s->configuration.allowed_origins; *o; o++)
                if (slice_equal_fold(origin, *o))
                        return true;
        return false;
}

/* A plain answer instead of an upgrade. */
static void refuse_head(Session *s, int http_status) {
        (void) http_respond(http_status, &s->output);
        session_set_state(s, SESSION_ENDING, SESSION_DRAIN_USEC);
}

/* Answers 0 if the session goes on. */
static int received(Session *s, const void *bytes, size_t size) {
        int r = websocket_feed(s->websocket, bytes, size);

        switch (r) {
        case 0:
                return 0;
        case WEBSOCKET_NORMAL:
                session_end(s, LABGATE_STATUS_SUCCESS, "The browser closed the connection.");
                break;
        case WEBSOCKET_TOO_BIG:
                session_end(s, LABGATE_STATUS_BROWSER_OVERRUN, "The browser sent a message that is too large.");
                break;
        case WEBSOCKET_NOT_TEXT:
                session_end(s, LABGATE_STATUS_BROWSER_BAD_TYPE, "The browser sent something that is not text.");
                break;
        case -ENOBUFS:
                session_end(s, LABGATE_STATUS_BROWSER_OVERRUN, "The browser asks for more than it reads.");
                break;
        case -EBADMSG:
        case WEBSOCKET_PROTOCOL_ERROR:
        case WEBSOCKET_NOT_UTF8:
                session_end(s, LABGATE_STATUS_BROWSER_BAD_REQUEST, "The browser sent something malformed.");
                break;
        default:
                session_fail(s, r < 0 ? r : -EPROTO, "Failed to read from the browser");
        }
        return r;
}

static int on_text(void *userdata, const char *text, size_t size) {
        Session *s = userdata;
        int r = input_message(&s->input, text, size);

        return r == LABGATE_STATUS_BROWSER_BAD_REQUEST ? -EBADMSG : r;
}

static int on_sync(void *userdata, uint64_t timestamp) {
        return display_sync(userdata, timestamp);
}

static void on_key(void *userdata, uint32_t keysym, bool pressed) {
        Session *s = userdata;

        s->last_input = session_now(s);
        if (s->plugin && s->plugin->key)
                s->plugin->key(s->plugin_state, keysym, pressed);
}

static void on_mouse(void *userdata, int32_t x, int32_t y, unsigned mask) {
        Session *s = userdata;

        s->last_input = session_now(s);
        if (s->plugin && s->plugin->mouse)
                s->plugin->mouse(s->plugin_state, x, y, mask);
}

static void on_size(void *userdata, int32_t width, int32_t height) {
        display_wanted_size(userdata, width, height);
}

static void on_disconnect(void *userdata) {
        session_end(userdata, LABGATE_STATUS_SUCCESS, "The person left.");
}

/* Pages write color-scheme where lab files write color_scheme. */
static const LabgateSetting *find_live(const Session *s, const char *name) {
        char key[STREAMS_NAME_MAX + 1];
        const LabgateSetting *row;

        snprintf(key, sizeof key, "%s", name);
        for (char *c = key; *c; c++)
                if (*c == '-')
                        *c = '_';
        row = s->plugin ? settings_find(s->plugin->settings, key) : NULL;
        return row && row->flags & LABGATE_SETTING_LIVE ? row : NULL;
}

static bool on_accept_argv(void *userdata, const char *name) {
        const Session *s = userdata;

        return s->plugin && s->plugin->argv && find_live(s, name);
}

static void on_argv(void *userdata, const char *name, const char *value) {
        Session *s = userdata;

        s->last_input = session_now(s);
        if (on_accept_argv(s, name) && s->plugin->argv(s->plugin_state, name, value) < 0)
                log_debug("The page set %s to something that is none of its values, ignoring", name);
}

static void on_clipboard(void *userdata, const char *text, size_t size) {
        Session *s = userdata;

        s->last_input = session_now(s);
        if (s->plugin && s->plugin->clipboard)
                s->plugin->clipboard(s->plugin_state, text, size);
}

static const WebSocketEvents websocket_events = { .text = on_text };
static const InputEvents input_events = {
        .sync = on_sync, .key = on_key, .mouse = on_mouse, .size = on_size, .disconnect = on_disconnect,
};
static const StreamsEvents streams_events = {
        .accept_argv = on_accept_argv, .argv = on_argv, .clipboard = on_clipboard,
};

static void upgrade(Session *s, const HttpRequest *request) {
        int r;

        wishes_parse(&s->wishes, request->query, s->configuration.token_parameters);
        http_remote_address(request, s->remote_address);
        r = http_respond_upgrade(request, &s->output);
        if (r >= 0)
                r = websocket_new(&s->websocket, &s->output, &websocket_events, s);
        if (r < 0) {
                session_fail(s, r, "Failed to upgrade to WebSocket");
                return;
        }
        streams_init(&s->streams, s->websocket, &streams_events, s);
        sound_init(&s->sound, s->websocket);
        s->streams.sound = &s->sound;
        input_init(&s->input, s->websocket, &s->streams, &input_events, s);
        session_set_state(s, SESSION_LOOKUP, SESSION_LOOKUP_USEC);
        r = page_write_uuid(s->websocket, s->uuid);
        if (r >= 0)
                r = opening_lookup(s);
        if (r < 0)
                session_fail(s, r, "Failed to begin");
}

/* With labgate.conf at hand and the head whole, the request is judged. */
static void judge_head(Session *s) {
        HttpRequest request;
        int r;

        if (s->state != SESSION_HEAD || !s->greeted || buffer_size(&s->head) == 0)
                return;
        r = http_parse(buffer_bytes(&s->head), buffer_size(&s->head), &request);
        if (r == -EAGAIN)
                return;
        if (r == 0)
                r = http_check_upgrade(&request);
        if (r == 0 && !origin_is_allowed(s, &request))
                r = 403;
        if (r > 0) {
                refuse_head(s, r);
                return;
        }
        upgrade(s, &request);
        if (s->websocket && s->state != SESSION_ENDED && buffer_size(&s->head) > request.size)
                (void) received(s, buffer_bytes(&s->head) + request.size, buffer_size(&s->head) - request.size);
        /* The query has the token. */
        buffer_wipe(&s->head);
        buffer_trim(&s->head, 0);
}

void connection_greeted(Session *s) {
        s->greeted = true;
        judge_head(s);
}

static int on_browser(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Session *s = userdata;
        uint8_t bytes[SESSION_INPUT_CHUNK];
        ssize_t n;

        if (!(revents & (EPOLLIN | EPOLLHUP | EPOLLERR)))
                return 0; /* output is written once a turn */
        n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0) {
                connection_lost(s);
                return 0;
        }
        s->bytes_in += (uint64_t) n;
        s->last_received = session_now(s);
        if (s->websocket)
                (void) received(s, bytes, (size_t) n);
        else if (s->state == SESSION_HEAD && buffer_append(&s->head, bytes, (size_t) n) < 0)
                refuse_head(s, 431);
        else
                judge_head(s);
        /* A token, keys of a password. */
        explicit_bzero(bytes, (size_t) n);
        return 0;
}

int connection_init(Session *s, int fd) {
        int r;

        s->fd = fd;
        snprintf(s->remote_address, sizeof s->remote_address, "-");
        s->head.limit = HTTP_HEAD_MAX + SESSION_INPUT_CHUNK;
        s->output.limit = SESSION_OUTPUT_LIMIT;
        r = fd_nonblock(fd);
        if (r < 0)
                return r;
        return sd_event_add_io(s->event, &s->io, fd, EPOLLIN, on_browser, s);
}

void connection_done(Session *s) {
        s->io = sd_event_source_disable_unref(s->io);
        if (s->websocket)
                streams_done(&s->streams);
        s->websocket = websocket_free(s->websocket);
        buffer_wipe(&s->head);
        buffer_done(&s->head);
        buffer_done(&s->output);
        explicit_bzero(&s->wishes, sizeof s->wishes);
        s->fd = fd_close(s->fd);
}
