/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Private keys. Decrypts and signs nothing: libssh2 does. What it makes of a key is found out by letting it log in to
 * nobody, so that the answer of `labgate check` is the one that a login will get. */

#include <errno.h>
#include <libssh2.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "../../src/base/base64.h"
#include "privatekey.h"
#include "wiping.h"

#define DRY_RUN_HEAP_MAX (1024u * 1024u)
#define OPENSSH_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define OPENSSH_END "-----END OPENSSH PRIVATE KEY-----"
#define OPENSSH_MAGIC "openssh-key-v1" /* and its NUL */

/* One string of an SSH message at *p: advances, or answers false. */
static bool read_string(const uint8_t **p, const uint8_t *end, const uint8_t **ret, size_t *ret_size) {
        size_t size;

        if (end - *p < 4)
                return false;
        size = (size_t) (*p)[0] << 24 | (size_t) (*p)[1] << 16 | (size_t) (*p)[2] << 8 | (*p)[3];
        if (size > (size_t) (end - *p) - 4)
                return false;
        *ret = *p + 4;
        *ret_size = size;
        *p += 4 + size;
        return true;
}

static const char *type_of_algorithm(const uint8_t *name, size_t size) {
        static const struct {
                const char *prefix, *type;
        } types[] = {
                { "ssh-ed25519", "ed25519" },
                { "ecdsa-sha2-", "ecdsa" },
                { "ssh-rsa", "rsa" },
                { "ssh-dss", "dsa" },
        };

        for (size_t i = 0; i < ELEMENTS(types); i++)
                if (size >= strlen(types[i].prefix) && memcmp(name, types[i].prefix, strlen(types[i].prefix)) == 0)
                        return types[i].type;
        return NULL;
}

/* openssh-key-v1: magic, cipher, kdf, kdf options, number of keys, public key, private part. */
static int read_openssh_cover(PrivateKey *k, const uint8_t *blob, size_t size) {
        const uint8_t *p = blob + sizeof OPENSSH_MAGIC, *end = blob + size, *cipher, *s, *name;
        size_t cipher_size, n, name_size;

        if (size < sizeof OPENSSH_MAGIC || memcmp(blob, OPENSSH_MAGIC, sizeof OPENSSH_MAGIC) != 0 ||
            !read_string(&p, end, &cipher, &cipher_size) || !read_string(&p, end, &s, &n) ||
            !read_string(&p, end, &s, &n) || end - p < 4)
                return -EINVAL;
        p += 4;
        if (!read_string(&p, end, &s, &n))
                return -EINVAL;
        k->encrypted = cipher_size != 4 || memcmp(cipher, "none", 4) != 0;
        end = s + n;
        if (read_string(&s, end, &name, &name_size))
                k->type = type_of_algorithm(name, name_size);
        return 0;
}

static int load_openssh(PrivateKey *k) {
        const char *from = k->text + strlen(OPENSSH_BEGIN), *to = strstr(from, OPENSSH_END);
        _cleanup_free_ char *packed = NULL;
        _cleanup_free_ uint8_t *blob = NULL;
        size_t n = 0;
        ssize_t size;
        int r;

        if (!to)
                return -EINVAL;
        packed = malloc((size_t) (to - from) + 1);
        blob = malloc((size_t) (to - from) + 1);
        if (!packed || !blob)
                return -ENOMEM;
        for (; from < to; from++)
                if (*from != '\n')
                        packed[n++] = *from;
        size = base64_decode(packed, n, blob);
        r = size < 0 ? -EINVAL : read_openssh_cover(k, blob, (size_t) size);
        explicit_bzero(packed, n);
        if (size > 0)
                explicit_bzero(blob, (size_t) size);
        return r;
}

static int load_pem(PrivateKey *k) {
        static const struct {
                const char *begin, *type;
        } formats[] = {
                { "-----BEGIN RSA PRIVATE KEY-----\n", "rsa" },
                { "-----BEGIN EC PRIVATE KEY-----\n", "ecdsa" },
                { "-----BEGIN DSA PRIVATE KEY-----\n", "dsa" },
                { "-----BEGIN PRIVATE KEY-----\n", NULL },
                { "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", NULL },
        };

        for (size_t i = 0; i < ELEMENTS(formats); i++)
                if (strncmp(k->text, formats[i].begin, strlen(formats[i].begin)) == 0) {
                        k->type = formats[i].type;
                        k->encrypted = strstr(k->text, "ENCRYPTED") != NULL;
                        return 0;
                }
        return -EINVAL;
}

static int tidy(PrivateKey *k, const LabgateSecret *secret) {
        const char *from = secret->data, *to = secret->data + secret->size;

        while (from < to && strchr(" \t\r\n", *from))
                from++;
        while (to > from && strchr(" \t\r\n", to[-1]))
                to--;
        k->text = malloc((size_t) (to - from) + 2);
        if (!k->text)
                return -ENOMEM;
        for (; from < to; from++)
                if (*from != '\r')
                        k->text[k->size++] = *from;
        k->text[k->size++] = '\n';
        k->text[k->size] = 0;
        return 0;
}

int privatekey_load(PrivateKey *ret, const LabgateSecret *secret) {
        PrivateKey k = {};
        int r;

        r = tidy(&k, secret);
        if (r < 0)
                return r;
        r = strncmp(k.text, OPENSSH_BEGIN, strlen(OPENSSH_BEGIN)) == 0 ? load_openssh(&k) : load_pem(&k);
        if (r < 0) {
                privatekey_done(&k);
                return r;
        }
        *ret = k;
        return 0;
}

static int give_passphrase(char *buffer, int size, int writing, void *userdata) {
        const char *passphrase = userdata;
        size_t n = passphrase ? strlen(passphrase) : 0;

        if (n > (size_t) size)
                return -1;
        if (n > 0)
                memcpy(buffer, passphrase, n);
        return (int) n;
}

void privatekey_find_type(PrivateKey *k, char *passphrase) {
        BIO *text;
        EVP_PKEY *key;

        if (k->type)
                return;
        text = BIO_new_mem_buf(k->text, (int) k->size);
        key = text ? PEM_read_bio_PrivateKey(text, NULL, give_passphrase, passphrase) : NULL;
        switch (key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE) {
        case EVP_PKEY_RSA:
                k->type = "rsa";
                break;
        case EVP_PKEY_EC:
                k->type = "ecdsa";
                break;
        case EVP_PKEY_ED25519:
                k->type = "ed25519";
                break;
        }
        EVP_PKEY_free(key);
        BIO_free(text);
        ERR_clear_error();
}

void privatekey_done(PrivateKey *k) {
        if (k->text)
                explicit_bzero(k->text, k->size);
        free(k->text);
        *k = (PrivateKey) {};
}

typedef struct DryRun {
        WipingPool pool;
        bool reached; /* the point where a host would hear of the key */
} DryRun;

static ssize_t send_nowhere(libssh2_socket_t fd, const void *bytes, size_t size, int flags, void **abstract) {
        DryRun *d = *abstract;

        d->reached = true;
        return -EPIPE;
}

/* libssh2 opens the key before it sends the first byte. -EINVAL with why. */
static int dry_run(const PrivateKey *k, char *why, size_t size) {
        DryRun d = { .pool.limit = DRY_RUN_HEAP_MAX };
        LIBSSH2_SESSION *session = libssh2_session_init_ex(wiping_alloc, wiping_free, wiping_realloc, &d);
        char *text;

        if (!session)
                return -ENOMEM;
        libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *) send_nowhere);
        libssh2_session_set_blocking(session, 0);
        libssh2_userauth_publickey_frommemory(session, "x", 1, NULL, 0, k->text, k->size, NULL);
        if (!d.reached) {
                libssh2_session_last_error(session, &text, NULL, 0);
                snprintf(why, size, "%s", text);
        }
        libssh2_session_free(session);
        wiping_done(&d.pool);
        return d.reached ? 0 : -EINVAL;
}

int privatekey_check(const LabgateSecret *secret, char *reason, size_t size) {
        _cleanup_(privatekey_done) PrivateKey k = {};
        char why[128];
        int r;

        if (!secret->data)
                return 0;
        r = privatekey_load(&k, secret);
        if (r == -EINVAL)
                snprintf(reason, size, "private_key: not a private key in OpenSSH or PEM format");
        if (r < 0)
                return r;
        if (k.type && strcmp(k.type, "dsa") == 0) {
                snprintf(reason, size, "private_key: DSA keys are not supported; use ed25519 or ecdsa");
                return -EINVAL;
        }
        if (k.encrypted)
                return 0;
        privatekey_find_type(&k, NULL);
        r = dry_run(&k, why, sizeof why);
        if (r == -EINVAL)
                snprintf(reason, size, "private_key: libssh2 %s cannot open the %s key: %s", libssh2_version(0),
                         k.type ? k.type : "private", why);
        return r;
}
