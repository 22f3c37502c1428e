/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One character cell of the terminal's grid, and how it looks. 12 bytes, so that a full scrollback stays small and
 * rows compare by memcmp(): every bit that means nothing is zero. */

#include <stdbool.h>
#include <stdint.h>

/* Colours: kind in bits 24..25, value in bits 0..23. */
typedef enum ColourKind {
        COLOUR_DEFAULT, /* value 0: the scheme's foreground or background */
        COLOUR_INDEXED, /* value 0..255 */
        COLOUR_RGB,     /* value 0xRRGGBB */
} ColourKind;

typedef enum CellAttribute {
        CELL_BOLD             = 1 << 0,
        CELL_FAINT            = 1 << 1,
        CELL_ITALIC           = 1 << 2,
        CELL_UNDERLINE        = 1 << 3,
        CELL_BLINK            = 1 << 4,
        CELL_INVERSE          = 1 << 5,
        CELL_INVISIBLE        = 1 << 6,
        CELL_STRIKE           = 1 << 7,
        CELL_DOUBLE_UNDERLINE = 1 << 8, /* instead of CELL_UNDERLINE */
        CELL_OVERLINE         = 1 << 9,
} CellAttribute;

/* Bits 26..31 of foreground hold attributes 0..5, bits 26..31 of background hold attributes 6..11. */
typedef struct Cell {
        uint32_t glyph;      /* 0: blank; a code point; CELL_CLUSTER | index: base and combining characters, see
                              * terminal_cluster(). CELL_WIDE: two columns; CELL_SPACER: right half of a wide one,
                              * code point 0 */
        uint32_t foreground;
        uint32_t background;
} Cell;

#define CELL_CODE_POINT_MASK 0x001fffffu
#define CELL_CLUSTER         0x80000000u /* the low 21 bits are an index */
#define CELL_WIDE            0x40000000u
#define CELL_SPACER          0x20000000u

static inline uint32_t colour_make(ColourKind kind, uint32_t value) {
        return (uint32_t) kind << 24 | (value & 0xffffffu);
}

static inline ColourKind colour_kind(uint32_t colour) {
        return (ColourKind) (colour >> 24 & 3u);
}

static inline uint32_t colour_value(uint32_t colour) {
        return colour & 0xffffffu;
}

static inline unsigned cell_attributes(const Cell *c) {
        return c->foreground >> 26 | (c->background >> 26) << 6;
}
