/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The terminal's life and what others read of it. */

#include <errno.h>
#include <stdlib.h>

#include "../base/cleanup.h"
#include "terminal.h"

struct Terminal {
        int columns, rows;
        Cell *blank;
        TerminalModes modes;
        uint64_t version;
};

int terminal_new(Terminal **ret, const TerminalConfig *config) {
        Terminal *t = calloc(1, sizeof *t);

        if (!t)
                return -ENOMEM;

        t->columns = CLAMP(config->columns, 1, TERMINAL_COLUMNS_MAX);
        t->rows = CLAMP(config->rows, 1, TERMINAL_ROWS_MAX);
        t->blank = calloc(TERMINAL_COLUMNS_MAX, sizeof *t->blank);
        if (!t->blank) {
                terminal_free(t);
                return -ENOMEM;
        }

        *ret = t;
        return 0;
}

Terminal *terminal_free(Terminal *t) {
        if (!t)
                return NULL;

        free(t->blank);
        free(t);
        return NULL;
}

int terminal_write(Terminal *t, const void *bytes, size_t size) {
        t->version++;
        return 0;
}

int terminal_resize(Terminal *t, int columns, int rows) {
        t->columns = CLAMP(columns, 1, TERMINAL_COLUMNS_MAX);
        t->rows = CLAMP(rows, 1, TERMINAL_ROWS_MAX);
        return 0;
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
        return (TerminalCursor) { .visible = true };
}

uint32_t terminal_colour(const Terminal *t, unsigned index) {
        return 0;
}

uint64_t terminal_colour_generation(const Terminal *t) {
        return 0;
}

TerminalRow terminal_row(const Terminal *t, int line) {
        return (TerminalRow) { .cells = t->blank, .version = (uint64_t) (line + 1) };
}

int terminal_scrollback(const Terminal *t) {
        return 0;
}

uint64_t terminal_scrolled_total(const Terminal *t) {
        return 0;
}

uint64_t terminal_generation(const Terminal *t) {
        return t->version;
}

size_t terminal_cluster(const Terminal *t, const Cell *cell, uint32_t ret[static TERMINAL_CLUSTER_MAX]) {
        ret[0] = cell->glyph & CELL_CODE_POINT_MASK;
        return ret[0] != 0;
}
