/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/utf8.h"
#include "selection.h"

/* ---- the terminal's rows ---- */

static bool find_row(const Terminal *t, int64_t row, TerminalRow *ret) {
        int64_t line = row - (int64_t) terminal_scrolled_total(t);

        if (line < -(int64_t) terminal_scrollback(t) || line >= terminal_rows(t))
                return false;
        *ret = terminal_row(t, (int) line);
        return true;
}

static bool is_wrapped(const Terminal *t, int64_t row) {
        TerminalRow r;

        return find_row(t, row, &r) && r.wrapped;
}

static uint32_t first_code_point(const Terminal *t, const Cell *c) {
        uint32_t code_points[TERMINAL_CLUSTER_MAX];

        return terminal_cluster(t, c, code_points) > 0 ? code_points[0] : 0;
}

/* ---- words ---- */

/* What a double click takes together: blanks, what belongs to words, addresses and paths, everything else. */
static int word_class(uint32_t c) {
        if (c == 0 || c == ' ')
                return 0;
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0xa0)
                return 1;
        return c < 0x80 && strchr("_-./~:@%#?&=+", (int) c) ? 1 : 2;
}

static bool class_at(const Terminal *t, SelectionPoint p, int *ret) {
        TerminalRow r;

        if (!find_row(t, p.row, &r) || p.column < 0 || p.column >= terminal_columns(t))
                return false;
        if (r.cells[p.column].glyph & CELL_SPACER && p.column > 0)
                p.column--;
        *ret = word_class(first_code_point(t, r.cells + p.column));
        return true;
}

static SelectionPoint word_end(const Terminal *t, SelectionPoint p, int direction) {
        int wanted, found, columns = terminal_columns(t);

        if (!class_at(t, p, &wanted))
                return p;
        for (int i = 0; i < SELECTION_WORD_MAX; i++) {
                SelectionPoint next = { p.row, p.column + direction };

                if (next.column < 0 && is_wrapped(t, p.row - 1))
                        next = (SelectionPoint) { p.row - 1, columns - 1 };
                else if (next.column >= columns && is_wrapped(t, p.row))
                        next = (SelectionPoint) { p.row + 1, 0 };
                if (!class_at(t, next, &found) || found != wanted)
                        break;
                p = next;
        }
        return p;
}

/* ---- what is selected ---- */

static bool is_before(SelectionPoint a, SelectionPoint b) {
        return a.row < b.row || (a.row == b.row && a.column < b.column);
}

/* Neither end in the middle of a wide character. */
static void keep_wide_whole(Selection *s, const Terminal *t) {
        TerminalRow r;

        if (find_row(t, s->first.row, &r) && s->first.column > 0 && r.cells[s->first.column].glyph & CELL_SPACER)
                s->first.column--;
        if (find_row(t, s->last.row, &r) && r.cells[s->last.column].glyph & CELL_WIDE)
                s->last.column = MIN(s->last.column + 1, terminal_columns(t) - 1);
}

static uint64_t digest(const Selection *s, const Terminal *t, int64_t row) {
        uint64_t h = 0xcbf29ce484222325u;
        TerminalRow r;
        int from, to;

        if (!find_row(t, row, &r) || !selection_span(s, row, terminal_columns(t), &from, &to))
                return 0;
        for (int i = from; i < to; i++)
                h = (h ^ r.cells[i].glyph) * 0x100000001b3u;
        return h;
}

/* Remembers the rows that can still change. */
static void watch(Selection *s, const Terminal *t) {
        int64_t total = (int64_t) terminal_scrolled_total(t);
        uint64_t *digests;

        s->watched = MAX(s->first.row, total);
        s->n_digests = (int) CLAMP(s->last.row - s->watched + 1, INT64_C(0), (int64_t) TERMINAL_ROWS_MAX);
        if (s->n_digests == 0)
                return;
        digests = reallocarray(s->digests, (size_t) s->n_digests, sizeof *digests);
        if (!digests)
                return selection_clear(s);
        s->digests = digests;
        for (int i = 0; i < s->n_digests; i++)
                digests[i] = digest(s, t, s->watched + i);
}

void selection_done(Selection *s) {
        selection_clear(s);
}

void selection_clear(Selection *s) {
        free(s->digests);
        *s = (Selection) {};
}

static void set_extent(Selection *s, const Terminal *t, SelectionPoint to) {
        int columns = terminal_columns(t);

        s->first = is_before(to, s->anchor) ? to : s->anchor;
        s->last = is_before(to, s->anchor) ? s->anchor : to;
        s->first.column = CLAMP(s->first.column, 0, columns - 1);
        s->last.column = CLAMP(s->last.column, 0, columns - 1);
        if (s->unit == SELECTION_WORDS) {
                s->first = word_end(t, s->first, -1);
                s->last = word_end(t, s->last, 1);
        } else if (s->unit == SELECTION_LINES) {
                while (is_wrapped(t, s->first.row - 1))
                        s->first.row--;
                while (is_wrapped(t, s->last.row))
                        s->last.row++;
                s->first.column = 0;
                s->last.column = columns - 1;
        }
        keep_wide_whole(s, t);
        s->active = true;
        watch(s, t);
}

void selection_start(Selection *s, const Terminal *t, SelectionPoint at, SelectionUnit unit) {
        selection_clear(s);
        s->unit = unit;
        s->anchor = s->first = s->last = at;
        if (unit != SELECTION_CHARACTERS)
                set_extent(s, t, at);
}

void selection_extend(Selection *s, const Terminal *t, SelectionPoint to) {
        if (!s->active && to.row == s->anchor.row && to.column == s->anchor.column)
                return;
        set_extent(s, t, to);
}

void selection_check(Selection *s, const Terminal *t) {
        TerminalRow r;

        if (!s->active)
                return;
        if (!find_row(t, s->first.row, &r) || !find_row(t, s->last.row, &r) || s->last.column >= terminal_columns(t))
                return selection_clear(s);
        for (int i = 0; i < s->n_digests; i++)
                if (s->digests[i] != digest(s, t, s->watched + i))
                        return selection_clear(s);
        watch(s, t);
}

bool selection_span(const Selection *s, int64_t row, int columns, int *ret_from, int *ret_to) {
        if (!s->active || row < s->first.row || row > s->last.row)
                return false;
        *ret_from = row == s->first.row ? MIN(s->first.column, columns) : 0;
        *ret_to = row == s->last.row ? MIN(s->last.column + 1, columns) : columns;
        return *ret_from < *ret_to;
}

/* ---- its text ---- */

static int append_cell(const Terminal *t, const Cell *c, Buffer *text) {
        uint32_t code_points[TERMINAL_CLUSTER_MAX];
        char bytes[4 * TERMINAL_CLUSTER_MAX];
        size_t n, size = 0;

        if (c->glyph & CELL_SPACER)
                return 0;
        n = terminal_cluster(t, c, code_points);
        if (n == 0)
                return buffer_append(text, " ", 1);
        for (size_t i = 0; i < n; i++)
                size += utf8_encode(code_points[i], bytes + size);
        return buffer_append(text, bytes, size);
}

static bool is_blank(const Cell *c) {
        return c->glyph == 0 || c->glyph == ' ';
}

static int append_row(const Selection *s, const Terminal *t, int64_t row, Buffer *text) {
        int from, to, columns = terminal_columns(t), r = 0;
        TerminalRow found;
        bool continues;

        if (!find_row(t, row, &found) || !selection_span(s, row, columns, &from, &to))
                return 0;
        continues = found.wrapped && to == columns;
        while (!continues && to > from && is_blank(found.cells + to - 1))
                to--;
        for (int i = from; i < to && r >= 0; i++)
                r = append_cell(t, found.cells + i, text);
        if (r >= 0 && row < s->last.row && !continues)
                r = buffer_append(text, "\n", 1);
        return r;
}

int selection_text(const Selection *s, const Terminal *t, Buffer *text) {
        int r = 0;

        for (int64_t row = s->first.row; s->active && row <= s->last.row && r >= 0; row++)
                r = append_row(s, t, row, text);
        return r == -ENOBUFS ? 0 : r;
}
