/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Movements of the cursor and the tabulator stops. */

#include <string.h>

#include "../base/cleanup.h"
#include "cursor.h"

#define TAB_WIDTH 8

void cursor_restrict(Terminal *t, int column_max) {
        Screen *s = t->screen;

        s->x = CLAMP(s->x, 0, column_max);
        s->y = t->origin ? CLAMP(s->y, s->top, s->bottom) : CLAMP(s->y, 0, t->rows - 1);
}

void cursor_set(Terminal *t, int x, int y) {
        t->screen->x = x;
        t->screen->y = y + (t->origin ? t->screen->top : 0);
        cursor_restrict(t, t->columns - 1);
}

void cursor_move(Terminal *t, int dx, int dy) {
        cursor_restrict(t, t->columns - 1);
        t->screen->x += dx;
        t->screen->y += dy;
        cursor_restrict(t, t->columns - 1);
}

void cursor_up(Terminal *t, int count) {
        int room = t->screen->y - t->screen->top;

        cursor_move(t, 0, -(room >= 0 ? MIN(room, count) : count));
}

void cursor_down(Terminal *t, int count) {
        int room = t->screen->bottom - t->screen->y;

        cursor_move(t, 0, room >= 0 ? MIN(room, count) : count);
}

/* One row down, scrolling at the end of the region. False if it did scroll. */
static bool step_down(Terminal *t, bool continuation) {
        Screen *s = t->screen;

        if (s->y == s->bottom) {
                grid_scroll(&s->grid, s->top, s->bottom, pen_erase(t), continuation);
                return false;
        }

        s->y = MIN(s->y + 1, t->rows - 1);
        return true;
}

void cursor_line_feed(Terminal *t) {
        Screen *s = t->screen;
        int before = s->y;

        if (t->modes.newline)
                s->x = 0;
        if (step_down(t, false) && s->y != before)
                grid_row(&s->grid, s->y)->continuation = false;
        s->x = MIN(s->x, t->columns - 1);
}

void cursor_index(Terminal *t) {
        cursor_restrict(t, t->columns - 1);
        step_down(t, false);
        cursor_restrict(t, t->columns - 1);
}

void cursor_reverse_index(Terminal *t) {
        Screen *s = t->screen;

        cursor_restrict(t, t->columns - 1);
        if (s->y == s->top)
                grid_rotate(&s->grid, s->top, s->bottom, -1, pen_erase(t));
        else
                cursor_move(t, 0, -1);
}

void cursor_wrap(Terminal *t) {
        Screen *s = t->screen;

        s->x = 0;
        if (step_down(t, true))
                grid_row(&s->grid, s->y)->continuation = true;
}

void cursor_backspace(Terminal *t) {
        cursor_restrict(t, t->columns - 1);
        t->screen->x = MAX(t->screen->x - 1, 0);
}

void cursor_save(Terminal *t) {
        SavedCursor *saved = &t->screen->saved;

        saved->x = t->screen->x;
        saved->y = t->screen->y;
        saved->pen = t->pen;
        memcpy(saved->charsets, t->charsets, sizeof saved->charsets);
        saved->charset = t->charset;
        saved->origin = t->origin;
}

void cursor_restore(Terminal *t) {
        const SavedCursor *saved = &t->screen->saved;

        t->screen->x = saved->x;
        t->screen->y = saved->y;
        t->pen = saved->pen;
        memcpy(t->charsets, saved->charsets, sizeof t->charsets);
        t->charset = saved->charset;
        t->origin = saved->origin;
        cursor_restrict(t, t->columns - 1);
}

static bool tab_at(const Screen *s, int x) {
        return s->tabs[x / 8] >> (x % 8) & 1;
}

void cursor_tab(Terminal *t, int count) {
        Screen *s = t->screen;

        if (s->x >= t->columns)
                return;

        for (; count > 0 && s->x < t->columns - 1; count--)
                do
                        s->x++;
                while (s->x < t->columns - 1 && !tab_at(s, s->x));
}

void cursor_back_tab(Terminal *t, int count) {
        Screen *s = t->screen;

        if (s->x >= t->columns)
                return;

        for (; count > 0 && s->x > 0; count--)
                do
                        s->x--;
                while (s->x > 0 && !tab_at(s, s->x));
}

void cursor_tab_set(Terminal *t, bool set) {
        int x = t->screen->x;
        uint8_t bit = (uint8_t) (1u << (x % 8));

        if (x >= t->columns)
                return;

        t->screen->tabs[x / 8] = (uint8_t) (set ? t->screen->tabs[x / 8] | bit : t->screen->tabs[x / 8] & ~bit);
}

void cursor_tabs_clear(Screen *s) {
        memset(s->tabs, 0, sizeof s->tabs);
}

void cursor_tabs_extend(Screen *s, int from, int columns) {
        /* Go on from the last stop, wherever the program has put it. */
        while (from > 0 && !tab_at(s, MIN(from, TERMINAL_COLUMNS_MAX - 1)))
                from--;

        for (int x = from; x < columns; x += TAB_WIDTH)
                s->tabs[x / 8] |= (uint8_t) (1u << (x % 8));
}
