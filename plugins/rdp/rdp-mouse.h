/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "library.h"

#include "../../src/desktop/worker.h"

/* Between two places that the lab machine is told: at least this long, */
#define RDP_MOUSE_REST_MSEC 8
/* and not before it has been quiet this long, which one that is busy painting never is, */
#define RDP_MOUSE_QUIET_MSEC 5
/* but at least this often. */
#define RDP_MOUSE_LATE_MSEC 50

/* Times are milliseconds of one clock. */
typedef struct RdpMouse {
        rdpInput *input;
        unsigned mask;     /* LABGATE_MOUSE_* buttons that the lab machine was told are down */
        int32_t x, y;
        bool is_waiting;   /* x and y were not told yet */
        uint64_t told, painted;
} RdpMouse;

void rdp_mouse_begin(RdpMouse *m, rdpInput *input);

/* A place and buttons of the page's. A button goes at once, a place in its time. */
void rdp_mouse_take(RdpMouse *m, const BridgeCommand *c);

void rdp_mouse_painted(RdpMouse *m, uint64_t now);

/* Tells what is due. Milliseconds until something will be, UINT32_MAX: nothing waits. */
uint32_t rdp_mouse_tell(RdpMouse *m, uint64_t now);

/* Tells what waits: something follows that happens there. */
void rdp_mouse_hurry(RdpMouse *m);
