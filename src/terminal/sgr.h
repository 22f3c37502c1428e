/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "state.h"

/* SGR: colours and attributes of what is printed from now on. */
void sgr_apply(Pen *pen, const ParserParameters *p);
