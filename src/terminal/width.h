/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How many columns a code point takes: 0 (combines with the one before), 1 or 2. */

#include <stdint.h>

int width_of(uint32_t code_point);
