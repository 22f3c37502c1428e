/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sees that labs are removed, changed or run out while sessions use them, and has those sessions told. Looks at the
 * files themselves every few seconds while there are sessions, because directories come and go; inotify only makes
 * it look sooner. */

#include "../base/cleanup.h"

typedef struct Watch Watch;
typedef struct Porter Porter;

int watch_new(Watch **ret, Porter *p);
Watch *watch_free(Watch *w);

/* Sessions came or went. */
void watch_update(Watch *w);
