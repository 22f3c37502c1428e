/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* When a frame is made: somebody wants one, the pacer allows it, and the last one is out of the door. */

#include <errno.h>
#include <time.h>

#include "../base/log.h"
#include "../browser/frame.h"
#include "session.h"

/* Scratch memory and glyph-sized buffers go back after that long without a frame. */
#define DISPLAY_QUIET_USEC UINT64_C(3000000)

/* A desktop's frame goes in portions: the loop turns after so much of them, and no more is made with so much unsent. */
#define DISPLAY_PORTION_USEC UINT64_C(3000)
#define DISPLAY_OUTPUT_MAX (256u * 1024u)

static uint64_t cpu_time(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return (uint64_t) t.tv_sec * 1000000u + (uint64_t) t.tv_nsec / 1000u;
}

static int capture(Session *s, uint64_t now) {
        LabgateTile picture = {};
        int r;

        if (!s->desktop) {
                r = desktop_frame_new(&s->desktop);
                if (r < 0)
                        return r;
                s->pacer.is_desktop = true;
        }
        r = s->plugin->paint(s->plugin_state, (LabgateRect) { 0, 0, s->canvas.width, s->canvas.height }, &picture);
        if (r < 0)
                return r;
        return desktop_frame_capture(s->desktop, &s->canvas, &picture, now);
}

/* 1 if that made a frame: a text's is written, a desktop's is open. */
static int draw(Session *s, uint64_t now) {
        int r;

        if (s->plugin->is_desktop)
                return capture(s, now);
        r = frame_write(s->image, s->websocket, &s->canvas, s->plugin->paint, s->plugin_state,
                        pacer_timestamp(&s->pacer, now));
        return r < 0 ? r : 1;
}

static int show_news(Session *s, uint64_t now) {
        int r = 0;

        s->frame_wanted = false;
        s->framing = true;
        if (s->plugin->frame_begin)
                s->plugin->frame_begin(s->plugin_state);
        if (canvas_is_dirty(&s->canvas))
                r = draw(s, now);
        if (s->plugin->frame_end)
                s->plugin->frame_end(s->plugin_state);
        s->framing = false;
        return r;
}

static bool has_news(const Session *s) {
        return s->frame_wanted || canvas_is_dirty(&s->canvas);
}

static uint64_t mend_due(const Session *s) {
        return s->desktop ? desktop_frame_mend_due(s->desktop) : UINT64_MAX;
}

static bool frame_is_wanted(const Session *s) {
        return s->plugin_state && !s->framing && (has_news(s) || mend_due(s) <= session_now(s));
}

static bool desktop_is_open(const Session *s) {
        return s->desktop && desktop_frame_is_open(s->desktop);
}

static int begin_desktop(Session *s, uint64_t now) {
        int r = 0;

        if (pacer_wants_probe(&s->pacer, now)) {
                r = desktop_frame_write_probe(s->websocket, pacer_timestamp(&s->pacer, now));
                pacer_probed(&s->pacer, now);
        }
        s->frame_stamp = pacer_timestamp(&s->pacer, now);
        s->frame_begun = now;
        return r;
}

/* A mouse pointer of its own is a frame, too: the page carries out what it has been told when a sync comes. */
static int show_cursor(Session *s, uint64_t now) {
        int r = desktop_frame_write_probe(s->websocket, pacer_timestamp(&s->pacer, now));

        if (r >= 0)
                pacer_sent(&s->pacer, now, now, 0);
        return r;
}

static int make_frame(Session *s) {
        uint64_t begun = cpu_time(), now = session_now(s);
        int r = has_news(s) ? show_news(s, now) : 0;

        if (r >= 0 && s->desktop) {
                desktop_frame_mend(s->desktop, s->quality.mend_pixels, now);
                if (r >= 0 && desktop_is_open(s))
                        r = begin_desktop(s, now);
        }
        if (r == 0 && s->cursor_is_new && !desktop_is_open(s))
                r = show_cursor(s, now);
        s->cursor_is_new = false;
        s->frame_cost = cpu_time() - begun;
        if (r > 0 && !s->desktop)
                pacer_sent(&s->pacer, now, now, s->frame_cost);
        else if (s->desktop && !desktop_is_open(s))
                pacer_spent(&s->pacer, now, s->frame_cost);
        if (s->end_is_due && s->state < SESSION_ENDING)
                session_conclude(s);
        return r;
}

/* Wakes the loop up; the turn does the rest. */
static int on_frame_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Session *s = userdata;

        if (!has_news(s) && mend_due(s) == UINT64_MAX) {
                image_trim(s->image);
                buffer_trim(&s->output, 0);
        }
        return 0;
}

static void wake_at(Session *s, uint64_t usec) {
        (void) sd_event_source_set_time(s->frame_timer, usec);
        (void) sd_event_source_set_enabled(s->frame_timer, SD_EVENT_ONESHOT);
}

/* Portions of an open frame, for so long that input need not wait, and for as much as may lie about unsent. 1: the
 * rest is for another turn. */
static int write_portions(Session *s) {
        const DesktopFrameStyle style = { s->frame_stamp, s->quality.jpeg };
        uint64_t begun = cpu_time(), spent = 0;
        int r = 1;

        while (r > 0 && spent < DISPLAY_PORTION_USEC && buffer_size(&s->output) <= DISPLAY_OUTPUT_MAX) {
                r = desktop_frame_write(s->desktop, s->image, s->websocket, &style);
                spent = cpu_time() - begun;
        }
        s->frame_cost += spent;
        if (r == 0)
                pacer_sent(&s->pacer, s->frame_begun, session_now(s), s->frame_cost);
        return r;
}

static void check_made(Session *s, int r) {
        if (r < 0)
                session_fail(s, r, "Failed to make a frame");
}

/* Until something is to be mended, or memory can go back. */
static void rest(Session *s) {
        uint64_t quiet = session_now(s) + DISPLAY_QUIET_USEC;

        wake_at(s, MIN(quiet, mend_due(s)));
}

static void write_desktop(Session *s) {
        int r = write_portions(s);

        check_made(s, r);
        rest(s);
}

void display_turn(Session *s) {
        uint64_t due, now = session_now(s);

        if (!desktop_is_open(s)) {
                if (!frame_is_wanted(s))
                        return;
                due = pacer_ready(&s->pacer, now, buffer_size(&s->output));
                s->held_back = due == PACER_WAIT && buffer_size(&s->output) > PACER_OUTGOING_MAX;
                if (due == PACER_WAIT)
                        return;
                if (due > now) {
                        wake_at(s, due);
                        return;
                }
                check_made(s, make_frame(s));
                rest(s);
                if (s->frame_cost > DISPLAY_PORTION_USEC / 2)
                        return;
        }
        if (s->state < SESSION_ENDING && desktop_is_open(s))
                write_desktop(s);
}

void display_flushed(Session *s) {
        if (s->state >= SESSION_ENDING)
                return;
        if ((desktop_is_open(s) && buffer_size(&s->output) <= DISPLAY_OUTPUT_MAX) ||
            (s->held_back && buffer_size(&s->output) <= PACER_OUTGOING_MAX)) {
                s->held_back = false;
                wake_at(s, session_now(s));
        }
}

void display_last(Session *s) {
        if (!s->plugin || s->plugin->is_desktop)
                return;
        if (frame_is_wanted(s) && pacer_ready(&s->pacer, session_now(s), buffer_size(&s->output)) != PACER_WAIT)
                (void) make_frame(s);
}

int display_sync(Session *s, uint64_t timestamp) {
        unsigned before = s->pacer.n_in_flight;
        int r = pacer_acknowledged(&s->pacer, timestamp, session_now(s));

        if (s->pacer.line > 0 && s->pacer.n_in_flight < before)
                quality_answered(&s->quality, s->pacer.line);
        return r;
}

static void apply_size(Session *s) {
        s->last_resize = session_now(s);
        if (s->state >= SESSION_ENDING || !s->plugin_state)
                return;
        if (s->wanted_width == s->host.width && s->wanted_height == s->host.height)
                return;
        s->host.width = s->wanted_width;
        s->host.height = s->wanted_height;
        if (s->plugin->resize)
                s->plugin->resize(s->plugin_state, s->wanted_width, s->wanted_height);
}

static int on_resize_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        apply_size(userdata);
        return 0;
}

/* A lab that fixes a side fixes it for good. */
void display_choose_size(Session *s, int32_t width, int32_t height) {
        s->wanted_width = s->lab.width > 0 ? (int32_t) s->lab.width : width;
        s->wanted_height = s->lab.height > 0 ? (int32_t) s->lab.height : height;
        s->wanted_height = MIN(s->wanted_height, (int32_t) LABGATE_PIXELS_MAX / s->wanted_width);
}

/* A window that is dragged sends many sizes: the first and the last count, and one now and then between. */
void display_wanted_size(Session *s, int32_t width, int32_t height) {
        uint64_t now = session_now(s);

        display_choose_size(s, width, height);
        if (now - s->last_resize >= SESSION_RESIZE_USEC) {
                apply_size(s);
                return;
        }
        (void) sd_event_source_set_time(s->resize_timer, s->last_resize + SESSION_RESIZE_USEC);
        (void) sd_event_source_set_enabled(s->resize_timer, SD_EVENT_ONESHOT);
}

static int add_timer(Session *s, sd_event_source **ret, sd_event_time_handler_t callback) {
        int r = sd_event_add_time(s->event, ret, CLOCK_MONOTONIC, 0, 1, callback, s);

        if (r < 0)
                return r;
        return sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

int display_init(Session *s) {
        int r;

        canvas_init(&s->canvas);
        pacer_init(&s->pacer);
        quality_init(&s->quality);
        r = image_new(&s->image);
        if (r < 0)
                return r;
        r = add_timer(s, &s->frame_timer, on_frame_timer);
        if (r < 0)
                return r;
        return add_timer(s, &s->resize_timer, on_resize_timer);
}

void display_done(Session *s) {
        s->frame_timer = sd_event_source_disable_unref(s->frame_timer);
        s->resize_timer = sd_event_source_disable_unref(s->resize_timer);
        s->desktop = desktop_frame_free(s->desktop);
        s->image = image_free(s->image);
        canvas_done(&s->canvas);
}
