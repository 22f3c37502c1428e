/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The terminal at its limits, and what has hung or crashed others. */

#include <malloc.h>
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>

#include "../../src/base/buffer.h"
#include "../../src/base/utf8.h"
#include "../../src/terminal/terminal.h"
#include "check.h"

typedef struct Heard {
        Buffer replies, title, clipboard;
        unsigned bells;
} Heard;

static void hear(Buffer *b, const char *bytes, size_t size) {
        buffer_clear(b);
        CHECK(buffer_append(b, bytes, size) == 0);
}

static void on_reply(void *userdata, const char *bytes, size_t size) {
        CHECK(buffer_append(&((Heard *) userdata)->replies, bytes, size) == 0);
}

static void on_title(void *userdata, const char *text, size_t size) {
        hear(&((Heard *) userdata)->title, text, size);
}

static void on_clipboard(void *userdata, const char *text, size_t size) {
        hear(&((Heard *) userdata)->clipboard, text, size);
}

static void on_bell(void *userdata) {
        ((Heard *) userdata)->bells++;
}

static const TerminalHooks hooks = { .reply = on_reply, .title = on_title, .clipboard = on_clipboard, .bell = on_bell };

static Terminal *open_terminal(int columns, int rows, size_t scrollback, Heard *heard) {
        TerminalConfig config = {
                .columns = columns, .rows = rows, .scrollback_rows = scrollback, .allow_clipboard = heard != NULL,
                .hooks = heard ? &hooks : NULL, .userdata = heard,
        };
        Terminal *t = NULL;

        CHECK_INT(terminal_new(&t, &config), 0);
        return t;
}

static void put(Terminal *t, const char *text) {
        CHECK_INT(terminal_write(t, text, strlen(text)), 0);
}

/* The text of a line, blanks as dots, right halves left out. Valid until the next call. */
static const char *line_text(const Terminal *t, int line) {
        static char text[TERMINAL_COLUMNS_MAX * 8];
        TerminalRow row = terminal_row(t, line);
        size_t n = 0;

        for (int x = 0; x < terminal_columns(t) && n < sizeof text - 40; x++) {
                uint32_t code_points[TERMINAL_CLUSTER_MAX];
                size_t count = terminal_cluster(t, &row.cells[x], code_points);

                for (size_t i = 0; i < count; i++)
                        n += utf8_encode(code_points[i], text + n);
                if (count == 0 && !(row.cells[x].glyph & CELL_SPACER))
                        text[n++] = '.';
        }
        text[n] = 0;
        return text;
}

static void check_cursor(const Terminal *t, int row, int column) {
        CHECK_INT(terminal_cursor(t).row, row);
        CHECK_INT(terminal_cursor(t).column, column);
}

TEST(sizes_are_clamped) {
        Terminal *t = open_terminal(0, -5, 0, NULL);

        CHECK_INT(terminal_columns(t), 1);
        CHECK_INT(terminal_rows(t), 1);
        CHECK_INT(terminal_resize(t, TERMINAL_COLUMNS_MAX + 1, TERMINAL_ROWS_MAX + 1), 0);
        CHECK_INT(terminal_columns(t), TERMINAL_COLUMNS_MAX);
        CHECK_INT(terminal_rows(t), TERMINAL_ROWS_MAX);
        put(t, "\033[9999;9999Hx");
        check_cursor(t, TERMINAL_ROWS_MAX - 1, TERMINAL_COLUMNS_MAX - 1);
        terminal_free(t);
}

TEST(repeat_without_a_character_does_nothing) {
        Terminal *t = open_terminal(10, 2, 0, NULL);

        put(t, "\033[5b");
        check_cursor(t, 0, 0);
        put(t, "x\033[3b");
        CHECK_TEXT(line_text(t, 0), "xxxx......");
        put(t, "\033[3b");
        CHECK_TEXT(line_text(t, 0), "xxxx......");
        terminal_free(t);
}

TEST(repeat_of_wide_and_combined_characters) {
        Terminal *t = open_terminal(10, 2, 0, NULL);

        put(t, "中\033[2b");
        CHECK_TEXT(line_text(t, 0), "中中中....");
        put(t, "\r\ne\u0301\033[2b");
        CHECK_TEXT(line_text(t, 1), "e\u0301e\u0301e\u0301.......");
        terminal_free(t);
}

TEST(huge_numbers_end) {
        static const char finals[] = "@ABCDEFGHIJKLMPSTXZ`abdefghlmnrstu";
        Terminal *t = open_terminal(200, 50, 1000, NULL);
        char text[80];

        for (size_t i = 0; finals[i]; i++) {
                snprintf(text, sizeof text, "x\033[1000000000;4294967296;99999999999999999999%c", finals[i]);
                put(t, text);
        }
        terminal_free(t);
}

TEST(more_parameters_than_there_is_room_for) {
        Terminal *t = open_terminal(10, 2, 0, NULL);
        Buffer b = {};

        CHECK(buffer_append_text(&b, "\033[") == 0);
        for (int i = 0; i < TERMINAL_PARAMETERS_MAX; i++)
                CHECK(buffer_append_text(&b, "0;") == 0);
        CHECK(buffer_append_text(&b, "1mx\033[") == 0);
        for (int i = 0; i < TERMINAL_PARAMETERS_MAX - 1; i++)
                CHECK(buffer_append_text(&b, "0;") == 0);
        CHECK(buffer_append_text(&b, "1mx\033[0;4") == 0);
        for (int i = 0; i < TERMINAL_PARAMETERS_MAX + 5; i++)
                CHECK(buffer_append_text(&b, ":9") == 0);
        CHECK(buffer_append_text(&b, "mx") == 0);
        CHECK_INT(terminal_write(t, buffer_bytes(&b), buffer_size(&b)), 0);
        CHECK_INT(cell_attributes(&terminal_row(t, 0).cells[0]), 0);
        CHECK_INT(cell_attributes(&terminal_row(t, 0).cells[1]), CELL_BOLD);
        CHECK_INT(cell_attributes(&terminal_row(t, 0).cells[2]), CELL_UNDERLINE);
        buffer_done(&b);
        terminal_free(t);
}

TEST(reversed_and_empty_regions_are_ignored) {
        Terminal *t = open_terminal(5, 5, 0, NULL);

        put(t, "\033[4;2r\033[3;3r\033[9;9r1\r\n2\r\n3\r\n4\r\n5\r\n6");
        CHECK_TEXT(line_text(t, 0), "2....");
        CHECK_TEXT(line_text(t, 4), "6....");
        terminal_free(t);
}

TEST(wide_characters_in_one_column) {
        Terminal *t = open_terminal(1, 2, 5, NULL);

        put(t, "中\033[5b🙂e\u0301\033[4h中\033[?7l文");
        CHECK_TEXT(line_text(t, 1), "\ufffd");
        terminal_free(t);
}

TEST(a_sequence_survives_a_resize) {
        Terminal *t = open_terminal(10, 3, 5, NULL);

        put(t, "\033[3");
        CHECK_INT(terminal_resize(t, 1, 1), 0);
        put(t, "1m\xe4\xb8");
        CHECK_INT(terminal_resize(t, 8, 2), 0);
        put(t, "\xad");
        CHECK_TEXT(line_text(t, 0), "中......");
        CHECK_INT(terminal_row(t, 0).cells[0].foreground, colour_make(COLOUR_INDEXED, 1));
        terminal_free(t);
}

TEST(half_characters_do_not_stand_alone) {
        Terminal *t = open_terminal(6, 2, 0, NULL);

        put(t, "中文\033[2Gx");
        CHECK_TEXT(line_text(t, 0), ".x文..");
        put(t, "\033[3Gy");
        CHECK_TEXT(line_text(t, 0), ".xy...");
        put(t, "\r\n中文\033[2G\033[P");
        CHECK_TEXT(line_text(t, 1), ".文...");
        terminal_free(t);
}

TEST(halves_of_two_characters_make_no_whole_one) {
        Terminal *t = open_terminal(8, 2, 0, NULL);

        put(t, "a中文b\033[3G\033[2P");
        CHECK_TEXT(line_text(t, 0), "a..b....");
        terminal_free(t);
}

TEST(widths) {
        Terminal *t = open_terminal(20, 2, 0, NULL);

        /* Emoji and CJK; U+FE0F and ZWJ combine; a family is its members side by side. */
        put(t, "🙂中\u2764\ufe0f👩\u200d🚀e\u0301\u0600.");
        check_cursor(t, 0, 12);
        CHECK_TEXT(line_text(t, 0), "🙂中\u2764\ufe0f👩\u200d🚀e\u0301\u0600.........");
        terminal_free(t);
}

TEST(pending_wrap) {
        Terminal *t = open_terminal(5, 3, 0, NULL);

        put(t, "12345");
        check_cursor(t, 0, 4);
        put(t, "6");
        check_cursor(t, 1, 1);
        CHECK(terminal_row(t, 0).wrapped);
        CHECK(!terminal_row(t, 1).wrapped);
        put(t, "\033[1;5Hx\rab");
        CHECK_TEXT(line_text(t, 0), "ab34x");
        terminal_free(t);
}

TEST(clusters_take_so_many_and_no_more) {
        Terminal *t = open_terminal(5, 1, 0, NULL);
        uint32_t text[TERMINAL_CLUSTER_MAX];

        put(t, "a");
        for (int i = 0; i < TERMINAL_CLUSTER_MAX - 1; i++)
                put(t, "\u0301");
        CHECK_INT(terminal_cluster(t, &terminal_row(t, 0).cells[0], text), TERMINAL_CLUSTER_MAX);
        put(t, "\u0308");
        CHECK_INT(terminal_cluster(t, &terminal_row(t, 0).cells[0], text), TERMINAL_CLUSTER_MAX);
        CHECK_INT(text[TERMINAL_CLUSTER_MAX - 1], 0x301);
        terminal_free(t);
}

/* A letter and two marks, every number another combination. */
static void put_cluster(Terminal *t, unsigned i) {
        char text[16];
        size_t n = 0;

        n += utf8_encode(0x4e00 + i % 20000, text);
        n += utf8_encode(0x300 + i / 20000 % 100, text + n);
        CHECK_INT(terminal_write(t, text, n), 0);
}

TEST(clusters_are_recycled) {
        Terminal *t = open_terminal(20, 5, 0, NULL);
        uint32_t text[TERMINAL_CLUSTER_MAX];

        for (unsigned i = 0; i < TERMINAL_CLUSTERS_MAX + 20000; i++)
                put_cluster(t, i);
        put(t, "\033[H\033[2Ja\u0302");
        CHECK_INT(terminal_cluster(t, &terminal_row(t, 0).cells[0], text), 2);
        CHECK_INT(text[1], 0x302);
        terminal_free(t);
}

TEST(clusters_that_all_are_seen_leave_no_room) {
        Terminal *t = open_terminal(1000, 100, 200, NULL);
        uint32_t text[TERMINAL_CLUSTER_MAX];

        for (unsigned i = 0; i < TERMINAL_CLUSTERS_MAX + 30000; i++)
                put_cluster(t, i);
        put(t, "\r\na\u0302");
        CHECK_INT(terminal_cluster(t, &terminal_row(t, terminal_cursor(t).row).cells[0], text), 1);
        terminal_free(t);
}

TEST(scrollback_is_bounded_in_rows) {
        Terminal *t = open_terminal(10, 2, 3, NULL);

        put(t, "1\r\n2\r\n3\r\n4\r\n5");
        CHECK_INT(terminal_scrollback(t), 3);
        CHECK_TEXT(line_text(t, -3), "1.........");
        put(t, "\r\n6");
        CHECK_INT(terminal_scrollback(t), 3);
        CHECK_TEXT(line_text(t, -3), "2.........");
        CHECK_INT(terminal_scrolled_total(t), 4);
        CHECK_INT(terminal_row(t, -4).version, 0);
        terminal_free(t);
}

TEST(scrollback_is_bounded_in_bytes) {
        Terminal *t = open_terminal(TERMINAL_COLUMNS_MAX, 2, TERMINAL_SCROLLBACK_ROWS_MAX, NULL);
        size_t row = TERMINAL_COLUMNS_MAX * sizeof(Cell);
        Buffer b = {};

        CHECK(buffer_append_text(&b, "\033[44m") == 0);
        for (size_t i = 0; i < TERMINAL_SCROLLBACK_BYTES_MAX / row + 10; i++)
                CHECK(buffer_append_text(&b, "x\n") == 0);
        CHECK_INT(terminal_write(t, buffer_bytes(&b), buffer_size(&b)), 0);
        CHECK((size_t) terminal_scrollback(t) * row <= TERMINAL_SCROLLBACK_BYTES_MAX);
        CHECK((size_t) terminal_scrollback(t) * row > TERMINAL_SCROLLBACK_BYTES_MAX * 9ull / 10);
        buffer_done(&b);
        terminal_free(t);
}

TEST(blank_rows_cost_nearly_nothing) {
        struct mallinfo2 before = mallinfo2(), after;
        Terminal *t = open_terminal(200, 50, 10000, NULL);

        after = mallinfo2();
        CHECK(after.uordblks - before.uordblks < 32 * 1024);
        for (int i = 0; i < 10000; i++)
                put(t, "\n");
        after = mallinfo2();
        CHECK_INT(terminal_scrollback(t), 10000 - 49);
        CHECK(after.uordblks - before.uordblks < 600 * 1024);
        terminal_free(t);
}

TEST(versions_travel_with_their_rows) {
        Terminal *t = open_terminal(10, 4, 10, NULL);
        uint64_t second, generation;

        put(t, "1\r\n2\r\n3\r\n4");
        second = terminal_row(t, 1).version;
        generation = terminal_generation(t);
        put(t, "\r\n");
        CHECK_INT(terminal_row(t, 0).version, second);
        CHECK(terminal_generation(t) > generation);
        put(t, "\033[1;3r\033[T");
        CHECK_INT(terminal_row(t, 1).version, second);
        put(t, "\033[r\033[2;1Hx");
        CHECK(terminal_row(t, 1).version != second);
        generation = terminal_generation(t);
        put(t, "");
        CHECK_INT(terminal_generation(t), generation);
        put(t, "\033[?25l");
        CHECK(terminal_generation(t) > generation);
        terminal_free(t);
}

TEST(reflow_keeps_text_and_cursor) {
        Terminal *t = open_terminal(10, 3, 20, NULL);

        put(t, "0123456789abcdefghij\r\n$ ls");
        CHECK_INT(terminal_resize(t, 5, 3), 0);
        CHECK_TEXT(line_text(t, -2), "01234");
        CHECK_TEXT(line_text(t, 1), "fghij");
        CHECK_TEXT(line_text(t, 2), "$ ls.");
        check_cursor(t, 2, 4);
        CHECK_INT(terminal_resize(t, 40, 3), 0);
        CHECK_TEXT(line_text(t, 0), "0123456789abcdefghij....................");
        CHECK_TEXT(line_text(t, 1), "$ ls....................................");
        check_cursor(t, 1, 4);
        terminal_free(t);
}

TEST(reflow_of_wide_characters) {
        Terminal *t = open_terminal(6, 3, 20, NULL);

        put(t, "中文字符");
        CHECK_INT(terminal_resize(t, 5, 3), 0);
        CHECK_TEXT(line_text(t, 0), "中文.");
        CHECK_TEXT(line_text(t, 1), "字符.");
        CHECK_INT(terminal_resize(t, 10, 3), 0);
        CHECK_TEXT(line_text(t, 0), "中文字符..");
        CHECK_INT(terminal_resize(t, 1, 3), 0);
        CHECK_TEXT(line_text(t, 2), "\ufffd");
        terminal_free(t);
}

TEST(a_narrow_screen_after_a_wide_one_stays_in_bounds) {
        Terminal *t = open_terminal(TERMINAL_COLUMNS_MAX, 20, 50, NULL);
        Buffer b = {};

        for (int i = 0; i < 100 * TERMINAL_COLUMNS_MAX; i++)
                CHECK(buffer_append_text(&b, "x") == 0);
        CHECK_INT(terminal_write(t, buffer_bytes(&b), buffer_size(&b)), 0);
        CHECK_INT(terminal_resize(t, 1, 1), 0);
        CHECK_INT(terminal_scrollback(t), 50);
        CHECK_TEXT(line_text(t, -50), "x");
        check_cursor(t, 0, 0);
        buffer_done(&b);
        terminal_free(t);
}

TEST(the_alternate_screen_comes_and_goes) {
        Terminal *t = open_terminal(10, 3, 10, NULL);

        put(t, "1\r\n2\r\n3\r\n4\033[?1049h\033[Hvi");
        CHECK(terminal_modes(t)->alternate_screen);
        CHECK_INT(terminal_scrollback(t), 0);
        CHECK_TEXT(line_text(t, 0), "vi........");
        put(t, "\n\n\n\n");
        CHECK_INT(terminal_scrollback(t), 0);
        CHECK_INT(terminal_resize(t, 12, 4), 0);
        put(t, "\033[?1049l");
        CHECK(!terminal_modes(t)->alternate_screen);
        CHECK_TEXT(line_text(t, 3), "4...........");
        terminal_free(t);
}

TEST(modes_for_keys_and_mouse) {
        Terminal *t = open_terminal(10, 3, 0, NULL);
        const TerminalModes *m = terminal_modes(t);

        put(t, "\033[?1;1002;1004;1006;2004;2026;5h\033=\033[20h");
        CHECK(m->application_cursor && m->focus_events && m->mouse_sgr && m->bracketed_paste && m->synchronized);
        CHECK(m->inverse && m->application_keypad && m->newline && m->mouse == TERMINAL_MOUSE_DRAG);
        put(t, "\033[?1002l\033[?2026l");
        CHECK(m->mouse == TERMINAL_MOUSE_NONE && !m->synchronized);
        put(t, "\033c");
        CHECK(!m->application_cursor && !m->focus_events && !m->inverse && !m->newline && m->alternate_scroll);
        put(t, "\033[3 q\033[?25l");
        CHECK(terminal_cursor(t).shape == TERMINAL_CURSOR_UNDERLINE && terminal_cursor(t).blink);
        CHECK(!terminal_cursor(t).visible);
        terminal_free(t);
}

TEST(titles_have_no_controls_and_end) {
        Heard heard = {};
        Terminal *t = open_terminal(10, 3, 0, &heard);
        char text[TERMINAL_STRING_MAX + 2];

        put(t, "\033]0;Gr\xc3\xb6\xc3\x9f\x65\001 \xff!\033\\");
        CHECK_INT(buffer_size(&heard.title), strlen("Gr\xc3\xb6\xc3\x9f\x65 \ufffd!"));
        memset(text, 'x', sizeof text);
        put(t, "\033]2;");
        CHECK_INT(terminal_write(t, text, TERMINAL_STRING_MAX - 2), 0);
        put(t, "\a");
        CHECK_INT(buffer_size(&heard.title), TERMINAL_STRING_MAX - 2);
        put(t, "\033]2;");
        CHECK_INT(terminal_write(t, text, TERMINAL_STRING_MAX - 1), 0);
        put(t, "\a\033]2;short\a");
        CHECK_INT(buffer_size(&heard.title), 5);
        put(t, "\a\a");
        CHECK_INT(heard.bells, 2);
        buffer_done(&heard.title);
        terminal_free(t);
}

TEST(clipboard_only_if_allowed) {
        Heard heard = {};
        Terminal *t = open_terminal(10, 3, 0, &heard);
        TerminalConfig forbidden = { .columns = 10, .rows = 3, .hooks = &hooks, .userdata = &heard };
        Terminal *u;

        put(t, "\033]52;c;aGVsbG8=\a");
        CHECK_INT(buffer_size(&heard.clipboard), 5);
        put(t, "\033]52;c;?\a\033]52;c;!!!!\a\033]52;c\a");
        CHECK_INT(buffer_size(&heard.clipboard), 5);
        CHECK_INT(buffer_size(&heard.replies), 0);
        CHECK_INT(terminal_new(&u, &forbidden), 0);
        put(u, "\033]52;c;aGVsbG8hIQ==\a");
        CHECK_INT(buffer_size(&heard.clipboard), 5);
        buffer_done(&heard.clipboard);
        terminal_free(t);
        terminal_free(u);
}

TEST(clipboard_is_bounded) {
        Heard heard = {};
        Terminal *t = open_terminal(10, 3, 0, &heard);

        for (size_t extra = 0; extra < 2; extra++) {
                put(t, "\033]52;c;");
                for (size_t i = 0; i < TERMINAL_CLIPBOARD_MAX / 3 + extra; i++)
                        put(t, "YWJj");
                put(t, "\a");
        }
        CHECK_INT(buffer_size(&heard.clipboard), TERMINAL_CLIPBOARD_MAX / 3 * 3);
        buffer_done(&heard.clipboard);
        terminal_free(t);
}

TEST(colours_change_and_come_back) {
        Heard heard = {};
        Terminal *t = open_terminal(10, 3, 0, &heard);
        uint64_t before = terminal_colour_generation(t);

        put(t, "\033]4;1;rgb:12/34/56;255;#abc;256;#fff;2;?\033\\\033]10;#010203;rgb:ffff/0000/8888\a");
        CHECK_INT(terminal_colour(t, 1), 0x01123456);
        CHECK_INT(terminal_colour(t, 255), 0x01aabbcc);
        CHECK_INT(terminal_colour(t, TERMINAL_COLOUR_FOREGROUND), 0x01010203);
        CHECK_INT(terminal_colour(t, TERMINAL_COLOUR_BACKGROUND), 0x01ff0088);
        CHECK_INT(terminal_colour(t, TERMINAL_COLOURS), 0);
        CHECK(terminal_colour_generation(t) != before);
        CHECK_INT(buffer_size(&heard.replies), 0);
        put(t, "\033]104;1\a\033]110\a");
        CHECK_INT(terminal_colour(t, 1), 0);
        CHECK_INT(terminal_colour(t, 255), 0x01aabbcc);
        CHECK_INT(terminal_colour(t, TERMINAL_COLOUR_FOREGROUND), 0);
        put(t, "\033]104\a\033]12;#12345\a\033]12;rgb:1/2\a\033]12;rgb:1/2/3/4\a\033]12;rgb:123g/0/0\a");
        CHECK_INT(terminal_colour(t, 255), 0);
        CHECK_INT(terminal_colour(t, TERMINAL_COLOUR_CURSOR), 0);
        terminal_free(t);
}

static const char *replies_to(Heard *heard, Terminal *t, const char *text) {
        buffer_clear(&heard->replies);
        put(t, text);
        CHECK(buffer_append(&heard->replies, "", 1) == 0);
        return (const char *) buffer_bytes(&heard->replies);
}

TEST(replies) {
        Heard heard = {};
        Terminal *t = open_terminal(10, 5, 0, &heard);

        CHECK_TEXT(replies_to(&heard, t, "\033[c\033[0c\033[>c"), "\033[?1;2c\033[?1;2c\033[>0;276;0c");
        CHECK_TEXT(replies_to(&heard, t, "\033[5n\033[3;4H\033[6n\033[?6n"), "\033[0n\033[3;4R\033[?3;4R");
        CHECK_TEXT(replies_to(&heard, t, "\033[1;1H0123456789\033[6n"), "\033[1;10R");
        CHECK_TEXT(replies_to(&heard, t, "\033[2;4r\033[?6h\033[2;1H\033[6n\033[?6l\033[r"), "\033[2;1R");
        CHECK_TEXT(replies_to(&heard, t, "\033[?2026h\033[?2026$p\033[?7$p\033[4$p\033[?1000$p"),
                   "\033[?2026;1$y\033[?7;1$y\033[4;2$y\033[?1000;2$y");
        CHECK_TEXT(replies_to(&heard, t, "\033[?31337$p\033[99$p\033[1c\033[18t\033[21t\005\033Z\033P$qm\033\\"
                              "\033]10;?\a"), "");
        buffer_done(&heard.replies);
        terminal_free(t);
}

/* Whatever comes in, what goes out is of this form. */
TEST(reply_grammar) {
        static const char form[] = "^(\033\\[(0n|\\?1;2c|>0;276;0c|\\??[0-9]{1,4};[0-9]{1,4}R|"
                                   "\\??[0-9]{1,4};[12]\\$y))*$";
        static const char alphabet[] = "\033\033\033[[[[?>!$ ;:0123456789cnpqRyth\"'PX]^_\\\a\x18x\r\n";
        Heard heard = {};
        Terminal *t = open_terminal(80, 24, 0, &heard);
        uint32_t state = 1;
        regex_t regex;

        CHECK(regcomp(&regex, form, REG_EXTENDED | REG_NOSUB) == 0);
        for (int i = 0; i < 200000; i++) {
                char text[16];

                for (size_t k = 0; k < sizeof text; k++) {
                        state = state * 1664525 + 1013904223;
                        text[k] = alphabet[(state >> 16) % (sizeof alphabet - 1)];
                }
                CHECK_INT(terminal_write(t, text, sizeof text), 0);
        }
        for (int i = 0; i < 10000; i++) {
                char text[40];

                snprintf(text, sizeof text, "\033[?%d$p\033[%d$p\033[%dn\033[?%dn\033[%dc", i, i, i, i, i);
                put(t, text);
        }
        CHECK(buffer_size(&heard.replies) > 100);
        CHECK(buffer_append(&heard.replies, "", 1) == 0);
        CHECK(strlen((const char *) buffer_bytes(&heard.replies)) + 1 == buffer_size(&heard.replies));
        CHECK(regexec(&regex, (const char *) buffer_bytes(&heard.replies), 0, NULL, 0) == 0);
        regfree(&regex);
        buffer_done(&heard.replies);
        buffer_done(&heard.title);
        buffer_done(&heard.clipboard);
        terminal_free(t);
}
