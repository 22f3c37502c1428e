/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdbool.h>

#include "../../src/base/cleanup.h"
#include "../../src/browser/pacer.h"
#include "check.h"

/* A browser that answers each frame after some time, in a world of microseconds. change: how often something new is
 * there to be shown, 0 for always. */
typedef struct World {
        uint64_t change, cost, answer_after;
        uint64_t seconds;
        unsigned n_frames;
        uint64_t worst_wait; /* from a change to the frame that has it */
} World;

#define STEP 100u

typedef struct Answers {
        uint64_t timestamp[4096], due[4096];
        unsigned begin, end;
} Answers;

static void deliver(Pacer *p, Answers *a, uint64_t now) {
        while (a->begin < a->end && a->due[a->begin] <= now) {
                CHECK_INT(pacer_acknowledged(p, a->timestamp[a->begin], now), 0);
                a->begin++;
        }
}

static void run(World *w) {
        static Answers a;
        uint64_t changed = 0, next_change = 1000000, end = 1000000 * (w->seconds + 1);
        bool dirty = false;
        Pacer p;

        pacer_init(&p);
        a.begin = a.end = w->n_frames = 0;
        w->worst_wait = 0;
        for (uint64_t now = 1000000; now < end; now += STEP) {
                deliver(&p, &a, now);
                if (now >= next_change) {
                        changed = dirty ? changed : now;
                        dirty = true;
                        next_change += w->change;
                }
                if (!dirty || pacer_ready(&p, now, 0) != 0)
                        continue;
                w->worst_wait = MAX(w->worst_wait, now - changed);
                a.timestamp[a.end] = pacer_timestamp(&p, now);
                a.due[a.end++] = now + w->answer_after;
                pacer_sent(&p, now, now, w->cost);
                CHECK(p.n_in_flight <= PACER_IN_FLIGHT);
                w->n_frames++;
                dirty = false;
        }
}

TEST(typing_never_waits) {
        World w = { .change = 33333, .cost = 500, .answer_after = 3000, .seconds = 20 };

        run(&w);
        CHECK(w.n_frames >= 600);
        CHECK(w.worst_wait <= STEP);
        /* Two frames a key: the echo, then what the shell redraws. */
        w.change = 16667;
        run(&w);
        CHECK(w.worst_wait <= STEP);
}

TEST(a_flood_follows_what_a_frame_costs) {
        World w = { .change = STEP, .cost = 200, .seconds = 10 };

        run(&w);
        CHECK(w.n_frames > 600 && w.n_frames < 640);
        w.cost = 4000;
        run(&w);
        CHECK(w.n_frames > 300 && w.n_frames < 330);
        w.cost = 1000000;
        run(&w);
        CHECK(w.n_frames >= 100 && w.n_frames < 110);
}

TEST(a_slow_browser_sets_the_pace) {
        World w = { .change = STEP, .cost = 500, .answer_after = 500000, .seconds = 10 };

        run(&w);
        CHECK(w.n_frames >= 38 && w.n_frames <= 42);
}

TEST(without_answers_two_frames_go) {
        World w = { .change = STEP, .cost = 500, .answer_after = 1000000000, .seconds = 10 };

        run(&w);
        CHECK_INT(w.n_frames, PACER_IN_FLIGHT);
}

TEST(the_first_frames_after_quiet_go_at_once) {
        uint64_t now = 5000000;
        Pacer p;

        pacer_init(&p);
        for (unsigned i = 0; i < PACER_BURST; i++) {
                CHECK_INT(pacer_ready(&p, now, 0), 0);
                CHECK_INT(pacer_acknowledged(&p, pacer_timestamp(&p, now) - 1, now), i == 0 ? -EBADMSG : 0);
                pacer_sent(&p, now, now, 100);
                CHECK_INT(pacer_acknowledged(&p, p.last_timestamp, now), 0);
        }
        CHECK_INT(pacer_ready(&p, now, 0), now + PACER_INTERVAL_MIN);
        CHECK_INT(pacer_ready(&p, now + PACER_INTERVAL_MIN, 0), 0);
}

TEST(output_that_waits_holds_frames_back) {
        Pacer p;

        pacer_init(&p);
        CHECK_INT(pacer_ready(&p, 1, PACER_OUTGOING_MAX), 0);
        CHECK(pacer_ready(&p, 1, PACER_OUTGOING_MAX + 1) == PACER_WAIT);
}

TEST(answers) {
        uint64_t first, second;
        Pacer p;

        pacer_init(&p);
        CHECK_INT(pacer_acknowledged(&p, 0, 1000), 0);
        CHECK_INT(pacer_acknowledged(&p, 1, 1000), -EBADMSG);
        first = pacer_timestamp(&p, 7000);
        CHECK_INT(first, 7);
        pacer_sent(&p, 7000, 7000, 0);
        second = pacer_timestamp(&p, 7000);
        CHECK_INT(second, 8);
        pacer_sent(&p, 7000, 7000, 0);
        CHECK(pacer_ready(&p, 10000000, 0) == PACER_WAIT);
        CHECK_INT(pacer_acknowledged(&p, 9, 8000), -EBADMSG);
        CHECK_INT(pacer_acknowledged(&p, UINT64_MAX, 8000), -EBADMSG);
        CHECK_INT(p.n_in_flight, 2);
        /* The second one says that the first was shown, too. */
        CHECK_INT(pacer_acknowledged(&p, second, 9000), 0);
        CHECK_INT(p.n_in_flight, 0);
        CHECK_INT(pacer_acknowledged(&p, second, 9000), 0);
        CHECK_INT(pacer_acknowledged(&p, first, 9000), 0);
}

static void one_frame(Pacer *p, uint64_t now, uint64_t taken) {
        pacer_timestamp(p, now);
        pacer_sent(p, now, now, 0);
        CHECK_INT(pacer_acknowledged(p, p->last_timestamp, now + taken), 0);
}

TEST(lag_is_what_goes_beyond_the_round_trip) {
        Pacer p;

        pacer_init(&p);
        one_frame(&p, 1000000, 40000);
        CHECK_INT(p.lag, 0);
        one_frame(&p, 2000000, 10000);
        CHECK_INT(p.round_trip, 10000);
        one_frame(&p, 3000000, 50000);
        CHECK_INT(p.lag, 40000);
        one_frame(&p, 4000000, UINT64_C(60000000));
        /* The old baseline is too old by then. */
        CHECK_INT(p.lag, 0);
        CHECK_INT(p.round_trip, 60000000);
        one_frame(&p, 70000000, 10000);
        one_frame(&p, 80000000, 20000000);
        CHECK_INT(p.lag, PACER_LAG_MAX);
}

/* A desktop that always changes, behind a line on which each frame takes as long as it has bytes, and a distance. */
static void run_line(uint64_t on_line, uint64_t distance, uint64_t seconds, Pacer *p) {
        static Answers a;
        uint64_t free = 0;

        pacer_init(p);
        p->is_desktop = true;
        a.begin = a.end = 0;
        for (uint64_t now = 1000000; now < 1000000 * (seconds + 1); now += STEP) {
                deliver(p, &a, now);
                if (pacer_ready(p, now, 0) != 0)
                        continue;
                if (pacer_wants_probe(p, now)) {
                        a.timestamp[a.end] = pacer_timestamp(p, now);
                        a.due[a.end++] = MAX(free, now) + distance;
                        pacer_probed(p, now);
                }
                a.timestamp[a.end] = pacer_timestamp(p, now);
                free = MAX(free, now) + on_line;
                a.due[a.end++] = free + distance;
                pacer_sent(p, now, now, 5000);
        }
}

TEST(a_busy_line_is_told_from_a_long_one) {
        Pacer p;

        run_line(90000, 40000, 50, &p);
        CHECK(p.line > 80000 && p.line <= 90000);
        CHECK(p.round_trip >= 40000 && p.round_trip < 42000);
        run_line(1000, 300000, 50, &p);
        CHECK(p.line < 5000);
}

TEST(the_first_frame_has_no_probe_before_it) {
        Pacer p;

        pacer_init(&p);
        CHECK(!pacer_wants_probe(&p, 1000000));
        p.is_desktop = true;
        CHECK(!pacer_wants_probe(&p, 1000000));
        one_frame(&p, 1000000, 5000);
        CHECK(pacer_wants_probe(&p, 1100000));
        pacer_timestamp(&p, 1100000);
        pacer_probed(&p, 1100000);
        CHECK(!pacer_wants_probe(&p, 1100000));
        CHECK_INT(pacer_acknowledged(&p, p.last_timestamp, 1103000), 0);
        CHECK_INT(p.round_trip, 3000);
        CHECK(!pacer_wants_probe(&p, 1103000 + PACER_PROBE_AGE));
        CHECK(pacer_wants_probe(&p, 1103001 + PACER_PROBE_AGE));
        /* Until then frames do not go behind each other. */
        one_frame(&p, 1200000, 5000);
        pacer_timestamp(&p, 12000000);
        pacer_sent(&p, 12000000, 12000000, 0);
        CHECK(pacer_ready(&p, 12100000, 0) == PACER_WAIT);
}

TEST(a_desktop_has_more_frames_for_the_cost) {
        Pacer p;

        run_line(1, 1, 10, &p);
        CHECK_INT(p.interval, 16000);
        pacer_sent(&p, 11000000, 11000000, 20000);
        CHECK_INT(p.interval, 40000);
        pacer_spent(&p, 11000000, 20000);
        CHECK_INT(p.interval, 40000);
}
