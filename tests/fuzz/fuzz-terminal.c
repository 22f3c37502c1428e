/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes, cut anywhere, with changes of size between them. Input: columns, rows, then records: a length byte n and n
 * bytes of output, where 0 is followed by two bytes for another size. After each record what terminal.h promises must
 * hold, and a second terminal that gets everything byte by byte must look the same. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/utf8.h"
#include "../../src/terminal/terminal.h"

#define REQUIRE(x)                      \
        do {                            \
                if (!(x))               \
                        abort();        \
        } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ESC [ then one of: 0n; ?1;2c; >0;276;0c; N;NR; ?N;NR; N;N$y; ?N;N$y */
static bool is_reply(const char *text, size_t size) {
        static const char *const fixed[] = { "\033[0n", "\033[?1;2c", "\033[>0;276;0c" };
        const char *end = text + size;

        for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
                if (strlen(fixed[i]) == size && memcmp(fixed[i], text, size) == 0)
                        return true;

        if (size < 6 || memcmp(text, "\033[", 2) != 0)
                return false;

        text += text[2] == '?' ? 3 : 2;
        for (int i = 0; i < 2; i++) {
                const char *digits = text;

                while (text < end && *text >= '0' && *text <= '9')
                        text++;
                if (text == digits || text - digits > 5 || (i == 0 && (text == end || *text++ != ';')))
                        return false;
        }
        return (end - text == 1 && *text == 'R') || (end - text == 2 && memcmp(text, "$y", 2) == 0);
}

static void on_reply(void *userdata, const char *bytes, size_t size) {
        REQUIRE(is_reply(bytes, size));
}

static void on_text(void *userdata, const char *text, size_t size) {
        REQUIRE(utf8_is_valid(text, size));
        for (size_t i = 0; i < size; i++)
                REQUIRE((uint8_t) text[i] >= 0x20 || text[i] == '\t' || text[i] == '\n');
}

static void check_cell(const Terminal *t, const Cell *cells, int x, int columns) {
        const Cell *c = &cells[x];
        uint32_t text[TERMINAL_CLUSTER_MAX];
        size_t n = terminal_cluster(t, c, text);

        REQUIRE(colour_kind(c->foreground) <= COLOUR_RGB && colour_kind(c->background) <= COLOUR_RGB);
        REQUIRE(!(c->glyph & CELL_WIDE) || (x + 1 < columns && (cells[x + 1].glyph & CELL_SPACER)));
        REQUIRE(!(c->glyph & CELL_SPACER) || (x > 0 && c->glyph == CELL_SPACER && (cells[x - 1].glyph & CELL_WIDE)));
        REQUIRE((n == 0) == (c->glyph == 0 || c->glyph == CELL_SPACER));
        REQUIRE(!(c->glyph & CELL_CLUSTER) || n >= 2);
        for (size_t i = 0; i < n; i++)
                REQUIRE(text[i] >= 0x20 && text[i] <= 0x10ffff);
}

static int compare_versions(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

        return (x > y) - (x < y);
}

static void check(const Terminal *t, int scrollback_max) {
        uint64_t versions[TERMINAL_ROWS_MAX + 64];
        TerminalCursor cursor = terminal_cursor(t);
        int columns = terminal_columns(t), rows = terminal_rows(t), scrollback = terminal_scrollback(t), n = 0;

        REQUIRE(columns >= 1 && columns <= TERMINAL_COLUMNS_MAX && rows >= 1 && rows <= TERMINAL_ROWS_MAX);
        REQUIRE(cursor.row >= 0 && cursor.row < rows && cursor.column >= 0 && cursor.column < columns);
        REQUIRE(scrollback >= 0 && scrollback <= scrollback_max);
        for (int line = -scrollback; line < rows; line++) {
                TerminalRow row = terminal_row(t, line);

                versions[n++] = row.version;
                for (int x = 0; x < columns; x++)
                        check_cell(t, row.cells, x, columns);
        }
        qsort(versions, (size_t) n, sizeof *versions, compare_versions);
        for (int i = 1; i < n; i++)
                REQUIRE(versions[i - 1] != versions[i]);
}

static bool cells_equal(const Terminal *t, const Cell *a, const Terminal *u, const Cell *b) {
        uint32_t x[TERMINAL_CLUSTER_MAX] = {}, y[TERMINAL_CLUSTER_MAX] = {};

        return terminal_cluster(t, a, x) == terminal_cluster(u, b, y) && memcmp(x, y, sizeof x) == 0 &&
               a->foreground == b->foreground && a->background == b->background;
}

static void check_equal(const Terminal *t, const Terminal *u) {
        TerminalCursor a = terminal_cursor(t), b = terminal_cursor(u);

        REQUIRE(a.row == b.row && a.column == b.column && a.visible == b.visible && a.shape == b.shape);
        REQUIRE(terminal_scrollback(t) == terminal_scrollback(u));
        for (int line = -terminal_scrollback(t); line < terminal_rows(t); line++)
                for (int x = 0; x < terminal_columns(t); x++)
                        REQUIRE(cells_equal(t, &terminal_row(t, line).cells[x], u, &terminal_row(u, line).cells[x]));
}

static size_t feed(Terminal *whole, Terminal *bytewise, const uint8_t *data, size_t size) {
        size_t n = data[0];
        uint64_t before = terminal_generation(whole);

        if (n == 0) {
                if (size < 3)
                        return size;
                REQUIRE(terminal_resize(whole, data[1], data[2] % 64) == 0);
                REQUIRE(terminal_resize(bytewise, data[1], data[2] % 64) == 0);
                return 3;
        }

        n = n < size ? n : size - 1;
        REQUIRE(terminal_write(whole, data + 1, n) == 0);
        for (size_t i = 0; i < n; i++)
                REQUIRE(terminal_write(bytewise, data + 1 + i, 1) == 0);
        REQUIRE(terminal_generation(whole) >= before);
        return n + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const TerminalHooks hooks = { .reply = on_reply, .title = on_text, .clipboard = on_text };
        TerminalConfig config = { .scrollback_rows = 50, .allow_clipboard = true, .hooks = &hooks };
        Terminal *whole, *bytewise;

        if (size < 2 || size > 4096)
                return 0;

        config.columns = data[0];
        config.rows = data[1] % 64;
        REQUIRE(terminal_new(&whole, &config) == 0);
        REQUIRE(terminal_new(&bytewise, &config) == 0);
        data += 2;
        size -= 2;
        while (size > 0) {
                size_t n = feed(whole, bytewise, data, size);

                check(whole, 50);
                data += n;
                size -= n;
        }
        check_equal(whole, bytewise);
        terminal_free(whole);
        terminal_free(bytewise);
        return 0;
}
