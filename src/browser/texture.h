/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What pixels are like, by a look at some of their rows: what they would cost without loss. */

#include <stdbool.h>

#include "../../plugins/plugin.h"

typedef struct Texture {
        int grain;        /* percent of pixels that are neither the one to their left nor the one above */
        bool few_colours; /* as far as was looked */
} Texture;

/* The pixels of area, XRGB32, from its top left corner on; stride in bytes. */
Texture texture_of(const uint32_t *pixels, size_t stride, LabgateRect area);
