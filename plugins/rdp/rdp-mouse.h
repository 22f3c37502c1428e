/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "library.h"

#include "../../src/desktop/worker.h"

/* Between two places that the lab machine is told: at least this long, */
#define RDP_MOUSE_REST_MSEC 8
/* and, while it paints so much in each picture */
#define RDP_MOUSE_BUSY_PIXELS (256 * 1024)
/* and begins pictures more often than this, */
#define RDP_MOUSE_BUSY_MSEC 100
/* not before it has begun so many more: xrdp reads the head of an event before one, and the rest before the next. */
#define RDP_MOUSE_PICTURES 2

/* Times are milliseconds of one clock. */
typedef struct RdpMouse {
        rdpInput *input;
        unsigned mask;     /* LABGATE_MOUSE_* buttons that the lab machine was told are down */
        int32_t x, y;
        bool is_waiting;   /* x and y were not told yet */
        uint64_t told;
        LabgateRect first;   /* of what it painted, the first of the picture that is being painted */
        uint64_t begun;      /* that picture */
        int64_t pixels;      /* painted of it */
        unsigned n_pictures; /* begun since it was told a place */
        bool is_busy;        /* when it began that picture, it was */
} RdpMouse;

void rdp_mouse_begin(RdpMouse *m, rdpInput *input);

/* A place and buttons of the page's. A button goes at once, a place in its time. */
void rdp_mouse_take(RdpMouse *m, const BridgeCommand *c);

/* The lab machine has painted area. */
void rdp_mouse_painted(RdpMouse *m, LabgateRect area, uint64_t now);

/* Tells what is due. Milliseconds until something will be, UINT32_MAX: nothing waits. */
uint32_t rdp_mouse_tell(RdpMouse *m, uint64_t now);

/* Tells what waits: something follows that happens there. */
void rdp_mouse_hurry(RdpMouse *m);
