/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the page has of a desktop, and what it lacks: a copy of the pixels, and a state for each tile of them.
 * Changes are found by comparing, not by believing: lab machines paint anew what did not change. Only desktops have
 * one.
 *
 * Invariant: the page shows pixels, but for tiles' missing boxes (it has something older) and for lossy tiles (it
 * has about that). pixels are the plugin's, but for what the canvas still calls damaged. */

#include <stdbool.h>

#include "../../plugins/plugin.h"

#define SHADOW_TILE 64

/* Of the largest desktop, with what sticks out of it to the right and below. */
#define SHADOW_TILES_MAX (LABGATE_PIXELS_MAX / (SHADOW_TILE * SHADOW_TILE) + 2 * LABGATE_SIDE_MAX / SHADOW_TILE + 1)

typedef enum ShadowCoding {
        SHADOW_EXACT, /* flat, few colours, text: a PNG or a fill */
        SHADOW_LOSSY, /* a JPEG now, mended when it has been quiet */
        SHADOW_MENDING,
} ShadowCoding;

typedef struct ShadowTile {
        int16_t left, top, right, bottom; /* missing: pixels of the desktop; none if left == right */
        uint8_t coding;                   /* ShadowCoding of what is missing */
        uint8_t heat;                     /* changes in a row without SHADOW_COOL_USEC between them */
        uint8_t grain;                    /* Texture.grain of what is missing */
        bool lossy;
        uint64_t changed, blurred;        /* times of the last change, and of the last picture with loss */
} ShadowTile;

typedef struct Shadow {
        int32_t width, height;
        int32_t columns, rows; /* of tiles */
        uint32_t *pixels;
        ShadowTile *tiles;
        unsigned n_lossy;
} Shadow;

#define SHADOW_COOL_USEC UINT64_C(300000)
#define SHADOW_HEAT_MAX 100

void shadow_done(Shadow *s);

/* All black and nothing missing. -ENOMEM: as before. */
int shadow_set_size(Shadow *s, int32_t width, int32_t height);

/* As the browser's copy: what moves may be lossy, and is then where it comes to. Within the desktop. */
void shadow_move(Shadow *s, LabgateRect source, int32_t dx, int32_t dy, uint64_t now);

/* Compares within area; what differs becomes missing. picture is the whole desktop, XRGB32. */
void shadow_compare(Shadow *s, const LabgateTile *picture, LabgateRect area);

/* Compares all of the tiles that area touches anew: what they lacked before is forgotten. */
void shadow_compare_again(Shadow *s, const LabgateTile *picture, LabgateRect area);

/* Takes the missing pixels over. Answers how many there are. */
uint64_t shadow_copy(Shadow *s, const LabgateTile *picture, uint64_t now);

/* How much of it is no more than about right. */
void shadow_set_lossy(Shadow *s, LabgateRect area, uint64_t now); /* all tiles that area touches */
void shadow_set_exact(Shadow *s, LabgateRect area);               /* all tiles that area covers */

/* Makes lossy tiles that nothing blurred since that time missing, as many as have about so many pixels. */
void shadow_mend(Shadow *s, uint64_t since, int32_t pixels);

static inline bool shadow_is_missing(const ShadowTile *t) {
        return t->left < t->right;
}

static inline const uint32_t *shadow_row(const Shadow *s, int32_t x, int32_t y) {
        return s->pixels + (int64_t) y * s->width + x;
}

static inline const uint32_t *shadow_picture_row(const LabgateTile *picture, int32_t x, int32_t y) {
        const void *row = (const uint8_t *) picture->pixels + (size_t) y * picture->stride;

        return (const uint32_t *) row + x;
}

/* The pixels of a tile, cut at the desktop's edge. */
LabgateRect shadow_tile_area(const Shadow *s, int32_t column, int32_t row);
