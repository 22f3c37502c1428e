/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Select graphic rendition (ECMA-48 8.3.117) with xterm's colours and ISO 8613-6 subparameters. The colour of
 * underlines (58) is read and not kept. */

#include "../base/cleanup.h"
#include "sgr.h"

#define UNDERLINES (CELL_UNDERLINE | CELL_DOUBLE_UNDERLINE)

static const struct {
        uint8_t code;
        uint16_t clear, set;
} attributes[] = {
        { 1,  0,                       CELL_BOLD             },
        { 2,  0,                       CELL_FAINT            },
        { 3,  0,                       CELL_ITALIC           },
        { 5,  0,                       CELL_BLINK            },
        { 7,  0,                       CELL_INVERSE          },
        { 8,  0,                       CELL_INVISIBLE        },
        { 9,  0,                       CELL_STRIKE           },
        { 21, UNDERLINES,              CELL_DOUBLE_UNDERLINE },
        { 22, CELL_BOLD | CELL_FAINT,  0                     },
        { 23, CELL_ITALIC,             0                     },
        { 24, UNDERLINES,              0                     },
        { 25, CELL_BLINK,              0                     },
        { 27, CELL_INVERSE,            0                     },
        { 28, CELL_INVISIBLE,          0                     },
        { 29, CELL_STRIKE,             0                     },
        { 53, 0,                       CELL_OVERLINE         },
        { 55, CELL_OVERLINE,           0                     },
};

static void set_attributes(Pen *pen, unsigned clear, unsigned set) {
        pen->foreground = (pen->foreground & ~((clear & 63) << 26)) | (set & 63) << 26;
        pen->background = (pen->background & ~((clear >> 6) << 26)) | (set >> 6) << 26;
}

static void set_colour(uint32_t *field, uint32_t colour) {
        *field = (*field & 0xfc000000u) | colour;
}

/* The number of an extended colour: 38, 48; 58 has no field. */
static uint32_t *colour_field(Pen *pen, int code) {
        return code == 38 ? &pen->foreground : code == 48 ? &pen->background : NULL;
}

static void set_extended(uint32_t *field, int mode, const int values[static 3]) {
        if (!field)
                return;

        if (mode == 5 && values[0] <= 255)
                set_colour(field, colour_make(COLOUR_INDEXED, (uint32_t) MAX(values[0], 0)));
        else if (mode == 2 && values[0] <= 255 && values[1] <= 255 && values[2] <= 255)
                set_colour(field, colour_make(COLOUR_RGB, (uint32_t) MAX(values[0], 0) << 16 |
                                              (uint32_t) MAX(values[1], 0) << 8 | (uint32_t) MAX(values[2], 0)));
}

/* 38:5:n, 38:2:r:g:b, or 38:2:space:r:g:b as the standard has it. */
static void extended_by_subs(uint32_t *field, const ParserParameters *p, unsigned i) {
        const int *subs = p->subs + p->sub_first[i];
        unsigned count = p->sub_count[i], first = subs[0] == 2 && count >= 5 ? 2 : 1;
        int values[3] = {};

        for (unsigned k = 0; k < 3 && first + k < count; k++)
                values[k] = subs[first + k];
        set_extended(field, subs[0], values);
}

/* 38;5;n and 38;2;r;g;b. Answers how many parameters it took. */
static unsigned extended_by_parameters(uint32_t *field, const ParserParameters *p, unsigned i) {
        int mode = parser_value(p, i + 1), values[3];
        unsigned taken = mode == 2 ? 4 : mode == 5 ? 2 : 1;

        for (unsigned k = 0; k < 3; k++)
                values[k] = parser_value(p, i + 2 + k);
        set_extended(field, mode, values);
        return taken;
}

static void underline(Pen *pen, const ParserParameters *p, unsigned i) {
        int style = p->sub_count[i] > 0 ? p->subs[p->sub_first[i]] : 1;

        set_attributes(pen, UNDERLINES,
                       style == 0 ? 0 : style == 2 ? CELL_DOUBLE_UNDERLINE : CELL_UNDERLINE);
}

static bool plain_colour(Pen *pen, int code) {
        if (code >= 30 && code <= 37)
                set_colour(&pen->foreground, colour_make(COLOUR_INDEXED, (uint32_t) code - 30));
        else if (code >= 90 && code <= 97)
                set_colour(&pen->foreground, colour_make(COLOUR_INDEXED, (uint32_t) code - 90 + 8));
        else if (code >= 40 && code <= 47)
                set_colour(&pen->background, colour_make(COLOUR_INDEXED, (uint32_t) code - 40));
        else if (code >= 100 && code <= 107)
                set_colour(&pen->background, colour_make(COLOUR_INDEXED, (uint32_t) code - 100 + 8));
        else if (code == 39)
                set_colour(&pen->foreground, 0);
        else if (code == 49)
                set_colour(&pen->background, 0);
        else
                return false;

        return true;
}

/* Answers how many parameters beyond this one it took. */
static unsigned apply_one(Pen *pen, const ParserParameters *p, unsigned i) {
        int code = p->values[i];

        if (code == 0)
                *pen = (Pen) {};
        else if (code == 4)
                underline(pen, p, i);
        else if (code == 38 || code == 48 || code == 58) {
                if (p->sub_count[i] == 0)
                        return extended_by_parameters(colour_field(pen, code), p, i);
                extended_by_subs(colour_field(pen, code), p, i);
        } else if (!plain_colour(pen, code))
                for (size_t k = 0; k < ELEMENTS(attributes); k++)
                        if (attributes[k].code == code)
                                set_attributes(pen, attributes[k].clear, attributes[k].set);

        return 0;
}

void sgr_apply(Pen *pen, const ParserParameters *p) {
        for (unsigned i = 0; i < p->count; i++)
                i += apply_one(pen, p, i);
}
