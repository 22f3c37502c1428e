/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../base/cleanup.h"
#include "quality.h"

/* Two frames are under way at most. With each of them 40 ms late, what a person does shows within 100 ms and the round
 * trip. */
#define LAG_GOOD 30000
#define LAG_FAIR 60000
#define LAG_BAD 100000

void quality_init(Quality *q) {
        *q = (Quality) { .jpeg = 75, .mend_pixels = QUALITY_MEND_MAX / 4 };
}

void quality_answered(Quality *q, uint64_t lag) {
        if (lag > LAG_BAD)
                q->jpeg -= 10;
        else if (lag > LAG_FAIR)
                q->jpeg -= 3;
        else if (lag < LAG_GOOD)
                q->jpeg += 1;
        if (lag > LAG_FAIR)
                q->mend_pixels /= 2;
        else if (lag < LAG_GOOD)
                q->mend_pixels += q->mend_pixels / 4;
        q->jpeg = CLAMP(q->jpeg, QUALITY_MIN, QUALITY_MAX);
        q->mend_pixels = CLAMP(q->mend_pixels, QUALITY_MEND_MIN, QUALITY_MEND_MAX);
}
