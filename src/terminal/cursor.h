/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the next character goes. */

#include "state.h"

void cursor_restrict(Terminal *t, int column_max); /* into the screen, or the region in origin mode */
void cursor_set(Terminal *t, int x, int y);        /* relative to the region in origin mode */
void cursor_move(Terminal *t, int dx, int dy);
void cursor_up(Terminal *t, int count);            /* stops at the region's edge if it began within */
void cursor_down(Terminal *t, int count);
void cursor_line_feed(Terminal *t);
void cursor_index(Terminal *t);
void cursor_reverse_index(Terminal *t);
void cursor_wrap(Terminal *t);
void cursor_backspace(Terminal *t);
void cursor_save(Terminal *t);
void cursor_restore(Terminal *t);

void cursor_tab(Terminal *t, int count);
void cursor_back_tab(Terminal *t, int count);
void cursor_tab_set(Terminal *t, bool set);
void cursor_tabs_clear(Screen *s);
void cursor_tabs_extend(Screen *s, int from, int columns); /* default stops for columns from.. */
