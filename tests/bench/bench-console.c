/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a console costs, without encoding and network: milliseconds of CPU per frame of 200x50 cells at 12 points. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../terminal/mirror.h"

#define COLUMNS 200
#define ROWS 50

static double now(void) {
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

static void write_line(Mirror *m, unsigned number, bool colours) {
        char text[COLUMNS * 12];
        size_t n = 0;

        for (unsigned i = 0; i < COLUMNS - 1; i++) {
                if (colours && i % 8 == 0)
                        n += (size_t) snprintf(text + n, sizeof text - n, "\033[%u;%um", 30 + (number + i / 8) % 8, (i / 8) % 2);
                text[n++] = (char) ('!' + (number * 7 + i) % 94);
        }
        text[n] = 0;
        mirror_write(m, text);
        mirror_write(m, "\r\n");
}

static void bench_full(Mirror *m, const char *what, bool colours) {
        LabgateTile tile;
        double begin;
        int n = 100;

        for (unsigned i = 0; i < ROWS; i++)
                write_line(m, i, colours);
        mirror_frame(m);
        begin = now();
        for (int i = 0; i < n; i++)
                if (console_paint(m->console, (LabgateRect) { 0, 0, m->host.width, m->host.height }, &tile) < 0)
                        abort();
        printf("%-32s %7.3f ms, %s, %u colours\n", what, (now() - begin) / n,
               tile.format == LABGATE_PIXELS_INDEXED8 ? "palette" : "true colour", tile.n_palette);
        console_frame_end(m->console);
}

static void bench_frames(Mirror *m, const char *what, void (*step)(Mirror *m, unsigned i)) {
        double begin, spent = 0;
        unsigned n = 500;

        m->painted = 0;
        m->n_moves = 0;
        for (unsigned i = 0; i < n; i++) {
                step(m, i);
                begin = now();
                mirror_frame(m);
                spent += now() - begin;
        }
        printf("%-32s %7.3f ms, %.1f moves, %.0f pixels\n", what, spent / n, (double) m->n_moves / n, (double) m->painted / n);
}

static void step_line(Mirror *m, unsigned i) {
        write_line(m, i, false);
}

static void step_screen(Mirror *m, unsigned i) {
        for (unsigned row = 0; row < ROWS; row++)
                write_line(m, i * 31 + row * 17, true);
}

static void step_key(Mirror *m, unsigned i) {
        mirror_write(m, i % COLUMNS ? "x" : "\r");
}

static void step_nothing(Mirror *m, unsigned i) {
        mirror_write(m, "\033[m");
}

int main(void) {
        Mirror *m = mirror_new(COLUMNS * 10, ROWS * 19, NULL);

        if (!m)
                return 77;
        bench_full(m, "whole picture, plain", false);
        bench_full(m, "whole picture, 16 colours", true);
        bench_frames(m, "frame, one line scrolled", step_line);
        bench_frames(m, "frame, every line new", step_screen);
        bench_frames(m, "frame, one key", step_key);
        bench_frames(m, "frame, nothing changed", step_nothing);
        mirror_free(m);
        return 0;
}
