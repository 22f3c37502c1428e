/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the page does, on its way to a worker that may be slow to take it. Bounded: moves of the mouse merge, of size
 * and clipboard the last one counts, and a worker that takes nothing loses presses before releases. Not locked. */

#include "worker.h"

typedef struct Commands {
        BridgeCommand ring[BRIDGE_COMMANDS_MAX]; /* keys and mouse */
        unsigned first, n;
        BridgeCommand size, clipboard;           /* type NOTHING if there is none */
} Commands;

void commands_done(Commands *c);
void commands_key(Commands *c, uint32_t keysym, bool pressed);
void commands_mouse(Commands *c, int32_t x, int32_t y, unsigned mask);
void commands_size(Commands *c, int32_t width, int32_t height);
int commands_clipboard(Commands *c, const char *text, size_t size);
BridgeCommandType commands_take(Commands *c, BridgeCommand *ret);
