/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdbool.h>
#include <stdlib.h>

#include "../../src/base/utf8.h"
#include "utf16.h"

#define UTF8_MAX 4 /* bytes of a character */

static uint32_t unit_at(const uint8_t *bytes, size_t i) {
        return (uint32_t) bytes[2 * i] | (uint32_t) bytes[2 * i + 1] << 8;
}

/* The character at unit i of n; a half of a pair alone is none. Answers how many units it takes. */
static size_t decode(const uint8_t *bytes, size_t i, size_t n, uint32_t *ret) {
        uint32_t u = unit_at(bytes, i), low;

        *ret = u;
        if (u < 0xd800 || u > 0xdfff)
                return 1;
        *ret = UTF8_REPLACEMENT;
        if (u > 0xdbff || i + 1 >= n)
                return 1;
        low = unit_at(bytes, i + 1);
        if (low < 0xdc00 || low > 0xdfff)
                return 1;
        *ret = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
        return 2;
}

char *utf16_to_utf8(const uint8_t *bytes, size_t size, size_t limit, size_t *ret_size) {
        size_t n = size / 2, used = 0, i = 0, step;
        char *text = malloc((n < limit ? n : limit) * 3 + UTF8_MAX + 1);
        uint32_t c;

        if (!text)
                return NULL;
        for (; i < n; i += step) {
                char encoded[UTF8_MAX];
                size_t length;

                step = decode(bytes, i, n, &c);
                if (c == 0)
                        break;
                if (c == '\r' && i + 1 < n && unit_at(bytes, i + 1) == '\n')
                        continue;
                length = utf8_encode(c, encoded);
                if (used + length > limit)
                        break;
                for (size_t k = 0; k < length; k++)
                        text[used++] = encoded[k];
        }
        text[used] = 0;
        *ret_size = used;
        return text;
}

static size_t put(uint8_t *bytes, size_t at, uint32_t unit) {
        bytes[at] = (uint8_t) unit;
        bytes[at + 1] = (uint8_t) (unit >> 8);
        return at + 2;
}

/* The CR of a CR LF that is to be LF. */
static bool is_left_out(const char *text, size_t size, size_t i, Utf16LineEnds ends) {
        return ends == UTF16_LF && text[i] == '\r' && i + 1 < size && text[i + 1] == '\n';
}

uint8_t *utf16_from_utf8(const char *text, size_t size, Utf16LineEnds ends, size_t *ret_size) {
        uint8_t *bytes = reallocarray(NULL, size + 1, 4); /* no byte becomes more than two units: \n does */
        size_t used = 0;
        uint32_t c, before = 0;

        if (!bytes)
                return NULL;
        for (size_t i = 0; i < size; before = c) {
                bool is_out = is_left_out(text, size, i, ends);
                int length = utf8_decode(text + i, size - i, &c);

                if (length <= 0) {
                        c = UTF8_REPLACEMENT;
                        length = 1;
                }
                i += (size_t) length;
                if (is_out)
                        continue;
                if (c == '\n' && before != '\r' && ends == UTF16_CRLF)
                        used = put(bytes, used, '\r');
                if (c > 0xffff) {
                        used = put(bytes, used, 0xd800 + ((c - 0x10000) >> 10));
                        used = put(bytes, used, 0xdc00 + ((c - 0x10000) & 0x3ff));
                } else if (c != 0)
                        used = put(bytes, used, c);
        }
        *ret_size = put(bytes, used, 0);
        return bytes;
}
