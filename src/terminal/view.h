/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What of the terminal is to be seen, and how each cell looks: the place in the scrollback, colours of scheme and
 * program, selection, cursor. */

#include "painter.h"
#include "scheme.h"
#include "selection.h"
#include "terminal.h"

#define VIEW_CLUSTERS_MAX 4096u /* different ones that have been seen; past that they are forgotten all at once */

typedef struct View {
        const Terminal *terminal;
        const Scheme *scheme;
        const Selection *selection;
        int offset;                 /* rows scrolled back */
        uint64_t scrolled;          /* terminal_scrolled_total() when offset was right */

        uint32_t colours[TERMINAL_COLOURS];
        uint32_t cursor_colour;     /* 0x01RRGGBB if a program chose it */
        uint64_t colour_generation;
        bool inverse;
        uint64_t epoch;             /* changes with any of the colours */

        PainterCluster *clusters;
        uint32_t n_clusters;
        uint16_t *cluster_slots;    /* index + 1 by hash */
        bool clusters_full;
} View;

/* Rows of equal looks are equal looking; a row's looks are compared before its cells are made. */
typedef struct ViewLooks {
        uint64_t version, epoch;
        int16_t cursor, shape;      /* column or -1 */
        int16_t from, to;           /* selected */
} ViewLooks;

void view_init(View *v, const Terminal *t, const Scheme *scheme, const Selection *selection);
void view_done(View *v);

/* Follows the terminal. False if cells made before mean nothing any more: their clusters have been forgotten. */
bool view_update(View *v);
void view_set_scheme(View *v, const Scheme *scheme);

/* Back for positive rows. True if the view moved. */
bool view_scroll(View *v, int rows);
int64_t view_row_number(const View *v, int row); /* in the selection's count */

ViewLooks view_looks(const View *v, int row);
void view_cells(View *v, int row, const ViewLooks *looks, DrawnCell *ret); /* terminal_columns() of them */
uint32_t view_background(const View *v);
