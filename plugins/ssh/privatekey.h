/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The lab's private key as text: tidied up, looked into as far as its cover tells. */

#include "../../src/base/cleanup.h"
#include "../plugin.h"

typedef struct PrivateKey {
        char *text; /* NUL-terminated; wiped with the struct */
        size_t size;
        const char *type; /* "rsa", "ecdsa", "ed25519", "dsa"; NULL if the cover does not tell */
        bool encrypted;
} PrivateKey;

/* Tolerates CR LF, blanks around it and a missing newline at the end. 0, -ENOMEM, -EINVAL if it is no private key of a
 * format known here. */
int privatekey_load(PrivateKey *ret, const LabgateSecret *secret);

/* PKCS#8 says inside what it is. passphrase may be NULL. */
void privatekey_find_type(PrivateKey *k, char *passphrase);
void privatekey_done(PrivateKey *k);

/* Whether this libssh2 can log in with the key. An encrypted one is not opened: that takes libssh2 a tenth of a second
 * or more, and a wrong passphrase is the login's to report. 0, or -EINVAL with a reason naming the setting. No key at
 * all is fine. */
int privatekey_check(const LabgateSecret *secret, char *reason, size_t size);
