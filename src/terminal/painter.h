/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Drawn cells in, pixels of any rectangle out. Keeps no framebuffer: a rectangle is drawn when it is asked for. */

#include "glyphs.h"

#define PAINTER_PIXELS_KEPT ((size_t) 64 * 1024) /* bytes of scratch that survive a frame */
#define PAINTER_RAMPS 64u                        /* pairs of colours remembered while a rectangle is drawn */
#define PAINTER_COLOUR_SLOTS 1024u

/* A cell with everything resolved: what is equal looks equal, but for the colour of an underline or bar cursor. */
typedef struct DrawnCell {
        uint32_t glyph;      /* as in Cell; CELL_CLUSTER with an index into the view's own clusters */
        uint32_t foreground; /* 0xRRGGBB and DRAWN_BOLD .. DRAWN_OVERLINE */
        uint32_t background; /* 0xRRGGBB and DRAWN_CURSOR_* */
} DrawnCell;

#define DRAWN_BOLD             (1u << 24)
#define DRAWN_ITALIC           (1u << 25)
#define DRAWN_UNDERLINE        (1u << 26)
#define DRAWN_DOUBLE_UNDERLINE (1u << 27)
#define DRAWN_STRIKE           (1u << 28)
#define DRAWN_OVERLINE         (1u << 29)

#define DRAWN_CURSOR_UNDERLINE (1u << 24)
#define DRAWN_CURSOR_BAR       (1u << 25)

typedef struct PainterCluster {
        uint32_t code_points[8];
        uint32_t n;
} PainterCluster;

/* What is to be drawn; rows * columns cells, then background to the right and below. */
typedef struct PainterGrid {
        int columns, rows;
        const DrawnCell *cells;
        const PainterCluster *clusters;
        uint32_t background;
        uint32_t cursor; /* 0x01RRGGBB; 0: the cell's foreground */
} PainterGrid;

typedef struct Painter Painter;

int painter_new(Painter **ret);
Painter *painter_free(Painter *p);

/* area is not empty and its sides are within LABGATE_SIDE_MAX. INDEXED8 if the colours fit a palette, else XRGB32.
 * Valid until the next call. */
int painter_paint(Painter *p, const PainterGrid *grid, Glyphs *glyphs, LabgateRect area, LabgateTile *ret);

/* Gives scratch memory back. */
void painter_rest(Painter *p);
