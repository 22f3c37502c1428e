/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../src/base/cleanup.h"
#include "../../src/base/parse.h"
#include "certificate.h"

#define FINGERPRINT_SIZE 32
#define CHAIN_MAX 16

static void bio_freep(BIO **bio) {
        BIO_free(*bio);
}

static void store_freep(X509_STORE **store) {
        X509_STORE_free(*store);
}

static void context_freep(X509_STORE_CTX **context) {
        X509_STORE_CTX_free(*context);
}

static void chain_freep(STACK_OF(X509) **chain) {
        sk_X509_pop_free(*chain, X509_free);
}

/* With or without "SHA256:" (or openssl's "sha256 Fingerprint="), with or without colons. */
static int parse_fingerprint(const char *text, uint8_t ret[static FINGERPRINT_SIZE]) {
        char digits[2 * FINGERPRINT_SIZE];
        size_t n = 0;

        if (strncasecmp(text, "SHA256:", 7) == 0)
                text += 7;
        else if (strncasecmp(text, "SHA256 Fingerprint=", 19) == 0)
                text += 19;
        for (; *text; text++) {
                if (*text == ':')
                        continue;
                if (n == sizeof digits)
                        return -EINVAL;
                digits[n++] = *text;
        }
        if (n != sizeof digits)
                return -EINVAL;
        return parse_hex(digits, n, ret, FINGERPRINT_SIZE) < 0 ? -EINVAL : 0;
}

int certificate_check_fingerprints(char *const *fingerprints, char *reason, size_t size) {
        uint8_t ignored[FINGERPRINT_SIZE];

        for (; fingerprints && *fingerprints; fingerprints++)
                if (parse_fingerprint(*fingerprints, ignored) < 0) {
                        snprintf(reason, size, "cert_fingerprints: not a SHA-256 fingerprint in hex");
                        return -EINVAL;
                }
        return 0;
}

/* All certificates of a PEM text, at most CHAIN_MAX. NULL without any or without memory. */
static STACK_OF(X509) *read_chain(const void *pem, size_t size) {
        _cleanup_(bio_freep) BIO *bio = size <= INT32_MAX ? BIO_new_mem_buf(pem, (int) size) : NULL;
        _cleanup_(chain_freep) STACK_OF(X509) *chain = sk_X509_new_null();
        X509 *x;

        while (bio && chain && sk_X509_num(chain) < CHAIN_MAX && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
                if (!sk_X509_push(chain, x)) {
                        X509_free(x);
                        return NULL;
                }
        ERR_clear_error();
        return chain && sk_X509_num(chain) > 0 ? TAKE_PTR(chain) : NULL;
}

int certificate_check_ca(const char *pem, char *reason, size_t size) {
        _cleanup_(chain_freep) STACK_OF(X509) *chain = read_chain(pem, strlen(pem));

        if (chain)
                return 0;
        snprintf(reason, size, "ca: has no certificate in PEM format");
        return -EINVAL;
}

static X509_STORE *make_store(const char *ca) {
        _cleanup_(chain_freep) STACK_OF(X509) *roots = read_chain(ca, strlen(ca));
        _cleanup_(store_freep) X509_STORE *store = X509_STORE_new();

        if (!roots || !store)
                return NULL;
        for (int i = 0; i < sk_X509_num(roots); i++)
                if (X509_STORE_add_cert(store, sk_X509_value(roots, i)) != 1)
                        return NULL;
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
        return TAKE_PTR(store);
}

static int expect_name(X509_STORE_CTX *context, const char *hostname) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);

        /* A text that is no address leaves an error behind that means nothing. */
        if (X509_VERIFY_PARAM_set1_ip_asc(param, hostname) == 1)
                return 0;
        ERR_clear_error();
        X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        return X509_VERIFY_PARAM_set1_host(param, hostname, 0) == 1 ? 0 : -ENOMEM;
}

/* 1, 0 with why, negative errno. */
static int verify_by_ca(const CertificateWish *wish, STACK_OF(X509) *chain, char *why, size_t size) {
        _cleanup_(store_freep) X509_STORE *store = make_store(wish->ca);
        _cleanup_(context_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
        int r;

        if (!store || !context || X509_STORE_CTX_init(context, store, sk_X509_value(chain, 0), chain) != 1)
                return -ENOMEM;
        r = expect_name(context, wish->hostname);
        if (r < 0)
                return r;
        if (X509_verify_cert(context) == 1)
                return 1;
        snprintf(why, size, "its certificate is not one that the lab's ca vouches for: %s",
                 X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
        ERR_clear_error();
        return 0;
}

static int verify_by_fingerprint(const CertificateWish *wish, X509 *x, char *why, size_t size) {
        uint8_t wanted[FINGERPRINT_SIZE], digest[EVP_MAX_MD_SIZE];
        char came[2 * FINGERPRINT_SIZE + 1], expected[2 * FINGERPRINT_SIZE + 1];
        unsigned n = 0;

        if (X509_digest(x, EVP_sha256(), digest, &n) != 1 || n != FINGERPRINT_SIZE)
                return -EIO;
        for (char *const *f = wish->fingerprints; *f; f++)
                if (parse_fingerprint(*f, wanted) == 0 && memcmp(wanted, digest, n) == 0)
                        return 1;
        format_hex(digest, n, came);
        if (parse_fingerprint(wish->fingerprints[0], wanted) < 0)
                return -EINVAL;
        format_hex(wanted, n, expected);
        snprintf(why, size, "its certificate is SHA256:%s, the lab expects SHA256:%s%s", came, expected,
                 wish->fingerprints[1] ? " or another of its list" : "");
        return 0;
}

int certificate_verify(const CertificateWish *wish, const void *pem, size_t size, char *why, size_t why_size) {
        _cleanup_(chain_freep) STACK_OF(X509) *chain = read_chain(pem, size);
        bool has_fingerprints = wish->fingerprints && wish->fingerprints[0];
        int r = 0;

        if (!chain) {
                snprintf(why, why_size, "its certificate cannot be read");
                return 0;
        }
        if (has_fingerprints)
                r = verify_by_fingerprint(wish, sk_X509_value(chain, 0), why, why_size);
        if (r == 0 && wish->ca)
                r = verify_by_ca(wish, chain, why, why_size);
        return r;
}
