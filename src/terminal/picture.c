/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "../base/cleanup.h"
#include "picture.h"

/* Rows [to, to + n) are to look as rows [from, from + n) did. */
typedef struct Block {
        int from, to, n;
} Block;

void picture_done(Picture *p) {
        free(p->cells);
        free(p->looks);
        free(p->wanted);
        free(p->row);
        *p = (Picture) {};
}

int picture_resize(Picture *p, int columns, int rows) {
        _cleanup_free_ DrawnCell *cells = NULL, *row = NULL;
        _cleanup_free_ ViewLooks *looks = NULL, *wanted = NULL;

        cells = calloc((size_t) columns * (size_t) rows, sizeof *cells);
        row = calloc((size_t) columns, sizeof *row);
        looks = calloc((size_t) rows, sizeof *looks);
        wanted = calloc((size_t) rows, sizeof *wanted);
        if (!cells || !row || !looks || !wanted)
                return -ENOMEM;

        picture_done(p);
        *p = (Picture) {
                .columns = columns, .rows = rows, .stale = true,
                .cells = TAKE_PTR(cells), .row = TAKE_PTR(row), .looks = TAKE_PTR(looks), .wanted = TAKE_PTR(wanted),
        };
        return 0;
}

static DrawnCell *row_cells(const Picture *p, int row) {
        return p->cells + (size_t) row * (size_t) p->columns;
}

/* ---- what moved ---- */

/* The block that begins with this row; n is 0 if the row was nowhere else. */
static Block find_block(const Picture *p, int to) {
        Block b = { .to = to };

        if (p->wanted[to].version == p->looks[to].version)
                return b;
        for (int from = 0; from < p->rows; from++) {
                if (p->looks[from].version != p->wanted[to].version)
                        continue;
                b.from = from;
                while (to + b.n < p->rows && from + b.n < p->rows &&
                       p->looks[from + b.n].version == p->wanted[to + b.n].version)
                        b.n++;
                break;
        }
        return b;
}

static int find_blocks(const Picture *p, Block ret[static PICTURE_MOVES_MAX]) {
        int n = 0;

        for (int row = 0; row < p->rows && n < PICTURE_MOVES_MAX;) {
                Block b = find_block(p, row);

                if (b.n > 0)
                        ret[n++] = b;
                row += MAX(b.n, 1);
        }
        return n;
}

/* An earlier move may have overwritten what this one wants. */
static bool is_still_there(const Picture *p, const Block *b) {
        for (int i = 0; i < b->n; i++)
                if (p->looks[b->from + i].version != p->wanted[b->to + i].version)
                        return false;
        return true;
}

static void move_block(Picture *p, const Block *b, LabgateHost *host, const GlyphsMetrics *m) {
        int width = p->columns * m->width;
        LabgateRect source = { 0, b->from * m->height, MIN(width, host->width), b->n * m->height };

        memmove(row_cells(p, b->to), row_cells(p, b->from), (size_t) b->n * (size_t) p->columns * sizeof *p->cells);
        memmove(p->looks + b->to, p->looks + b->from, (size_t) b->n * sizeof *p->looks);
        host->move(host, source, 0, (b->to - b->from) * m->height);
}

/* Upwards from the top, downwards from the bottom, so that blocks of one direction do not overwrite each other. */
static void move_rows(Picture *p, LabgateHost *host, const GlyphsMetrics *m) {
        Block blocks[PICTURE_MOVES_MAX];
        int n = find_blocks(p, blocks);

        for (int i = 0; i < n; i++)
                if (blocks[i].to < blocks[i].from && is_still_there(p, blocks + i))
                        move_block(p, blocks + i, host, m);
        for (int i = n; i-- > 0;)
                if (blocks[i].to > blocks[i].from && is_still_there(p, blocks + i))
                        move_block(p, blocks + i, host, m);
}

/* ---- what differs ---- */

static bool differs(const DrawnCell *a, const DrawnCell *b) {
        return a->glyph != b->glyph || a->foreground != b->foreground || a->background != b->background;
}

/* A wide character's halves are drawn from one glyph: if one differs, so does the other. */
static bool differs_at(const Picture *p, const DrawnCell *old, int column) {
        if (differs(old + column, p->row + column))
                return true;
        if (column > 0 && (old[column].glyph & CELL_SPACER) && differs(old + column - 1, p->row + column - 1))
                return true;
        return column + 1 < p->columns && (old[column].glyph & CELL_WIDE) &&
               differs(old + column + 1, p->row + column + 1);
}

static void damage_cells(LabgateHost *host, const GlyphsMetrics *m, int row, int from, int to) {
        host->damage(host, (LabgateRect) { from * m->width, row * m->height, (to - from) * m->width, m->height });
}

static void update_row(Picture *p, View *view, int row, LabgateHost *host, const GlyphsMetrics *m) {
        DrawnCell *old = row_cells(p, row);
        int from = -1, to = -1;

        view_cells(view, row, p->wanted + row, p->row);
        for (int column = 0; column < p->columns; column++) {
                if (!differs_at(p, old, column))
                        continue;
                if (from >= 0 && column > to + PICTURE_GAP) {
                        damage_cells(host, m, row, from, to);
                        from = -1;
                }
                from = from < 0 ? column : from;
                to = column + 1;
        }
        if (from >= 0)
                damage_cells(host, m, row, from, to);
        memcpy(old, p->row, (size_t) p->columns * sizeof *old);
}

static bool same_looks(const ViewLooks *a, const ViewLooks *b) {
        return a->version == b->version && a->epoch == b->epoch && a->cursor == b->cursor && a->shape == b->shape &&
               a->from == b->from && a->to == b->to;
}

static void redraw(Picture *p, View *view, LabgateHost *host) {
        p->background = view_background(view);
        p->cursor = view->cursor_colour;
        for (int row = 0; row < p->rows; row++)
                view_cells(view, row, p->wanted + row, row_cells(p, row));
        host->damage(host, (LabgateRect) { 0, 0, LABGATE_SIDE_MAX, LABGATE_SIDE_MAX });
}

void picture_update(Picture *p, View *view, LabgateHost *host, const GlyphsMetrics *metrics) {
        for (int row = 0; row < p->rows; row++)
                p->wanted[row] = view_looks(view, row);

        if (p->stale || p->background != view_background(view) || p->cursor != view->cursor_colour)
                redraw(p, view, host);
        else {
                move_rows(p, host, metrics);
                for (int row = 0; row < p->rows; row++)
                        if (!same_looks(p->looks + row, p->wanted + row))
                                update_row(p, view, row, host, metrics);
        }
        memcpy(p->looks, p->wanted, (size_t) p->rows * sizeof *p->looks);
        p->stale = false;
}

PainterGrid picture_grid(const Picture *p, const View *view) {
        return (PainterGrid) {
                .columns = p->columns, .rows = p->rows, .cells = p->cells, .clusters = view->clusters,
                .background = p->background, .cursor = p->cursor,
        };
}
