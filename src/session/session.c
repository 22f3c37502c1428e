/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* States and the end of a session. Here alone a verdict becomes a status for the browser. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "../base/log.h"
#include "../browser/page.h"
#include "session.h"

static const char *const state_names[SESSION_STATES] = {
        [SESSION_HEAD] = "head",       [SESSION_LOOKUP] = "lookup", [SESSION_CONNECTING] = "connecting",
        [SESSION_RUNNING] = "running", [SESSION_ENDING] = "ending", [SESSION_ENDED] = "ended",
};

const char *session_state_name(SessionState state) {
        return state < SESSION_STATES ? state_names[state] : "?";
}

uint64_t session_now(const Session *s) {
        uint64_t now = 0;

        (void) sd_event_now(s->event, CLOCK_MONOTONIC, &now);
        return now;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        Session *s = userdata;

        switch (s->state) {
        case SESSION_LOOKUP:
                session_end(s, LABGATE_STATUS_SERVER_ERROR, "The lab service did not answer in time.");
                break;
        case SESSION_CONNECTING:
                session_end(s, LABGATE_STATUS_UPSTREAM_TIMEOUT, "The lab machine did not answer in time.");
                break;
        default:
                session_set_state(s, SESSION_ENDED, 0);
        }
        return 0;
}

void session_set_state(Session *s, SessionState state, uint64_t deadline_usec) {
        log_debug("%s -> %s", session_state_name(s->state), session_state_name(state));
        s->state = state;
        s->state_since = session_now(s);
        if (deadline_usec > 0) {
                (void) sd_event_source_set_time_relative(s->deadline, deadline_usec);
                (void) sd_event_source_set_enabled(s->deadline, SD_EVENT_ONESHOT);
        } else
                (void) sd_event_source_set_enabled(s->deadline, SD_EVENT_OFF);
        if (state == SESSION_ENDED)
                (void) sd_event_exit(s->event, 0);
}

static Record session_record(const Session *s) {
        return (Record) {
                .session = s->uuid,
                .lab = s->lab.name,
                .protocol = s->lab.protocol,
                .upstream = s->upstream[0] ? s->upstream : NULL,
                .remote_address = s->remote_address,
                .status = s->status,
                .reason = s->reason,
                .duration_usec = session_now(s) - s->started,
                .bytes_in = s->bytes_in,
                .bytes_out = s->bytes_out,
        };
}

void session_end(Session *s, LabgateStatus status, const char *text) {
        if (s->state >= SESSION_ENDING || s->end_is_due)
                return;
        s->status = status;
        snprintf(s->reason, sizeof s->reason, "%s", text);
        if (s->framing)
                s->end_is_due = true;
        else
                session_conclude(s);
}

void session_conclude(Session *s) {
        notify_stopping(&s->notify);
        if (!s->websocket) {
                session_set_state(s, SESSION_ENDED, 0);
                return;
        }

        session_set_state(s, SESSION_ENDING, SESSION_DRAIN_USEC);
        input_set_state(&s->input, INPUT_ENDING);
        display_last(s);
        s->output.limit += SESSION_LAST_WORDS;
        if (page_write_end(s->websocket, s->status, s->reason) < 0)
                log_warning("No room to tell the browser why the session ends, ignoring");
        notify_status(&s->notify, "ending");
}

void session_fail(Session *s, int error, const char *where) {
        log_error_errno(error, "%s", where);
        session_end(s, LABGATE_STATUS_SERVER_ERROR, error == -ENOMEM ? "The lab service is out of memory."
                                                                     : "The lab service had an internal error.");
}

/* Runs after the other events of a loop turn: what they brought up goes out in one frame and one write. */
static int on_turn(sd_event_source *source, void *userdata) {
        Session *s = userdata;
        int r = 0;

        /* What the connection takes first makes room for a frame, for which nothing else might wake us up again. */
        connection_flush(s);
        if (s->websocket && s->state < SESSION_ENDING) {
                r = streams_pump(&s->streams);
                if (r < 0)
                        session_fail(s, r, "Failed to write a stream");
                display_turn(s);
        }
        if (s->state >= SESSION_ENDING)
                opening_close_plugin(s);
        connection_flush(s);
        display_flushed(s);
        connection_watch(s);
        return 0;
}

static int make_uuid(Session *s) {
        sd_id128_t id;
        int r = sd_id128_randomize(&id);

        if (r < 0)
                return r;
        if (!sd_id128_to_uuid_string(id, s->uuid))
                return -EINVAL;
        return 0;
}

static int session_init(Session *s, int fd) {
        int r;

        notify_init(&s->notify);
        host_init(s);
        r = make_uuid(s);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(s->event, &s->deadline, CLOCK_MONOTONIC, SESSION_HEAD_USEC, 0, on_deadline, s);
        if (r < 0)
                return r;
        /* Of the same priority as what it follows: sources of one priority have their turns in order, so that a lab
         * machine that always has more to say delays nothing. */
        r = sd_event_add_post(s->event, &s->turn, on_turn, s);
        if (r < 0)
                return r;
        r = display_init(s);
        if (r < 0)
                return r;
        r = connection_init(s, fd);
        if (r < 0)
                return r;
        r = opening_init(s);
        if (r < 0)
                return r;
        r = limits_init(s);
        if (r < 0)
                return r;
        notify_ready(&s->notify);
        return 0;
}

int session_new(Session **ret, sd_event *event, int fd) {
        _cleanup_(session_freep) Session *s = calloc(1, sizeof *s);
        int r;

        if (!s)
                return -ENOMEM;
        s->event = event;
        s->fd = s->link.fd = s->notify.fd = -1;
        s->started = s->last_input = s->last_received = session_now(s);
        r = session_init(s, fd);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

Session *session_free(Session *s) {
        if (!s)
                return NULL;
        if (s->opened) {
                Record record = session_record(s);

                record_end(&record);
        }
        link_bye(&s->link);
        limits_done(s);
        opening_done(s);
        connection_done(s);
        display_done(s);
        s->deadline = sd_event_source_disable_unref(s->deadline);
        s->turn = sd_event_source_disable_unref(s->turn);
        notify_done(&s->notify);
        free(s);
        return NULL;
}
