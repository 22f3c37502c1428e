/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ring of rows. Rows of the scrollback are cut to what is on them, and the oldest go first when there are too many
 * rows or too many bytes. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "grid.h"

#define GRID_CAPACITY_MIN 32u

static bool cell_is_blank(const Cell *c) {
        return (c->glyph | c->foreground | c->background) == 0;
}

static size_t row_bytes(const Row *row) {
        return sizeof *row + row->length * sizeof(Cell);
}

Row *grid_row(const Grid *g, int line) {
        return &g->ring[(g->head + g->history + (size_t) line) & (g->capacity - 1)];
}

static void row_touch(Grid *g, Row *row) {
        row->version = ++*g->versions;
}

static int ring_reserve(Grid *g, size_t rows) {
        size_t used = g->history + (size_t) g->rows, capacity = MAX(g->capacity, (size_t) GRID_CAPACITY_MIN);
        Row *ring;

        while (capacity < rows)
                capacity *= 2;
        if (capacity == g->capacity)
                return 0;

        ring = calloc(capacity, sizeof *ring);
        if (!ring)
                return -ENOMEM;

        for (size_t i = 0; i < used && g->capacity > 0; i++)
                ring[i] = g->ring[(g->head + i) & (g->capacity - 1)];
        free(g->ring);
        g->ring = ring;
        g->capacity = capacity;
        g->head = 0;
        return 0;
}

int grid_init(Grid *g, int columns, int rows, size_t history_max, uint64_t *versions) {
        *g = (Grid) { .columns = columns, .history_max = history_max, .versions = versions };
        if (ring_reserve(g, (size_t) rows) < 0)
                return -ENOMEM;

        g->rows = rows;
        for (int i = 0; i < rows; i++)
                row_touch(g, grid_row(g, i));
        return 0;
}

void grid_done(Grid *g) {
        for (size_t i = 0; i < g->capacity; i++)
                free(g->ring[i].cells);
        free(g->ring);
        free(g->spare);
        *g = (Grid) {};
}

Cell *grid_edit(Grid *g, int line, int end) {
        Row *row = grid_row(g, line);

        if (!row->cells) {
                row->cells = g->spare ? TAKE_PTR(g->spare) : calloc((size_t) g->columns, sizeof *row->cells);
                if (!row->cells) {
                        g->failed = true;
                        return NULL;
                }
        }

        row->length = (uint16_t) MAX((int) row->length, end);
        row_touch(g, row);
        return row->cells;
}

void grid_fill(Grid *g, int line, Cell cell) {
        Cell *cells = grid_edit(g, line, g->columns);

        if (cells)
                for (int i = 0; i < g->columns; i++)
                        cells[i] = cell;
}

static void row_clear(Grid *g, Row *row) {
        if (row->cells)
                memset(row->cells, 0, row->length * sizeof *row->cells);
        row->length = 0;
        row->continuation = false;
        row_touch(g, row);
}

void grid_blank(Grid *g, int line, uint32_t background) {
        row_clear(g, grid_row(g, line));
        if (background != 0)
                grid_fill(g, line, (Cell) { .background = background });
}

static void drop_oldest(Grid *g) {
        Row *row = &g->ring[g->head];

        g->history_bytes -= row_bytes(row);
        free(row->cells);
        *row = (Row) {};
        g->head = (g->head + 1) & (g->capacity - 1);
        g->history--;
}

void grid_forget(Grid *g) {
        while (g->history > 0)
                drop_oldest(g);
}

/* Cuts a row that leaves the screen to what is on it; its cells serve the next new row. */
static void row_archive(Grid *g, Row *row) {
        int length = grid_extent(row);
        Cell *cells = NULL;

        if (length == g->columns || !row->cells)
                return;

        if (length > 0) {
                cells = malloc((size_t) length * sizeof *cells);
                if (!cells) {
                        row->length = (uint16_t) g->columns;
                        return;
                }
                memcpy(cells, row->cells, (size_t) length * sizeof *cells);
        }

        if (!g->spare) {
                memset(row->cells, 0, row->length * sizeof *row->cells);
                g->spare = TAKE_PTR(row->cells);
        }
        free(row->cells);
        row->cells = cells;
        row->length = (uint16_t) length;
}

/* The screen's first row becomes the newest of the scrollback, a fresh one stands behind the last. False if that
 * cannot be. */
static bool push_history(Grid *g) {
        Row *row;

        if (g->history_max == 0)
                return false;
        if (g->history == g->history_max)
                drop_oldest(g);
        if (ring_reserve(g, g->history + (size_t) g->rows + 1) < 0)
                return false;

        row = grid_row(g, 0);
        row_archive(g, row);
        g->history_bytes += row_bytes(row);
        g->history++;
        g->scrolled++;
        *grid_row(g, g->rows - 1) = (Row) {};
        while (g->history_bytes > TERMINAL_SCROLLBACK_BYTES_MAX)
                drop_oldest(g);
        return true;
}

/* The last row of top..bottom becomes the first (or the other way round), everything between moves by one. */
static void rotate_one(Grid *g, int top, int bottom, bool up) {
        int from = up ? top : bottom, to = up ? bottom : top, way = up ? 1 : -1;
        Row row = *grid_row(g, from);

        for (int i = from; i != to; i += way)
                *grid_row(g, i) = *grid_row(g, i + way);
        *grid_row(g, to) = row;
}

void grid_scroll(Grid *g, int top, int bottom, uint32_t background, bool continuation) {
        if (top > 0 || !push_history(g))
                rotate_one(g, top, bottom, true);
        else if (bottom < g->rows - 1)
                rotate_one(g, bottom, g->rows - 1, false);

        grid_blank(g, bottom, background);
        grid_row(g, bottom)->continuation = continuation;
}

static void reverse(Grid *g, int first, int last) {
        for (; first < last; first++, last--) {
                Row row = *grid_row(g, first);

                *grid_row(g, first) = *grid_row(g, last);
                *grid_row(g, last) = row;
        }
}

void grid_rotate(Grid *g, int top, int bottom, int count, uint32_t background) {
        int height = bottom - top + 1;
        int up = count > 0 ? MIN(count, height) : height - MIN(-count, height);
        int new_rows = MIN(abs(count), height);

        if (up > 0 && up < height) {
                reverse(g, top, top + up - 1);
                reverse(g, top + up, bottom);
                reverse(g, top, bottom);
        }

        for (int i = 0; i < new_rows; i++)
                grid_blank(g, count > 0 ? bottom - i : top + i, background);
}

int grid_extent(const Row *row) {
        int n = row->cells ? row->length : 0;

        while (n > 0 && cell_is_blank(&row->cells[n - 1]))
                n--;
        return n;
}

int grid_text_extent(const Row *row) {
        int n = row->cells ? row->length : 0;

        while (n > 0 && row->cells[n - 1].glyph == 0)
                n--;
        return n;
}

int grid_begin(Grid *g, int columns, int rows, const Grid *like) {
        *g = (Grid) { .columns = columns, .history_max = like->history_max, .versions = like->versions };
        return ring_reserve(g, (size_t) rows);
}

void grid_append(Grid *g, Cell *cells, int length, bool continuation) {
        Row *row;

        if (ring_reserve(g, (size_t) g->rows + 1) < 0) {
                g->failed = true;
                grid_drop_first(g);
        }

        g->rows++;
        row = grid_row(g, g->rows - 1);
        *row = (Row) { .cells = cells, .length = (uint16_t) length, .continuation = continuation };
        row_touch(g, row);
}

void grid_drop_first(Grid *g) {
        free(g->ring[g->head].cells);
        g->ring[g->head] = (Row) {};
        g->head = (g->head + 1) & (g->capacity - 1);
        g->rows--;
}

/* Full width for a row of the screen. */
static void row_widen(Grid *g, Row *row) {
        Cell *cells;

        if (!row->cells)
                return;

        cells = realloc(row->cells, (size_t) g->columns * sizeof *cells);
        if (!cells) {
                g->failed = true;
                free(row->cells);
                *row = (Row) { .version = row->version };
                return;
        }

        memset(cells + row->length, 0, (size_t) (g->columns - row->length) * sizeof *cells);
        row->cells = cells;
}

int grid_divide(Grid *g, int first, int rows) {
        /* An append that found no memory has dropped the oldest row instead of growing. */
        for (int before = g->rows; g->rows < first + rows; before = g->rows) {
                grid_append(g, NULL, 0, false);
                first -= before + 1 - g->rows;
        }

        for (; g->rows > first + rows; g->rows--) {
                free(grid_row(g, g->rows - 1)->cells);
                *grid_row(g, g->rows - 1) = (Row) {};
        }
        g->rows = rows;
        g->history = (size_t) first;
        for (int line = -first; line < 0; line++)
                g->history_bytes += row_bytes(grid_row(g, line));
        while (g->history > g->history_max || g->history_bytes > TERMINAL_SCROLLBACK_BYTES_MAX)
                drop_oldest(g);
        for (int line = 0; line < rows; line++)
                row_widen(g, grid_row(g, line));
        return first;
}
