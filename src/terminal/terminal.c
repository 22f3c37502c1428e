/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The terminal's life, and what others may read of it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "cursor.h"
#include "mode.h"
#include "reflow.h"
#include "sequence.h"

/* What rows without cells show. */
static const Cell blank_row[TERMINAL_COLUMNS_MAX];

int terminal_new(Terminal **ret, const TerminalConfig *config) {
        size_t scrollback = MIN(config->scrollback_rows, (size_t) TERMINAL_SCROLLBACK_ROWS_MAX);
        Terminal *t = calloc(1, sizeof *t);

        if (!t)
                return -ENOMEM;

        t->columns = CLAMP(config->columns, 1, TERMINAL_COLUMNS_MAX);
        t->rows = CLAMP(config->rows, 1, TERMINAL_ROWS_MAX);
        t->screen = &t->main;
        t->userdata = config->userdata;
        if (config->hooks)
                t->hooks = *config->hooks;
        parser_init(&t->parser, &sequence_sink, t, config->allow_clipboard);
        mode_reset(t);
        t->main.bottom = t->rows - 1;
        cursor_tabs_extend(&t->main, 0, t->columns);
        if (grid_init(&t->main.grid, t->columns, t->rows, scrollback, &t->versions) < 0) {
                terminal_free(t);
                return -ENOMEM;
        }

        *ret = t;
        return 0;
}

Terminal *terminal_free(Terminal *t) {
        if (!t)
                return NULL;

        free(t->view);
        free(t->colours);
        cluster_done(&t->clusters);
        grid_done(&t->alternate.grid);
        grid_done(&t->main.grid);
        parser_done(&t->parser);
        free(t);
        return NULL;
}

/* What is drawn and is no row. */
typedef struct Visible {
        TerminalCursor cursor;
        bool inverse, synchronized;
} Visible;

static Visible visible(const Terminal *t) {
        Visible v;

        memset(&v, 0, sizeof v);
        v.cursor = terminal_cursor(t);
        v.inverse = t->modes.inverse;
        v.synchronized = t->modes.synchronized;
        return v;
}

static bool visible_equal(const Visible *a, const Visible *b) {
        return a->cursor.row == b->cursor.row && a->cursor.column == b->cursor.column &&
               a->cursor.visible == b->cursor.visible && a->cursor.blink == b->cursor.blink &&
               a->cursor.shape == b->cursor.shape && a->inverse == b->inverse && a->synchronized == b->synchronized;
}

/* 0, or -ENOMEM if memory was missing since the last call. */
static int take_failure(Terminal *t) {
        bool failed = t->main.grid.failed || t->alternate.grid.failed;

        t->main.grid.failed = t->alternate.grid.failed = false;
        return failed ? -ENOMEM : 0;
}

int terminal_write(Terminal *t, const void *bytes, size_t size) {
        Visible before = visible(t), after;

        parser_feed(&t->parser, bytes, size);
        after = visible(t);
        if (!visible_equal(&before, &after))
                t->changes++;

        return take_failure(t);
}

int terminal_resize(Terminal *t, int columns, int rows) {
        int r;

        columns = CLAMP(columns, 1, TERMINAL_COLUMNS_MAX);
        rows = CLAMP(rows, 1, TERMINAL_ROWS_MAX);
        if (columns == t->columns && rows == t->rows)
                return 0;

        free(TAKE_PTR(t->view));
        r = reflow_screen(&t->main, columns, rows);
        if (r < 0)
                return r;

        if (t->modes.alternate_screen && reflow_cut(&t->alternate, columns, rows) < 0) {
                t->main.grid.failed = true;
                mode_show_main(t);
        }
        if (columns > t->columns) {
                cursor_tabs_extend(&t->main, t->columns, columns);
                cursor_tabs_extend(&t->alternate, t->columns, columns);
        }
        t->columns = columns;
        t->rows = rows;
        t->screen->x = MIN(t->screen->x, columns);
        t->screen->y = MIN(t->screen->y, rows - 1);
        t->last_width = 0;
        t->changes++;
        return take_failure(t);
}

int terminal_columns(const Terminal *t) {
        return t->columns;
}

int terminal_rows(const Terminal *t) {
        return t->rows;
}

const TerminalModes *terminal_modes(const Terminal *t) {
        return &t->modes;
}

TerminalCursor terminal_cursor(const Terminal *t) {
        TerminalCursor cursor = t->look;

        cursor.row = t->screen->y;
        cursor.column = MIN(t->screen->x, t->columns - 1);
        return cursor;
}

uint32_t terminal_colour(const Terminal *t, unsigned index) {
        return t->colours && index < TERMINAL_COLOURS ? t->colours[index] : 0;
}

uint64_t terminal_colour_generation(const Terminal *t) {
        return t->colour_generation;
}

/* A row of the scrollback in full width. As many as the screen has rows are there at once. They are copies for the
 * reader and no part of the terminal's state, hence the const in terminal_row(). */
static const Cell *padded(Terminal *t, const Row *row, int line) {
        size_t columns = (size_t) t->columns;
        Cell *cells;

        if (!t->view)
                t->view = calloc(columns * (size_t) t->rows, sizeof *t->view);
        if (!t->view)
                return blank_row;

        cells = t->view + (size_t) (-line % t->rows) * columns;
        memcpy(cells, row->cells, row->length * sizeof *cells);
        memset(cells + row->length, 0, (columns - row->length) * sizeof *cells);
        return cells;
}

TerminalRow terminal_row(const Terminal *t, int line) {
        const Grid *g = &t->screen->grid;
        const Cell *cells = blank_row;
        const Row *row;

        if (line >= t->rows || line < -(int) g->history)
                return (TerminalRow) { .cells = blank_row };

        row = grid_row(g, line);
        if (row->cells)
                cells = line >= 0 ? row->cells : padded((Terminal *) (uintptr_t) t, row, line);
        return (TerminalRow) {
                .cells = cells,
                .version = row->version,
                .wrapped = line + 1 < t->rows && grid_row(g, line + 1)->continuation,
        };
}

int terminal_scrollback(const Terminal *t) {
        return (int) t->screen->grid.history;
}

uint64_t terminal_scrolled_total(const Terminal *t) {
        return t->main.grid.scrolled;
}

uint64_t terminal_generation(const Terminal *t) {
        return t->versions + t->changes;
}

size_t terminal_cluster(const Terminal *t, const Cell *cell, uint32_t ret[static TERMINAL_CLUSTER_MAX]) {
        uint32_t code = cell->glyph & CELL_CODE_POINT_MASK;
        const Cluster *cluster;
        size_t n = 0;

        if ((cell->glyph & CELL_SPACER) || (code == 0 && !(cell->glyph & CELL_CLUSTER)))
                return 0;

        if (!(cell->glyph & CELL_CLUSTER)) {
                ret[0] = code;
                return 1;
        }

        cluster = cluster_get(&t->clusters, code);
        while (cluster && n < TERMINAL_CLUSTER_MAX && cluster->code_points[n] != 0) {
                ret[n] = cluster->code_points[n];
                n++;
        }
        return n;
}
