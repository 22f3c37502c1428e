/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buffer.h"
#include "motion.h"

/* An anchor is a run of pixels of the old picture with something in it. It is looked for in each fourth row of the new
 * one; so anchors stand in fours, one above the other, and one of them is hit however far they went. */
#define MOTION_RUN 32
#define MOTION_STEP 4
#define MOTION_GROUPS 64 /* of anchors, spread over the tiles that changed */
#define MOTION_CHANGES_MIN 3 /* between neighbouring pixels of an anchor */
#define MOTION_SLOTS 2048u
#define MOTION_BASE 0x9e3779b1u

#define MOTION_VECTORS 64
#define MOTION_VOTES_MIN 3

#define MOTION_CELL 16
#define MOTION_GAIN_MIN 12 /* cells that need not be drawn then */
#define MOTION_AREA_MAX (8 * 1024 * 1024) /* pixels: a larger one is not looked at */

typedef struct Anchor {
        uint32_t hash;
        int16_t x, y;
        bool used;
} Anchor;

typedef struct Vector {
        int32_t dx, dy;
        unsigned n;
} Vector;

struct Motion {
        Anchor anchor[MOTION_SLOTS]; /* open addressing, at most an eighth full */
        Vector vector[MOTION_VECTORS];
        unsigned n_anchors, n_vectors;
        LabgateRect area; /* around all that is missing */
        int32_t columns, rows; /* of cells */
        Buffer cells;
        const uint8_t *moved; /* a cell each: it is what the vector brings */
        int32_t *gain;        /* (columns + 1) * (rows + 1): changed cells above and to the left */
        int32_t *height;      /* columns + 1: moved cells up from the row that is looked at */
        int32_t *stack;
};

int motion_new(Motion **ret) {
        Motion *m = calloc(1, sizeof *m);

        if (!m)
                return -ENOMEM;
        *ret = m;
        return 0;
}

Motion *motion_free(Motion *m) {
        if (!m)
                return NULL;
        buffer_done(&m->cells);
        free(m);
        return NULL;
}

static bool same_run(const uint32_t *a, const uint32_t *b, int32_t n) {
        if (memcmp(a, b, (size_t) n * sizeof *a) == 0)
                return true;
        for (int32_t x = 0; x < n; x++)
                if ((a[x] ^ b[x]) & 0xffffffu)
                        return false;
        return true;
}

/* ---- anchors ---- */

static uint32_t hash_run(const uint32_t *p) {
        uint32_t h = 0;

        for (int i = 0; i < MOTION_RUN; i++)
                h = h * MOTION_BASE + (p[i] & 0xffffffu);
        return h;
}

static uint32_t slot_of(uint32_t hash) {
        return (hash ^ hash >> 15) * 0x85ebca6bu / (UINT32_MAX / MOTION_SLOTS + 1);
}

static int n_changes(const uint32_t *p) {
        int n = 0;

        for (int i = 1; i < MOTION_RUN; i++)
                n += ((p[i] ^ p[i - 1]) & 0xffffffu) != 0;
        return n;
}

static void add_anchor(Motion *m, const Shadow *s, int32_t x, int32_t y) {
        const uint32_t *p = shadow_row(s, x, y);
        uint32_t hash, slot;

        if (n_changes(p) < MOTION_CHANGES_MIN)
                return;
        hash = hash_run(p);
        slot = slot_of(hash);
        while (m->anchor[slot].used)
                slot = (slot + 1) % MOTION_SLOTS;
        m->anchor[slot] = (Anchor) { hash, (int16_t) x, (int16_t) y, true };
        m->n_anchors++;
}

/* The first rows of the middle of a tile's missing box that have something in them. */
static void add_anchors(Motion *m, const Shadow *s, const ShadowTile *t) {
        int32_t x = (t->left + t->right - MOTION_RUN) / 2, y = (t->top + t->bottom) / 2;

        if (t->right - t->left < MOTION_RUN || t->bottom - t->top < 2 * MOTION_STEP)
                return;
        while (y + MOTION_STEP < t->bottom && n_changes(shadow_row(s, x, y)) < MOTION_CHANGES_MIN)
                y++;
        y = MIN(y, t->bottom - MOTION_STEP);
        for (int32_t i = 0; i < MOTION_STEP; i++)
                add_anchor(m, s, x, y + i);
}

/* Spreads the anchors over the tiles; answers whether there are enough pixels and anchors to look further. */
static bool choose_anchors(Motion *m, const Shadow *s) {
        int32_t n_tiles = s->columns * s->rows, n_missing = 0, seen = 0;
        int32_t left = s->width, top = s->height, right = 0, bottom = 0;

        memset(m->anchor, 0, sizeof m->anchor);
        m->n_anchors = 0;
        for (int32_t i = 0; i < n_tiles; i++)
                n_missing += shadow_is_missing(&s->tiles[i]);
        for (int32_t i = 0; i < n_tiles; i++) {
                const ShadowTile *t = &s->tiles[i];

                if (!shadow_is_missing(t))
                        continue;
                left = MIN(left, t->left);
                top = MIN(top, t->top);
                right = MAX(right, t->right);
                bottom = MAX(bottom, t->bottom);
                seen += MOTION_GROUPS;
                if (n_missing <= MOTION_GROUPS || seen >= n_missing)
                        add_anchors(m, s, t);
                if (seen >= n_missing)
                        seen -= n_missing;
        }
        m->area = (LabgateRect) { left, top, right - left, bottom - top };
        return m->n_anchors >= MOTION_VOTES_MIN && (int64_t) m->area.width * m->area.height <= MOTION_AREA_MAX;
}

/* ---- votes ---- */

static void vote(Motion *m, int32_t dx, int32_t dy) {
        for (unsigned i = 0; i < m->n_vectors; i++)
                if (m->vector[i].dx == dx && m->vector[i].dy == dy) {
                        m->vector[i].n++;
                        return;
                }
        if (m->n_vectors < MOTION_VECTORS)
                m->vector[m->n_vectors++] = (Vector) { dx, dy, 1 };
}

/* Every anchor that looks the same, for all that moved together votes together. */
static void look_up(Motion *m, const Shadow *s, const uint32_t *p, uint32_t hash, int32_t x, int32_t y) {
        for (uint32_t slot = slot_of(hash); m->anchor[slot].used; slot = (slot + 1) % MOTION_SLOTS) {
                const Anchor *a = &m->anchor[slot];

                if (a->hash == hash && (a->x != x || a->y != y) && same_run(p, shadow_row(s, a->x, a->y), MOTION_RUN))
                        vote(m, x - a->x, y - a->y);
        }
}

static void scan_row(Motion *m, const Shadow *s, const LabgateTile *picture, int32_t y, uint32_t leaving) {
        const uint32_t *p = shadow_picture_row(picture, m->area.x, y);
        uint32_t hash = hash_run(p);

        for (int32_t i = 0;; i++) {
                if (m->anchor[slot_of(hash)].used)
                        look_up(m, s, p + i, hash, m->area.x + i, y);
                if (i + MOTION_RUN >= m->area.width)
                        return;
                hash = hash * MOTION_BASE + (p[i + MOTION_RUN] & 0xffffffu) - (p[i] & 0xffffffu) * leaving;
        }
}

static int32_t length(const Vector *v) {
        return abs(v->dx) + abs(v->dy);
}

static const Vector *count_votes(Motion *m, const Shadow *s, const LabgateTile *picture) {
        uint32_t leaving = 1;
        const Vector *best = NULL;

        if (m->area.width < MOTION_RUN)
                return NULL;
        for (int i = 0; i < MOTION_RUN; i++)
                leaving *= MOTION_BASE;
        m->n_vectors = 0;
        for (int32_t y = m->area.y; y < m->area.y + m->area.height; y += MOTION_STEP)
                scan_row(m, s, picture, y, leaving);
        for (const Vector *v = m->vector; v < m->vector + m->n_vectors; v++)
                if (!best || v->n > best->n || (v->n == best->n && length(v) < length(best)))
                        best = v;
        return best && best->n >= MOTION_VOTES_MIN ? best : NULL;
}

/* ---- cells ---- */

static LabgateRect cell(const Motion *m, int32_t column, int32_t row) {
        int32_t x = column * MOTION_CELL, y = row * MOTION_CELL;

        return (LabgateRect) { m->area.x + x, m->area.y + y, MIN(MOTION_CELL, m->area.width - x),
                               MIN(MOTION_CELL, m->area.height - y) };
}

/* Whether the picture there is what the page has dx, dy away from there. */
static bool is_there(const Shadow *s, const LabgateTile *picture, LabgateRect r, int32_t dx, int32_t dy) {
        if (r.x - dx < 0 || r.y - dy < 0 || r.x - dx + r.width > s->width || r.y - dy + r.height > s->height)
                return false;
        for (int32_t y = r.y; y < r.y + r.height; y++)
                if (!same_run(shadow_picture_row(picture, r.x, y), shadow_row(s, r.x - dx, y - dy), r.width))
                        return false;
        return true;
}

static bool alloc_cells(Motion *m) {
        size_t columns, rows, n_integers;
        uint8_t *p;

        m->columns = (m->area.width + MOTION_CELL - 1) / MOTION_CELL;
        m->rows = (m->area.height + MOTION_CELL - 1) / MOTION_CELL;
        columns = (size_t) m->columns;
        rows = (size_t) m->rows;
        n_integers = (columns + 1) * (rows + 1) + 2 * (columns + 1);
        buffer_clear(&m->cells);
        p = buffer_reserve(&m->cells, n_integers * sizeof(int32_t) + columns * rows);
        if (!p)
                return false;
        m->gain = (int32_t *) (void *) p;
        m->height = m->gain + (columns + 1) * (rows + 1);
        m->stack = m->height + columns + 1;
        m->moved = p + n_integers * sizeof(int32_t);
        memset(p, 0, n_integers * sizeof(int32_t) + columns * rows);
        return true;
}

static int32_t *gain_at(const Motion *m, int32_t column, int32_t row) {
        return &m->gain[row * (m->columns + 1) + column];
}

static int32_t gain_within(const Motion *m, LabgateRect cells) {
        int32_t right = cells.x + cells.width, bottom = cells.y + cells.height;

        return *gain_at(m, right, bottom) - *gain_at(m, cells.x, bottom) - *gain_at(m, right, cells.y) +
               *gain_at(m, cells.x, cells.y);
}

static void compare_cells(Motion *m, const Shadow *s, const LabgateTile *picture, const Vector *v) {
        uint8_t *moved = (uint8_t *) (uintptr_t) m->moved;

        for (int32_t row = 0; row < m->rows; row++)
                for (int32_t column = 0; column < m->columns; column++) {
                        LabgateRect r = cell(m, column, row);
                        bool is = is_there(s, picture, r, v->dx, v->dy), gains = is && !is_there(s, picture, r, 0, 0);

                        moved[row * m->columns + column] = is;
                        *gain_at(m, column + 1, row + 1) = *gain_at(m, column, row + 1) + *gain_at(m, column + 1, row) -
                                                           *gain_at(m, column, row) + gains;
                }
}

/* The largest rectangles of moved cells that end in this row, by heights and a stack of those that rise; of them, and
 * of best, the one that gains most. */
static void best_in_row(Motion *m, int32_t row, LabgateRect *best, int32_t *best_gain) {
        int32_t n = 0;

        for (int32_t column = 0; column <= m->columns; column++) {
                bool is = column < m->columns && m->moved[row * m->columns + column];

                m->height[column] = is ? m->height[column] + 1 : 0;
                while (n > 0 && m->height[m->stack[n - 1]] >= m->height[column]) {
                        int32_t high = m->height[m->stack[--n]], first = n > 0 ? m->stack[n - 1] + 1 : 0;
                        LabgateRect r = { first, row + 1 - high, column - first, high };
                        int32_t gain = gain_within(m, r);

                        if (gain > *best_gain) {
                                *best = r;
                                *best_gain = gain;
                        }
                }
                m->stack[n++] = column;
        }
}

/* ---- the move ---- */

typedef struct Sides {
        int32_t left, top, right, bottom;
} Sides;

static LabgateRect between(const Sides *e) {
        return (LabgateRect) { e->left, e->top, e->right - e->left, e->bottom - e->top };
}

static bool comes_to(const Shadow *s, const LabgateTile *picture, const Vector *v, LabgateRect r) {
        return is_there(s, picture, r, v->dx, v->dy);
}

/* Cells end where the grid has them, not where what moved does. */
static LabgateRect extend(const Motion *m, const Shadow *s, const LabgateTile *picture, LabgateRect r,
                          const Vector *v) {
        Sides e = { r.x, r.y, r.x + r.width, r.y + r.height };
        int32_t right = m->area.x + m->area.width, bottom = m->area.y + m->area.height;

        while (e.top > m->area.y && comes_to(s, picture, v, (LabgateRect) { e.left, e.top - 1, e.right - e.left, 1 }))
                e.top--;
        while (e.bottom < bottom && comes_to(s, picture, v, (LabgateRect) { e.left, e.bottom, e.right - e.left, 1 }))
                e.bottom++;
        while (e.left > m->area.x && comes_to(s, picture, v, (LabgateRect) { e.left - 1, e.top, 1, e.bottom - e.top }))
                e.left--;
        while (e.right < right && comes_to(s, picture, v, (LabgateRect) { e.right, e.top, 1, e.bottom - e.top }))
                e.right++;
        return between(&e);
}

bool motion_find(Motion *m, const Shadow *s, const LabgateTile *picture, CanvasMove *ret) {
        LabgateRect cells = {}, first, last, target;
        int32_t gain = MOTION_GAIN_MIN - 1;
        const Vector *v;

        if (!choose_anchors(m, s))
                return false;
        v = count_votes(m, s, picture);
        if (!v || !alloc_cells(m))
                return false;
        compare_cells(m, s, picture, v);
        for (int32_t row = 0; row < m->rows; row++)
                best_in_row(m, row, &cells, &gain);
        if (cells.width == 0)
                return false;
        first = cell(m, cells.x, cells.y);
        last = cell(m, cells.x + cells.width - 1, cells.y + cells.height - 1);
        target = (LabgateRect) { first.x, first.y, last.x + last.width - first.x, last.y + last.height - first.y };
        target = extend(m, s, picture, target, v);
        *ret = (CanvasMove) { { target.x - v->dx, target.y - v->dy, target.width, target.height }, v->dx, v->dy };
        return true;
}
