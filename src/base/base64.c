/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

#include "base64.h"

#define CHUNK (48u * 1024u) /* a multiple of 3, well below the int that OpenSSL counts in */

void base64_encode(const void *bytes, size_t size, char *ret) {
        const unsigned char *b = bytes;

        /* EVP_EncodeBlock() ends with a NUL, for which ret has no room. */
        while (size > 0) {
                unsigned char text[BASE64_SIZE(CHUNK) + 1];
                size_t n = size < CHUNK ? size : CHUNK;

                EVP_EncodeBlock(text, b, (int) n);
                memcpy(ret, text, BASE64_SIZE(n));
                ret += BASE64_SIZE(n);
                b += n;
                size -= n;
        }
}

static size_t padding(const char *text, size_t size) {
        if (size == 0 || text[size - 1] != '=')
                return 0;
        return text[size - 2] == '=' ? 2 : 1;
}

ssize_t base64_decode(const char *text, size_t size, void *ret) {
        size_t n_padding;
        int n;

        if (size % 4 != 0 || size > INT32_MAX)
                return -EINVAL;
        if (size == 0)
                return 0;
        n_padding = padding(text, size);
        /* OpenSSL takes white space and '=' in the middle. */
        for (size_t i = 0; i < size - n_padding; i++) {
                char c = text[i];

                if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/'))
                        return -EINVAL;
        }
        n = EVP_DecodeBlock(ret, (const unsigned char *) text, (int) size);
        if (n < 0)
                return -EINVAL;
        return n - (ssize_t) n_padding;
}
