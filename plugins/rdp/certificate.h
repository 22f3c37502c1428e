/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Is this the lab machine that the lab means? Compares certificates with what the lab file says; asks no one, reads no
 * file, and trusts no authority that the lab does not name. */

#include <stddef.h>

int certificate_check_fingerprints(char *const *fingerprints, char *reason, size_t size);
int certificate_check_ca(const char *pem, char *reason, size_t size);

typedef struct CertificateWish {
        char *const *fingerprints; /* NULL or NULL-terminated */
        const char *ca;            /* PEM or NULL */
        const char *hostname;      /* that a certificate signed by ca must name */
} CertificateWish;

/* pem: the lab machine's certificate, perhaps with others that lead to the ca. 1: it is the one; 0: it is not, and why
 * says what was expected and what came; negative errno. */
int certificate_verify(const CertificateWish *wish, const void *pem, size_t size, char *why, size_t why_size);
