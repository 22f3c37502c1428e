/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The mouse: what is reported to programs that ask for it, and how the pointer looks over text. */

#include "../../plugins/plugin.h"
#include "terminal.h"

#define POINTER_BYTES_MAX 32

typedef enum PointerAction {
        POINTER_PRESS,
        POINTER_RELEASE,
        POINTER_MOTION,
} PointerAction;

/* xterm's numbers. */
enum {
        POINTER_LEFT, POINTER_MIDDLE, POINTER_RIGHT, POINTER_NONE,
        POINTER_WHEEL_UP = 64, POINTER_WHEEL_DOWN,
};

typedef struct PointerEvent {
        PointerAction action;
        int button;
        unsigned modifiers;  /* KeyboardModifiers */
        int column, row;     /* from 0 */
} PointerEvent;

/* Answers the number of bytes; 0 if the program did not ask for this or cannot be told. */
size_t pointer_report(const TerminalModes *modes, const PointerEvent *e, char ret[static POINTER_BYTES_MAX]);

/* An I-beam that shows on any background. */
void pointer_show(LabgateHost *host);
