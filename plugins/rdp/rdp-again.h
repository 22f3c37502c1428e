/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How often the lab machine is connected to anew for a size. A porter ends a session that asks for more than eight
 * connections within a minute; so a few follow at once, and whoever pulls at a window all the time sees the last size a
 * bit later. */

#include "../../src/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

#define RDP_AGAIN_AT_ONCE 3
#define RDP_AGAIN_MSEC UINT64_C(15000) /* for each after those */

typedef struct RdpAgain {
        uint64_t used_until; /* of the time that connections take, each its share; milliseconds */
} RdpAgain;

/* Whether it may be now; if so, it counts. */
static inline bool rdp_again_take(RdpAgain *a, uint64_t now) {
        if (a->used_until > now + (RDP_AGAIN_AT_ONCE - 1) * RDP_AGAIN_MSEC)
                return false;
        a->used_until = MAX(a->used_until, now) + RDP_AGAIN_MSEC;
        return true;
}
