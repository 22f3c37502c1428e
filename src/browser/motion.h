/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds what moved between what the page has and a new picture: text that scrolls, a window that is dragged, when
 * nobody told. Guesses from a few short runs of pixels, then believes only what it compared pixel by pixel. The
 * price of finding nothing is bounded: at most a look at each fourth row of what changed. */

#include "../base/cleanup.h"
#include "canvas.h"
#include "shadow.h"

typedef struct Motion Motion;

int motion_new(Motion **ret); /* 0, -ENOMEM */
Motion *motion_free(Motion *m);
DEFINE_CLEANUP(Motion *, motion_free)

/* Looks at what is missing in the shadow. True: carried out, the page's pixels are the picture's wherever ret comes to.
 * Without memory nothing moved. */
bool motion_find(Motion *m, const Shadow *s, const LabgateTile *picture, CanvasMove *ret);
