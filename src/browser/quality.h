/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How good and how large a desktop's pictures may be, so that a frame keeps the line and the browser busy for no longer
 * than is good for what a person does meanwhile. Knows no pixels and no clock. */

#include <stdint.h>

#define QUALITY_MIN 35
#define QUALITY_MAX 85
#define QUALITY_MEND_MIN (8 * 1024)    /* pixels mended in one frame */
#define QUALITY_MEND_MAX (192 * 1024)

typedef struct Quality {
        int jpeg;             /* QUALITY_MIN..QUALITY_MAX */
        int32_t mend_pixels;  /* QUALITY_MEND_MIN..QUALITY_MEND_MAX */
} Quality;

void quality_init(Quality *q);

/* A frame kept line and browser busy for so many microseconds (Pacer.line). */
void quality_answered(Quality *q, uint64_t line);
