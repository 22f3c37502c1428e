/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Characters onto the screen: width, combining, automatic wrap, insert mode. */

#include "state.h"

void print_text(Terminal *t, const uint8_t *bytes, size_t size); /* 0x20..0x7e */
void print_character(Terminal *t, uint32_t code_point);
void print_repeat(Terminal *t, int count);                       /* REP */
