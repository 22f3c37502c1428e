/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/cleanup.h"
#include "painter.h"

#define PALETTE_MAX 256u
#define LEVEL_FULL (GLYPHS_LEVELS - 1)

/* The colours between a background and a foreground. Mixed when a glyph first needs them, so that the palette holds no
 * colour that the rectangle does not. */
typedef struct Ramp {
        uint32_t foreground, background;
        uint32_t mixed; /* bit n: level n is there; 0: the slot is free */
        uint32_t colour[GLYPHS_LEVELS];
        uint8_t index[GLYPHS_LEVELS];
} Ramp;

struct Painter {
        Ramp ramps[PAINTER_RAMPS];
        uint32_t palette[PALETTE_MAX];
        unsigned n_palette;
        uint32_t slots[PAINTER_COLOUR_SLOTS]; /* colour with bit 31 set; 0: free */
        uint8_t slot_index[PAINTER_COLOUR_SLOTS];
        bool indexed, overflow;

        uint8_t *pixels;
        size_t capacity;

        /* The rectangle in hand. */
        LabgateRect area;
        size_t depth, stride;
        const PainterGrid *grid;
        Glyphs *glyphs;
        const GlyphsMetrics *metrics;
};

int painter_new(Painter **ret) {
        Painter *p = calloc(1, sizeof *p);

        if (!p)
                return -ENOMEM;
        *ret = p;
        return 0;
}

static void drop_pixels(Painter *p) {
        if (p->pixels)
                munmap(p->pixels, p->capacity);
        p->pixels = NULL;
        p->capacity = 0;
}

void painter_rest(Painter *p) {
        if (p->capacity > PAINTER_PIXELS_KEPT)
                drop_pixels(p);
}

Painter *painter_free(Painter *p) {
        if (!p)
                return NULL;
        drop_pixels(p);
        free(p);
        return NULL;
}

/* ---- colours ---- */

static uint8_t palette_index(Painter *p, uint32_t colour) {
        uint32_t key = colour | 0x80000000u;
        size_t i = (colour * 0x9e3779b1u) >> 22;

        for (; p->slots[i] != 0; i = (i + 1) % PAINTER_COLOUR_SLOTS)
                if (p->slots[i] == key)
                        return p->slot_index[i];
        if (p->n_palette >= PALETTE_MAX) {
                p->overflow = true;
                return 0;
        }
        p->slots[i] = key;
        p->slot_index[i] = (uint8_t) p->n_palette;
        p->palette[p->n_palette] = colour;
        return (uint8_t) p->n_palette++;
}

static uint32_t mix(uint32_t background, uint32_t foreground, unsigned level) {
        uint32_t colour = 0;

        for (unsigned shift = 0; shift < 24; shift += 8) {
                uint32_t from = background >> shift & 0xffu, to = foreground >> shift & 0xffu;

                colour |= (from * (LEVEL_FULL - level) + to * level + LEVEL_FULL / 2) / LEVEL_FULL << shift;
        }
        return colour;
}

static const Ramp *find_ramp(Painter *p, uint32_t foreground, uint32_t background, uint32_t levels) {
        uint32_t hash = (foreground * 0x9e3779b1u) ^ (background * 0x85ebca6bu);
        Ramp *r = p->ramps + (hash >> 26) % PAINTER_RAMPS;
        uint32_t missing;

        if (r->foreground != foreground || r->background != background || r->mixed == 0) {
                r->foreground = foreground;
                r->background = background;
                r->mixed = 0;
        }
        missing = levels & ~r->mixed;
        for (unsigned level = 0; missing >> level; level++) {
                if (!(missing >> level & 1u))
                        continue;
                r->colour[level] = mix(background, foreground, level);
                if (p->indexed)
                        r->index[level] = palette_index(p, r->colour[level]);
        }
        r->mixed |= levels;
        return r;
}

static void forget_colours(Painter *p, bool indexed) {
        for (size_t i = 0; i < PAINTER_RAMPS; i++)
                p->ramps[i].mixed = 0;
        memset(p->slots, 0, sizeof p->slots);
        p->n_palette = 0;
        p->indexed = indexed;
        p->overflow = false;
}

/* ---- pixels ---- */

/* Cuts to the area and makes it relative to it; false if nothing is left. */
static bool clip(const Painter *p, LabgateRect *r) {
        int x0 = MAX(r->x, p->area.x), y0 = MAX(r->y, p->area.y);
        int x1 = MIN(r->x + r->width, p->area.x + p->area.width);
        int y1 = MIN(r->y + r->height, p->area.y + p->area.height);

        *r = (LabgateRect) { x0 - p->area.x, y0 - p->area.y, x1 - x0, y1 - y0 };
        return r->width > 0 && r->height > 0;
}

static void fill(Painter *p, LabgateRect r, const Ramp *ramp, unsigned level) {
        uint8_t *to, *first;

        if (!clip(p, &r))
                return;
        to = first = p->pixels + (size_t) r.y * p->stride + (size_t) r.x * p->depth;
        if (p->indexed) {
                for (int y = 0; y < r.height; y++, to += p->stride)
                        memset(to, ramp->index[level], (size_t) r.width);
                return;
        }
        for (int x = 0; x < r.width; x++)
                ((uint32_t *) (void *) to)[x] = ramp->colour[level];
        for (int y = 1; y < r.height; y++)
                memcpy(first + (size_t) y * p->stride, first, (size_t) r.width * p->depth);
}

/* left: where the glyph's own cell begins; r: the part of it to draw. */
static void blit(Painter *p, const Glyph *glyph, int left, int top, LabgateRect r, const Ramp *ramp) {
        int skip_x, skip_y;

        if (!clip(p, &r))
                return;
        skip_x = r.x + p->area.x - left;
        skip_y = r.y + p->area.y - top;
        for (int y = 0; y < r.height; y++) {
                const uint8_t *from = glyph->coverage + (skip_y + y) * glyph->width + skip_x;
                uint8_t *to = p->pixels + (size_t) (r.y + y) * p->stride + (size_t) r.x * p->depth;

                if (p->indexed)
                        for (int x = 0; x < r.width; x++)
                                to[x] = ramp->index[from[x]];
                else
                        for (int x = 0; x < r.width; x++)
                                ((uint32_t *) (void *) to)[x] = ramp->colour[from[x]];
        }
}

/* ---- cells ---- */

static const Glyph *find_glyph(Painter *p, const DrawnCell *c) {
        uint32_t code_point = c->glyph & CELL_CODE_POINT_MASK;
        uint32_t style = (c->foreground & DRAWN_BOLD ? GLYPHS_BOLD : 0) |
                         (c->foreground & DRAWN_ITALIC ? GLYPHS_ITALIC : 0);

        if (c->glyph & CELL_CLUSTER) {
                const PainterCluster *cluster = p->grid->clusters + code_point;

                return glyphs_get(p->glyphs, c->glyph | style, cluster->code_points, cluster->n);
        }
        return glyphs_get(p->glyphs, c->glyph | style, &code_point, 1);
}

static void draw_glyph(Painter *p, const DrawnCell *row, int column, LabgateRect cell) {
        const DrawnCell *c = row + column, *base = c;
        int left = cell.x;
        const Glyph *glyph;
        LabgateRect part;
        int x0, x1;

        if (c->glyph & CELL_SPACER && column > 0 && c[-1].glyph & CELL_WIDE) {
                base = c - 1;
                left -= cell.width;
        }
        if ((base->glyph & ~(CELL_WIDE | CELL_SPACER)) == 0)
                return;
        glyph = find_glyph(p, base);
        if (!glyph || glyph->width == 0)
                return;

        left += glyph->x;
        x0 = MAX(left, cell.x);
        x1 = MIN(left + glyph->width, cell.x + cell.width);
        part = (LabgateRect) { x0, cell.y + glyph->y, MAX(x1 - x0, 0), glyph->height };
        blit(p, glyph, left, part.y, part,
             find_ramp(p, c->foreground & 0xffffffu, c->background & 0xffffffu, glyph->levels));
}

static void draw_lines(Painter *p, const DrawnCell *c, LabgateRect cell) {
        const GlyphsMetrics *m = p->metrics;
        const Ramp *ramp = find_ramp(p, c->foreground & 0xffffffu, c->background & 0xffffffu, 1u << LEVEL_FULL);
        int underline = cell.y + m->underline;

        if (c->foreground & DRAWN_UNDERLINE)
                fill(p, (LabgateRect) { cell.x, underline, cell.width, m->thickness }, ramp, LEVEL_FULL);
        if (c->foreground & DRAWN_DOUBLE_UNDERLINE) {
                int lower = MIN(underline + m->thickness, cell.y + m->height - m->thickness);

                fill(p, (LabgateRect) { cell.x, lower, cell.width, m->thickness }, ramp, LEVEL_FULL);
                fill(p, (LabgateRect) { cell.x, lower - 2 * m->thickness, cell.width, m->thickness }, ramp, LEVEL_FULL);
        }
        if (c->foreground & DRAWN_STRIKE)
                fill(p, (LabgateRect) { cell.x, cell.y + m->strike, cell.width, m->thickness }, ramp, LEVEL_FULL);
        if (c->foreground & DRAWN_OVERLINE)
                fill(p, (LabgateRect) { cell.x, cell.y, cell.width, m->thickness }, ramp, LEVEL_FULL);
}

static void draw_cursor(Painter *p, const DrawnCell *c, LabgateRect cell) {
        uint32_t colour = (p->grid->cursor ?: c->foreground) & 0xffffffu;
        const Ramp *ramp = find_ramp(p, colour, c->background & 0xffffffu, 1u << LEVEL_FULL);
        int thick = MAX(2, p->metrics->height / 8);

        if (c->background & DRAWN_CURSOR_UNDERLINE)
                fill(p, (LabgateRect) { cell.x, cell.y + cell.height - thick, cell.width, thick }, ramp, LEVEL_FULL);
        if (c->background & DRAWN_CURSOR_BAR && !(c->glyph & CELL_SPACER))
                fill(p, (LabgateRect) { cell.x, cell.y, MAX(2, cell.width / 6), cell.height }, ramp, LEVEL_FULL);
}

static void draw_row(Painter *p, int number, int first, int end) {
        const DrawnCell *row = p->grid->cells + (size_t) number * (size_t) p->grid->columns;
        int width = p->metrics->width, height = p->metrics->height;

        for (int from = first, to; from < end; from = to) {
                uint32_t background = row[from].background & 0xffffffu;

                for (to = from + 1; to < end && (row[to].background & 0xffffffu) == background;)
                        to++;
                fill(p, (LabgateRect) { from * width, number * height, (to - from) * width, height },
                     find_ramp(p, background, background, 1), 0);
        }
        for (int column = first; column < end && !p->overflow; column++) {
                LabgateRect cell = { column * width, number * height, width, height };

                draw_glyph(p, row, column, cell);
                if (row[column].foreground & (DRAWN_UNDERLINE | DRAWN_DOUBLE_UNDERLINE | DRAWN_STRIKE | DRAWN_OVERLINE))
                        draw_lines(p, row + column, cell);
                if (row[column].background & (DRAWN_CURSOR_UNDERLINE | DRAWN_CURSOR_BAR))
                        draw_cursor(p, row + column, cell);
        }
}

/* Right of the cells and below them. */
static void draw_margins(Painter *p) {
        int right = p->grid->columns * p->metrics->width, bottom = p->grid->rows * p->metrics->height;
        const Ramp *ramp;

        if (right >= p->area.x + p->area.width && bottom >= p->area.y + p->area.height)
                return;
        ramp = find_ramp(p, p->grid->background, p->grid->background, 1);
        fill(p, (LabgateRect) { right, 0, LABGATE_SIDE_MAX, LABGATE_SIDE_MAX }, ramp, 0);
        fill(p, (LabgateRect) { 0, bottom, LABGATE_SIDE_MAX, LABGATE_SIDE_MAX }, ramp, 0);
}

static void draw(Painter *p, bool indexed) {
        const LabgateRect *a = &p->area;
        int width = p->metrics->width, height = p->metrics->height;
        int last_column = MIN((a->x + a->width + width - 1) / width, p->grid->columns);
        int last_row = MIN((a->y + a->height + height - 1) / height, p->grid->rows);

        forget_colours(p, indexed);
        p->depth = indexed ? 1 : 4;
        p->stride = p->depth * (size_t) a->width;
        for (int row = a->y / height; row < last_row && !p->overflow; row++)
                draw_row(p, row, a->x / width, last_column);
        draw_margins(p);
}

/* Mapped, not malloc'd: malloc would keep megabytes for itself after a whole picture. */
static int reserve(Painter *p, size_t size) {
        void *pixels;

        if (size <= p->capacity)
                return 0;
        size = MAX(size, PAINTER_PIXELS_KEPT);
        pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pixels == MAP_FAILED)
                return -ENOMEM;
        drop_pixels(p);
        p->pixels = pixels;
        p->capacity = size;
        return 0;
}

int painter_paint(Painter *p, const PainterGrid *grid, Glyphs *glyphs, LabgateRect area, LabgateTile *ret) {
        size_t size = (size_t) area.width * (size_t) area.height;
        int r;

        p->grid = grid;
        p->glyphs = glyphs;
        p->metrics = glyphs_metrics(glyphs);
        p->area = area;

        r = reserve(p, size);
        if (r < 0)
                return r;
        draw(p, true);
        if (p->overflow) {
                r = reserve(p, size * 4);
                if (r < 0)
                        return r;
                draw(p, false);
        }
        *ret = (LabgateTile) {
                .format = p->indexed ? LABGATE_PIXELS_INDEXED8 : LABGATE_PIXELS_XRGB32,
                .pixels = p->pixels,
                .stride = p->stride,
                .palette = p->indexed ? p->palette : NULL,
                .n_palette = p->indexed ? p->n_palette : 0,
        };
        return 0;
}
