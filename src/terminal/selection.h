/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Selected text. Rows are counted from the first one that the terminal ever had, so that a selection stays with its
 * text while it scrolls. Ends when the text under it changes or is forgotten. */

#include <stdbool.h>

#include "../base/buffer.h"
#include "terminal.h"

#define SELECTION_WORD_MAX 4096 /* cells that a double click looks at in either direction */

typedef enum SelectionUnit {
        SELECTION_CHARACTERS,
        SELECTION_WORDS,
        SELECTION_LINES,
} SelectionUnit;

typedef struct SelectionPoint {
        int64_t row;
        int column;
} SelectionPoint;

typedef struct Selection {
        bool active;
        SelectionUnit unit;
        SelectionPoint anchor;
        SelectionPoint first, last; /* both selected */
        int64_t watched;            /* rows from here to last were on the screen when they were last looked at */
        uint64_t *digests;          /* of these rows */
        int n_digests;
} Selection;

void selection_done(Selection *s);
void selection_clear(Selection *s);

/* Characters are not selected before selection_extend(). */
void selection_start(Selection *s, const Terminal *t, SelectionPoint at, SelectionUnit unit);
void selection_extend(Selection *s, const Terminal *t, SelectionPoint to);

/* Clears it if its text is not the same any more. */
void selection_check(Selection *s, const Terminal *t);

/* The columns [from, to) of a row; false if nothing of it is selected. */
bool selection_span(const Selection *s, int64_t row, int columns, int *ret_from, int *ret_to);

/* Appends the text, without trailing blanks, with newlines where rows do not continue; stops at the buffer's limit.
 * -ENOMEM. */
int selection_text(const Selection *s, const Terminal *t, Buffer *text);
