/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the browser's picture lacks to equal the plugin's: a size, moves in order, and damage. Holds no pixels.
 *
 * Invariant: let the browser carry out `resized` and then the moves in order; then its pixels outside of the damage
 * are the plugin's. Every function keeps it, whatever it is given. */

#include <pixman.h>
#include <stdbool.h>

#include "../../plugins/plugin.h"

#define CANVAS_MOVES_MAX 16
#define CANVAS_DAMAGE_MAX 128 /* rectangles; beyond that they are joined by rows */

typedef struct CanvasMove {
        LabgateRect source; /* as it was before this move */
        int32_t dx, dy;
} CanvasMove;

typedef struct Canvas {
        int32_t width, height; /* 0 until the first canvas_set_size() */
        bool resized;
        CanvasMove moves[CANVAS_MOVES_MAX];
        unsigned n_moves;
        pixman_region32_t damage;
} Canvas;

void canvas_init(Canvas *c);
void canvas_done(Canvas *c);

/* -ERANGE beyond the limits of plugin.h. The same size again is no more than damage of all of it. */
int canvas_set_size(Canvas *c, int32_t width, int32_t height);

void canvas_damage(Canvas *c, LabgateRect area);                             /* clipped */
void canvas_move(Canvas *c, LabgateRect source, int32_t dx, int32_t dy);     /* clipped */
bool canvas_is_dirty(const Canvas *c);
void canvas_forget_useless_moves(Canvas *c); /* those whose pixels will all be drawn anyway */
void canvas_clean(Canvas *c); /* the browser has all of it now */
