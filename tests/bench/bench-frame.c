/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What frames of a real console cost: CPU time and bytes, by kind of change. bench-frame FONT TEXT-FILE: a 1280x800
 * screen of that text in that face, repainted, scrolled and typed into. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../src/base/descriptor.h"
#include "../../src/browser/frame.h"
#include "../../src/terminal/console.h"

#define WIDTH 1280
#define HEIGHT 800

typedef struct Bench {
        LabgateHost host; /* first: what the console hands back */
        Console *console;
        Canvas canvas;
        Image *image;
        Buffer output;
        WebSocket *ws;
        uint64_t timestamp;
        char text[64 * 1024];
        size_t n_text;
} Bench;

static int on_set_size(LabgateHost *host, int32_t width, int32_t height) {
        return canvas_set_size(&((Bench *) (void *) host)->canvas, width, height);
}

static void on_damage(LabgateHost *host, LabgateRect area) {
        canvas_damage(&((Bench *) (void *) host)->canvas, area);
}

static void on_move(LabgateHost *host, LabgateRect source, int32_t dx, int32_t dy) {
        canvas_move(&((Bench *) (void *) host)->canvas, source, dx, dy);
}

static void on_want_frame(LabgateHost *host) {
}

static void on_cursor(LabgateHost *host, const LabgateCursor *cursor) {
}

static void on_text(LabgateHost *host, const char *text, size_t size) {
}

static void on_argv(LabgateHost *host, const char *name, const char *value) {
}

static void on_send(void *userdata, const char *bytes, size_t size) {
}

static void on_resized(void *userdata, int columns, int rows) {
}

static int on_message(void *userdata, const char *text, size_t size) {
        return 0;
}

static int paint(void *state, LabgateRect area, LabgateTile *ret) {
        return console_paint(state, area, ret);
}

static double seconds(void) {
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void frame(Bench *b) {
        console_frame_begin(b->console);
        if (frame_write(b->image, b->ws, &b->canvas, paint, b->console, ++b->timestamp) < 0)
                abort();
        console_frame_end(b->console);
}

typedef void (*Change)(Bench *b, unsigned round);

static void write_lines(Bench *b, unsigned from, unsigned n, const char *colour) {
        size_t at = from * 997u % b->n_text;

        for (unsigned i = 0; i < n; i++) {
                const char *line = b->text + at, *end = memchr(line, '\n', b->n_text - at);
                size_t size = end ? (size_t) (end - line) : b->n_text - at;

                console_write(b->console, colour, strlen(colour));
                console_write(b->console, line, size < 120 ? size : 120);
                console_write(b->console, "\r\n", 2);
                at = (at + size + 1) % b->n_text;
        }
}

static void repaint(Bench *b, unsigned round) {
        console_write(b->console, "\033[H\033[2J", 7);
        write_lines(b, round, 60, "\033[0m");
}

static void repaint_coloured(Bench *b, unsigned round) {
        console_write(b->console, "\033[H\033[2J", 7);
        for (unsigned i = 0; i < 60; i++) {
                char colour[32];

                snprintf(colour, sizeof colour, "\033[3%um\033[%um", i % 8, i % 3 == 0);
                write_lines(b, round + i, 1, colour);
        }
}

static void scroll(Bench *b, unsigned round) {
        write_lines(b, round, 1, "\033[0m");
}

static void row(Bench *b, unsigned round) {
        char text[160];

        snprintf(text, sizeof text, "\033[10;1H%.80s", b->text + round * 997u % (b->n_text - 100));
        for (char *p = text + 7; *p; p++)
                if (*p == '\n')
                        *p = ' ';
        console_write(b->console, text, strlen(text));
}

/* What top and its like do: numbers change all over a screen that stays. */
static void numbers(Bench *b, unsigned round) {
        char text[64];

        for (unsigned i = 0; i < 40; i++) {
                snprintf(text, sizeof text, "\033[%u;%uH%6u", 4 + i, 10 + (i % 3) * 30,
                         (round * 7919 + i * 104729) % 100000);
                console_write(b->console, text, strlen(text));
        }
}

static void key(Bench *b, unsigned round) {
        char c = (char) ('a' + round % 26);

        if (round % 60 == 0)
                console_write(b->console, "\r", 1);
        console_write(b->console, &c, 1);
}

static void measure(Bench *b, const char *what, Change change, unsigned rounds) {
        double spent = 0;
        size_t bytes = 0;

        for (unsigned round = 0; round < rounds; round++) {
                double begin;

                change(b, round);
                begin = seconds();
                frame(b);
                spent += seconds() - begin;
                bytes += buffer_size(&b->output);
                buffer_clear(&b->output);
        }
        printf("%-28s %8.3f ms %9.0f bytes a frame\n", what, spent * 1000 / rounds, (double) bytes / rounds);
}

static void read_text(Bench *b, const char *path) {
        FILE *f = fopen(path, "re");

        if (f)
                b->n_text = fread(b->text, 1, sizeof b->text, f);
        if (b->n_text < 1000)
                abort();
        fclose(f);
}

int main(int argc, char **argv) {
        static const WebSocketEvents events = { .text = on_message };
        static const ConsoleHooks hooks = { on_send, on_resized };
        static Bench b;
        LabgateFont font = { LABGATE_FONT_REGULAR, -1, 0 };
        ConsoleSettings settings = { .font_size = 12, .scrollback = 1000, .backspace = 127 };

        if (argc != 3)
                return 2;
        font.fd = open(argv[1], O_RDONLY | O_CLOEXEC);
        read_text(&b, argv[2]);
        b.host = (LabgateHost) { .width = WIDTH, .height = HEIGHT, .dpi = 96, .fonts = &font, .n_fonts = 1,
                                 .set_size = on_set_size, .damage = on_damage, .move = on_move,
                                 .want_frame = on_want_frame, .set_cursor = on_cursor, .set_clipboard = on_text,
                                 .set_title = on_text, .set_argv = on_argv };
        canvas_init(&b.canvas);
        if (image_new(&b.image) < 0 || websocket_new(&b.ws, &b.output, &events, &b) < 0 ||
            console_new(&b.console, &b.host, &settings, &hooks, &b) < 0)
                return 1;

        measure(&b, "first frame", repaint, 1);
        measure(&b, "whole screen of text", repaint, 200);
        measure(&b, "the same in colours", repaint_coloured, 200);
        measure(&b, "a line scrolls in", scroll, 500);
        measure(&b, "a row of 80 columns", row, 500);
        measure(&b, "40 numbers", numbers, 200);
        measure(&b, "a key", key, 500);

        console_free(b.console);
        websocket_free(b.ws);
        image_free(b.image);
        canvas_done(&b.canvas);
        buffer_done(&b.output);
        fd_close(font.fd);
        return 0;
}
