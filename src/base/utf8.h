/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* UTF-8 as Unicode defines it (no surrogates, no overlong forms, nothing above U+10FFFF). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xfffdu

/* Decodes the character at bytes. Answers its length 1..4 and the code point; 0 if the bytes given are the beginning of
 * a character that needs more; negative: that many bytes (1..3) are no character, the maximal subpart of the Unicode
 * standard, chapter 3.9. size > 0. */
int utf8_decode(const void *bytes, size_t size, uint32_t *ret_code_point);

/* Answers the length 1..4; a code point that is none encodes as U+FFFD. */
size_t utf8_encode(uint32_t code_point, char ret[static 4]);

bool utf8_is_valid(const void *bytes, size_t size);

/* Code points in valid UTF-8. */
size_t utf8_count(const void *bytes, size_t size);

/* The longest prefix of at most limit bytes that cuts no character. */
size_t utf8_prefix(const void *bytes, size_t size, size_t limit);

/* A copy with every invalid sequence replaced by U+FFFD, pairs of surrogates (CESU-8) by their character, and, if asked, control characters dropped (C0 but tab and
 * newline, DEL, C1). NUL-terminated, malloc'd. NULL without memory. */
char *utf8_mend(const void *bytes, size_t size, bool drop_controls, size_t *ret_size);
