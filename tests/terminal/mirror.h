/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A host for a console that keeps what a browser would show: it carries out move() and paints what was damaged, and
 * nothing else. Also records everything else that a console says. */

#include "../../src/base/buffer.h"
#include "../../src/terminal/console.h"

#define MIRROR_DAMAGE_MAX 65536

typedef struct Mirror {
        LabgateHost host; /* first */
        Console *console;
        LabgateFont fonts[LABGATE_FONTS_MAX];

        uint32_t *pixels;
        LabgateRect damage[MIRROR_DAMAGE_MAX];
        size_t n_damage;

        Buffer sent, clipboard, title, argv;
        int resized_columns, resized_rows;
        unsigned frames_wanted, n_moves, n_tiles, n_indexed;
        uint64_t painted;             /* pixels */
        bool in_frame;
} Mirror;

/* NULL if the fonts are not installed; settings NULL: plain ones. */
Mirror *mirror_new(int width, int height, const ConsoleSettings *settings);
Mirror *mirror_free(Mirror *m);

void mirror_write(Mirror *m, const char *text);
void mirror_frame(Mirror *m);

/* Paints the whole picture: 0 if the mirror shows the same, else 1 + the number of the first pixel that differs. */
size_t mirror_compare(Mirror *m);

/* What was sent upstream since the last call, NUL-terminated. */
const char *mirror_sent(Mirror *m);
