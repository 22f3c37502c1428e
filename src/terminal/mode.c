/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The modes that a program switches, one row each. Size changes (DECCOLM) are the page's business and not known here;
 * synchronized output is only noted, who draws gives it a time limit. */

#include <string.h>

#include "../base/cleanup.h"
#include "cursor.h"
#include "mode.h"
#include "reply.h"

typedef struct Mode {
        uint16_t number;
        bool private;
        size_t offset;                                    /* of a bool in Terminal; 0: only change() */
        void (*change)(Terminal *t, int number, bool set);
        bool (*is_set)(const Terminal *t, int number);
} Mode;

static void home(Terminal *t, int number, bool set) {
        cursor_set(t, 0, 0);
}

static void forget_charsets(Terminal *t, int number, bool set) {
        if (set)
                memset(t->charsets, CHARSET_ASCII, sizeof t->charsets);
}

static TerminalMouse mouse_of(int number) {
        return number == 1000 ? TERMINAL_MOUSE_CLICK : number == 1002 ? TERMINAL_MOUSE_DRAG : TERMINAL_MOUSE_MOTION;
}

static void change_mouse(Terminal *t, int number, bool set) {
        t->modes.mouse = set ? mouse_of(number) : TERMINAL_MOUSE_NONE;
}

static bool mouse_is(const Terminal *t, int number) {
        return t->modes.mouse == mouse_of(number);
}

static void show_alternate(Terminal *t) {
        Screen *s = &t->alternate;

        if (t->modes.alternate_screen)
                return;

        *s = (Screen) { .bottom = t->rows - 1, .x = t->main.x, .y = t->main.y, .saved = s->saved };
        if (grid_init(&s->grid, t->columns, t->rows, 0, &t->versions) < 0) {
                t->main.grid.failed = true;
                return;
        }

        for (int y = 0; y < t->rows && pen_erase(t) != 0; y++)
                grid_blank(&s->grid, y, pen_erase(t));
        cursor_tabs_extend(s, 0, t->columns);
        t->screen = s;
        t->modes.alternate_screen = true;
        t->changes++;
}

void mode_show_main(Terminal *t) {
        if (!t->modes.alternate_screen)
                return;

        t->main.x = t->alternate.x;
        t->main.y = t->alternate.y;
        grid_done(&t->alternate.grid);
        t->screen = &t->main;
        t->modes.alternate_screen = false;
        t->changes++;
}

static void change_screen(Terminal *t, int number, bool set) {
        if (set && number == 1049)
                cursor_save(t);
        if (set)
                show_alternate(t);
        else
                mode_show_main(t);
        if (!set && number == 1049)
                cursor_restore(t);
}

static bool screen_is_alternate(const Terminal *t, int number) {
        return t->modes.alternate_screen;
}

static void change_saved(Terminal *t, int number, bool set) {
        if (set)
                cursor_save(t);
        else
                cursor_restore(t);
}

#define AT(member) offsetof(Terminal, member)

static const Mode modes[] = {
        { 4,    false, AT(insert) },
        { 20,   false, AT(modes.newline) },
        { 1,    true,  AT(modes.application_cursor) },
        { 2,    true,  0, forget_charsets },
        { 5,    true,  AT(modes.inverse) },
        { 6,    true,  AT(origin), home },
        { 7,    true,  AT(wrap) },
        { 12,   true,  AT(look.blink) },
        { 25,   true,  AT(look.visible) },
        { 47,   true,  0, change_screen, screen_is_alternate },
        { 66,   true,  AT(modes.application_keypad) },
        { 1000, true,  0, change_mouse, mouse_is },
        { 1002, true,  0, change_mouse, mouse_is },
        { 1003, true,  0, change_mouse, mouse_is },
        { 1004, true,  AT(modes.focus_events) },
        { 1006, true,  AT(modes.mouse_sgr) },
        { 1007, true,  AT(modes.alternate_scroll) },
        { 1047, true,  0, change_screen, screen_is_alternate },
        { 1048, true,  0, change_saved },
        { 1049, true,  0, change_screen, screen_is_alternate },
        { 2004, true,  AT(modes.bracketed_paste) },
        { 2026, true,  AT(modes.synchronized) },
};

static const Mode *find(bool private, int number) {
        for (size_t i = 0; i < ELEMENTS(modes); i++)
                if (modes[i].private == private && modes[i].number == number)
                        return &modes[i];

        return NULL;
}

void mode_change(Terminal *t, bool private, int number, bool set) {
        const Mode *mode = find(private, number);

        if (!mode)
                return;

        if (mode->offset > 0)
                *(bool *) ((char *) t + mode->offset) = set;
        if (mode->change)
                mode->change(t, number, set);
}

void mode_report(Terminal *t, bool private, int number) {
        const Mode *mode = find(private, number);
        bool set;

        if (!mode || (mode->offset == 0 && !mode->is_set))
                return;

        set = mode->offset > 0 ? *(const bool *) ((const char *) t + mode->offset) : mode->is_set(t, number);
        reply_send(t, private ? REPLY_PRIVATE_MODE : REPLY_MODE, mode->number, set ? 1 : 2);
}

void mode_reset(Terminal *t) {
        t->modes = (TerminalModes) { .alternate_scroll = true, .alternate_screen = t->modes.alternate_screen };
        t->look = (TerminalCursor) { .visible = true };
        t->insert = t->origin = false;
        t->wrap = true;
        t->pen = (Pen) {};
        t->charset = 0;
        memset(t->charsets, CHARSET_ASCII, sizeof t->charsets);
}
