/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Clipboard text between the page (UTF-8, \n) and a lab machine (UTF-16 in little endian, a NUL at the end). */

#include <stddef.h>
#include <stdint.h>

/* Up to the first NUL, \r\n as \n; at most limit bytes, cut at a character. malloc'd, NUL-terminated; NULL without
 * memory. */
char *utf16_to_utf8(const uint8_t *bytes, size_t size, size_t limit, size_t *ret_size);

typedef enum Utf16LineEnds {
        UTF16_CRLF,
        UTF16_LF,
        UTF16_AS_IS,
} Utf16LineEnds;

/* malloc'd, with the NUL, which ret_size counts; NULL without memory. text is valid UTF-8. */
uint8_t *utf16_from_utf8(const char *text, size_t size, Utf16LineEnds ends, size_t *ret_size);
