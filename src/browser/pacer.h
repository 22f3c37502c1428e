/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When the next frame may go out. At most PACER_IN_FLIGHT syncs are unanswered; the first frames after quiet go at
 * once; under continuous change the distance between frames follows what a frame costs. Has no clock and no timer: all
 * times come in as microseconds of CLOCK_MONOTONIC. Holds back frames, never bytes: what waits is merged in the
 * canvas. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACER_IN_FLIGHT 2
#define PACER_INTERVAL_MIN 16000u  /* microseconds between frames under continuous change */
#define PACER_INTERVAL_MAX 100000u
#define PACER_COST_FACTOR 8u       /* a frame's CPU time is at most one part in this many of the time between frames */
#define PACER_COST_FACTOR_DESKTOP 2u /* 3D and video need the frames, and nothing encodes ahead */
#define PACER_BURST 3u             /* frames that may follow each other at once after quiet */
#define PACER_OUTGOING_MAX (128u * 1024u) /* bytes not yet written to the connection above which no frame is made */
#define PACER_LAG_MAX 10000000u
#define PACER_ROUND_TRIP_AGE 30000000u /* after this long the least round trip may have become another one */
#define PACER_PROBE_AGE 10000000u      /* after this long a desktop finds it out by a probe */

#define PACER_WAIT UINT64_MAX

typedef struct PacerSync {
        uint64_t timestamp; /* milliseconds, as sent */
        uint64_t begun, sent;
        bool is_probe;
} PacerSync;

typedef struct Pacer {
        PacerSync in_flight[PACER_IN_FLIGHT];
        unsigned n_in_flight;
        uint64_t last_timestamp, last_answered;
        bool is_desktop;        /* the owner's: more frames for the cost, and probes */
        uint64_t interval;      /* what the last frame's cost asks for */
        uint64_t credit_until;  /* generic cell rate algorithm: the time up to which frames are paid for */
        uint64_t round_trip;    /* the least seen lately; 0: none yet */
        uint64_t round_trip_at;
        bool has_probed;
        uint64_t lag;           /* what the last answer took beyond round_trip: the browser is that far behind */
        uint64_t answered_at;
        uint64_t line;          /* how long the frame last answered kept line and browser busy; 0: not known */
} Pacer;

void pacer_init(Pacer *p);

/* 0: make a frame now. PACER_WAIT: ask again after an answer has come or output was written. Else the time at which to
 * ask again. outgoing: bytes that wait to be written. */
uint64_t pacer_ready(const Pacer *p, uint64_t now, size_t outgoing);

/* The timestamp for the frame about to be made: milliseconds, above all before it. */
uint64_t pacer_timestamp(Pacer *p, uint64_t now);

/* The frame with the timestamp last given is in the output, where its first bytes came at the time begun; making it
 * took cost microseconds of CPU. */
void pacer_sent(Pacer *p, uint64_t begun, uint64_t now, uint64_t cost);

/* A frame came to nothing: no sync, but its cost counts. */
void pacer_spent(Pacer *p, uint64_t now, uint64_t cost);

/* A desktop's frames are large, and under a load without end each travels behind another: so now and then nothing
 * else is in flight, and before the next frame a sync of its own goes out. True: that is now. */
bool pacer_wants_probe(const Pacer *p, uint64_t now);

/* That sync, with the timestamp last given, is in the output. */
void pacer_probed(Pacer *p, uint64_t now);

/* The browser shows that frame. 0 also for old news; -EBADMSG for one that was never sent. */
int pacer_acknowledged(Pacer *p, uint64_t timestamp, uint64_t now);
