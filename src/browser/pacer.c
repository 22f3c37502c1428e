/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "../base/cleanup.h"
#include "pacer.h"

#define PACER_ROUND_TRIP_AGE 30000000u /* after this long the least round trip may have become another one */

void pacer_init(Pacer *p) {
        *p = (Pacer) { .interval = PACER_INTERVAL_MIN, .cost_factor = PACER_COST_FACTOR };
}

uint64_t pacer_ready(const Pacer *p, uint64_t now, size_t outgoing) {
        uint64_t burst = (PACER_BURST - 1) * p->interval;

        if (p->n_in_flight == PACER_IN_FLIGHT || outgoing > PACER_OUTGOING_MAX)
                return PACER_WAIT;
        if (p->credit_until <= now + burst)
                return 0;
        return p->credit_until - burst;
}

uint64_t pacer_timestamp(Pacer *p, uint64_t now) {
        p->last_timestamp = MAX(now / 1000, p->last_timestamp + 1);
        return p->last_timestamp;
}

void pacer_spent(Pacer *p, uint64_t now, uint64_t cost) {
        uint64_t asked = MIN(cost, (uint64_t) PACER_INTERVAL_MAX) * p->cost_factor;

        asked = MAX(asked, (uint64_t) PACER_INTERVAL_MIN);
        p->interval = MIN(asked, (uint64_t) PACER_INTERVAL_MAX);
        p->credit_until = MAX(p->credit_until, now) + p->interval;
}

void pacer_sent(Pacer *p, uint64_t now, uint64_t cost) {
        if (p->n_in_flight < PACER_IN_FLIGHT)
                p->in_flight[p->n_in_flight++] = (PacerSync) { p->last_timestamp, now };
        pacer_spent(p, now, cost);
}

static void pacer_measure(Pacer *p, uint64_t taken, uint64_t now) {
        taken = MAX(taken, 1u);
        if (p->round_trip == 0 || taken <= p->round_trip || now - p->round_trip_at > PACER_ROUND_TRIP_AGE) {
                p->round_trip = taken;
                p->round_trip_at = now;
        }
        taken -= p->round_trip;
        p->lag = MIN(taken, (uint64_t) PACER_LAG_MAX);
}

int pacer_acknowledged(Pacer *p, uint64_t timestamp, uint64_t now) {
        unsigned n = 0;

        if (timestamp <= p->last_answered)
                return 0;
        while (n < p->n_in_flight && p->in_flight[n].timestamp != timestamp)
                n++;
        if (n == p->n_in_flight)
                return -EBADMSG;
        pacer_measure(p, now - MIN(now, p->in_flight[n].sent), now);
        p->last_answered = timestamp;
        /* Frames are shown in order: those before it are shown, too. */
        p->n_in_flight -= n + 1;
        memmove(p->in_flight, p->in_flight + n + 1, p->n_in_flight * sizeof p->in_flight[0]);
        return 0;
}
