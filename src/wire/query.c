/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../base/parse.h"
#include "../base/utf8.h"
#include "query.h"

/* One byte of percent-encoded text; -1 if there is none that may stand in a parameter. */
static int query_byte(Slice *text) {
        uint8_t c = (uint8_t) text->data[0];
        size_t n = 1;

        if (c == '%') {
                if (text->size < 3 || parse_hex(text->data + 1, 2, &c, 1) < 0)
                        return -1;
                n = 3;
        } else if (c == '+')
                c = ' ';
        text->data += n;
        text->size -= n;
        return c < 0x20 || c == 0x7f ? -1 : c;
}

static bool query_decode(Slice text, char *ret, size_t limit) {
        size_t n = 0;

        while (text.size > 0) {
                int c = query_byte(&text);

                if (c < 0 || n == limit)
                        return false;
                ret[n++] = (char) c;
        }
        ret[n] = 0;
        return utf8_is_valid(ret, n);
}

static Slice query_take(Slice *text, const char *separators) {
        Slice part = { text->data, 0 };

        while (part.size < text->size && !strchr(separators, text->data[part.size]))
                part.size++;
        text->data += part.size;
        text->size -= part.size;
        if (text->size > 0) {
                text->data++;
                text->size--;
        }
        return part;
}

bool query_next(Slice *query, QueryParameter *ret) {
        while (query->size > 0) {
                Slice value = query_take(query, "&?");
                Slice name = query_take(&value, "=");

                if (name.size > 0 && query_decode(name, ret->name, QUERY_NAME_MAX) &&
                    query_decode(value, ret->value, QUERY_VALUE_MAX))
                        return true;
        }
        return false;
}
