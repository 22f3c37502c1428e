/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Clipboard text between the page (UTF-8, \n) and Windows (UTF-16 in little endian, \r\n, a NUL at the end). */

#include <stddef.h>
#include <stdint.h>

/* Up to the first NUL; at most limit bytes, cut at a character. malloc'd, NUL-terminated; NULL without memory. */
char *utf16_to_utf8(const uint8_t *bytes, size_t size, size_t limit, size_t *ret_size);

/* malloc'd, with the NUL, which ret_size counts; NULL without memory. text is valid UTF-8. */
uint8_t *utf16_from_utf8(const char *text, size_t size, size_t *ret_size);
