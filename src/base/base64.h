/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Standard base64 with padding (RFC 4648, section 4), by OpenSSL. */

#include <stddef.h>
#include <sys/types.h>

#define BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* Writes BASE64_SIZE(size) characters, no NUL. */
void base64_encode(const void *bytes, size_t size, char *ret);

/* Answers the number of bytes, at most size / 4 * 3; -EINVAL for anything but whole, padded base64. ret must have room
 * for size / 4 * 3 + 1 bytes. */
ssize_t base64_decode(const char *text, size_t size, void *ret);
