/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes of cells that are not printing. New cells take the present background and no attributes. */

#include <string.h>

#include "../base/cleanup.h"
#include "cursor.h"
#include "edit.h"

Cell edit_blank(const Terminal *t) {
        return (Cell) { .background = pen_erase(t) };
}

void edit_erase(Terminal *t, int y, int from, int to, bool forget_wrap) {
        Cell fill = edit_blank(t), *cells;

        to = MIN(to, t->columns);
        if (forget_wrap)
                grid_row(&t->screen->grid, y)->continuation = false;
        if (from >= to)
                return;

        /* What is blank already stays without cells. */
        if (fill.background == 0 && !grid_row(&t->screen->grid, y)->cells)
                return;

        cells = grid_edit(&t->screen->grid, y, fill.background != 0 ? t->columns : 0);
        if (!cells)
                return;

        for (int x = from; x < to; x++)
                cells[x] = fill;
        edit_mend(cells, t->columns, from, fill);
        edit_mend(cells, t->columns, to, fill);
}

/* Before cells move apart: a wide character across this border is blanked, so that its halves find no other ones. */
static void split(Cell *cells, int columns, int column, Cell fill) {
        if (column < columns && (cells[column].glyph & CELL_SPACER))
                cells[column - 1] = cells[column] = fill;
}

static void insert_cells(Terminal *t, int y, int x, int count, Cell fill) {
        Cell *cells = grid_edit(&t->screen->grid, y, t->columns);

        if (!cells)
                return;

        count = MIN(count, t->columns - x);
        split(cells, t->columns, x, fill);
        split(cells, t->columns, t->columns - count, fill);
        memmove(cells + x + count, cells + x, (size_t) (t->columns - x - count) * sizeof *cells);
        for (int i = 0; i < count; i++)
                cells[x + i] = fill;
}

static void delete_cells(Terminal *t, int y, int x, int count) {
        Cell *cells = grid_edit(&t->screen->grid, y, t->columns), fill = edit_blank(t);

        if (!cells)
                return;

        count = MIN(count, t->columns - x);
        split(cells, t->columns, x, fill);
        split(cells, t->columns, x + count, fill);
        memmove(cells + x, cells + x + count, (size_t) (t->columns - x - count) * sizeof *cells);
        for (int i = t->columns - count; i < t->columns; i++)
                cells[i] = fill;
}

void edit_insert(Terminal *t, int x, int count, Cell fill) {
        insert_cells(t, t->screen->y, x, count, fill);
}

void edit_shift(Terminal *t, int y, int x, int count) {
        if (x >= t->columns)
                return;

        if (count > 0)
                insert_cells(t, y, x, count, edit_blank(t));
        else
                delete_cells(t, y, x, -count);
}

static void blank_rows(Terminal *t, int from, int to) {
        for (int y = from; y < to; y++)
                grid_blank(&t->screen->grid, y, pen_erase(t));
}

static void erase_above(Terminal *t) {
        const Screen *s = t->screen;

        edit_erase(t, s->y, 0, s->x + 1, true);
        if (s->x + 1 >= t->columns && s->y + 1 < t->rows)
                grid_row(&s->grid, s->y + 1)->continuation = false;
        blank_rows(t, 0, s->y);
}

void edit_display(Terminal *t, int what) {
        Screen *s = t->screen;

        cursor_restrict(t, t->columns);
        switch (what) {
        case 0:
                edit_erase(t, s->y, s->x, t->columns, s->x == 0);
                blank_rows(t, s->y + 1, t->rows);
                return;
        case 1:
                erase_above(t);
                return;
        case 2:
                blank_rows(t, 0, t->rows);
                return;
        case 3:
                grid_forget(&s->grid);
                t->changes++;
                return;
        }
}

void edit_line(Terminal *t, int what) {
        Screen *s = t->screen;

        cursor_restrict(t, t->columns);
        switch (what) {
        case 0:
                edit_erase(t, s->y, s->x, t->columns, s->x == 0);
                return;
        case 1:
                edit_erase(t, s->y, 0, s->x + 1, false);
                return;
        case 2:
                edit_erase(t, s->y, 0, t->columns, true);
                return;
        }
}

static bool in_region(const Screen *s) {
        return s->y >= s->top && s->y <= s->bottom;
}

void edit_columns(Terminal *t, int x, int count) {
        Screen *s = t->screen;

        if (!in_region(s))
                return;

        for (int y = s->top; y <= s->bottom; y++) {
                edit_shift(t, y, x, count);
                grid_row(&s->grid, y)->continuation = false;
        }
}

void edit_rows(Terminal *t, int count) {
        Screen *s = t->screen;

        cursor_restrict(t, t->columns - 1);
        if (!in_region(s))
                return;

        grid_rotate(&s->grid, s->y, s->bottom, count, pen_erase(t));
        s->x = 0;
}

void edit_align(Terminal *t) {
        cursor_set(t, 0, 0);
        for (int y = 0; y < t->rows; y++) {
                grid_fill(&t->screen->grid, y, (Cell) {
                        .glyph = 'E', .foreground = t->pen.foreground, .background = t->pen.background });
                grid_row(&t->screen->grid, y)->continuation = false;
        }
}
