/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* terminal-dump COLUMNSxROWS SCROLLBACK [COLUMNSxROWS]... < bytes: what a terminal shows after these bytes and then
 * these sizes. One JSON line per row, scrollback first: {"wrapped":..., "cells":[[text,width,foreground,background,
 * attributes],...]}, colours as kind * 2^24 + value, then one for the cursor, and the replies in hexadecimal. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/base/buffer.h"
#include "../../src/base/parse.h"
#include "../../src/terminal/terminal.h"

static Buffer replies;

static void on_reply(void *userdata, const char *bytes, size_t size) {
        if (buffer_append(&replies, bytes, size) < 0)
                abort();
}

static void print_code_point(uint32_t c) {
        if (c < 0x80 && c != '"' && c != '\\')
                putchar((int) c);
        else if (c < 0x10000)
                printf("\\u%04x", c);
        else
                printf("\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void print_cell(const Terminal *t, const Cell *c) {
        uint32_t text[TERMINAL_CLUSTER_MAX];
        size_t n = terminal_cluster(t, c, text);

        fputs("[\"", stdout);
        for (size_t i = 0; i < n; i++)
                print_code_point(text[i]);
        printf("\",%d,%u,%u,%u]", (c->glyph & CELL_SPACER) ? 0 : (c->glyph & CELL_WIDE) ? 2 : 1,
               c->foreground & 0x03ffffffu, c->background & 0x03ffffffu, cell_attributes(c));
}

static void print_row(const Terminal *t, int line) {
        TerminalRow row = terminal_row(t, line);

        printf("{\"line\":%d,\"wrapped\":%s,\"cells\":[", line, row.wrapped ? "true" : "false");
        for (int x = 0; x < terminal_columns(t); x++) {
                if (x > 0)
                        putchar(',');
                print_cell(t, &row.cells[x]);
        }
        puts("]}");
}

static void print_all(const Terminal *t) {
        TerminalCursor cursor = terminal_cursor(t);

        for (int line = -terminal_scrollback(t); line < terminal_rows(t); line++)
                print_row(t, line);

        printf("{\"cursor\":[%d,%d],\"visible\":%s,\"replies\":\"", cursor.column, cursor.row,
               cursor.visible ? "true" : "false");
        for (size_t i = 0; i < buffer_size(&replies); i++)
                printf("%02x", buffer_bytes(&replies)[i]);
        puts("\"}");
}

static bool parse_size(const char *text, int *ret_columns, int *ret_rows) {
        const char *x = strchr(text, 'x');
        uint64_t columns, rows;

        if (!x || parse_unsigned(text, (size_t) (x - text), 1, TERMINAL_COLUMNS_MAX, &columns) < 0 ||
            parse_unsigned(x + 1, strlen(x + 1), 1, TERMINAL_ROWS_MAX, &rows) < 0)
                return false;

        *ret_columns = (int) columns;
        *ret_rows = (int) rows;
        return true;
}

static void feed(Terminal *t) {
        char bytes[4096];
        ssize_t n;

        while ((n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
                if (terminal_write(t, bytes, (size_t) n) < 0)
                        abort();
}

int main(int argc, char **argv) {
        TerminalConfig config = { .hooks = &(TerminalHooks) { .reply = on_reply } };
        Terminal *t;
        uint64_t scrollback;
        int columns, rows;

        if (argc < 3 || !parse_size(argv[1], &config.columns, &config.rows) ||
            parse_unsigned(argv[2], strlen(argv[2]), 0, TERMINAL_SCROLLBACK_ROWS_MAX, &scrollback) < 0) {
                fprintf(stderr, "usage: terminal-dump COLUMNSxROWS SCROLLBACK [COLUMNSxROWS]... < bytes\n");
                return EXIT_FAILURE;
        }

        config.scrollback_rows = scrollback;
        if (terminal_new(&t, &config) < 0)
                return EXIT_FAILURE;

        feed(t);
        for (int i = 3; i < argc; i++)
                if (!parse_size(argv[i], &columns, &rows) || terminal_resize(t, columns, rows) < 0)
                        return EXIT_FAILURE;

        print_all(t);
        terminal_free(t);
        buffer_done(&replies);
        return EXIT_SUCCESS;
}
