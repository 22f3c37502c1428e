/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Rows in a ring: the screen and, before it, the scrollback. Scrolling moves row headers, never cells; a row without
 * anything on it has no cells at all. Lines count from the top of the screen, the scrollback is negative. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terminal.h"

/* On the screen cells has room for grid.columns, in the scrollback for length; all from length on is blank. */
typedef struct Row {
        Cell *cells;
        uint64_t version;
        uint16_t length;
        bool continuation; /* of the row above, by automatic wrap */
} Row;

typedef struct Grid {
        Row *ring;
        size_t capacity;       /* a power of two */
        size_t head;           /* of the oldest row */
        size_t history;
        size_t history_max;    /* rows */
        size_t history_bytes;  /* cells and headers of the scrollback */
        uint64_t scrolled;     /* rows that ever went into the scrollback */
        int columns, rows;
        Cell *spare;           /* a blank row's cells, kept for the next one */
        uint64_t *versions;    /* the last version given */
        bool failed;           /* memory was missing somewhere */
} Grid;

int grid_init(Grid *g, int columns, int rows, size_t history_max, uint64_t *versions);
void grid_done(Grid *g);

Row *grid_row(const Grid *g, int line);

/* The cells of a row of the screen, to change up to column end; NULL without memory. */
Cell *grid_edit(Grid *g, int line, int end);

void grid_fill(Grid *g, int line, Cell cell);
void grid_blank(Grid *g, int line, uint32_t background);

/* One row up: the first row of the region goes into the scrollback if it is the screen's, the last one is new. */
void grid_scroll(Grid *g, int top, int bottom, uint32_t background, bool continuation);

/* Within the region only, count is cut to its height; a negative count is down. */
void grid_rotate(Grid *g, int top, int bottom, int count, uint32_t background);

void grid_forget(Grid *g); /* the scrollback */

/* To build a grid of another size: begin without rows but with room for a screen, append rows oldest first (cells has
 * room for length only and is taken over, also on error), then tell which of them is the screen's first. Missing
 * memory costs rows or what is on them and sets failed; grid_divide() answers where the first row has got to. */
int grid_begin(Grid *g, int columns, int rows, const Grid *like);
void grid_append(Grid *g, Cell *cells, int length, bool continuation);
void grid_drop_first(Grid *g);
int grid_divide(Grid *g, int first, int rows);

/* Is there anything on the row, and up to where? Blank cells with a background count only for grid_extent(). */
int grid_extent(const Row *row);
int grid_text_extent(const Row *row);
