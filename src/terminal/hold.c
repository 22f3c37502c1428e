/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <time.h>

#include "hold.h"

void hold_init(Hold *h, LabgateHost *host) {
        *h = (Hold) { .host = host };
}

void hold_done(Hold *h) {
        h->timer = sd_event_source_disable_unref(h->timer);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Hold *h = userdata;

        h->expired = true;
        h->host->want_frame(h->host);
        return 0;
}

void hold_update(Hold *h, bool wanted) {
        if (wanted == h->wanted)
                return;
        hold_done(h);
        h->wanted = wanted;
        h->expired = false;
        if (wanted && sd_event_add_time_relative(h->host->event, &h->timer, CLOCK_MONOTONIC, HOLD_USEC, 1, on_timer, h) < 0)
                h->expired = true;
}

void hold_break(Hold *h) {
        h->expired = true;
}
