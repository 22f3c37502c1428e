/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text from a clipboard, made fit to be typed into a program. */

#include <stdbool.h>

#include "../base/buffer.h"

/* Appends text (valid UTF-8) with every newline as Return, without control characters but tabs, and between the
 * brackets if the program asked for them, which the text itself cannot close. 0, -ENOMEM, -ENOBUFS. */
int paste_encode(const char *text, size_t size, bool bracketed, Buffer *ret);
