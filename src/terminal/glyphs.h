/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Glyphs as coverage of a cell, from faces that the host hands over as descriptors. A glyph never leaves its cell (two
 * cells if wide), so that every cell can be drawn by itself. Asks no font database and opens no file. */

#include "../../plugins/plugin.h"
#include "cell.h"

#define GLYPHS_BYTES_MAX (1024u * 1024u)          /* of pictures kept; the first one past it clears the cache */
#define GLYPHS_FILE_MAX (256 * 1024 * 1024)       /* of one font file */
#define GLYPHS_PIXELS_MIN 4                       /* of the em */
#define GLYPHS_PIXELS_MAX 256
#define GLYPHS_LEVELS 16

/* Above a cell's code point or cluster. */
#define GLYPHS_BOLD   (1u << 22)
#define GLYPHS_ITALIC (1u << 23)

typedef struct Glyphs Glyphs;

typedef struct Glyph {
        uint32_t key;
        uint16_t levels;               /* bit n: coverage n occurs in the cell */
        uint16_t x, y, width, height;  /* what is not 0, within the cell */
        uint8_t coverage[];            /* width * height levels, 0..15 */
} Glyph;

typedef struct GlyphsMetrics {
        int width, height;             /* of a cell */
        int baseline;                  /* from the top */
        int underline, strike;         /* where these lines begin, from the top */
        int thickness;
} GlyphsMetrics;

/* fonts stay open as long as this lives. -ENOENT without a usable regular face, -ENOMEM. */
int glyphs_new(Glyphs **ret, const LabgateFont *fonts, size_t n_fonts, int64_t points, int dpi);
Glyphs *glyphs_free(Glyphs *g);

int glyphs_set_size(Glyphs *g, int64_t points, int dpi);
const GlyphsMetrics *glyphs_metrics(const Glyphs *g);

/* key: a cell's glyph with GLYPHS_BOLD, GLYPHS_ITALIC; code_points: what it stands for, base first. Valid until the
 * next call. NULL without memory. */
const Glyph *glyphs_get(Glyphs *g, uint32_t key, const uint32_t *code_points, size_t n);

/* Forgets what keys stand for. */
void glyphs_clear(Glyphs *g);
