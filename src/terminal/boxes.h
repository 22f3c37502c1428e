/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Box drawing, block elements and Braille patterns, drawn by rule instead of from a font, so that lines meet without
 * gaps whatever the size of a cell is. */

#include <stdbool.h>
#include <stdint.h>

/* True if code_point is one of U+2500..259F and U+2800..28FF; then coverage, width * height levels of 0..15 that are
 * all 0, holds its picture. */
bool boxes_draw(uint32_t code_point, int width, int height, uint8_t *coverage);
