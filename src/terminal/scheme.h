/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Colour schemes in guacd's syntax: "gray-black", "black-white", "green-black", "white-black", or pairs
 *
 *         foreground: rgb:aa/bb/cc; background: navy; color1: rgb:f/0/0; color9: color1
 *
 * A component has one to four hexadecimal digits, a name is one of X11's, colorN (0 to 255) as a value is what that
 * colour is at this point of the text. */

#include <stddef.h>
#include <stdint.h>

#define SCHEME_TEXT_MAX 16384 /* bytes, as long as a page may send */

typedef struct Scheme {
        uint32_t palette[256]; /* 0xRRGGBB */
        uint32_t foreground;
        uint32_t background;
} Scheme;

/* NULL or "" is gray-black. 0, or -EINVAL with a reason. */
int scheme_parse(const char *text, Scheme *ret, char *reason, size_t size);
