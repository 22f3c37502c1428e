/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs of a terminal, one row each, with xterm's meanings. What is not in a table is ignored. */

#include <string.h>

#include "../base/cleanup.h"
#include "cursor.h"
#include "edit.h"
#include "mode.h"
#include "osc.h"
#include "print.h"
#include "reply.h"
#include "sequence.h"
#include "sgr.h"

typedef const ParserParameters *Parameters;

static void csi_ich(Terminal *t, Parameters p) {
        cursor_restrict(t, t->columns - 1);
        edit_shift(t, t->screen->y, t->screen->x, parser_count(p, 0));
}

static void csi_dch(Terminal *t, Parameters p) {
        cursor_restrict(t, t->columns - 1);
        edit_shift(t, t->screen->y, t->screen->x, -parser_count(p, 0));
}

static void csi_ech(Terminal *t, Parameters p) {
        cursor_restrict(t, t->columns - 1);
        edit_erase(t, t->screen->y, t->screen->x, t->screen->x + parser_count(p, 0), false);
}

static void csi_sl(Terminal *t, Parameters p) {
        edit_columns(t, 0, -parser_count(p, 0));
}

static void csi_sr(Terminal *t, Parameters p) {
        edit_columns(t, 0, parser_count(p, 0));
}

static void csi_decic(Terminal *t, Parameters p) {
        edit_columns(t, MIN(t->screen->x, t->columns - 1), parser_count(p, 0));
}

static void csi_decdc(Terminal *t, Parameters p) {
        edit_columns(t, MIN(t->screen->x, t->columns - 1), -parser_count(p, 0));
}

static void csi_cuu(Terminal *t, Parameters p) {
        cursor_up(t, parser_count(p, 0));
}

static void csi_cud(Terminal *t, Parameters p) {
        cursor_down(t, parser_count(p, 0));
}

static void csi_cuf(Terminal *t, Parameters p) {
        cursor_move(t, parser_count(p, 0), 0);
}

static void csi_cub(Terminal *t, Parameters p) {
        cursor_move(t, -parser_count(p, 0), 0);
}

static void csi_cnl(Terminal *t, Parameters p) {
        cursor_down(t, parser_count(p, 0));
        t->screen->x = 0;
}

static void csi_cpl(Terminal *t, Parameters p) {
        cursor_up(t, parser_count(p, 0));
        t->screen->x = 0;
}

/* The row as cursor_set() counts it. */
static int row_of_cursor(const Terminal *t) {
        return t->screen->y - (t->origin ? t->screen->top : 0);
}

static void csi_cha(Terminal *t, Parameters p) {
        cursor_set(t, parser_count(p, 0) - 1, row_of_cursor(t));
}

static void csi_cup(Terminal *t, Parameters p) {
        cursor_set(t, parser_count(p, 1) - 1, parser_count(p, 0) - 1);
}

static void csi_vpa(Terminal *t, Parameters p) {
        cursor_set(t, t->screen->x, parser_count(p, 0) - 1);
}

static void csi_vpr(Terminal *t, Parameters p) {
        cursor_move(t, 0, parser_count(p, 0));
}

static void csi_cht(Terminal *t, Parameters p) {
        cursor_tab(t, parser_count(p, 0));
}

static void csi_cbt(Terminal *t, Parameters p) {
        cursor_back_tab(t, parser_count(p, 0));
}

static void csi_tbc(Terminal *t, Parameters p) {
        if (parser_value(p, 0) == 0)
                cursor_tab_set(t, false);
        else if (parser_value(p, 0) == 3)
                cursor_tabs_clear(t->screen);
}

static void csi_ed(Terminal *t, Parameters p) {
        edit_display(t, parser_value(p, 0));
}

static void csi_el(Terminal *t, Parameters p) {
        edit_line(t, parser_value(p, 0));
}

static void csi_il(Terminal *t, Parameters p) {
        edit_rows(t, -parser_count(p, 0));
}

static void csi_dl(Terminal *t, Parameters p) {
        edit_rows(t, parser_count(p, 0));
}

static void csi_su(Terminal *t, Parameters p) {
        grid_rotate(&t->screen->grid, t->screen->top, t->screen->bottom, parser_count(p, 0), pen_erase(t));
}

static void csi_sd(Terminal *t, Parameters p) {
        grid_rotate(&t->screen->grid, t->screen->top, t->screen->bottom, -parser_count(p, 0), pen_erase(t));
}

static void csi_rep(Terminal *t, Parameters p) {
        print_repeat(t, parser_count(p, 0));
}

static void csi_da1(Terminal *t, Parameters p) {
        if (parser_value(p, 0) == 0)
                reply_send(t, REPLY_PRIMARY, 0, 0);
}

static void csi_da2(Terminal *t, Parameters p) {
        if (parser_value(p, 0) == 0)
                reply_send(t, REPLY_SECONDARY, 0, 0);
}

static void report_position(const Terminal *t, ReplyForm form) {
        reply_send(t, form, (unsigned) row_of_cursor(t) + 1, (unsigned) MIN(t->screen->x, t->columns - 1) + 1);
}

static void csi_dsr(Terminal *t, Parameters p) {
        if (parser_value(p, 0) == 5)
                reply_send(t, REPLY_OK, 0, 0);
        else if (parser_value(p, 0) == 6)
                report_position(t, REPLY_POSITION);
}

static void csi_private_dsr(Terminal *t, Parameters p) {
        if (parser_value(p, 0) == 6)
                report_position(t, REPLY_EXTENDED_POSITION);
}

static void change_modes(Terminal *t, Parameters p, bool private, bool set) {
        for (unsigned i = 0; i < p->count; i++)
                mode_change(t, private, p->values[i], set);
}

static void csi_sm(Terminal *t, Parameters p) {
        change_modes(t, p, false, true);
}

static void csi_rm(Terminal *t, Parameters p) {
        change_modes(t, p, false, false);
}

static void csi_decset(Terminal *t, Parameters p) {
        change_modes(t, p, true, true);
}

static void csi_decrst(Terminal *t, Parameters p) {
        change_modes(t, p, true, false);
}

static void csi_decrqm(Terminal *t, Parameters p) {
        mode_report(t, false, parser_value(p, 0));
}

static void csi_private_decrqm(Terminal *t, Parameters p) {
        mode_report(t, true, parser_value(p, 0));
}

static void csi_sgr(Terminal *t, Parameters p) {
        sgr_apply(&t->pen, p);
}

static void csi_decstbm(Terminal *t, Parameters p) {
        int top = parser_count(p, 0), bottom = parser_value(p, 1);

        if (bottom == 0 || bottom > t->rows)
                bottom = t->rows;
        if (bottom <= top)
                return;

        t->screen->top = top - 1;
        t->screen->bottom = bottom - 1;
        cursor_set(t, 0, 0);
}

static void csi_save(Terminal *t, Parameters p) {
        cursor_save(t);
}

static void csi_restore(Terminal *t, Parameters p) {
        cursor_restore(t);
}

static void csi_decscusr(Terminal *t, Parameters p) {
        static const TerminalCursorShape shapes[] = {
                TERMINAL_CURSOR_BLOCK, TERMINAL_CURSOR_BLOCK, TERMINAL_CURSOR_BLOCK, TERMINAL_CURSOR_UNDERLINE,
                TERMINAL_CURSOR_UNDERLINE, TERMINAL_CURSOR_BAR, TERMINAL_CURSOR_BAR,
        };
        int style = parser_value(p, 0);

        if (style >= (int) ELEMENTS(shapes))
                return;

        t->look.shape = shapes[style];
        t->look.blink = style % 2 == 1;
}

static void csi_decstr(Terminal *t, Parameters p) {
        TerminalModes before = t->modes;

        mode_reset(t);
        t->modes.newline = before.newline;
        t->modes.inverse = before.inverse;
        t->modes.mouse = before.mouse;
        t->modes.mouse_sgr = before.mouse_sgr;
        t->modes.alternate_scroll = before.alternate_scroll;
        t->screen->top = 0;
        t->screen->bottom = t->rows - 1;
        t->screen->saved = (SavedCursor) {};
}

/* Without prefix and intermediates, by final byte from '@'. */
static void (*const plain[])(Terminal *t, Parameters p) = {
        ['@' - '@'] = csi_ich,  ['A' - '@'] = csi_cuu,  ['B' - '@'] = csi_cud,     ['C' - '@'] = csi_cuf,
        ['D' - '@'] = csi_cub,  ['E' - '@'] = csi_cnl,  ['F' - '@'] = csi_cpl,     ['G' - '@'] = csi_cha,
        ['H' - '@'] = csi_cup,  ['I' - '@'] = csi_cht,  ['J' - '@'] = csi_ed,      ['K' - '@'] = csi_el,
        ['L' - '@'] = csi_il,   ['M' - '@'] = csi_dl,   ['P' - '@'] = csi_dch,     ['S' - '@'] = csi_su,
        ['T' - '@'] = csi_sd,   ['X' - '@'] = csi_ech,  ['Z' - '@'] = csi_cbt,     ['`' - '@'] = csi_cha,
        ['a' - '@'] = csi_cuf,  ['b' - '@'] = csi_rep,  ['c' - '@'] = csi_da1,     ['d' - '@'] = csi_vpa,
        ['e' - '@'] = csi_vpr,  ['f' - '@'] = csi_cup,  ['g' - '@'] = csi_tbc,     ['h' - '@'] = csi_sm,
        ['l' - '@'] = csi_rm,   ['m' - '@'] = csi_sgr,  ['n' - '@'] = csi_dsr,     ['r' - '@'] = csi_decstbm,
        ['s' - '@'] = csi_save, ['u' - '@'] = csi_restore,
};

static const struct {
        uint32_t key;
        void (*run)(Terminal *t, Parameters p);
} others[] = {
        { PARSER_KEY('?', 'h'),        csi_decset },
        { PARSER_KEY('?', 'l'),        csi_decrst },
        { PARSER_KEY('?', 'J'),        csi_ed },
        { PARSER_KEY('?', 'K'),        csi_el },
        { PARSER_KEY('?', 'n'),        csi_private_dsr },
        { PARSER_KEY('>', 'c'),        csi_da2 },
        { PARSER_KEY('!', 'p'),        csi_decstr },
        { PARSER_KEY('$', 'p'),        csi_decrqm },
        { PARSER_KEY2('?', '$', 'p'),  csi_private_decrqm },
        { PARSER_KEY(' ', 'q'),        csi_decscusr },
        { PARSER_KEY(' ', '@'),        csi_sl },
        { PARSER_KEY(' ', 'A'),        csi_sr },
        { PARSER_KEY('\'', '}'),       csi_decic },
        { PARSER_KEY('\'', '~'),       csi_decdc },
};

static void run_control(void *userdata, uint32_t key, Parameters p) {
        Terminal *t = userdata;

        if (key >= '@' && key - '@' < ELEMENTS(plain)) {
                if (plain[key - '@'])
                        plain[key - '@'](t, p);
        } else
                for (size_t i = 0; i < ELEMENTS(others); i++)
                        if (others[i].key == key)
                                others[i].run(t, p);

        t->last_width = 0;
}

static void run_bell(Terminal *t) {
        if (t->hooks.bell)
                t->hooks.bell(t->userdata);
}

static void carriage_return(Terminal *t) {
        t->screen->x = 0;
}

static void shift_out(Terminal *t) {
        t->charset = 1;
}

static void shift_in(Terminal *t) {
        t->charset = 0;
}

static void shift_two(Terminal *t) {
        t->charset = 2;
}

static void shift_three(Terminal *t) {
        t->charset = 3;
}

static void tab(Terminal *t) {
        cursor_tab(t, 1);
}

static void tab_set(Terminal *t) {
        cursor_tab_set(t, true);
}

static void next_line(Terminal *t) {
        t->screen->x = 0;
        cursor_index(t);
}

static void keypad_application(Terminal *t) {
        t->modes.application_keypad = true;
}

static void keypad_numeric(Terminal *t) {
        t->modes.application_keypad = false;
}

static void charset_default(Terminal *t) {
        t->charset = 0;
        t->charsets[0] = CHARSET_ASCII;
}

/* C0 and C1 */
static void (*const controls[256])(Terminal *t) = {
        [0x07] = run_bell,         [0x08] = cursor_backspace, [0x09] = tab,       [0x0a] = cursor_line_feed,
        [0x0b] = cursor_line_feed, [0x0c] = cursor_line_feed, [0x0d] = carriage_return,
        [0x0e] = shift_out,        [0x0f] = shift_in,
        [0x84] = cursor_index,     [0x85] = next_line,        [0x88] = tab_set,
};

static void run_execute(void *userdata, uint8_t code) {
        Terminal *t = userdata;

        if (controls[code])
                controls[code](t);
        t->last_width = 0;
}

static const struct {
        uint32_t key;
        void (*run)(Terminal *t);
} escapes[] = {
        { '7',                   cursor_save },
        { '8',                   cursor_restore },
        { 'D',                   cursor_index },
        { 'E',                   next_line },
        { 'H',                   tab_set },
        { 'M',                   cursor_reverse_index },
        { '=',                   keypad_application },
        { '>',                   keypad_numeric },
        { 'c',                   sequence_reset },
        { 'n',                   shift_two },
        { 'o',                   shift_three },
        { PARSER_KEY('#', '8'),  edit_align },
        { PARSER_KEY('%', '@'),  charset_default },
        { PARSER_KEY('%', 'G'),  charset_default },
};

/* ESC ( ) * + designate G0 to G3; ESC - . G1 and G2 with 96 characters. False if it is none of them. */
static bool designate(Terminal *t, uint32_t key) {
        static const char sets[] = { '(', ')', '*', '+', '-', '.' };
        static const uint8_t targets[] = { 0, 1, 2, 3, 1, 2 };

        for (size_t i = 0; i < ELEMENTS(sets); i++)
                if (key >> 8 == (uint32_t) sets[i]) {
                        t->charsets[targets[i]] = (uint8_t) charset_by_final((uint8_t) key);
                        return true;
                }

        return false;
}

static void run_escape(void *userdata, uint32_t key) {
        Terminal *t = userdata;

        if (!designate(t, key))
                for (size_t i = 0; i < ELEMENTS(escapes); i++)
                        if (escapes[i].key == key)
                                escapes[i].run(t);

        t->last_width = 0;
}

static void run_string(void *userdata, const char *text, size_t size) {
        Terminal *t = userdata;

        if (text)
                osc_run(t, text, size);
        t->last_width = 0;
}

static void run_text(void *userdata, const uint8_t *bytes, size_t size) {
        print_text(userdata, bytes, size);
}

static void run_character(void *userdata, uint32_t code_point) {
        print_character(userdata, code_point);
}

const ParserSink sequence_sink = {
        .text = run_text,
        .character = run_character,
        .execute = run_execute,
        .escape = run_escape,
        .control = run_control,
        .string = run_string,
};

void sequence_reset(Terminal *t) {
        Screen *s = &t->main;

        parser_reset(&t->parser);
        mode_show_main(t);
        mode_reset(t);
        osc_forget_colours(t);
        grid_forget(&s->grid);
        for (int y = 0; y < t->rows; y++)
                grid_blank(&s->grid, y, 0);
        s->x = s->y = s->top = 0;
        s->bottom = t->rows - 1;
        s->saved = t->alternate.saved = (SavedCursor) {};
        cursor_tabs_clear(s);
        cursor_tabs_extend(s, 0, t->columns);
        t->last_width = 0;
}
