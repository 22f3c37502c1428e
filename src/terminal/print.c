/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Printing. After each call no half of a wide character stands alone, and text that combines with nothing is
 * dropped. */

#include <errno.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/utf8.h"
#include "cursor.h"
#include "edit.h"
#include "print.h"
#include "width.h"

#define REPEAT_FLOOR 1024 /* a small screen may still repeat so often */

static Cell pen_cell(const Terminal *t, uint32_t glyph) {
        return (Cell) { .glyph = glyph, .foreground = t->pen.foreground, .background = t->pen.background };
}

static void mark_rows(ClusterTable *table, const Grid *g) {
        for (int line = -(int) g->history; line < g->rows; line++) {
                const Row *row = grid_row(g, line);

                for (int i = 0; row->cells && i < row->length; i++)
                        if (row->cells[i].glyph & CELL_CLUSTER)
                                cluster_mark(table, row->cells[i].glyph & CELL_CODE_POINT_MASK);
        }
}

static int enter_cluster(Terminal *t, const Cluster *c) {
        int r = cluster_enter(&t->clusters, c);

        if (r != -ENOSPC)
                return r;

        mark_rows(&t->clusters, &t->main.grid);
        mark_rows(&t->clusters, &t->alternate.grid);
        cluster_sweep(&t->clusters);
        return cluster_enter(&t->clusters, c);
}

/* The character at x gets one more code point. What is more than fits into a cluster, or into the table, is left
 * out. */
static void combine(Terminal *t, int x, uint32_t code_point) {
        const Row *row = grid_row(&t->screen->grid, t->screen->y);
        Cluster c = {};
        size_t n;
        Cell *cells;
        int r;

        if (!row->cells || (row->cells[x].glyph & ~(CELL_WIDE | CELL_SPACER)) == 0)
                return;

        n = terminal_cluster(t, &row->cells[x], c.code_points);
        if (n == 0 || n >= TERMINAL_CLUSTER_MAX)
                return;

        c.code_points[n] = code_point;
        r = enter_cluster(t, &c);
        if (r < 0)
                return;

        cells = grid_edit(&t->screen->grid, t->screen->y, x + 1);
        if (cells)
                cells[x].glyph = (cells[x].glyph & CELL_WIDE) | CELL_CLUSTER | (uint32_t) r;
}

static void combine_before(Terminal *t, uint32_t code_point) {
        const Row *row = grid_row(&t->screen->grid, t->screen->y);
        int x = t->screen->x - 1;

        if (x < 0 || !row->cells)
                return;

        combine(t, (row->cells[x].glyph & CELL_SPACER) ? x - 1 : x, code_point);
}

/* The rest of a row that is too short for a wide character. */
static void blank_rest(Terminal *t) {
        Screen *s = t->screen;
        Cell *cells;

        if (s->x >= t->columns)
                return;

        cells = grid_edit(&s->grid, s->y, t->columns);
        for (int x = s->x; cells && x < t->columns; x++)
                cells[x] = pen_cell(t, 0);
        if (cells)
                edit_mend(cells, t->columns, s->x, pen_cell(t, 0));
}

/* Makes room for width columns at the cursor. False if there is none. */
static bool make_room(Terminal *t, int width) {
        Screen *s = t->screen;

        if (s->x + width <= t->columns)
                return true;

        if (t->wrap) {
                blank_rest(t);
                cursor_wrap(t);
                return true;
        }

        s->x = t->columns - 1;
        return width == 1;
}

static void put(Terminal *t, uint32_t glyph, int width) {
        Screen *s = t->screen;
        Cell *cells;

        if (!make_room(t, width))
                return;

        if (t->insert)
                edit_insert(t, s->x, width, pen_cell(t, 0));
        cells = grid_edit(&s->grid, s->y, s->x + width);
        if (!cells)
                return;

        cells[s->x] = pen_cell(t, glyph | (width == 2 ? CELL_WIDE : 0));
        if (width == 2)
                cells[s->x + 1] = pen_cell(t, CELL_SPACER);
        edit_mend(cells, t->columns, s->x, pen_cell(t, 0));
        s->x += width;
        edit_mend(cells, t->columns, s->x, pen_cell(t, 0));
}

void print_character(Terminal *t, uint32_t code_point) {
        int width = width_of(code_point);

        if (width == 0) {
                combine_before(t, code_point);
                return;
        }

        if (width > t->columns) {
                code_point = UTF8_REPLACEMENT;
                width = 1;
        }
        t->last_width = width;
        put(t, code_point, width);
}

static void print_mapped(Terminal *t, const uint8_t *bytes, size_t size) {
        for (size_t i = 0; i < size; i++)
                put(t, charset_map(t->charsets[t->charset], bytes[i]), 1);
}

/* Cells for up to wanted narrow characters in a row, with automatic wrap on and insert mode off. */
static Cell *run_begin(Terminal *t, size_t wanted, size_t *ret_count) {
        Screen *s = t->screen;
        size_t n;
        Cell *cells;

        make_room(t, 1);
        n = MIN(wanted, (size_t) (t->columns - s->x));
        cells = grid_edit(&s->grid, s->y, s->x + (int) n);
        if (!cells)
                return NULL;

        *ret_count = n;
        return cells + s->x;
}

static void run_end(Terminal *t, Cell *run, size_t count) {
        Screen *s = t->screen;
        Cell *cells = run - s->x;

        edit_mend(cells, t->columns, s->x, pen_cell(t, 0));
        s->x += (int) count;
        edit_mend(cells, t->columns, s->x, pen_cell(t, 0));
}

void print_text(Terminal *t, const uint8_t *bytes, size_t size) {
        Cell pen = pen_cell(t, 0);

        t->last_width = 1;
        if (t->insert || !t->wrap || t->charsets[t->charset] != CHARSET_ASCII) {
                print_mapped(t, bytes, size);
                return;
        }

        while (size > 0) {
                size_t n;
                Cell *run = run_begin(t, size, &n);

                if (!run)
                        return;

                for (size_t i = 0; i < n; i++) {
                        run[i] = pen;
                        run[i].glyph = bytes[i];
                }
                run_end(t, run, n);
                bytes += n;
                size -= n;
        }
}

static void repeat_narrow(Terminal *t, uint32_t glyph, size_t count) {
        while (count > 0) {
                size_t n;
                Cell *run = run_begin(t, count, &n);

                if (!run)
                        return;

                for (size_t i = 0; i < n; i++)
                        run[i] = pen_cell(t, glyph);
                run_end(t, run, n);
                count -= n;
        }
}

void print_repeat(Terminal *t, int count) {
        const Row *row = grid_row(&t->screen->grid, t->screen->y);
        int x = t->screen->x - t->last_width, width = t->last_width;
        uint32_t glyph;

        if (width == 0 || x < 0 || !row->cells)
                return;

        glyph = row->cells[x].glyph & ~CELL_WIDE;
        if (glyph == 0 || (glyph & CELL_SPACER))
                return;

        /* More than fills the screen twice shows nothing new, and would be much work for few bytes. */
        count = MIN(count, MAX(2 * t->columns * t->rows, REPEAT_FLOOR));
        if (width == 1 && t->wrap && !t->insert)
                repeat_narrow(t, glyph, (size_t) count);
        else
                for (; count > 0; count--)
                        put(t, glyph, width);
}
