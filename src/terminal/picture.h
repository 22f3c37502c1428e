/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The picture as it was last drawn, in cells, and how it became another: what moved is moved, what differs is damaged.
 * Holds no pixels. */

#include "view.h"

#define PICTURE_MOVES_MAX 16 /* in one frame */
#define PICTURE_GAP 6        /* columns that are damaged too rather than starting another rectangle */

typedef struct Picture {
        int columns, rows;
        DrawnCell *cells;
        ViewLooks *looks;     /* of the rows in cells */
        ViewLooks *wanted;    /* scratch: of the rows to be */
        DrawnCell *row;       /* scratch */
        uint32_t background, cursor;
        bool stale;           /* nothing of it holds */
} Picture;

void picture_done(Picture *p);
int picture_resize(Picture *p, int columns, int rows);

/* Brings it up to date with the view and tells the host by move() and damage(). */
void picture_update(Picture *p, View *view, LabgateHost *host, const GlyphsMetrics *metrics);

PainterGrid picture_grid(const Picture *p, const View *view);
