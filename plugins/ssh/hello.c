/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The host's first words, for texts to people only: nothing that is agreed on is taken from here. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "../../src/base/utf8.h"
#include "hello.h"

#define KEXINIT 20
#define KEXINIT_COOKIE 16

int hello_init(Hello *h) {
        *h = (Hello) { .bytes = malloc(HELLO_MAX) };
        return h->bytes ? 0 : -ENOMEM;
}

void hello_done(Hello *h) {
        free(h->bytes);
        *h = (Hello) {};
}

/* Behind the line that begins with SSH-, or NULL. */
static const uint8_t *after_banner(const Hello *h) {
        const uint8_t *line = h->bytes, *end = h->bytes + h->size, *newline;

        for (; line < end; line = newline + 1) {
                newline = memchr(line, '\n', (size_t) (end - line));
                if (!newline)
                        return NULL;
                if (newline - line >= 4 && memcmp(line, "SSH-", 4) == 0)
                        return newline + 1;
        }
        return NULL;
}

bool hello_is_ssh(const Hello *h) {
        return h->bytes && after_banner(h);
}

bool hello_feed(Hello *h, const void *bytes, size_t size) {
        size_t n;

        if (!h->bytes)
                return true;
        n = MIN(size, HELLO_MAX - h->size);
        memcpy(h->bytes + h->size, bytes, n);
        h->size += n;
        return h->size < HELLO_MAX || hello_is_ssh(h);
}

void hello_first_line(const Hello *h, char *ret, size_t size) {
        _cleanup_free_ char *text = NULL;
        const uint8_t *newline = h->size > 0 ? memchr(h->bytes, '\n', h->size) : NULL;
        size_t n = 0;

        if (h->size > 0)
                text = utf8_mend(h->bytes, newline ? (size_t) (newline - h->bytes) : h->size, true, &n);
        if (text)
                n = utf8_prefix(text, n, size - 1);
        if (text)
                memcpy(ret, text, n);
        ret[text ? n : 0] = 0;
}

static uint32_t read_number(const uint8_t *p) {
        return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

bool hello_host_keys(const Hello *h, char *ret, size_t size) {
        const uint8_t *p = h->bytes ? after_banner(h) : NULL, *end = h->bytes + h->size;
        size_t n;

        /* packet length, padding length, message number, cookie, length of the list of key exchanges */
        if (!p || end - p < 4 + 1 + 1 + KEXINIT_COOKIE + 4 || p[5] != KEXINIT)
                return false;
        p += 4 + 1 + 1 + KEXINIT_COOKIE;
        n = read_number(p);
        if (n > (size_t) (end - p) - 4 || (size_t) (end - p) - 4 - n < 4)
                return false;
        p += 4 + n;
        n = read_number(p);
        if (n > (size_t) (end - p) - 4 || n >= size || !utf8_is_valid(p + 4, n))
                return false;
        memcpy(ret, p + 4, n);
        ret[n] = 0;
        return true;
}
