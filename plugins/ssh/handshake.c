/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the first byte to a host that is the one it should be. Nothing secret leaves before this file is done. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../src/base/log.h"
#include "hostkey.h"
#include "ssh.h"

#define HOST_KEYS_TEXT_MAX 512
#define FIRST_LINE_MAX 80
#define PINS_TEXT_MAX 400
#define PREFERENCE_MAX 512

/* libssh2 1.10 has neither chacha20-poly1305 nor encrypt-then-mac, so Terrapin finds nothing to cut; SHA-1, CBC, RC4
 * and the small groups stay out. */
static const struct {
        int method;
        const char *names;
} preferences[] = {
        { LIBSSH2_METHOD_KEX, "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
                              "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
                              "diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256" },
        { LIBSSH2_METHOD_CRYPT_CS, "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr" },
        { LIBSSH2_METHOD_CRYPT_SC, "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr" },
        { LIBSSH2_METHOD_MAC_CS, "hmac-sha2-256,hmac-sha2-512" },
        { LIBSSH2_METHOD_MAC_SC, "hmac-sha2-256,hmac-sha2-512" },
        { LIBSSH2_METHOD_COMP_CS, "none" },
        { LIBSSH2_METHOD_COMP_SC, "none" },
};

static bool is_among(const char *name, size_t size, const char *const *names, int n) {
        for (int i = 0; i < n; i++)
                if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0)
                        return true;
        return false;
}

/* libssh2 1.10 drops names that it does not know itself, but by a memcpy() within one block. */
static int prefer(LIBSSH2_SESSION *session, int method, const char *names) {
        char known[PREFERENCE_MAX] = "";
        const char **all = NULL;
        size_t length = 0;
        int n = libssh2_session_supported_algs(session, method, &all);

        if (n <= 0)
                return -EOPNOTSUPP;
        while (*names) {
                size_t size = strcspn(names, ",");

                if (is_among(names, size, all, n) && length + size + 2 <= sizeof known)
                        length += (size_t) snprintf(known + length, sizeof known - length, "%s%.*s",
                                                    length > 0 ? "," : "", (int) size, names);
                names += size + (names[size] == ',');
        }
        libssh2_free(session, all);
        return length > 0 && libssh2_session_method_pref(session, method, known) == 0 ? 0 : -EOPNOTSUPP;
}

static int set_preferences(Ssh *s) {
        char names[PREFERENCE_MAX];
        int r;

        for (size_t i = 0; i < ELEMENTS(preferences); i++) {
                r = prefer(s->transport.session, preferences[i].method, preferences[i].names);
                if (r < 0)
                        return r;
        }
        hostkey_preferences(s->settings->host_key, names, sizeof names);
        return prefer(s->transport.session, LIBSSH2_METHOD_HOSTKEY, names);
}

/* Whether every name of a list is one of an RSA key. */
static bool only_rsa(const char *names) {
        while (*names) {
                size_t n = strcspn(names, ",");

                if (strncmp(names, "rsa-sha2-", 9) != 0 && strncmp(names, "ssh-rsa", 7) != 0)
                        return false;
                names += n + (names[n] == ',');
        }
        return true;
}

static void no_agreement(Ssh *s) {
        char names[HOST_KEYS_TEXT_MAX];

        if (!hello_host_keys(&s->transport.hello, names, sizeof names))
                ssh_fail(s);
        else if (only_rsa(names) && !ssh_has_rsa())
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR,
                        "%s has only an RSA host key, and libssh2 %s of this labgate cannot do rsa-sha2. "
                        "Give the host an ed25519 or ecdsa key.", s->host->lab_name, libssh2_version(0));
        else
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR,
                        "%s and labgate have no way of encryption in common (its host keys: %.100s).",
                        s->host->lab_name, names);
}

static void handshake_failed(Ssh *s, int code) {
        Transport *t = &s->transport;
        char line[FIRST_LINE_MAX];

        if (code == LIBSSH2_ERROR_ALLOC || t->hello.size == 0)
                return ssh_fail(s);
        if (!hello_is_ssh(&t->hello) && (t->error != 0 || code == LIBSSH2_ERROR_BANNER_RECV)) {
                hello_first_line(&t->hello, line, sizeof line);
                return ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "%s does not speak ssh. It says: %s",
                               s->host->lab_name, line);
        }
        if (code == LIBSSH2_ERROR_KEX_FAILURE || code == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE)
                return no_agreement(s);
        ssh_fail(s);
}

/* True: go on. */
static bool check_host_key(Ssh *s) {
        char fingerprint[HOSTKEY_FINGERPRINT_SIZE], pins[PINS_TEXT_MAX];
        HostkeyPin key;
        const char *blob;
        size_t size;
        int type;

        blob = libssh2_session_hostkey(s->transport.session, &size, &type);
        if (!blob || hostkey_from_blob(blob, size, &key) < 0) {
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "%s gave no host key.", s->host->lab_name);
                return false;
        }
        hostkey_format(&key, fingerprint);
        if (hostkey_is_pinned(s->settings->host_key, &key))
                return true;
        if (s->settings->host_key_policy == SSH_POLICY_ACCEPT_ANY) {
                log_warning("Accepting host key %s %s of %s unchecked: host_key_policy is insecure-accept-any",
                            key.type, fingerprint, s->host->lab_name);
                return true;
        }
        hostkey_format_pins(s->settings->host_key, pins, sizeof pins);
        if (*pins)
                ssh_end(s, LABGATE_STATUS_UPSTREAM_UNAVAILABLE,
                        "The host key of %s is not the pinned one: expected %s, got %s (%s).",
                        s->host->lab_name, pins, fingerprint, key.type);
        else
                ssh_end(s, LABGATE_STATUS_UPSTREAM_UNAVAILABLE,
                        "The lab pins no host key, so %s cannot be trusted. It offered %s (%s).",
                        s->host->lab_name, fingerprint, key.type);
        return false;
}

int handshake_step(Ssh *s) {
        int r;

        if (s->transport.sent == 0) {
                r = set_preferences(s);
                if (r < 0) {
                        ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "This libssh2 lacks what a safe connection needs.");
                        return 0;
                }
        }
        r = libssh2_session_handshake(s->transport.session, s->transport.fd);
        if (r == LIBSSH2_ERROR_EAGAIN)
                return 0;
        if (r != 0) {
                handshake_failed(s, r);
                return 0;
        }
        s->transport.agreed = true;
        hello_done(&s->transport.hello);
        if (!check_host_key(s))
                return 0;
        login_begin(s);
        return 1;
}
