/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a terminal is made of, for the files behind terminal.h only. */

#include "charset.h"
#include "cluster.h"
#include "grid.h"
#include "parser.h"
#include "terminal.h"

/* How characters are written from now on: the upper bits of a Cell. */
typedef struct Pen {
        uint32_t foreground, background;
} Pen;

typedef struct SavedCursor {
        int x, y;
        Pen pen;
        uint8_t charsets[4];
        uint8_t charset;
        bool origin;
} SavedCursor;

typedef struct Screen {
        Grid grid;
        int x, y;              /* x is the number of columns while a wrap is pending */
        int top, bottom;       /* of the scrolling region */
        uint8_t tabs[TERMINAL_COLUMNS_MAX / 8];
        SavedCursor saved;
} Screen;

struct Terminal {
        Parser parser;
        Screen main, alternate; /* the alternate's grid exists only while it shows */
        Screen *screen;         /* the one that shows */
        int columns, rows;
        Pen pen;
        uint8_t charsets[4];
        uint8_t charset;        /* which of them is in use */
        bool insert, origin, wrap;
        int last_width;         /* of the character just printed, 0 if it was something else */
        TerminalModes modes;
        TerminalCursor look;    /* all but the position */
        ClusterTable clusters;
        uint32_t *colours;      /* NULL until one is changed */
        uint64_t colour_generation;
        uint64_t versions, changes;
        TerminalHooks hooks;
        void *userdata;
        Cell *view;             /* rows of the scrollback, padded, for who reads them */
};

static inline uint32_t pen_erase(const Terminal *t) {
        return t->pen.background & 0x03ffffffu;
}
