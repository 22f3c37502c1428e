/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "../base/cleanup.h"
#include "pacer.h"

void pacer_init(Pacer *p) {
        *p = (Pacer) { .interval = PACER_INTERVAL_MIN };
}

/* The first frame is there to be seen, and tells something, too. */
static bool is_distance_unknown(const Pacer *p, uint64_t now) {
        return p->last_answered > 0 && (!p->has_probed || now - MIN(now, p->round_trip_at) > PACER_PROBE_AGE);
}

uint64_t pacer_ready(const Pacer *p, uint64_t now, size_t outgoing) {
        uint64_t burst = (PACER_BURST - 1) * p->interval;

        if (p->n_in_flight == PACER_IN_FLIGHT || outgoing > PACER_OUTGOING_MAX)
                return PACER_WAIT;
        if (p->n_in_flight > 0 && p->is_desktop && is_distance_unknown(p, now))
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
        uint64_t factor = p->is_desktop ? PACER_COST_FACTOR_DESKTOP : PACER_COST_FACTOR;
        uint64_t asked = MIN(cost, (uint64_t) PACER_INTERVAL_MAX) * factor;

        asked = MAX(asked, (uint64_t) PACER_INTERVAL_MIN);
        p->interval = MIN(asked, (uint64_t) PACER_INTERVAL_MAX);
        p->credit_until = MAX(p->credit_until, now) + p->interval;
}

static void add_in_flight(Pacer *p, uint64_t begun, uint64_t now, bool is_probe) {
        if (p->n_in_flight < PACER_IN_FLIGHT)
                p->in_flight[p->n_in_flight++] = (PacerSync) { p->last_timestamp, begun, now, is_probe };
}

void pacer_sent(Pacer *p, uint64_t begun, uint64_t now, uint64_t cost) {
        add_in_flight(p, begun, now, false);
        pacer_spent(p, now, cost);
}

bool pacer_wants_probe(const Pacer *p, uint64_t now) {
        return p->is_desktop && p->n_in_flight == 0 && is_distance_unknown(p, now);
}

void pacer_probed(Pacer *p, uint64_t now) {
        p->has_probed = true;
        add_in_flight(p, now, now, true);
}

static bool is_new_round_trip(const Pacer *p, const PacerSync *answered, uint64_t taken, uint64_t now) {
        return p->round_trip == 0 || taken <= p->round_trip || answered->is_probe ||
               now - MIN(now, p->round_trip_at) > PACER_ROUND_TRIP_AGE;
}

static void measure(Pacer *p, const PacerSync *answered, uint64_t now) {
        uint64_t taken = MAX(now - MIN(now, answered->sent), 1u);

        if (is_new_round_trip(p, answered, taken, now)) {
                p->round_trip = taken;
                p->round_trip_at = now;
        }
        p->lag = MIN(taken - p->round_trip, (uint64_t) PACER_LAG_MAX);
}

/* With another frame behind it, what answers are apart is what a frame keeps the line busy, unless nothing waits on the
 * way: then it is only how far apart they were sent. */
static void measure_line(Pacer *p, const PacerSync *answered, uint64_t now) {
        uint64_t apart = now - MIN(now, MAX(p->answered_at, answered->begun));

        p->line = p->n_in_flight == PACER_IN_FLIGHT && !answered->is_probe ? MIN(apart, p->lag) : 0;
        p->answered_at = now;
}

int pacer_acknowledged(Pacer *p, uint64_t timestamp, uint64_t now) {
        unsigned n = 0;

        if (timestamp <= p->last_answered)
                return 0;
        while (n < p->n_in_flight && p->in_flight[n].timestamp != timestamp)
                n++;
        if (n == p->n_in_flight)
                return -EBADMSG;
        measure(p, &p->in_flight[n], now);
        measure_line(p, &p->in_flight[n], now);
        p->last_answered = timestamp;
        /* Frames are shown in order: those before it are shown, too. */
        p->n_in_flight -= n + 1;
        memmove(p->in_flight, p->in_flight + n + 1, p->n_in_flight * sizeof p->in_flight[0]);
        return 0;
}
