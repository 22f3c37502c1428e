/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The only place where text becomes a number. Decimal digits only, all of them used, within the range given. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0, -EINVAL if it is no number, -ERANGE if it is outside min..max. */
int parse_unsigned(const char *text, size_t size, uint64_t min, uint64_t max, uint64_t *ret);
int parse_signed(const char *text, size_t size, int64_t min, int64_t max, int64_t *ret);

/* What pages send where an integer is meant: an optional sign, digits, anything after a fraction point ignored;
 * clamped to the range. -EINVAL if there is no leading integer ("NaN", "", "undefined"). */
int parse_lenient(const char *text, size_t size, int64_t min, int64_t max, int64_t *ret);

/* Hexadecimal bytes, both cases. size must be even and at most 2 * capacity. */
int parse_hex(const char *text, size_t size, uint8_t *ret, size_t capacity);
void format_hex(const uint8_t *bytes, size_t size, char *ret); /* 2 * size digits and NUL */

/* RFC 3339, with Z or an offset, seconds with an optional fraction (dropped). Seconds since the epoch. -EINVAL. */
int parse_time(const char *text, int64_t *ret);

/* A span of time: a number with one of s, m, h, d behind it, at least a second. -EINVAL, -ERANGE. */
int parse_span(const char *text, uint64_t *ret_seconds);
