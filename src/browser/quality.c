/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../base/cleanup.h"
#include "quality.h"

/* What a person does waits for the frame that is being sent, goes with the next one, and that waits for what is under
 * way: three times this and the round trip. Below LINE_GOOD there are 30 frames a second. */
#define LINE_GOOD 36000
#define LINE_FAIR 45000
#define LINE_BAD 70000

void quality_init(Quality *q) {
        *q = (Quality) { .jpeg = 75, .mend_pixels = QUALITY_MEND_MAX / 4 };
}

void quality_answered(Quality *q, uint64_t line) {
        if (line > LINE_BAD)
                q->jpeg -= 8;
        else if (line > LINE_FAIR)
                q->jpeg -= 2;
        else if (line < LINE_GOOD)
                q->jpeg += 1;
        if (line > LINE_FAIR)
                q->mend_pixels /= 2;
        else if (line < LINE_GOOD)
                q->mend_pixels += q->mend_pixels / 4;
        q->jpeg = CLAMP(q->jpeg, QUALITY_MIN, QUALITY_MAX);
        q->mend_pixels = CLAMP(q->mend_pixels, QUALITY_MEND_MIN, QUALITY_MEND_MAX);
}
