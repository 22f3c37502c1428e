/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The terminal when memory runs out: every allocation of a little story fails once, alone and with all that follow.
 * The terminal must answer -ENOMEM at most, and work again afterwards. Linked with --wrap for the allocators. */

#include <errno.h>
#include <stdlib.h>

#include "../../src/terminal/terminal.h"
#include "check.h"

static long until_failure = -1; /* allocations that still succeed; negative: all */
static bool for_good;

static bool fails(void) {
        if (until_failure < 0)
                return false;
        if (until_failure > 0) {
                until_failure--;
                return false;
        }

        until_failure = for_good ? 0 : -1;
        return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size) {
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
        return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size) {
        return fails() ? NULL : __real_realloc(p, size);
}

static void check_rows(const Terminal *t) {
        for (int line = -terminal_scrollback(t); line < terminal_rows(t); line++) {
                TerminalRow row = terminal_row(t, line);

                CHECK(row.cells);
                for (int x = 0; x < terminal_columns(t); x++) {
                        uint32_t text[TERMINAL_CLUSTER_MAX];

                        CHECK(terminal_cluster(t, &row.cells[x], text) <= TERMINAL_CLUSTER_MAX);
                }
        }
        CHECK(terminal_cursor(t).row < terminal_rows(t) && terminal_cursor(t).column < terminal_columns(t));
}

static void do_write(Terminal *t, const char *text) {
        int r = terminal_write(t, text, strlen(text));

        CHECK(r == 0 || r == -ENOMEM);
        check_rows(t);
}

static void do_resize(Terminal *t, int columns, int rows) {
        int r = terminal_resize(t, columns, rows);

        CHECK(r == 0 || r == -ENOMEM);
        check_rows(t);
}

static void story(Terminal *t) {
        do_write(t, "hello \033[44mworld\r\n中e\u0301\u0308文 and a long line that wraps more than once at the edge\033[m");
        for (int i = 0; i < 80; i++)
                do_write(t, "a line of text that goes into the scrollback\r\n");
        do_resize(t, 11, 40);
        do_write(t, "\033]4;1;#fff\a\033]0;title\a\033]52;c;aGVsbG8=\a\033[?1049h\033[2Jalternate");
        do_resize(t, 33, 9);
        do_write(t, "\033[?1049l\033[5Sx\033[3T\033[L\033[2M");
        do_resize(t, 5, 3);
        do_resize(t, 90, 60);
}

/* True if the failure came. */
static bool run(long n) {
        TerminalConfig config = { .columns = 20, .rows = 6, .scrollback_rows = 60, .allow_clipboard = true };
        Terminal *t;
        bool came;

        until_failure = n;
        if (terminal_new(&t, &config) < 0) {
                until_failure = -1;
                return true;
        }

        story(t);
        came = until_failure < 0 || for_good;
        until_failure = -1;
        CHECK_INT(terminal_resize(t, 30, 5), 0);
        CHECK_INT(terminal_write(t, "\033c\033[3;3Hwell", 10), 0);
        CHECK_INT(terminal_row(t, 2).cells[2].glyph, 'w');
        check_rows(t);
        terminal_free(t);
        return came;
}

TEST(one_allocation_fails) {
        long n = 0;

        for_good = false;
        while (run(n))
                n++;
        CHECK(n > 50);
}

TEST(all_allocations_fail_from_one_on) {
        for_good = true;
        for (long n = 0; n < 1000; n++)
                run(n);
}
