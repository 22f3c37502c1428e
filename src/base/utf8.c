/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* The Unicode standard, table 3-7: by lead byte, how many bytes follow and the range of the first of them; the rest
 * are 80..BF. */
typedef struct Lead {
        uint8_t follow, low, high;
} Lead;

static Lead utf8_lead(uint8_t b) {
        if (b >= 0xc2 && b <= 0xdf)
                return (Lead) { 1, 0x80, 0xbf };
        if (b == 0xe0)
                return (Lead) { 2, 0xa0, 0xbf };
        if (b == 0xed)
                return (Lead) { 2, 0x80, 0x9f };
        if (b >= 0xe1 && b <= 0xef)
                return (Lead) { 2, 0x80, 0xbf };
        if (b == 0xf0)
                return (Lead) { 3, 0x90, 0xbf };
        if (b >= 0xf1 && b <= 0xf3)
                return (Lead) { 3, 0x80, 0xbf };
        if (b == 0xf4)
                return (Lead) { 3, 0x80, 0x8f };
        return (Lead) {};
}

int utf8_decode(const void *bytes, size_t size, uint32_t *ret_code_point) {
        const uint8_t *b = bytes;
        uint32_t c;
        Lead lead;

        if (b[0] < 0x80) {
                *ret_code_point = b[0];
                return 1;
        }
        lead = utf8_lead(b[0]);
        if (lead.follow == 0)
                return -1;
        c = b[0] & (0x3fu >> lead.follow);
        for (unsigned i = 1; i <= lead.follow; i++) {
                if (i == size)
                        return 0;
                if (b[i] < lead.low || b[i] > lead.high)
                        return -(int) i;
                c = c << 6 | (b[i] & 0x3fu);
                lead.low = 0x80;
                lead.high = 0xbf;
        }
        *ret_code_point = c;
        return 1 + lead.follow;
}

size_t utf8_encode(uint32_t c, char ret[static 4]) {
        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                c = UTF8_REPLACEMENT;
        if (c < 0x80) {
                ret[0] = (char) c;
                return 1;
        }
        if (c < 0x800) {
                ret[0] = (char) (0xc0 | c >> 6);
                ret[1] = (char) (0x80 | (c & 0x3f));
                return 2;
        }
        if (c < 0x10000) {
                ret[0] = (char) (0xe0 | c >> 12);
                ret[1] = (char) (0x80 | (c >> 6 & 0x3f));
                ret[2] = (char) (0x80 | (c & 0x3f));
                return 3;
        }
        ret[0] = (char) (0xf0 | c >> 18);
        ret[1] = (char) (0x80 | (c >> 12 & 0x3f));
        ret[2] = (char) (0x80 | (c >> 6 & 0x3f));
        ret[3] = (char) (0x80 | (c & 0x3f));
        return 4;
}

bool utf8_is_valid(const void *bytes, size_t size) {
        const uint8_t *b = bytes;

        for (size_t i = 0; i < size;) {
                uint32_t c;
                int n = utf8_decode(b + i, size - i, &c);

                if (n <= 0)
                        return false;
                i += (size_t) n;
        }
        return true;
}

size_t utf8_count(const void *bytes, size_t size) {
        const uint8_t *b = bytes;
        size_t n = 0;

        for (size_t i = 0; i < size; i++)
                n += (b[i] & 0xc0) != 0x80;
        return n;
}

size_t utf8_prefix(const void *bytes, size_t size, size_t limit) {
        const uint8_t *b = bytes;

        if (size <= limit)
                return size;
        while (limit > 0 && (b[limit] & 0xc0) == 0x80)
                limit--;
        return limit;
}

static bool is_control(uint32_t c) {
        return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0);
}

/* The page's stock StringWriter writes a character beyond U+FFFF as its two surrogates, three bytes each. Answers the
 * character, 0 if there is no such pair. */
static uint32_t surrogate_pair(const uint8_t *b, size_t size) {
        if (size < 6 || b[0] != 0xed || (b[1] & 0xf0) != 0xa0 || b[3] != 0xed || (b[4] & 0xf0) != 0xb0 ||
            (b[2] & 0xc0) != 0x80 || (b[5] & 0xc0) != 0x80)
                return 0;
        return 0x10000u + ((uint32_t) ((b[1] & 0x0f) << 6 | (b[2] & 0x3f)) << 10) +
               (uint32_t) ((b[4] & 0x0f) << 6 | (b[5] & 0x3f));
}

char *utf8_mend(const void *bytes, size_t size, bool drop_controls, size_t *ret_size) {
        const uint8_t *b = bytes;
        size_t n = 0;
        char *text;

        /* One bad byte becomes the three of U+FFFD. */
        if (size > (SIZE_MAX - 1) / 3)
                return NULL;
        text = malloc(size * 3 + 1);
        if (!text)
                return NULL;
        for (size_t i = 0; i < size;) {
                uint32_t c = UTF8_REPLACEMENT;
                int r = utf8_decode(b + i, size - i, &c);
                uint32_t pair = r < 0 ? surrogate_pair(b + i, size - i) : 0;

                i += pair ? 6 : r > 0 ? (size_t) r : r < 0 ? (size_t) -r : size - i;
                c = pair ? pair : c;
                if (!drop_controls || !is_control(c))
                        n += utf8_encode(c, text + n);
        }
        text[n] = 0;
        if (ret_size)
                *ret_size = n;
        return text;
}
