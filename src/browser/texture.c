/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../base/cleanup.h"
#include "texture.h"

#define TEXTURE_ROWS 16   /* looked at, of any number */
#define TEXTURE_COLOURS 16 /* are few: a PNG has at most four bits for each pixel */

typedef struct Palette {
        uint32_t colour[TEXTURE_COLOURS];
        int n; /* above TEXTURE_COLOURS: too many */
} Palette;

static void note(Palette *p, uint32_t colour) {
        if (p->n > TEXTURE_COLOURS)
                return;
        for (int i = 0; i < p->n; i++)
                if (p->colour[i] == colour)
                        return;
        if (p->n < TEXTURE_COLOURS)
                p->colour[p->n] = colour;
        p->n++;
}

static int grains(Palette *p, const uint32_t *row, const uint32_t *above, int32_t width) {
        uint32_t left = row[0] & 0xffffffu;
        int n = 0;

        note(p, left);
        for (int32_t x = 1; x < width; x++) {
                uint32_t colour = row[x] & 0xffffffu;

                if (colour == left)
                        continue;
                left = colour;
                n += colour != (above[x] & 0xffffffu);
                note(p, colour);
        }
        return n;
}

Texture texture_of(const uint32_t *pixels, size_t stride, LabgateRect area) {
        int32_t step = MAX(area.height / TEXTURE_ROWS, 1);
        Palette palette = {};
        int n = 0, looked = 0;

        for (int32_t y = (step + 1) / 2; y < area.height; y += step) {
                const void *row = (const uint8_t *) pixels + (size_t) y * stride;
                const void *above = (const uint8_t *) pixels + (size_t) (y - 1) * stride;

                n += grains(&palette, row, above, area.width);
                looked += area.width;
        }
        return (Texture) { looked > 0 ? n * 100 / looked : 0, palette.n <= TEXTURE_COLOURS };
}
