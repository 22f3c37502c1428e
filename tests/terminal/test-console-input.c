/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keys, mouse, selection, paste and prompts, as bytes that go upstream and texts that go to the page. */

#include <errno.h>
#include <stdlib.h>

#include "../../src/base/cleanup.h"
#include "../../src/terminal/keyboard.h"
#include "../../src/terminal/prompt.h"
#include "check.h"
#include "mirror.h"

DEFINE_CLEANUP(Mirror *, mirror_free)

#define SHIFT 0xffe1
#define CONTROL 0xffe3
#define ALT 0xffe9

static Mirror *start(void) {
        Mirror *m = mirror_new(800, 380, NULL); /* 80 x 20 cells of 10 x 19 */

        if (!m)
                test_skip("no DejaVu fonts");
        mirror_frame(m);
        return m;
}

static void press(Mirror *m, uint32_t keysym) {
        console_key(m->console, keysym, true);
        console_key(m->console, keysym, false);
}

static void press_with(Mirror *m, uint32_t modifier, uint32_t keysym) {
        console_key(m->console, modifier, true);
        press(m, keysym);
        console_key(m->console, modifier, false);
}

static void mouse(Mirror *m, int column, int row, unsigned mask) {
        console_mouse(m->console, column * 10 + 5, row * 19 + 9, mask);
}

static void drag(Mirror *m, int column, int row, int to_column, int to_row) {
        mouse(m, column, row, 0);
        mouse(m, column, row, 1);
        mouse(m, to_column, to_row, 1);
        mouse(m, to_column, to_row, 0);
}

static const char *clipboard(Mirror *m) {
        return buffer_size(&m->clipboard) > 0 ? (const char *) buffer_bytes(&m->clipboard) : "";
}

/* ---- keys ---- */

typedef struct KeyRow {
        const char *before;   /* what the program wrote */
        uint32_t modifiers[2];
        uint32_t keysym;
        const char *bytes;
} KeyRow;

static const KeyRow keys[] = {
        { "", {}, 'a', "a" }, { "", {}, 0xe9, "é" }, { "", {}, 0x010020ac, "€" },
        { "", {}, 0x0101f600, "\xf0\x9f\x98\x80" }, { "", {}, 0x0110ffff, "\xf4\x8f\xbf\xbf" },
        { "", {}, 0x01110000, "" }, { "", {}, 0x0100d800, "" }, { "", {}, 0x01000041, "A" },
        { "", {}, 0x0100001b, "" }, { "", { CONTROL }, 'a', "\001" }, { "", { CONTROL }, 'Z', "\032" },
        { "", { CONTROL }, '[', "\033" }, { "", { CONTROL }, '\\', "\034" }, { "", { CONTROL }, ']', "\035" },
        { "", { CONTROL }, '^', "\036" }, { "", { CONTROL }, '_', "\037" }, { "", { CONTROL }, '/', "\037" },
        { "", { CONTROL }, '?', "\177" }, { "", { CONTROL }, '8', "\177" }, { "", { CONTROL }, '3', "\033" },
        { "", { CONTROL }, '1', "1" }, { "", { CONTROL }, 0xe9, "é" }, { "", { ALT }, 'x', "\033x" },
        { "", { ALT, CONTROL }, 'x', "\033\030" }, { "", { 0xffe7 }, 'x', "\033x" },
        { "", { ALT }, 0xe9, "\033é" }, { "", {}, 0xff0d, "\r" }, { "\033[20h", {}, 0xff0d, "\r\n" },
        { "", { ALT }, 0xff0d, "\033\r" }, { "", {}, 0xff8d, "\r" }, { "", {}, 0xff09, "\t" },
        { "", { SHIFT }, 0xff09, "\033[Z" }, { "", {}, 0xfe20, "\033[Z" }, { "", {}, 0xff1b, "\033" },
        { "", {}, 0xff08, "\177" }, { "", { CONTROL }, 0xff08, "\b" }, { "", { ALT }, 0xff08, "\033\177" },
        { "", {}, 0xff52, "\033[A" }, { "", {}, 0xff54, "\033[B" }, { "", {}, 0xff53, "\033[C" },
        { "", {}, 0xff51, "\033[D" }, { "\033[?1h", {}, 0xff52, "\033OA" },
        { "\033[?1h", { CONTROL }, 0xff53, "\033[1;5C" }, { "", { SHIFT }, 0xff52, "\033[1;2A" },
        { "", { ALT }, 0xff52, "\033[1;3A" }, { "", { SHIFT, CONTROL }, 0xff51, "\033[1;6D" },
        { "", { 0xffe7 }, 0xff51, "\033[1;9D" }, { "", { 0xffe4 }, 0xff51, "\033[1;5D" },
        { "", {}, 0xff50, "\033[H" }, { "", {}, 0xff57, "\033[F" }, { "\033[?1h", {}, 0xff50, "\033OH" },
        { "\033[?1h", {}, 0xff57, "\033OF" }, { "", {}, 0xff63, "\033[2~" }, { "", {}, 0xffff, "\033[3~" },
        { "", {}, 0xff55, "\033[5~" }, { "", {}, 0xff56, "\033[6~" }, { "", { CONTROL }, 0xffff, "\033[3;5~" },
        { "", { CONTROL }, 0xff55, "\033[5;5~" }, { "", { SHIFT }, 0xffff, "\033[3;2~" },
        { "", {}, 0xffbe, "\033OP" }, { "", {}, 0xffbf, "\033OQ" }, { "", {}, 0xffc0, "\033OR" },
        { "", {}, 0xffc1, "\033OS" }, { "", { SHIFT }, 0xffbe, "\033[1;2P" }, { "", {}, 0xffc2, "\033[15~" },
        { "", {}, 0xffc3, "\033[17~" }, { "", {}, 0xffc7, "\033[21~" }, { "", {}, 0xffc8, "\033[23~" },
        { "", {}, 0xffc9, "\033[24~" }, { "", {}, 0xffd1, "\033[34~" },
        { "", { CONTROL }, 0xffc2, "\033[15;5~" }, { "", {}, 0xffd2, "" }, { "", {}, 0xffb5, "5" },
        { "", {}, 0xffab, "+" }, { "\033=", {}, 0xffb5, "5" }, { "", {}, 0xff97, "\033[A" },
        { "", {}, 0xff9f, "\033[3~" }, { "", {}, 0xff9d, "\033[E" }, { "", {}, 0xffbd, "=" },
        { "", {}, 0xfe50, "" }, { "", {}, 0xff20, "" }, { "", {}, 0xfe03, "" }, { "", {}, 0xffe5, "" },
        { "", {}, 0, "" }, { "", {}, 0xffffffff, "" }, { "", {}, 0xff00, "" },
};

TEST(keys_send_what_xterm_sends) {
        for (size_t i = 0; i < ELEMENTS(keys); i++) {
                _cleanup_(mirror_freep) Mirror *m = start();
                const char *sent;

                mirror_write(m, keys[i].before);
                for (int j = 0; j < 2; j++)
                        if (keys[i].modifiers[j])
                                console_key(m->console, keys[i].modifiers[j], true);
                press(m, keys[i].keysym);
                sent = mirror_sent(m);
                if (strcmp(sent, keys[i].bytes) != 0)
                        test_fail(__FILE__, __LINE__, "row %zu, keysym %x sends \"%s\"", i, keys[i].keysym, sent);
        }
}

TEST(settings_of_the_keyboard) {
        ConsoleSettings settings = { .font_size = 12, .backspace = 8, .vt100_keys = true };
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 380, &settings);

        if (!m)
                test_skip("no DejaVu fonts");
        press(m, 0xff08);
        press_with(m, CONTROL, 0xff08);
        CHECK_TEXT(mirror_sent(m), "\b\177");
        press(m, 0xffb5);
        mirror_write(m, "\033=");
        press(m, 0xffb5);
        press(m, 0xffaa);
        press(m, 0xff8d);
        CHECK_TEXT(mirror_sent(m), "5\033Ou\033Oj\033OM");
}

TEST(modifiers_are_held_and_let_go) {
        _cleanup_(mirror_freep) Mirror *m = start();

        console_key(m->console, CONTROL, true);
        console_key(m->console, 0xffe4, true);
        console_key(m->console, CONTROL, false);
        press(m, 'a');
        console_key(m->console, 0xffe4, false);
        console_key(m->console, 0xffe4, false);
        press(m, 'a');
        CHECK_TEXT(mirror_sent(m), "\001a");
}

/* ---- mouse reports ---- */

TEST(clicks_are_reported) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "\033[?1000h");
        mouse(m, 3, 4, 1);
        mouse(m, 5, 4, 1);
        mouse(m, 5, 4, 0);
        CHECK_TEXT(mirror_sent(m), "\033[M \x24\x25\033[M#\x26\x25");

        mirror_write(m, "\033[?1006h");
        mouse(m, 3, 4, 4);
        mouse(m, 3, 4, 0);
        mouse(m, 79, 19, 8);
        mouse(m, 79, 19, 0);
        mouse(m, 79, 19, 16);
        CHECK_TEXT(mirror_sent(m), "\033[<2;4;5M\033[<2;4;5m\033[<64;80;20M\033[<65;80;20M");
}

TEST(motion_is_reported_when_asked_for) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "\033[?1002h\033[?1006h");
        mouse(m, 1, 1, 0);
        mouse(m, 2, 1, 0);
        CHECK_TEXT(mirror_sent(m), "");
        mouse(m, 2, 1, 1);
        mouse(m, 3, 1, 1);
        console_mouse(m->console, 36, 20, 1);
        mouse(m, 3, 1, 0);
        CHECK_TEXT(mirror_sent(m), "\033[<0;3;2M\033[<32;4;2M\033[<0;4;2m");
        mirror_write(m, "\033[?1003h");
        mouse(m, 4, 1, 0);
        CHECK_TEXT(mirror_sent(m), "\033[<35;5;2M");
}

TEST(modifiers_are_reported_but_shift_stays_here) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "some text\033[?1000h\033[?1006h");
        console_key(m->console, CONTROL, true);
        console_key(m->console, ALT, true);
        mouse(m, 0, 0, 1);
        mouse(m, 0, 0, 0);
        console_key(m->console, CONTROL, false);
        console_key(m->console, ALT, false);
        CHECK_TEXT(mirror_sent(m), "\033[<24;1;1M\033[<24;1;1m");
        console_key(m->console, SHIFT, true);
        drag(m, 0, 0, 3, 0);
        console_key(m->console, SHIFT, false);
        CHECK_TEXT(mirror_sent(m), "");
        CHECK_TEXT(clipboard(m), "some");
}

TEST(a_press_that_was_reported_is_released) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "\033[?1000h\033[?1006h");
        mouse(m, 0, 0, 1);
        console_key(m->console, SHIFT, true);
        mouse(m, 0, 0, 0);
        CHECK_TEXT(mirror_sent(m), "\033[<0;1;1M\033[<4;1;1m");
}

TEST(old_reports_end_at_their_edge) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(2300, 380, NULL);

        if (!m)
                test_skip("no DejaVu fonts");
        mirror_write(m, "\033[?1000h");
        mouse(m, 222, 0, 1);
        mouse(m, 222, 0, 0);
        CHECK_INT(strlen(mirror_sent(m)), 12);
        mouse(m, 223, 0, 1);
        CHECK_TEXT(mirror_sent(m), "");
}

TEST(positions_are_clamped) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "\033[?1000h\033[?1006h");
        console_mouse(m->console, -100, INT32_MIN, 1);
        console_mouse(m->console, INT32_MAX, INT32_MAX, 0);
        CHECK_TEXT(mirror_sent(m), "\033[<0;1;1M\033[<0;80;20m");
}

/* ---- the wheel and the view ---- */

static void write_lines(Mirror *m, int n) {
        char text[32];

        for (int i = 0; i < n; i++) {
                snprintf(text, sizeof text, "%sline %d", i > 0 ? "\r\n" : "", i);
                mirror_write(m, text);
        }
        mirror_frame(m);
}

static const char *select_row(Mirror *m, int row) {
        drag(m, 0, row, 79, row);
        return clipboard(m);
}

TEST(the_wheel_looks_back) {
        _cleanup_(mirror_freep) Mirror *m = start();

        write_lines(m, 50);
        CHECK_TEXT(select_row(m, 0), "line 30");
        mouse(m, 0, 0, 8);
        mouse(m, 0, 0, 0);
        mirror_frame(m);
        CHECK_TEXT(select_row(m, 0), "line 27");
        mirror_write(m, "\r\nmore\r\nand more");
        mirror_frame(m);
        CHECK_TEXT(select_row(m, 0), "line 27");
        mouse(m, 0, 0, 16);
        mouse(m, 0, 0, 0);
        CHECK_TEXT(select_row(m, 0), "line 30");
        press(m, 'x');
        CHECK_TEXT(select_row(m, 0), "line 32");
        CHECK_TEXT(mirror_sent(m), "x");
}

TEST(pages_back_and_forth) {
        _cleanup_(mirror_freep) Mirror *m = start();

        write_lines(m, 50);
        press_with(m, SHIFT, 0xff55);
        CHECK_TEXT(select_row(m, 0), "line 11");
        press_with(m, SHIFT, 0xff55);
        press_with(m, SHIFT, 0xff55);
        CHECK_TEXT(select_row(m, 0), "line 0");
        press_with(m, SHIFT, 0xff56);
        CHECK_TEXT(select_row(m, 0), "line 19");
        press_with(m, SHIFT, 0xff56);
        CHECK_TEXT(select_row(m, 0), "line 30");
        CHECK_TEXT(mirror_sent(m), "");
}

TEST(the_wheel_moves_in_full_screen_programs) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "\033[?1049h");
        mouse(m, 0, 0, 8);
        mouse(m, 0, 0, 0);
        CHECK_TEXT(mirror_sent(m), "\033[A\033[A\033[A");
        mirror_write(m, "\033[?1h");
        mouse(m, 0, 0, 16);
        CHECK_TEXT(mirror_sent(m), "\033OB\033OB\033OB");
}

/* ---- selection ---- */

TEST(dragging_selects_characters) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "hello world  \r\nsecond line\r\n\r\nlast");
        drag(m, 6, 0, 5, 1);
        CHECK_TEXT(clipboard(m), "world\nsecond");
        drag(m, 5, 1, 6, 0);
        CHECK_TEXT(clipboard(m), "world\nsecond");
        drag(m, 0, 1, 79, 3);
        CHECK_TEXT(clipboard(m), "second line\n\nlast");
}

TEST(a_click_selects_nothing) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "hello");
        drag(m, 0, 0, 4, 0);
        mirror_frame(m);
        m->painted = 0;
        drag(m, 9, 3, 9, 3);
        CHECK_TEXT(clipboard(m), "hello");
        mirror_frame(m);
        CHECK(m->painted > 0);
}

TEST(double_and_triple_clicks) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "see /usr/share/doc-1.txt, or (what)\r\nnext");
        for (int i = 0; i < 2; i++)
                drag(m, 8, 0, 8, 0);
        CHECK_TEXT(clipboard(m), "/usr/share/doc-1.txt");
        drag(m, 8, 0, 8, 0);
        CHECK_TEXT(clipboard(m), "see /usr/share/doc-1.txt, or (what)");
        drag(m, 8, 0, 8, 0);
        for (int i = 0; i < 2; i++)
                drag(m, 31, 0, 31, 0);
        CHECK_TEXT(clipboard(m), "what");
}

TEST(wrapped_rows_are_one_line) {
        _cleanup_(mirror_freep) Mirror *m = start();
        char line[201];

        memset(line, 'a', 200);
        line[200] = 0;
        mirror_write(m, line);
        mirror_write(m, "\r\nb");
        drag(m, 0, 0, 79, 3);
        CHECK_INT(strlen(clipboard(m)), 202);
        for (int i = 0; i < 3; i++)
                drag(m, 5, 1, 5, 1);
        CHECK_TEXT(clipboard(m), line);
        for (int i = 0; i < 2; i++)
                drag(m, 6, 1, 6, 1);
        CHECK_TEXT(clipboard(m), line);
}

TEST(wide_and_combined_characters_stay_whole) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "漢字 e\xcc\x81 \xf0\x9f\x98\x80!");
        drag(m, 1, 0, 2, 0);
        CHECK_TEXT(clipboard(m), "漢字");
        drag(m, 5, 0, 7, 0);
        CHECK_TEXT(clipboard(m), "e\xcc\x81 \xf0\x9f\x98\x80");
}

static bool is_highlighted(Mirror *m, int column, int row) {
        return m->pixels[(size_t) (row * 19) * (size_t) m->host.width + (size_t) column * 10] == 0x999999;
}

TEST(a_selection_stays_with_its_text) {
        _cleanup_(mirror_freep) Mirror *m = start();

        write_lines(m, 20);
        drag(m, 0, 10, 3, 10);
        mirror_frame(m);
        CHECK(is_highlighted(m, 0, 10));
        mirror_write(m, "\r\nnew");
        mirror_frame(m);
        CHECK(!is_highlighted(m, 0, 10));
        CHECK(is_highlighted(m, 0, 9));
        mirror_write(m, "\033[1;1Hx");
        mirror_frame(m);
        CHECK(is_highlighted(m, 0, 9));
        mirror_write(m, "\033[10;2Hx");
        mirror_frame(m);
        CHECK(!is_highlighted(m, 0, 9));
        CHECK_INT(mirror_compare(m), 0);
}

TEST(the_wheel_extends_a_selection) {
        _cleanup_(mirror_freep) Mirror *m = start();

        write_lines(m, 50);
        mouse(m, 79, 1, 0);
        mouse(m, 79, 1, 1);
        mouse(m, 0, 0, 1);
        mouse(m, 0, 0, 9);
        mouse(m, 0, 0, 1);
        mouse(m, 0, 0, 0);
        CHECK_TEXT(clipboard(m), "line 27\nline 28\nline 29\nline 30\nline 31");
}

TEST(copies_are_cut_at_their_limit) {
        _cleanup_(mirror_freep) Mirror *m = start();

        m->host.clipboard_size = 7;
        mirror_write(m, "ab漢字漢字");
        drag(m, 0, 0, 79, 0);
        CHECK_TEXT(clipboard(m), "ab漢");
}

TEST(ctrl_shift_c_copies) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "hello");
        drag(m, 0, 0, 79, 0);
        buffer_clear(&m->clipboard);
        console_key(m->console, SHIFT, true);
        press_with(m, CONTROL, 'C');
        CHECK_TEXT(clipboard(m), "hello");
        CHECK_TEXT(mirror_sent(m), "");
}

/* ---- paste ---- */

static void paste(Mirror *m, const char *text) {
        console_paste(m->console, text, strlen(text));
        mirror_sent(m);
        console_key(m->console, SHIFT, true);
        press_with(m, CONTROL, 'V');
        console_key(m->console, SHIFT, false);
}

TEST(pastes_are_typed) {
        _cleanup_(mirror_freep) Mirror *m = start();

        paste(m, "one\ntwo\r\nthree\rfour\tfive\x1b[31m\x7f\x01漢\xc2\x85");
        CHECK_TEXT(mirror_sent(m), "one\rtwo\rthree\rfour\tfive[31m漢");
        press_with(m, SHIFT, 0xff63);
        CHECK_TEXT(mirror_sent(m), "one\rtwo\rthree\rfour\tfive[31m漢");
        mouse(m, 0, 0, 2);
        CHECK_TEXT(mirror_sent(m), "one\rtwo\rthree\rfour\tfive[31m漢");
}

TEST(brackets_cannot_be_closed_from_within) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "\033[?2004h");
        paste(m, "a\033[201~b\033[200~c\033[20\033[201~1~\033[\n");
        CHECK_TEXT(mirror_sent(m), "\033[200~abc[201~[\r\033[201~");
}

TEST(the_last_selection_pastes_too) {
        _cleanup_(mirror_freep) Mirror *m = start();

        mirror_write(m, "hello");
        drag(m, 0, 0, 79, 0);
        mouse(m, 0, 0, 2);
        CHECK_TEXT(mirror_sent(m), "hello");
}

TEST(pastes_are_limited_and_may_be_forbidden) {
        _cleanup_(mirror_freep) Mirror *m = start();

        m->host.clipboard_size = 4;
        paste(m, "ab漢x");
        CHECK_TEXT(mirror_sent(m), "ab");
        m->host.clipboard_size = 5;
        paste(m, "ab漢x");
        CHECK_TEXT(mirror_sent(m), "ab漢");
        m->host.disable_paste = true;
        paste(m, "no");
        CHECK_TEXT(mirror_sent(m), "ab漢");
}

/* ---- prompts ---- */

static char answered[PROMPT_ANSWER_MAX + 16];
static size_t answered_size;

static void on_answer(void *userdata, const char *answer, size_t size) {
        snprintf(answered, sizeof answered, "%s", answer ?: "(none)");
        answered_size = size;
}

static void type(Mirror *m, const char *text) {
        for (; *text; text++)
                press(m, (uint8_t) *text);
}

static const char *row_text(Mirror *m, int row) {
        buffer_clear(&m->clipboard);
        return select_row(m, row);
}

TEST(a_prompt_takes_a_line) {
        _cleanup_(mirror_freep) Mirror *m = start();

        answered[0] = 0;
        CHECK_INT(console_prompt(m->console, "login as: ", false, on_answer, NULL), 0);
        CHECK_INT(console_prompt(m->console, "again", false, on_answer, NULL), -EBUSY);
        type(m, "rooot");
        press(m, 0xff08);
        press(m, 0xff08);
        type(m, "t");
        CHECK_TEXT(row_text(m, 0), "login as: root");
        CHECK_TEXT(answered, "");
        press(m, 0xff0d);
        CHECK_TEXT(answered, "root");
        CHECK_TEXT(mirror_sent(m), "");
        type(m, "x");
        CHECK_TEXT(mirror_sent(m), "x");
}

TEST(secrets_are_not_shown) {
        _cleanup_(mirror_freep) Mirror *m = start();

        CHECK_INT(console_prompt(m->console, "Password: ", true, on_answer, NULL), 0);
        type(m, "secret");
        press_with(m, CONTROL, 'u');
        type(m, "pass");
        press(m, 0x010020ac);
        press(m, 0xff08);
        paste(m, "word\nrest");
        CHECK_TEXT(answered, "password");
        CHECK_TEXT(row_text(m, 0), "Password:");
        CHECK_TEXT(row_text(m, 1), "");
}

TEST(a_prompt_can_be_refused) {
        _cleanup_(mirror_freep) Mirror *m = start();

        CHECK_INT(console_prompt(m->console, "? ", false, on_answer, NULL), 0);
        press_with(m, CONTROL, 'd');
        CHECK_TEXT(answered, "(none)");
        CHECK_INT(console_prompt(m->console, "? ", false, on_answer, NULL), 0);
        type(m, "a");
        answered[0] = 0;
        press_with(m, CONTROL, 'd');
        CHECK_TEXT(answered, "");
        press_with(m, CONTROL, 'c');
        CHECK_TEXT(answered, "(none)");
}

TEST(a_long_answer_wraps_and_unwraps) {
        _cleanup_(mirror_freep) Mirror *m = start();

        CHECK_INT(console_prompt(m->console, "text\n: ", false, on_answer, NULL), 0);
        for (int i = 0; i < 77; i++)
                type(m, "a");
        press(m, 0x01006f22); /* two columns do not fit into one */
        for (int i = 0; i < 100; i++)
                type(m, "b");
        for (int i = 0; i < 102; i++)
                press(m, 0xff08);
        type(m, "c");
        CHECK_INT(strlen(row_text(m, 1)), 2 + 76 + 1);
        CHECK_TEXT(row_text(m, 2), "");
        press(m, 0xff0d);
        CHECK_INT(answered_size, 77);
}

TEST(answers_end_at_their_limit) {
        _cleanup_(mirror_freep) Mirror *m = start();

        CHECK_INT(console_prompt(m->console, "", true, on_answer, NULL), 0);
        for (int i = 0; i < PROMPT_ANSWER_MAX + 5; i++)
                type(m, "a");
        press(m, 0xff0d);
        CHECK_INT(answered_size, PROMPT_ANSWER_MAX);
}

static void ask_again(void *userdata, const char *answer, size_t size) {
        Mirror *m = userdata;

        CHECK_INT(console_prompt(m->console, "second: ", false, on_answer, NULL), 0);
}

TEST(an_answer_may_ask_again) {
        _cleanup_(mirror_freep) Mirror *m = start();

        CHECK_INT(console_prompt(m->console, "first: ", false, ask_again, m), 0);
        type(m, "1");
        press(m, 0xff0d);
        type(m, "2");
        press(m, 0xff0d);
        CHECK_TEXT(answered, "2");
}

TEST(prompts_carry_no_control_sequences) {
        _cleanup_(mirror_freep) Mirror *m = start();

        CHECK_INT(console_prompt(m->console, "\033]0;evil\007\033[2Jask\xff ", false, on_answer, NULL), 0);
        CHECK_INT(buffer_size(&m->title), 0);
        CHECK_TEXT(row_text(m, 0), "]0;evil[2Jask\xef\xbf\xbd");
}
