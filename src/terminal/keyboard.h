/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* X11 keysyms in, the bytes that xterm would send out. Knows no clipboard and no view: which keys never reach the
 * program is the console's business. */

#include "terminal.h"

#define KEYBOARD_BYTES_MAX 16

#define KEYSYM_BACKSPACE  0xff08u
#define KEYSYM_RETURN     0xff0du
#define KEYSYM_PAGE_UP    0xff55u
#define KEYSYM_PAGE_DOWN  0xff56u
#define KEYSYM_INSERT     0xff63u
#define KEYSYM_KP_ENTER   0xff8du
#define KEYSYM_KP_PAGE_UP 0xff9au
#define KEYSYM_KP_PAGE_DOWN 0xff9bu
#define KEYSYM_KP_INSERT  0xff9eu

/* xterm's modifier parameter is one more than these bits. */
typedef enum KeyboardModifiers {
        KEYBOARD_SHIFT   = 1 << 0,
        KEYBOARD_ALT     = 1 << 1,
        KEYBOARD_CONTROL = 1 << 2,
        KEYBOARD_META    = 1 << 3,
} KeyboardModifiers;

typedef struct Keyboard {
        unsigned held;     /* of modifier keys, left and right apart */
        char backspace;    /* what Backspace sends: DEL or BS */
        bool vt100_keys;   /* the keypad has its application mode */
} Keyboard;

/* Notes a modifier key; false if keysym is none. */
bool keyboard_track(Keyboard *k, uint32_t keysym, bool pressed);
unsigned keyboard_modifiers(const Keyboard *k); /* KeyboardModifiers */

/* Answers the number of bytes; 0 for keys that send nothing. */
size_t keyboard_encode(const Keyboard *k, const TerminalModes *modes, uint32_t keysym,
                       char ret[static KEYBOARD_BYTES_MAX]);

/* An arrow key without modifiers, for wheels: final is A, B, C or D. */
size_t keyboard_arrow(const TerminalModes *modes, char final, char ret[static KEYBOARD_BYTES_MAX]);

/* What a keysym types: a code point, or 0. */
uint32_t keyboard_code_point(uint32_t keysym);
