/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the administrator's command may ask on the porter's socket, and no session: who is there, and that one ends.
 * Both answer -EBADMSG to anybody who is neither root nor who the porter runs as. */

#include "message.h"
#include "visit.h"

int control_on_list(Visit *v, const Message *m);
int control_on_kill(Visit *v, const Message *m);
