/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* LabgateHost: what the plugin asks of its session. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../browser/mouse-cursor.h"
#include "../browser/page.h"
#include "session.h"

static Session *host_session(LabgateHost *host) {
        return (Session *) host;
}

/* The page hears no more once it was told the end. */
static bool host_is_live(const Session *s) {
        return s->websocket && s->state < SESSION_ENDING;
}

static int host_set_size(LabgateHost *host, int32_t width, int32_t height) {
        Session *s = host_session(host);
        int r = canvas_set_size(&s->canvas, width, height);

        if (r < 0)
                return r;
        input_set_desktop(&s->input, width, height);
        s->frame_wanted = true;
        return 0;
}

static void host_damage(LabgateHost *host, LabgateRect area) {
        canvas_damage(&host_session(host)->canvas, area);
}

static void host_move(LabgateHost *host, LabgateRect source, int32_t dx, int32_t dy) {
        canvas_move(&host_session(host)->canvas, source, dx, dy);
}

static void host_want_frame(LabgateHost *host) {
        host_session(host)->frame_wanted = true;
}

static void host_set_cursor(LabgateHost *host, const LabgateCursor *cursor) {
        Session *s = host_session(host);
        int r;

        if (!host_is_live(s))
                return;
        r = mouse_cursor_write(s->image, s->websocket, cursor);
        if (r < 0)
                log_warning_errno(r, "Failed to send a mouse pointer, ignoring");
        else
                s->cursor_is_new = s->frame_wanted = true;
}

static void host_set_clipboard(LabgateHost *host, const char *text, size_t size) {
        Session *s = host_session(host);
        int r;

        if (!host_is_live(s) || host->disable_copy)
                return;
        r = streams_set_clipboard(&s->streams, text, size);
        if (r < 0)
                log_warning_errno(r, "Failed to send the clipboard, ignoring");
}

static void host_set_title(LabgateHost *host, const char *text, size_t size) {
        Session *s = host_session(host);

        if (host_is_live(s) && page_write_name(s->websocket, text, size) < 0)
                log_warning("Failed to send a title, ignoring");
}

static void host_set_argv(LabgateHost *host, const char *name, const char *value) {
        Session *s = host_session(host);

        if (host_is_live(s) && streams_send_argv(&s->streams, name, value) < 0)
                log_warning("Failed to send the value of %s, ignoring", name);
}

static void host_play(LabgateHost *host, unsigned rate, unsigned channels, const int16_t *samples, size_t n) {
        Session *s = host_session(host);
        int r;

        if (!host_is_live(s) || !host->plays_sound)
                return;
        r = sound_play(&s->sound, rate, channels, samples, n, buffer_size(&s->output));
        if (r < 0)
                log_debug_errno(r, "Failed to send sound, ignoring");
}

static void host_silence(LabgateHost *host) {
        Session *s = host_session(host);

        if (host_is_live(s) && sound_silence(&s->sound) < 0)
                log_debug("Failed to end a sound, ignoring");
}

static void host_set_activity(LabgateHost *host, const char *text) {
        Session *s = host_session(host);
        char line[200];

        snprintf(line, sizeof line, "%s: %s", s->lab.name, text);
        notify_status(&s->notify, line);
}

static void host_connected(LabgateHost *host) {
        Session *s = host_session(host);
        const Record record = {
                .session = s->uuid,
                .lab = s->lab.name,
                .protocol = s->lab.protocol,
                .upstream = s->upstream,
                .remote_address = s->remote_address,
                .duration_usec = session_now(s) - s->started,
        };

        if (s->connected)
                return;
        s->connected = true;
        (void) page_write_name(s->websocket, s->lab.name, strlen(s->lab.name));
        record_connected(&record);
}

static int host_reconnect(LabgateHost *host) {
        Session *s = host_session(host);
        int r;

        if (s->reconnecting || s->state != SESSION_RUNNING)
                return -EALREADY;
        r = link_again(&s->link);
        if (r < 0)
                return r;
        s->reconnecting = true;
        return 0;
}

static void host_end(LabgateHost *host, LabgateStatus status, const char *text) {
        session_end(host_session(host), status, text);
}

void host_init(Session *s) {
        s->host = (LabgateHost) {
                .event = s->event,
                .set_size = host_set_size,
                .damage = host_damage,
                .move = host_move,
                .want_frame = host_want_frame,
                .set_cursor = host_set_cursor,
                .set_clipboard = host_set_clipboard,
                .set_title = host_set_title,
                .set_argv = host_set_argv,
                .play = host_play,
                .silence = host_silence,
                .set_activity = host_set_activity,
                .connected = host_connected,
                .reconnect = host_reconnect,
                .end = host_end,
        };
}
