/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Host keys: what the lab pins, and whether a host is that one. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOSTKEY_DIGEST_SIZE 32
#define HOSTKEY_FINGERPRINT_SIZE sizeof "SHA256:0123456789012345678901234567890123456789012"
#define HOSTKEY_TYPE_SIZE 32
#define HOSTKEY_PINS_MAX 32

typedef struct HostkeyPin {
        uint8_t digest[HOSTKEY_DIGEST_SIZE];
        char type[HOSTKEY_TYPE_SIZE]; /* "ssh-ed25519"; empty if only a fingerprint is known */
} HostkeyPin;

/* A fingerprint "SHA256:…" or a public key line, with or without a host name in front. 0, -EINVAL. */
int hostkey_parse(const char *text, HostkeyPin *ret);

/* A whole setting. 0, or -EINVAL with a reason. */
int hostkey_check(char **pins, char *reason, size_t size);

/* From the key's blob as SSH sends it. -EINVAL if it is no such thing. */
int hostkey_from_blob(const void *blob, size_t size, HostkeyPin *ret);

bool hostkey_is_pinned(char **pins, const HostkeyPin *key);
void hostkey_format(const HostkeyPin *key, char ret[static HOSTKEY_FINGERPRINT_SIZE]);

/* "SHA256:… or SHA256:…", of what is pinned. */
void hostkey_format_pins(char **pins, char *ret, size_t size);

/* libssh2's preference list: what is pinned first, the rest behind it. */
void hostkey_preferences(char **pins, char *ret, size_t size);
