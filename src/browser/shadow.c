/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "shadow.h"

#define COLOUR 0xffffffu /* the top byte of a pixel means nothing */

void shadow_done(Shadow *s) {
        free(s->pixels);
        free(s->tiles);
        *s = (Shadow) {};
}

int shadow_set_size(Shadow *s, int32_t width, int32_t height) {
        Shadow new = {
                .width = width,
                .height = height,
                .columns = (width + SHADOW_TILE - 1) / SHADOW_TILE,
                .rows = (height + SHADOW_TILE - 1) / SHADOW_TILE,
        };

        new.pixels = calloc((size_t) width * (size_t) height, sizeof *new.pixels);
        new.tiles = calloc((size_t) new.columns * (size_t) new.rows, sizeof *new.tiles);
        if (!new.pixels || !new.tiles) {
                shadow_done(&new);
                return -ENOMEM;
        }
        shadow_done(s);
        *s = new;
        return 0;
}

/* ---- tiles ---- */

LabgateRect shadow_tile_area(const Shadow *s, int32_t column, int32_t row) {
        int32_t x = column * SHADOW_TILE, y = row * SHADOW_TILE;

        return (LabgateRect) { x, y, MIN(SHADOW_TILE, s->width - x), MIN(SHADOW_TILE, s->height - y) };
}

/* Columns and rows of the tiles that area touches: x and y the first, width and height how many. */
static LabgateRect touched(LabgateRect area) {
        int32_t x = area.x / SHADOW_TILE, y = area.y / SHADOW_TILE;

        return (LabgateRect) { x, y, (area.x + area.width - 1) / SHADOW_TILE - x + 1,
                               (area.y + area.height - 1) / SHADOW_TILE - y + 1 };
}

static ShadowTile *tile_at(const Shadow *s, int32_t column, int32_t row) {
        return &s->tiles[row * s->columns + column];
}

static LabgateRect cut(LabgateRect a, LabgateRect b) {
        int32_t x = MAX(a.x, b.x), y = MAX(a.y, b.y);

        return (LabgateRect) { x, y, MIN(a.x + a.width, b.x + b.width) - x, MIN(a.y + a.height, b.y + b.height) - y };
}

static void mark(Shadow *s, ShadowTile *t, bool lossy) {
        if (t->lossy != lossy)
                s->n_lossy += lossy ? 1u : -1u;
        t->lossy = lossy;
}

static void blur(Shadow *s, ShadowTile *t, uint64_t now) {
        mark(s, t, true);
        t->blurred = now;
}

void shadow_set_lossy(Shadow *s, LabgateRect area, uint64_t now) {
        LabgateRect tiles = touched(area);

        for (int32_t row = tiles.y; row < tiles.y + tiles.height; row++)
                for (int32_t column = tiles.x; column < tiles.x + tiles.width; column++)
                        blur(s, tile_at(s, column, row), now);
}

void shadow_set_exact(Shadow *s, LabgateRect area) {
        LabgateRect tiles = touched(area);

        for (int32_t row = tiles.y; row < tiles.y + tiles.height; row++)
                for (int32_t column = tiles.x; column < tiles.x + tiles.width; column++) {
                        LabgateRect whole = shadow_tile_area(s, column, row), part = cut(whole, area);

                        if (part.width == whole.width && part.height == whole.height)
                                mark(s, tile_at(s, column, row), false);
                }
}

/* ---- moves ---- */

static bool has_lossy(const Shadow *s, LabgateRect area) {
        LabgateRect tiles = touched(area);

        if (s->n_lossy == 0)
                return false;
        for (int32_t row = tiles.y; row < tiles.y + tiles.height; row++)
                for (int32_t column = tiles.x; column < tiles.x + tiles.width; column++)
                        if (tile_at(s, column, row)->lossy)
                                return true;
        return false;
}

/* A tile takes loss over from where its pixels come from. Tiles do not line up, and the source's own may change on the
 * way: so the answers first, then the marks. */
static void move_lossy(Shadow *s, LabgateRect target, int32_t dx, int32_t dy, uint64_t now) {
        LabgateRect tiles = touched(target);
        bool becomes[SHADOW_TILES_MAX];
        int32_t n = 0;

        if (s->n_lossy == 0)
                return;
        for (int32_t row = tiles.y; row < tiles.y + tiles.height; row++)
                for (int32_t column = tiles.x; column < tiles.x + tiles.width; column++) {
                        LabgateRect from = cut(shadow_tile_area(s, column, row), target);

                        from.x -= dx;
                        from.y -= dy;
                        becomes[n++] = has_lossy(s, from);
                }
        n = 0;
        for (int32_t row = tiles.y; row < tiles.y + tiles.height; row++)
                for (int32_t column = tiles.x; column < tiles.x + tiles.width; column++)
                        if (becomes[n++])
                                blur(s, tile_at(s, column, row), now);
}

void shadow_move(Shadow *s, LabgateRect source, int32_t dx, int32_t dy, uint64_t now) {
        LabgateRect target = { source.x + dx, source.y + dy, source.width, source.height };

        move_lossy(s, target, dx, dy, now);
        for (int32_t i = 0; i < source.height; i++) {
                int32_t y = dy > 0 ? source.height - 1 - i : i;

                memmove(s->pixels + (int64_t) (target.y + y) * s->width + target.x,
                        shadow_row(s, source.x, source.y + y), (size_t) source.width * sizeof *s->pixels);
        }
}

/* ---- changes ---- */

static bool pixels_differ(uint32_t a, uint32_t b) {
        return ((a ^ b) & COLOUR) != 0;
}

/* The first pixel that differs, n if none does. */
static int32_t first_difference(const uint32_t *a, const uint32_t *b, int32_t n) {
        int32_t x = 0;

        if (memcmp(a, b, (size_t) n * sizeof *a) == 0)
                return n;
        while (x < n && !pixels_differ(a[x], b[x]))
                x++;
        return x;
}

/* One past the last pixel that differs, 0 if none does. */
static int32_t last_difference(const uint32_t *a, const uint32_t *b, int32_t n) {
        if (memcmp(a, b, (size_t) n * sizeof *a) == 0)
                return 0;
        while (n > 0 && !pixels_differ(a[n - 1], b[n - 1]))
                n--;
        return n;
}

/* Where the pixels of area differ: the top and the bottom row first, then to the sides only what is not known to
 * differ. A picture of noise is compared in no time. Empty if nothing differs. */
static LabgateRect find_difference(const Shadow *s, const LabgateTile *picture, LabgateRect area) {
        int32_t left = area.width, right = 0, top = 0, bottom = area.height;

        for (; top < bottom && left == area.width; top++)
                left = first_difference(shadow_row(s, area.x, area.y + top),
                                        shadow_picture_row(picture, area.x, area.y + top), area.width);
        if (left == area.width)
                return (LabgateRect) {};
        top--;
        while (last_difference(shadow_row(s, area.x, area.y + bottom - 1),
                               shadow_picture_row(picture, area.x, area.y + bottom - 1), area.width) == 0)
                bottom--;
        for (int32_t y = area.y + top; y < area.y + bottom; y++) {
                const uint32_t *a = shadow_row(s, area.x, y), *b = shadow_picture_row(picture, area.x, y);

                if (left > 0)
                        left = first_difference(a, b, left);
                if (right < area.width)
                        right += last_difference(a + right, b + right, area.width - right);
        }
        return (LabgateRect) { area.x + left, area.y + top, right - left, bottom - top };
}

static void add_missing(ShadowTile *t, LabgateRect r) {
        bool first = !shadow_is_missing(t);

        if (r.width == 0)
                return;
        t->left = (int16_t) (first ? r.x : MIN(r.x, t->left));
        t->top = (int16_t) (first ? r.y : MIN(r.y, t->top));
        t->right = (int16_t) (first ? r.x + r.width : MAX(r.x + r.width, t->right));
        t->bottom = (int16_t) (first ? r.y + r.height : MAX(r.y + r.height, t->bottom));
}

void shadow_compare(Shadow *s, const LabgateTile *picture, LabgateRect area) {
        LabgateRect tiles = touched(area);

        for (int32_t row = tiles.y; row < tiles.y + tiles.height; row++)
                for (int32_t column = tiles.x; column < tiles.x + tiles.width; column++)
                        add_missing(tile_at(s, column, row),
                                    find_difference(s, picture, cut(shadow_tile_area(s, column, row), area)));
}

void shadow_compare_again(Shadow *s, const LabgateTile *picture, LabgateRect area) {
        LabgateRect tiles = touched(area);

        for (int32_t row = tiles.y; row < tiles.y + tiles.height; row++)
                for (int32_t column = tiles.x; column < tiles.x + tiles.width; column++) {
                        ShadowTile *t = tile_at(s, column, row);

                        t->left = t->right = 0;
                        add_missing(t, find_difference(s, picture, shadow_tile_area(s, column, row)));
                }
}

static void warm_up(ShadowTile *t, uint64_t now) {
        t->heat = (uint8_t) (now - t->changed > SHADOW_COOL_USEC ? 1 : MIN(t->heat + 1, SHADOW_HEAT_MAX));
        t->changed = now;
}

uint64_t shadow_copy(Shadow *s, const LabgateTile *picture, uint64_t now) {
        uint64_t n = 0;

        for (int32_t i = 0; i < s->columns * s->rows; i++) {
                ShadowTile *t = &s->tiles[i];
                size_t width = (size_t) (t->right - t->left);

                if (!shadow_is_missing(t))
                        continue;
                for (int32_t y = t->top; y < t->bottom; y++)
                        memcpy(s->pixels + (int64_t) y * s->width + t->left, shadow_picture_row(picture, t->left, y),
                               width * sizeof *s->pixels);
                n += width * (uint64_t) (t->bottom - t->top);
                warm_up(t, now);
        }
        return n;
}

void shadow_mend(Shadow *s, uint64_t since, int32_t pixels) {
        for (int32_t i = 0; i < s->columns * s->rows && pixels > 0; i++) {
                ShadowTile *t = &s->tiles[i];
                LabgateRect all = shadow_tile_area(s, i % s->columns, i / s->columns);

                if (!t->lossy || t->blurred > since || shadow_is_missing(t))
                        continue;
                add_missing(t, all);
                t->coding = SHADOW_MENDING;
                pixels -= all.width * all.height;
        }
}
