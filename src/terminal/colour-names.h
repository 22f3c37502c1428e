/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* X11's colour names. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COLOUR_NAMES_SIZE_MAX 20

/* Case and blanks do not count. 0xRRGGBB. */
bool colour_names_find(const char *text, size_t size, uint32_t *ret_rgb);
