/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "../base/cleanup.h"
#include "view.h"

#define CLUSTER_SLOTS (4 * VIEW_CLUSTERS_MAX)

void view_init(View *v, const Terminal *t, const Scheme *scheme, const Selection *selection) {
        *v = (View) { .terminal = t, .selection = selection };
        view_set_scheme(v, scheme);
}

void view_done(View *v) {
        free(v->clusters);
        free(v->cluster_slots);
        *v = (View) {};
}

/* ---- colours ---- */

static void load_colours(View *v) {
        memcpy(v->colours, v->scheme->palette, sizeof v->scheme->palette);
        v->colours[TERMINAL_COLOUR_FOREGROUND] = v->scheme->foreground;
        v->colours[TERMINAL_COLOUR_BACKGROUND] = v->scheme->background;
        for (unsigned i = 0; i < TERMINAL_COLOURS; i++) {
                uint32_t changed = terminal_colour(v->terminal, i);

                if (changed != 0)
                        v->colours[i] = changed & 0xffffffu;
        }
        v->cursor_colour = terminal_colour(v->terminal, TERMINAL_COLOUR_CURSOR);
        v->colour_generation = terminal_colour_generation(v->terminal);
        v->inverse = terminal_modes(v->terminal)->inverse;
        v->epoch++;
}

void view_set_scheme(View *v, const Scheme *scheme) {
        v->scheme = scheme;
        load_colours(v);
}

uint32_t view_background(const View *v) {
        return v->colours[v->inverse ? TERMINAL_COLOUR_FOREGROUND : TERMINAL_COLOUR_BACKGROUND];
}

static uint32_t resolve(const View *v, uint32_t colour, unsigned fallback, bool bright) {
        uint32_t value = colour_value(colour);

        switch (colour_kind(colour)) {
        case COLOUR_INDEXED:
                value &= 0xffu;
                return v->colours[bright && value < 8 ? value + 8 : value];
        case COLOUR_RGB:
                return value;
        default:
                return v->colours[fallback];
        }
}

/* ---- clusters ---- */

static uint32_t cluster_hash(const PainterCluster *c) {
        uint32_t h = c->n;

        for (uint32_t i = 0; i < c->n; i++)
                h = (h ^ c->code_points[i]) * 0x01000193u;
        return h ^ h >> 15;
}

static bool make_cluster_tables(View *v) {
        if (!v->clusters)
                v->clusters = calloc(VIEW_CLUSTERS_MAX, sizeof *v->clusters);
        if (!v->cluster_slots)
                v->cluster_slots = calloc(CLUSTER_SLOTS, sizeof *v->cluster_slots);
        return v->clusters && v->cluster_slots;
}

/* The terminal may give a cluster's number to another one later, so the view keeps its own. Without room, the base
 * character alone. */
static uint32_t intern_cluster(View *v, const Cell *cell) {
        PainterCluster c = {};

        _Static_assert(ELEMENTS(c.code_points) == TERMINAL_CLUSTER_MAX, "a cluster fits");
        c.n = (uint32_t) terminal_cluster(v->terminal, cell, c.code_points);
        if (c.n == 0)
                return 0;
        if (!make_cluster_tables(v))
                return c.code_points[0];
        for (uint32_t i = cluster_hash(&c);; i++) {
                uint16_t *slot = v->cluster_slots + i % CLUSTER_SLOTS;

                if (*slot == 0 && v->n_clusters == VIEW_CLUSTERS_MAX) {
                        v->clusters_full = true;
                        return c.code_points[0];
                }
                if (*slot == 0) {
                        v->clusters[v->n_clusters] = c;
                        *slot = (uint16_t) ++v->n_clusters;
                }
                if (memcmp(v->clusters + *slot - 1, &c, sizeof c) == 0)
                        return CELL_CLUSTER | (*slot - 1u);
        }
}

/* ---- place ---- */

/* A view into the scrollback stays with its text. */
static void follow(View *v) {
        uint64_t scrolled = terminal_scrolled_total(v->terminal);
        uint64_t scrollback = (uint64_t) terminal_scrollback(v->terminal);

        if (v->offset > 0)
                v->offset = (int) MIN((uint64_t) v->offset + (scrolled - v->scrolled), scrollback);
        v->scrolled = scrolled;
}

bool view_update(View *v) {
        bool forget = v->clusters_full;

        follow(v);
        if (v->colour_generation != terminal_colour_generation(v->terminal) ||
            v->inverse != terminal_modes(v->terminal)->inverse)
                load_colours(v);
        if (forget) {
                memset(v->cluster_slots, 0, CLUSTER_SLOTS * sizeof *v->cluster_slots);
                v->n_clusters = 0;
                v->clusters_full = false;
        }
        return !forget;
}

bool view_scroll(View *v, int rows) {
        int before, wanted, scrollback = terminal_scrollback(v->terminal);

        follow(v);
        before = v->offset;
        wanted = before + CLAMP(rows, -scrollback, scrollback);
        v->offset = CLAMP(wanted, 0, scrollback);
        return v->offset != before;
}

int64_t view_row_number(const View *v, int row) {
        return (int64_t) terminal_scrolled_total(v->terminal) + row - v->offset;
}

/* ---- cells ---- */

ViewLooks view_looks(const View *v, int row) {
        TerminalCursor cursor = terminal_cursor(v->terminal);
        int columns = terminal_columns(v->terminal), from, to;
        ViewLooks l = {
                .version = terminal_row(v->terminal, row - v->offset).version, .epoch = v->epoch, .cursor = -1,
        };

        if (cursor.visible && cursor.row + v->offset == row) {
                l.cursor = (int16_t) cursor.column;
                l.shape = (int16_t) cursor.shape;
        }
        if (selection_span(v->selection, view_row_number(v, row), columns, &from, &to)) {
                l.from = (int16_t) from;
                l.to = (int16_t) to;
        }
        return l;
}

static void swap_colours(DrawnCell *c) {
        uint32_t difference = (c->foreground ^ c->background) & 0xffffffu;

        c->foreground ^= difference;
        c->background ^= difference;
}

static uint32_t halfway(uint32_t a, uint32_t b) {
        return (a & 0xfefefeu) / 2 + (b & 0xfefefeu) / 2 + (a & b & 0x010101u);
}

static DrawnCell make_cell(View *v, const Cell *c) {
        static const struct { unsigned attribute; uint32_t drawn; } lines[] = {
                { CELL_UNDERLINE, DRAWN_UNDERLINE }, { CELL_DOUBLE_UNDERLINE, DRAWN_DOUBLE_UNDERLINE },
                { CELL_STRIKE, DRAWN_STRIKE }, { CELL_OVERLINE, DRAWN_OVERLINE },
        };
        unsigned attributes = cell_attributes(c);
        DrawnCell d = {
                .glyph = c->glyph & CELL_CLUSTER ? intern_cluster(v, c) | (c->glyph & CELL_WIDE) : c->glyph,
                .foreground = resolve(v, c->foreground, TERMINAL_COLOUR_FOREGROUND, attributes & CELL_BOLD),
                .background = resolve(v, c->background, TERMINAL_COLOUR_BACKGROUND, false),
        };

        if (attributes & CELL_FAINT)
                d.foreground = halfway(d.foreground, d.background);
        if (!!(attributes & CELL_INVERSE) != v->inverse)
                swap_colours(&d);
        if (attributes & CELL_INVISIBLE)
                d.glyph &= CELL_WIDE | CELL_SPACER;
        if (d.glyph == ' ')
                d.glyph = 0;
        if (d.glyph != 0)
                d.foreground |= (attributes & CELL_BOLD ? DRAWN_BOLD : 0) |
                                (attributes & CELL_ITALIC ? DRAWN_ITALIC : 0);
        for (size_t i = 0; i < ELEMENTS(lines); i++)
                if (attributes & lines[i].attribute && !(attributes & CELL_INVISIBLE))
                        d.foreground |= lines[i].drawn;
        return d;
}

static void put_cursor(DrawnCell *c, const View *v, int shape) {
        switch (shape) {
        case TERMINAL_CURSOR_UNDERLINE:
                c->background |= DRAWN_CURSOR_UNDERLINE;
                break;
        case TERMINAL_CURSOR_BAR:
                c->background |= DRAWN_CURSOR_BAR;
                break;
        default:
                swap_colours(c);
                if (v->cursor_colour != 0)
                        c->background = (c->background & 0xff000000u) | (v->cursor_colour & 0xffffffu);
        }
}

void view_cells(View *v, int row, const ViewLooks *looks, DrawnCell *ret) {
        int columns = terminal_columns(v->terminal);
        TerminalRow r = terminal_row(v->terminal, row - v->offset);

        for (int i = 0; i < columns; i++) {
                DrawnCell *d = ret + i;

                /* The right half of a wide character looks like the left one in all but its picture. */
                if (r.cells[i].glyph & CELL_SPACER && i > 0) {
                        *d = (DrawnCell) { CELL_SPACER, d[-1].foreground, d[-1].background };
                        continue;
                }
                *d = make_cell(v, r.cells + i);
                if (i >= looks->from && i < looks->to)
                        swap_colours(d);
                if (i == looks->cursor || (i + 1 == looks->cursor && d->glyph & CELL_WIDE))
                        put_cursor(d, v, looks->shape);
        }
        /* Colours of what has no ink mean nothing: cells that look the same shall be the same. */
        for (int i = 0; i < columns; i++)
                if (ret[i].glyph == 0 && ret[i].foreground <= 0xffffffu && ret[i].background <= 0xffffffu)
                        ret[i].foreground = 0;
}
