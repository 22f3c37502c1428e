/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Synchronized output (mode 2026): a program may hold the picture while it draws, for a moment and not for ever. */

#include <systemd/sd-event.h>

#include "../../plugins/plugin.h"

#define HOLD_USEC (150u * 1000u)

typedef struct Hold {
        bool wanted;   /* by the program */
        bool expired;  /* it took too long, or something else goes first */
        sd_event_source *timer;
        LabgateHost *host;
} Hold;

void hold_init(Hold *h, LabgateHost *host);
void hold_done(Hold *h);

/* What the program wants now. */
void hold_update(Hold *h, bool wanted);

/* Until the program asks anew. */
void hold_break(Hold *h);

static inline bool hold_stands(const Hold *h) {
        return h->wanted && !h->expired;
}
