/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keyboard layouts of lab machines, under guacd's names. "failsafe" has no key of its own: everything is Unicode. */

#include <stdint.h>
#include <uchar.h>

#define LAYOUTS 26
#define LAYOUT_KEYS 50
#define LAYOUT_LEVELS 3 /* alone, with Shift, with AltGr */

typedef struct Layout {
        const char *name;
        uint32_t id; /* as Windows numbers it */
        const char16_t *levels[LAYOUT_LEVELS]; /* at most LAYOUT_KEYS characters */
} Layout;

extern const uint8_t layout_scancodes[LAYOUT_KEYS];
extern const Layout layouts[LAYOUTS];
