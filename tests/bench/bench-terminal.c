/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How fast the terminal takes bytes: MB/s at 200x50 with 2000 rows of scrollback, for kinds of output that people have.
 * bench-terminal [SECONDS]: time for each, 1 by default. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../src/base/buffer.h"
#include "../../src/base/parse.h"
#include "../../src/terminal/terminal.h"

#define SAMPLE_SIZE (1u << 20)
#define CHUNK_SIZE 16384u /* what one read from an ssh channel brings */

static void log_line(Buffer *b, unsigned i) {
        buffer_append_format(b, "Nov 21 11:%02u:%02u lab kernel: [%6u.%06u] eth0: link up, 1000 Mbps full duplex, "
                             "flow control rx/tx %u\r\n", i / 60 % 60, i % 60, i, i * 7919 % 1000000, i % 977);
}

static void unicode_line(Buffer *b, unsigned i) {
        buffer_append_format(b, "%u Größe 中文字符测试 日本語テキスト Ελληνικά Кириллица 🙂🚀 "
                             "e\u0301a\u0308 ─│┌┐└┘ ✓\r\n", i);
}

static void coloured_line(Buffer *b, unsigned i) {
        for (unsigned k = 0; k < 12; k++)
                buffer_append_format(b, "\033[1;38;5;%um%u\033[0m \033[48;2;%u;%u;%umxy\033[m ", (i + k) % 256, k, i % 256,
                                     k * 20, 255 - i % 256);
        buffer_append_text(b, "\r\n");
}

static void region_line(Buffer *b, unsigned i) {
        buffer_append_format(b, "\033[5;40r\033[40;1H\nline %u of a log that scrolls in a region\033[r"
                             "\033[1;1Hstatus %u", i, i);
}

static void screen_line(Buffer *b, unsigned i) {
        buffer_append_format(b, "\033[%u;%uH\033[%um%-20u\033[K", i % 50 + 1, i * 7 % 150 + 1, 30 + i % 8, i);
}

static const struct {
        const char *name;
        void (*line)(Buffer *b, unsigned i);
} kinds[] = {
        { "log text",       log_line },
        { "unicode",        unicode_line },
        { "colours",        coloured_line },
        { "scroll regions", region_line },
        { "full screen",    screen_line },
};

static double seconds_now(void) {
        struct timespec now;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static void write_all(Terminal *t, const Buffer *b) {
        for (size_t at = 0; at < buffer_size(b); at += CHUNK_SIZE)
                if (terminal_write(t, buffer_bytes(b) + at, MIN((size_t) CHUNK_SIZE, buffer_size(b) - at)) < 0)
                        abort();
}

static void measure(const char *name, void (*line)(Buffer *b, unsigned i), double seconds) {
        TerminalConfig config = { .columns = 200, .rows = 50, .scrollback_rows = 2000 };
        double start, elapsed;
        size_t bytes = 0;
        Buffer b = {};
        Terminal *t;

        if (terminal_new(&t, &config) < 0)
                abort();

        for (unsigned i = 0; buffer_size(&b) < SAMPLE_SIZE; i++)
                line(&b, i);
        start = seconds_now();
        do {
                write_all(t, &b);
                bytes += buffer_size(&b);
                elapsed = seconds_now() - start;
        } while (elapsed < seconds);

        printf("%-16s %7.1f MB/s\n", name, (double) bytes / 1e6 / elapsed);
        buffer_done(&b);
        terminal_free(t);
}

int main(int argc, char **argv) {
        uint64_t seconds = 1;

        if (argc > 1 && parse_unsigned(argv[1], strlen(argv[1]), 1, 3600, &seconds) < 0)
                return EXIT_FAILURE;

        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                measure(kinds[i].name, kinds[i].line, (double) seconds);
        return EXIT_SUCCESS;
}
