/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "../base/base64.h"
#include "../base/parse.h"
#include "token.h"

#define TOKEN_RANDOM_SIZE 32
static_assert(TOKEN_HASH_SIZE == 2 * SHA256_DIGEST_LENGTH, "a hash is a SHA-256");
static_assert(BASE64_SIZE(TOKEN_RANDOM_SIZE) <= TOKEN_SIZE_MAX, "a token of ours is one");

static bool is_token_part(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool token_is_valid(const char *token, size_t size) {
        if (size < 1 || size > TOKEN_SIZE_MAX)
                return false;
        for (size_t i = 0; i < size; i++)
                if (!is_token_part(token[i]))
                        return false;
        return true;
}

void token_hash(const char *token, size_t size, char ret[static TOKEN_HASH_SIZE + 1]) {
        uint8_t digest[SHA256_DIGEST_LENGTH];

        SHA256((const uint8_t *) token, size, digest);
        format_hex(digest, sizeof digest, ret);
}

int token_generate(char ret[static TOKEN_SIZE_MAX + 1]) {
        uint8_t random[TOKEN_RANDOM_SIZE];
        char text[BASE64_SIZE(TOKEN_RANDOM_SIZE) + 1] = "";

        if (getrandom(random, sizeof random, 0) != sizeof random)
                return errno > 0 ? -errno : -EIO;
        base64_encode(random, sizeof random, text);
        explicit_bzero(random, sizeof random);
        for (char *c = text; *c; c++)
                *c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? 0 : *c;
        strcpy(ret, text);
        explicit_bzero(text, sizeof text);
        return 0;
}
