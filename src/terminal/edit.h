/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Erasing, inserting and deleting cells and rows. */

#include "state.h"

/* Where two columns meet: a half of a wide character without its other half becomes fill. column 0..columns. */
static inline void edit_mend(Cell *cells, int columns, int column, Cell fill) {
        bool left = column > 0 && (cells[column - 1].glyph & CELL_WIDE);
        bool right = column < columns && (cells[column].glyph & CELL_SPACER);

        if (left && !right)
                cells[column - 1] = fill;
        if (right && !left)
                cells[column] = fill;
}

Cell edit_blank(const Terminal *t);                        /* in the present background */
void edit_erase(Terminal *t, int y, int from, int to, bool forget_wrap);
void edit_insert(Terminal *t, int x, int count, Cell fill); /* in the cursor's row */
void edit_shift(Terminal *t, int y, int x, int count);      /* insert; negative: delete */
void edit_display(Terminal *t, int what);                   /* ED */
void edit_line(Terminal *t, int what);                      /* EL */
void edit_columns(Terminal *t, int x, int count);           /* edit_shift() in every row of the region */
void edit_rows(Terminal *t, int count);                     /* DL; negative: IL */
void edit_align(Terminal *t);                               /* DECALN */
