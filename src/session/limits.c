/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Everything that happens because time passes: one tick a second. */

#include <stdio.h>

#include "../base/log.h"
#include "../browser/page.h"
#include "session.h"

#define TICK_USEC UINT64_C(1000000)
#define TICK_SLACK_USEC UINT64_C(250000) /* lets the kernel wake many sessions at once */

static bool has_passed(uint64_t now, uint64_t since, uint64_t span) {
        return now >= since && now - since >= span;
}

/* cjs closes its tunnel after 15 s of silence; our ping finds out about a browser that is gone. A hidden tab answers
 * WebSocket pings whatever its timers are throttled to. */
static void keep_alive(Session *s, uint64_t now) {
        if (has_passed(now, s->last_received, SESSION_DEAD_USEC)) {
                session_end(s, LABGATE_STATUS_BROWSER_TIMEOUT, "The browser stopped answering.");
                return;
        }
        if (has_passed(now, s->last_ping, SESSION_PING_USEC)) {
                s->last_ping = now;
                (void) websocket_ping(s->websocket, "", 0);
        }
        if (has_passed(now, s->last_sent, SESSION_NOP_USEC) && buffer_size(&s->output) == 0)
                (void) page_write_nop(s->websocket);
}

static void check_limits(Session *s, uint64_t now) {
        int64_t idle = s->lab.idle_timeout != LAB_UNSET ? s->lab.idle_timeout : s->configuration.idle_timeout;
        int64_t total = s->lab.time_limit != LAB_UNSET ? s->lab.time_limit : s->configuration.time_limit;

        if (idle > 0 && has_passed(now, s->last_input, (uint64_t) idle * TICK_USEC))
                session_end(s, LABGATE_STATUS_SESSION_TIMEOUT, "The session ended because nobody used it.");
        else if (total > 0 && has_passed(now, s->started, (uint64_t) total * TICK_USEC))
                session_end(s, LABGATE_STATUS_SESSION_TIMEOUT, "The session's time is up.");
}

static void check_plugin(Session *s, uint64_t now) {
        if (s->state != SESSION_RUNNING || !s->plugin->alive || s->plugin->alive(s->plugin_state)) {
                s->stalled_since = now;
                return;
        }
        if (has_passed(now, s->stalled_since, LABGATE_STALL_SECONDS * TICK_USEC))
                session_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "The connection to the lab machine stands still.");
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata) {
        Session *s = userdata;
        uint64_t now = session_now(s);

        if (s->websocket && s->state < SESSION_ENDING) {
                keep_alive(s, now);
                if (s->opened)
                        check_limits(s, now);
                check_plugin(s, now);
        }
        if (s->notify.watchdog_usec > 0)
                notify_watchdog(&s->notify);
        (void) sd_event_source_set_time_relative(s->tick, TICK_USEC);
        return sd_event_source_set_enabled(s->tick, SD_EVENT_ONESHOT);
}

int limits_init(Session *s) {
        s->last_ping = s->last_sent = s->stalled_since = session_now(s);
        return sd_event_add_time_relative(s->event, &s->tick, CLOCK_MONOTONIC, TICK_USEC, TICK_SLACK_USEC, on_tick, s);
}

void limits_done(Session *s) {
        s->tick = sd_event_source_disable_unref(s->tick);
}
