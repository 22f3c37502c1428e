/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Host keys. Keeps no list of known hosts and learns nothing: a lab file says whom to trust. MD5 fingerprints,
 * certificates and revocations are refused. */

#include <errno.h>
#include <libssh2.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "../../src/base/base64.h"
#include "../../src/base/cleanup.h"
#include "hostkey.h"

#define FINGERPRINT_PREFIX "SHA256:"
#define FINGERPRINT_CHARACTERS 43
#define LINE_MAX_SIZE 8192

/* SHA-1 signatures (ssh-rsa, ssh-dss) are no proof any more. */
static const char *const algorithms[] = {
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "rsa-sha2-512", "rsa-sha2-256",
};

int hostkey_from_blob(const void *blob, size_t size, HostkeyPin *ret) {
        const uint8_t *p = blob;
        HostkeyPin key = {};
        size_t n;

        if (size < 4)
                return -EINVAL;
        n = (size_t) p[0] << 24 | (size_t) p[1] << 16 | (size_t) p[2] << 8 | p[3];
        if (n == 0 || n >= sizeof key.type || n > size - 4)
                return -EINVAL;
        memcpy(key.type, p + 4, n);
        SHA256(blob, size, key.digest);
        *ret = key;
        return 0;
}

static int parse_fingerprint(const char *text, size_t size, HostkeyPin *ret) {
        char padded[FINGERPRINT_CHARACTERS + 1];
        uint8_t bytes[sizeof padded / 4 * 3 + 1];
        HostkeyPin key = {};

        if (size == FINGERPRINT_CHARACTERS + 1 && text[FINGERPRINT_CHARACTERS] == '=')
                size--;
        if (size != FINGERPRINT_CHARACTERS)
                return -EINVAL;
        memcpy(padded, text, FINGERPRINT_CHARACTERS);
        padded[FINGERPRINT_CHARACTERS] = '=';
        if (base64_decode(padded, sizeof padded, bytes) != HOSTKEY_DIGEST_SIZE)
                return -EINVAL;
        memcpy(key.digest, bytes, HOSTKEY_DIGEST_SIZE);
        *ret = key;
        return 0;
}

/* The base64 word behind a type's name must name the same type. */
static int parse_key(const char *type, size_t type_size, const char *text, size_t size, HostkeyPin *ret) {
        uint8_t blob[LINE_MAX_SIZE / 4 * 3 + 1];
        HostkeyPin key;
        ssize_t n;

        if (size > LINE_MAX_SIZE)
                return -EINVAL;
        n = base64_decode(text, size, blob);
        if (n < 0 || hostkey_from_blob(blob, (size_t) n, &key) < 0 || strlen(key.type) != type_size ||
            memcmp(key.type, type, type_size) != 0)
                return -EINVAL;
        *ret = key;
        return 0;
}

static const char *next_word(const char *text, size_t *ret_size) {
        text += strspn(text, " \t\r\n");
        *ret_size = strcspn(text, " \t\r\n");
        return text;
}

int hostkey_parse(const char *text, HostkeyPin *ret) {
        size_t first_size, second_size, third_size;
        const char *first, *second, *third;

        first = next_word(text, &first_size);
        if (first_size > strlen(FINGERPRINT_PREFIX) &&
            strncmp(first, FINGERPRINT_PREFIX, strlen(FINGERPRINT_PREFIX)) == 0) {
                if (*next_word(first + first_size, &second_size))
                        return -EINVAL;
                return parse_fingerprint(first + strlen(FINGERPRINT_PREFIX), first_size - strlen(FINGERPRINT_PREFIX),
                                         ret);
        }
        if (*first == '@') /* @revoked is the opposite of a pin, @cert-authority none that we could check */
                return -EINVAL;
        second = next_word(first + first_size, &second_size);
        third = next_word(second + second_size, &third_size);
        if (parse_key(first, first_size, second, second_size, ret) == 0)
                return 0;
        return parse_key(second, second_size, third, third_size, ret);
}

int hostkey_check(char **pins, char *reason, size_t size) {
        HostkeyPin key;
        unsigned n = 0;

        for (; pins && *pins; pins++) {
                if (++n > HOSTKEY_PINS_MAX) {
                        snprintf(reason, size, "host_key: more than %d keys", HOSTKEY_PINS_MAX);
                        return -EINVAL;
                }
                if (hostkey_parse(*pins, &key) < 0) {
                        snprintf(reason, size, "host_key: entry %u is neither SHA256:... nor a public key line", n);
                        return -EINVAL;
                }
        }
        return 0;
}

bool hostkey_is_pinned(char **pins, const HostkeyPin *key) {
        HostkeyPin pin;

        for (; pins && *pins; pins++)
                if (hostkey_parse(*pins, &pin) == 0 && memcmp(pin.digest, key->digest, sizeof pin.digest) == 0)
                        return true;
        return false;
}

void hostkey_format(const HostkeyPin *key, char ret[static HOSTKEY_FINGERPRINT_SIZE]) {
        char text[BASE64_SIZE(HOSTKEY_DIGEST_SIZE)];

        base64_encode(key->digest, sizeof key->digest, text);
        snprintf(ret, HOSTKEY_FINGERPRINT_SIZE, FINGERPRINT_PREFIX "%.*s", FINGERPRINT_CHARACTERS, text);
}

void hostkey_format_pins(char **pins, char *ret, size_t size) {
        char text[HOSTKEY_FINGERPRINT_SIZE];
        HostkeyPin pin;
        size_t n = 0;

        *ret = 0;
        for (; pins && *pins; pins++) {
                if (hostkey_parse(*pins, &pin) < 0)
                        continue;
                hostkey_format(&pin, text);
                n += (size_t) snprintf(ret + n, size - n, "%s%s", n > 0 ? " or " : "", text);
                if (n >= size)
                        return;
        }
}

static bool is_pinned_type(char **pins, const char *algorithm) {
        const char *type = strncmp(algorithm, "rsa-sha2-", strlen("rsa-sha2-")) == 0 ? "ssh-rsa" : algorithm;
        HostkeyPin pin;

        for (; pins && *pins; pins++)
                if (hostkey_parse(*pins, &pin) == 0 && strcmp(pin.type, type) == 0)
                        return true;
        return false;
}

void hostkey_preferences(char **pins, char *ret, size_t size) {
        size_t n = 0;

        for (int wanted = 1; wanted >= 0; wanted--)
                for (size_t i = 0; i < ELEMENTS(algorithms) && n < size; i++)
                        if (is_pinned_type(pins, algorithms[i]) == wanted)
                                n += (size_t) snprintf(ret + n, size - n, "%s%s", n > 0 ? "," : "", algorithms[i]);
}
