/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "state.h"

/* A screen of another size. Rows that automatic wrap had joined are joined and wrapped again, in the scrollback too;
 * the cursor stays with its text. -ENOMEM: nothing has changed. With little memory it may be done at the cost of rows,
 * which grid.failed tells. */
int reflow_screen(Screen *s, int columns, int rows);

/* Cut or padded, never wrapped again. */
int reflow_cut(Screen *s, int columns, int rows);
