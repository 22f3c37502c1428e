/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What control characters and sequences mean: tables from key to function. */

#include "state.h"

extern const ParserSink sequence_sink; /* userdata: Terminal */

void sequence_reset(Terminal *t); /* RIS */
