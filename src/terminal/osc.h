/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "state.h"

/* Operating system commands: title, colours, and the clipboard if that is allowed. Questions get no answer, links are
 * shown as their text. */
void osc_run(Terminal *t, const char *text, size_t size);
void osc_forget_colours(Terminal *t);
