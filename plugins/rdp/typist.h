/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Types what the page's keysyms mean on a keyboard of the lab machine's layout: the key that has the character, with
 * just the modifiers that it needs there; a dead key and the letter; or Unicode. Keeps the lab machine's Caps Lock off, as
 * keysyms have it in them already, and its Num Lock as the keypad's keysyms need it. */

#include <stdbool.h>
#include <stdint.h>

#include "library.h"

#include <freerdp/input.h>

#define TYPIST_HELD_MAX 32 /* keys that are down at a time */

typedef struct TypistKey {
        uint32_t keysym;
        uint16_t scancode; /* with 0x100 for the extended ones */
} TypistKey;

typedef struct Typist {
        rdpInput *input; /* NULL: not connected */
        int layout;
        TypistKey held[TYPIST_HELD_MAX];
        unsigned n_held;
        uint16_t locks;  /* KBD_SYNC_* that the lab machine was told */
} Typist;

bool typist_begin(Typist *t, rdpInput *input, int layout);
void typist_end(Typist *t); /* lets go of everything */
void typist_key(Typist *t, uint32_t keysym, bool pressed);

/* The lab machine says which of its lights are on. */
void typist_lights(Typist *t, uint16_t locks);
