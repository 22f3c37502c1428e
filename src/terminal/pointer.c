/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdio.h>

#include "../base/cleanup.h"
#include "keyboard.h"
#include "pointer.h"

#define OLD_COORDINATE_MAX 223 /* one byte, from 33 on */

static bool is_wanted(const TerminalModes *modes, const PointerEvent *e) {
        if (modes->mouse == TERMINAL_MOUSE_NONE)
                return false;
        if (e->action != POINTER_MOTION)
                return true;
        return modes->mouse == TERMINAL_MOUSE_MOTION ||
               (modes->mouse == TERMINAL_MOUSE_DRAG && e->button != POINTER_NONE);
}

static int modifier_bits(unsigned modifiers) {
        return (modifiers & KEYBOARD_SHIFT ? 4 : 0) | (modifiers & (KEYBOARD_ALT | KEYBOARD_META) ? 8 : 0) |
               (modifiers & KEYBOARD_CONTROL ? 16 : 0);
}

size_t pointer_report(const TerminalModes *modes, const PointerEvent *e, char ret[static POINTER_BYTES_MAX]) {
        int code = e->button | modifier_bits(e->modifiers) | (e->action == POINTER_MOTION ? 32 : 0);

        if (!is_wanted(modes, e))
                return 0;
        if (modes->mouse_sgr)
                return (size_t) snprintf(ret, POINTER_BYTES_MAX, "\033[<%d;%d;%d%c", code, e->column + 1, e->row + 1,
                                         e->action == POINTER_RELEASE ? 'm' : 'M');

        if (e->column >= OLD_COORDINATE_MAX || e->row >= OLD_COORDINATE_MAX)
                return 0;
        if (e->action == POINTER_RELEASE)
                code |= POINTER_NONE;
        return (size_t) snprintf(ret, POINTER_BYTES_MAX, "\033[M%c%c%c", code + 32, e->column + 33, e->row + 33);
}

void pointer_show(LabgateHost *host) {
        static const char shape[] =
                ".......  "
                ".##.##.  "
                "...#...  "
                "  .#.    "
                "  .#.    "
                "  .#.    "
                "  .#.    "
                "  .#.    "
                "  .#.    "
                "  .#.    "
                "  .#.    "
                "  .#.    "
                "  .#.    "
                "...#...  "
                ".##.##.  "
                ".......  ";
        uint32_t pixels[sizeof shape - 1];

        for (size_t i = 0; i < ELEMENTS(pixels); i++)
                pixels[i] = shape[i] == '#' ? 0xff000000u : shape[i] == '.' ? 0xffffffffu : 0;
        host->set_cursor(host, &(LabgateCursor) { .width = 9, .height = 16, .hot_x = 3, .hot_y = 8, .pixels = pixels });
}
