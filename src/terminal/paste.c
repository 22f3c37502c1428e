/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "paste.h"

#define BRACKET_SIZE 6 /* ESC [ 2 0 0 ~ */

static bool is_bracket(const char *text, size_t size) {
        return size >= BRACKET_SIZE && (memcmp(text, "\033[200~", BRACKET_SIZE) == 0 ||
                                        memcmp(text, "\033[201~", BRACKET_SIZE) == 0);
}

/* Answers how many bytes it took. */
static size_t encode_one(const char *text, size_t size, uint8_t *to, size_t *n) {
        uint8_t c = (uint8_t) text[0];

        if (is_bracket(text, size))
                return BRACKET_SIZE;
        if (c == '\r' && size > 1 && text[1] == '\n')
                return 1;
        if (c == '\n' || c == '\r')
                to[(*n)++] = '\r';
        else if (c == 0xc2 && size > 1 && (uint8_t) text[1] < 0xa0) /* U+0080..009F */
                return 2;
        else if (c == '\t' || (c >= ' ' && c != 0x7f))
                to[(*n)++] = c;
        return 1;
}

int paste_encode(const char *text, size_t size, bool bracketed, Buffer *ret) {
        uint8_t *to;
        size_t n = 0;

        to = buffer_reserve(ret, size + 2 * BRACKET_SIZE);
        if (!to)
                return -ENOMEM;
        if (bracketed) {
                memcpy(to, "\033[200~", BRACKET_SIZE);
                n = BRACKET_SIZE;
        }
        for (size_t i = 0; i < size;)
                i += encode_one(text + i, size - i, to, &n);
        if (bracketed) {
                memcpy(to + n, "\033[201~", BRACKET_SIZE);
                n += BRACKET_SIZE;
        }
        buffer_commit(ret, n);
        return 0;
}
