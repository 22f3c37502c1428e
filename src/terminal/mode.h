/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SM, RM and their private forms, and questions about them (DECRQM). */

#include "state.h"

void mode_change(Terminal *t, bool private, int number, bool set);
void mode_report(Terminal *t, bool private, int number); /* silent about modes that do not exist here */
void mode_reset(Terminal *t);                            /* all as in the beginning; the screen that shows stays */
void mode_show_main(Terminal *t);
