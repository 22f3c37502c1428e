/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The terminal: bytes of a program in, a grid of cells out. Knows nothing of pixels, fonts, keys or clocks. Never
 * sends a byte back that the host chose: replies come from a closed grammar (DA, DSR, CPR, DECRQM, XTVERSION-free).
 * Every number from outside is clamped in the parser; memory is bounded by the limits below whatever comes in. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cell.h"

#define TERMINAL_COLUMNS_MAX 1024
#define TERMINAL_ROWS_MAX 1024
#define TERMINAL_PARAMETERS_MAX 32
#define TERMINAL_STRING_MAX 4096          /* OSC and DCS, but for OSC 52 */
#define TERMINAL_CLIPBOARD_MAX (256u * 1024u)
#define TERMINAL_CLUSTER_MAX 8            /* code points in one cell */
#define TERMINAL_CLUSTERS_MAX 65536
#define TERMINAL_SCROLLBACK_BYTES_MAX (64u * 1024u * 1024u)
#define TERMINAL_SCROLLBACK_ROWS_MAX 100000

typedef struct Terminal Terminal;

/* What programs switch that concerns keys, mouse and drawing. */
typedef enum TerminalMouse {
        TERMINAL_MOUSE_NONE,
        TERMINAL_MOUSE_CLICK,  /* 1000 */
        TERMINAL_MOUSE_DRAG,   /* 1002 */
        TERMINAL_MOUSE_MOTION, /* 1003 */
} TerminalMouse;

typedef enum TerminalCursorShape {
        TERMINAL_CURSOR_BLOCK,
        TERMINAL_CURSOR_UNDERLINE,
        TERMINAL_CURSOR_BAR,
} TerminalCursorShape;

typedef struct TerminalModes {
        bool application_cursor;   /* DECCKM */
        bool application_keypad;   /* DECKPAM */
        bool newline;              /* LNM: Return sends CR LF */
        bool bracketed_paste;      /* 2004 */
        bool focus_events;         /* 1004 */
        bool mouse_sgr;            /* 1006 */
        bool alternate_scroll;     /* 1007 */
        bool alternate_screen;
        bool synchronized;         /* 2026: hold the picture */
        bool inverse;              /* DECSCNM */
        TerminalMouse mouse;
} TerminalModes;

typedef struct TerminalCursor {
        int row, column;           /* within the grid */
        bool visible;              /* DECTCEM */
        bool blink;
        TerminalCursorShape shape; /* DECSCUSR */
} TerminalCursor;

/* All optional. text is valid UTF-8 without control characters. */
typedef struct TerminalHooks {
        void (*reply)(void *userdata, const char *bytes, size_t size); /* to the program */
        void (*title)(void *userdata, const char *text, size_t size);  /* OSC 0, 2 */
        void (*clipboard)(void *userdata, const char *text, size_t size); /* OSC 52 write; only if allowed */
        void (*bell)(void *userdata);
} TerminalHooks;

typedef struct TerminalConfig {
        int columns, rows;
        size_t scrollback_rows;
        bool allow_clipboard;      /* OSC 52 write */
        const TerminalHooks *hooks;
        void *userdata;
} TerminalConfig;

/* 0, -ENOMEM. Sizes are clamped to 1..MAX. */
int terminal_new(Terminal **ret, const TerminalConfig *config);
Terminal *terminal_free(Terminal *t);

/* Any bytes, cut anywhere. -ENOMEM; the terminal stays usable. */
int terminal_write(Terminal *t, const void *bytes, size_t size);

/* Reflows rows that were wrapped, on the main screen and in the scrollback; the alternate screen is cut or padded.
 * -ENOMEM: the size may be the old one. */
int terminal_resize(Terminal *t, int columns, int rows);

int terminal_columns(const Terminal *t);
int terminal_rows(const Terminal *t);
const TerminalModes *terminal_modes(const Terminal *t);
TerminalCursor terminal_cursor(const Terminal *t);

/* Colours changed by OSC 4/10/11/12: 0x01RRGGBB if overridden, 0 if the scheme's holds. index 0..255, then
 * TERMINAL_COLOUR_*. The generation changes with every change. */
#define TERMINAL_COLOUR_FOREGROUND 256
#define TERMINAL_COLOUR_BACKGROUND 257
#define TERMINAL_COLOUR_CURSOR 258
#define TERMINAL_COLOURS 259
uint32_t terminal_colour(const Terminal *t, unsigned index);
uint64_t terminal_colour_generation(const Terminal *t);

/* One row, to read until the next call that changes the terminal (of the scrollback, as many consecutive rows as the
 * screen has are there at once). cells has terminal_columns() entries (a row of the
 * scrollback that is stored shorter comes padded). version is unique among all rows and all their states: two rows of
 * one version look the same, so a renderer finds by it what scrolled where. */
typedef struct TerminalRow {
        const Cell *cells;
        uint64_t version;
        bool wrapped; /* continues in the next row */
} TerminalRow;

/* line 0..rows-1: the screen; -1: the newest row of the scrollback, down to -terminal_scrollback(). The alternate
 * screen has no scrollback: terminal_scrollback() is 0 while it shows. */
TerminalRow terminal_row(const Terminal *t, int line);
int terminal_scrollback(const Terminal *t);

/* How many rows have ever gone into the scrollback, for views and selections that stay with their text. */
uint64_t terminal_scrolled_total(const Terminal *t);

/* Changes whenever any row, the cursor or a mode that is drawn changes. */
uint64_t terminal_generation(const Terminal *t);

/* The code points of a cell, base first; answers their number, 1..TERMINAL_CLUSTER_MAX (0 for a blank cell or a
 * spacer). */
size_t terminal_cluster(const Terminal *t, const Cell *cell, uint32_t ret[static TERMINAL_CLUSTER_MAX]);
