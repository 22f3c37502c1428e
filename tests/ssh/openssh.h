/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A real sshd on a loopback port, with host keys, an account and keys of its own, all gone when the test ends. */

#include <stdbool.h>
#include <sys/types.h>

#define OPENSSH_PASSWORD "correct horse"

typedef struct Openssh {
        pid_t pid;
        unsigned port;
} Openssh;

/* Skips the test where it cannot be (not root, no sshd). */
void openssh_need(void);


/* As openssh_need(), and makes PAM ask what questions.c asks, with that argument. */
void openssh_need_pam(const char *argument);

const char *openssh_account(void);
const char *openssh_path(const char *name); /* a file in the test's directory; valid until the 8th next call */

/* host_keys: "ed25519 ecdsa rsa" or some of them. config: more lines for sshd_config, or NULL. */
void openssh_start(Openssh *o, const char *host_keys, const char *config);
void openssh_stop(Openssh *o); /* with its children */

static inline void openssh_stopp(Openssh *o) {
        openssh_stop(o);
}

/* Fingerprint of a host key, and its public key line. */
const char *openssh_fingerprint(const char *type);
const char *openssh_line(const char *type);

/* Makes a key that the account may log in with: ssh-keygen's options, "-t rsa -b 2048 -m PEM". Answers its path. */
const char *openssh_user_key(const char *options, const char *passphrase);
