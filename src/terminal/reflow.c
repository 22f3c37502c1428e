/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Another size for a screen. The old rows are taken oldest first and given up as they are copied, so that both sizes
 * are never in memory at once. A row that was not wrapped and fits goes over as it is. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/utf8.h"
#include "edit.h"
#include "reflow.h"

/* Where a position of the old screen is in the new rows. */
typedef struct Mark {
        int line, x; /* old; line counts from the oldest row */
        int to_line, to_x;
} Mark;

typedef struct Writer {
        Grid grid;
        Cell *cells;   /* of the row being written */
        int x;
        int dropped;   /* rows */
        bool continuation;
        Mark marks[3]; /* the cursor, the saved cursor, the screen's first row */
} Writer;

enum { CURSOR, SAVED, TOP };

/* cells is taken over. Rows that will not be kept for their age go at once. */
static void writer_append(Writer *w, Cell *cells, int length, bool continuation) {
        int before = w->grid.rows;

        grid_append(&w->grid, cells, length, continuation);
        w->dropped += before + 1 - w->grid.rows;
        if ((size_t) w->grid.rows > w->grid.history_max + TERMINAL_ROWS_MAX) {
                grid_drop_first(&w->grid);
                w->dropped++;
        }
}

static void writer_flush(Writer *w) {
        Cell *cells = NULL;

        if (w->x > 0) {
                cells = malloc((size_t) w->x * sizeof *cells);
                if (cells)
                        memcpy(cells, w->cells, (size_t) w->x * sizeof *cells);
                else
                        w->grid.failed = true;
        }
        writer_append(w, cells, cells ? w->x : 0, w->continuation);
        w->x = 0;
        w->continuation = true;
}

static void writer_put(Writer *w, const Cell *cell) {
        Cell narrow = *cell;
        int width = (cell->glyph & CELL_WIDE) ? 2 : 1;

        if (width > w->grid.columns) {
                narrow.glyph = UTF8_REPLACEMENT;
                width = 1;
        }
        if (w->x + width > w->grid.columns)
                writer_flush(w);
        w->cells[w->x++] = narrow;
        if (width == 2)
                w->cells[w->x++] = cell[1];
}

static void mark_set(const Writer *w, Mark *mark, int to_x) {
        mark->to_line = w->dropped + w->grid.rows;
        mark->to_x = to_x;
}

static void mark_here(Writer *w, int line, int x, int to_x) {
        for (size_t i = 0; i < ELEMENTS(w->marks); i++)
                if (w->marks[i].line == line && w->marks[i].x == x)
                        mark_set(w, &w->marks[i], to_x);
}

/* Positions behind the text of their row keep their distance from it, as far as there is room. */
static void mark_behind(Writer *w, int line, int length) {
        for (size_t i = 0; i < ELEMENTS(w->marks); i++)
                if (w->marks[i].line == line && w->marks[i].x >= length) {
                        int room = w->grid.columns - 1 - w->x;

                        mark_set(w, &w->marks[i], w->x + CLAMP(w->marks[i].x - length, 0, MAX(room, 0)));
                }
}

/* What of a row belongs to its logical line: all of it if the line goes on, but for the column that a wide character
 * at the beginning of the next row did not fit into. */
static int row_length(const Grid *old, int line, bool goes_on) {
        const Row *row = grid_row(old, line), *next;

        if (!goes_on)
                return grid_text_extent(row);

        next = grid_row(old, line + 1);
        if (next->cells && (next->cells[0].glyph & CELL_WIDE) &&
            (!row->cells || row->length < old->columns || row->cells[old->columns - 1].glyph == 0))
                return old->columns - 1;

        return old->columns;
}

static void write_row(Writer *w, const Row *row, int line, int length) {
        static const Cell blank = {};

        for (int x = 0; x < length; x++) {
                const Cell *cell = row->cells && x < row->length ? &row->cells[x] : &blank;

                if (cell->glyph & CELL_SPACER) {
                        mark_here(w, line, x, MAX(w->x - 1, 0));
                        continue;
                }
                if (w->x + ((cell->glyph & CELL_WIDE) ? 2 : 1) > w->grid.columns && w->x > 0)
                        writer_flush(w);
                mark_here(w, line, x, w->x);
                writer_put(w, cell);
        }
        mark_behind(w, line, length);
}

static void row_give_up(Row *row) {
        free(row->cells);
        *row = (Row) {};
}

/* A row that is a line of its own and fits. */
static void move_row(Writer *w, Row *row, int line) {
        int length = MIN(grid_extent(row), w->grid.columns);

        for (size_t i = 0; i < ELEMENTS(w->marks); i++)
                if (w->marks[i].line == line)
                        mark_set(w, &w->marks[i], MIN(w->marks[i].x, w->grid.columns - 1));
        if (length == 0)
                free(TAKE_PTR(row->cells));
        writer_append(w, TAKE_PTR(row->cells), length, false);
}

/* The rows first..last are one line. */
static void move_line(Writer *w, Grid *old, int first, int last) {
        int history = (int) old->history;

        if (first == last && grid_text_extent(grid_row(old, first)) <= w->grid.columns) {
                move_row(w, grid_row(old, first), first + history);
                return;
        }

        w->continuation = false;
        for (int line = first; line <= last; line++) {
                write_row(w, grid_row(old, line), line + history, row_length(old, line, line < last));
                row_give_up(grid_row(old, line));
        }
        writer_flush(w);
}

static bool has_content(const Grid *g, int line) {
        return grid_extent(grid_row(g, line)) > 0;
}

/* The last line that must stay to be seen: of the cursor, or the last with something on it. */
static int last_line(const Grid *g, int line, int cursor) {
        while (line > cursor && !has_content(g, line))
                line--;
        return line;
}

/* The new row that becomes the screen's first: the old one stays there if what follows fits; a screen that was full
 * to its end stays full. */
static int choose_first(const Writer *w, int rows, bool was_full) {
        int last = last_line(&w->grid, w->grid.rows - 1, w->marks[CURSOR].to_line);
        int lowest = MAX(last + 1 - rows, 0);
        int first = was_full ? lowest : MAX(lowest, w->marks[TOP].to_line);

        return MIN(first, w->marks[CURSOR].to_line);
}

static void adopt(Screen *s, const Writer *w, int first, int rows) {
        const Mark *cursor = &w->marks[CURSOR], *saved = &w->marks[SAVED];

        s->grid = w->grid;
        s->x = cursor->to_x;
        s->y = CLAMP(cursor->to_line - first, 0, rows - 1);
        s->saved.x = MIN(saved->to_x, w->grid.columns - 1);
        s->saved.y = CLAMP(saved->to_line - first, 0, rows - 1);
        s->top = 0;
        s->bottom = rows - 1;
}

static void rewrap(Writer *w, Grid *old) {
        int first = -(int) old->history, last;

        for (; first < old->rows; first = last + 1) {
                last = first;
                while (last + 1 < old->rows && grid_row(old, last + 1)->continuation)
                        last++;
                move_line(w, old, first, last);
        }
}

int reflow_screen(Screen *s, int columns, int rows) {
        Grid *old = &s->grid;
        int history = (int) old->history, first;
        bool was_full = last_line(old, old->rows - 1, s->y) == old->rows - 1;
        Writer w = {
                .marks = {
                        [CURSOR] = { .line = history + s->y, .x = s->x },
                        [SAVED] = { .line = history + s->saved.y, .x = s->saved.x },
                        [TOP] = { .line = history },
                },
        };

        w.cells = malloc((size_t) columns * sizeof *w.cells);
        if (!w.cells || grid_begin(&w.grid, columns, rows, old) < 0) {
                free(w.cells);
                return -ENOMEM;
        }

        rewrap(&w, old);
        for (size_t i = 0; i < ELEMENTS(w.marks); i++)
                w.marks[i].to_line = MAX(w.marks[i].to_line - w.dropped, 0);
        first = grid_divide(&w.grid, choose_first(&w, rows, was_full), rows);
        w.grid.scrolled = old->scrolled + (uint64_t) MAX(first - history, 0);
        free(w.cells);
        grid_done(old);
        adopt(s, &w, first, rows);
        return 0;
}

/* One row of another width. */
static void cut_row(Grid *g, Row *row, int columns) {
        Cell *cells;

        row->length = (uint16_t) MIN((int) row->length, columns);
        if (!row->cells)
                return;

        cells = calloc((size_t) columns, sizeof *cells);
        if (cells) {
                memcpy(cells, row->cells, row->length * sizeof *cells);
                edit_mend(cells, columns, columns, (Cell) {});
        } else {
                g->failed = true;
                row->length = 0;
        }
        free(row->cells);
        row->cells = cells;
}

int reflow_cut(Screen *s, int columns, int rows) {
        Grid *old = &s->grid;
        int above = MAX(s->y + 1 - rows, 0), r;
        Grid new;

        r = grid_init(&new, columns, rows, 0, old->versions);
        if (r < 0)
                return r;

        for (int y = 0; y + above < old->rows && y < rows; y++) {
                Row *from = grid_row(old, y + above), *to = grid_row(&new, y);

                to->cells = TAKE_PTR(from->cells);
                to->length = from->length;
                to->continuation = from->continuation;
                cut_row(&new, to, columns);
        }
        grid_done(old);
        *old = new;
        s->x = MIN(s->x, columns - 1);
        s->y -= above;
        s->saved.x = MIN(s->saved.x, columns - 1);
        s->saved.y = CLAMP(s->saved.y - above, 0, rows - 1);
        s->top = 0;
        s->bottom = rows - 1;
        return 0;
}
