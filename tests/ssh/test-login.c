/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every way to log in, against a real sshd. */

#include <libssh2.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "desk.h"
#include "openssh.h"

#define _cleanup_(f) __attribute__((cleanup(f)))

/* The remote side says by the window's title that it was reached. */
#define SAY_ARRIVED "printf '\\033]2;arrived as %s\\007' $(whoami)\n"

static Desk *desk_for(const Openssh *o) {
        Desk *d = desk_new();

        desk_set(d, "host_key", openssh_fingerprint("ed25519"));
        return d;
}

static void expect_arrival(Desk *d) {
        char title[64];

        desk_await_connected(d);
        desk_type(d, SAY_ARRIVED);
        snprintf(title, sizeof title, "arrived as %s", openssh_account());
        desk_await_title(d, title);
        CHECK(d->connected);
        CHECK(!d->ended);
}

TEST(password) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_set(d, "password", OPENSSH_PASSWORD);
        desk_connect(d, o.port);
        expect_arrival(d);
}

TEST(password_wrong) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_set(d, "password", "hunter2");
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "refused the password of");
        CHECK(!strstr(d->text, "hunter2"));
}

TEST(asks_for_name_and_password) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_connect(d, o.port);
        desk_await_screen(d, "login as:");
        desk_type(d, openssh_account());
        desk_type(d, "\n");
        desk_await_screen(d, "'s password:");
        desk_type(d, "wrong\n");
        desk_await_screen(d, "Permission denied, please try again.");
        desk_type(d, OPENSSH_PASSWORD "\n");
        expect_arrival(d);
        CHECK(!strstr(desk_screen(d), OPENSSH_PASSWORD));
}

TEST(three_wrong_passwords) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_connect(d, o.port);
        for (int i = 0; i < 3; i++) {
                desk_run(d, 100);
                desk_await_screen(d, "'s password:");
                desk_type(d, "wrong\n");
                if (i < 2) {
                        desk_await_screen(d, "Permission denied");
                        desk_run(d, 2500);
                }
        }
        desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "refused the login of");
}

TEST(cancelled) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_connect(d, o.port);
        desk_await_screen(d, "login as:");
        d->plugin->key(d->state, 0xffe3, true); /* Control */
        d->plugin->key(d->state, 'c', true);
        desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "cancelled");
}

/* Nobody could answer. */
TEST(read_only_is_not_asked) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        d->host.read_only = true;
        desk_set(d, "username", openssh_account());
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "read-only");
}

TEST(host_gives_up_waiting) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", "LoginGraceTime 1\n");
        d = desk_for(&o);
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_ERROR, "closed the connection while it waited for the login");
}

static void log_in_with_key(const char *options, const char *passphrase, const char *configured) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        const char *path;

        openssh_start(&o, "ed25519", "PasswordAuthentication no\n");
        path = openssh_user_key(options, passphrase);
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_set_file(d, "private_key", path);
        if (configured)
                desk_set(d, "passphrase", configured);
        desk_connect(d, o.port);
        if (*passphrase && !configured) {
                desk_await_screen(d, "Passphrase of the lab's private key:");
                desk_type(d, "wrong\n");
                desk_await_screen(d, "Bad passphrase, please try again.");
                desk_type(d, passphrase);
                desk_type(d, "\n");
        }
        expect_arrival(d);
}

TEST(key_ed25519) { log_in_with_key("-t ed25519", "", NULL); }
TEST(key_ed25519_passphrase) { log_in_with_key("-t ed25519", "open sesame", "open sesame"); }
TEST(key_ed25519_asks_passphrase) { log_in_with_key("-t ed25519", "open sesame", NULL); }
TEST(key_ecdsa) { log_in_with_key("-t ecdsa", "", NULL); }
TEST(key_ecdsa_384) { log_in_with_key("-t ecdsa -b 384", "", NULL); }
TEST(key_ecdsa_521) { log_in_with_key("-t ecdsa -b 521", "", NULL); }
TEST(key_ecdsa_passphrase) { log_in_with_key("-t ecdsa", "open sesame", "open sesame"); }
TEST(key_ecdsa_pem) { log_in_with_key("-t ecdsa -m PEM", "", NULL); }
TEST(key_ecdsa_pem_passphrase) { log_in_with_key("-t ecdsa -m PEM", "open sesame", "open sesame"); }
TEST(key_ecdsa_pem_asks_passphrase) { log_in_with_key("-t ecdsa -m PEM", "open sesame", NULL); }
TEST(key_ecdsa_pkcs8) { log_in_with_key("-t ecdsa -m PKCS8", "", NULL); }
TEST(key_ecdsa_pkcs8_passphrase) { log_in_with_key("-t ecdsa -m PKCS8", "open sesame", "open sesame"); }

/* OpenSSL writes it, ssh-keygen of our time does not read it. */
TEST(key_ed25519_pkcs8) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        char command[1024];

        openssh_start(&o, "ed25519", NULL);
        snprintf(command, sizeof command, "openssl genpkey -algorithm ed25519 -out %s && (printf 'ssh-ed25519 '; "
                 "(printf '\\0\\0\\0\\013ssh-ed25519\\0\\0\\0\\040'; openssl pkey -in %s -pubout -outform DER | "
                 "tail -c 32) | base64 -w0; echo) >>%s", openssh_path("pkcs8"), openssh_path("pkcs8"),
                 openssh_path("authorized_keys"));
        CHECK_INT(system(command), 0);
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_set_file(d, "private_key", openssh_path("pkcs8"));
        desk_connect(d, o.port);
        expect_arrival(d);
}

/* Where libssh2 cannot do rsa-sha2 the person reads exactly that. */
static void log_in_with_rsa(const char *options, const char *passphrase) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        const char *path;

        if (libssh2_version(0x010b00)) {
                log_in_with_key(options, passphrase, *passphrase ? passphrase : NULL);
                return;
        }
        openssh_start(&o, "ed25519", NULL);
        path = openssh_user_key(options, passphrase);
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_set_file(d, "private_key", path);
        if (*passphrase)
                desk_set(d, "passphrase", passphrase);
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "cannot do rsa-sha2. Use an ed25519 or ecdsa key.");
        CHECK(strstr(d->text, libssh2_version(0)));
}

TEST(key_rsa) { log_in_with_rsa("-t rsa -b 2048", ""); }
TEST(key_rsa_passphrase) { log_in_with_rsa("-t rsa -b 2048", "open sesame"); }
TEST(key_rsa_pem) { log_in_with_rsa("-t rsa -b 2048 -m PEM", ""); }
TEST(key_rsa_pem_passphrase) { log_in_with_rsa("-t rsa -b 2048 -m PEM", "open sesame"); }
TEST(key_rsa_pkcs8) { log_in_with_rsa("-t rsa -b 2048 -m PKCS8", ""); }
TEST(key_rsa_pkcs8_passphrase) { log_in_with_rsa("-t rsa -b 2048 -m PKCS8", "open sesame"); }

/* The same key works against a host that still takes SHA-1 signatures, so its formats are read right. */
TEST(key_rsa_sha1_host) {
        _cleanup_(openssh_stopp) Openssh o = {};

        for (int i = 0; i < 2; i++) {
                _cleanup_(desk_freep) Desk *d = NULL;
                const char *path;

                openssh_start(&o, "ed25519", "PubkeyAcceptedAlgorithms +ssh-rsa\n");
                path = openssh_user_key(i == 0 ? "-t rsa -b 2048" : "-t rsa -b 2048 -m PEM", "");
                d = desk_for(&o);
                desk_set(d, "username", openssh_account());
                desk_set_file(d, "private_key", path);
                desk_connect(d, o.port);
                expect_arrival(d);
                openssh_stop(&o);
        }
}

TEST(key_refused) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        const char *path;

        openssh_start(&o, "ed25519", "AuthorizedKeysFile none\n");
        path = openssh_user_key("-t ed25519", "");
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_set_file(d, "private_key", path);
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "refused the private key of");
}

/* As it comes out of a template engine on Windows. */
TEST(key_with_crlf_and_no_end_of_line) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        char command[1024];
        const char *path;

        openssh_start(&o, "ed25519", NULL);
        path = openssh_user_key("-t ed25519", "");
        snprintf(command, sizeof command, "sed -i 's/$/\\r/' %s && truncate -s -2 %s", path, path);
        CHECK_INT(system(command), 0);
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_set_file(d, "private_key", path);
        desk_connect(d, o.port);
        expect_arrival(d);
}

TEST(key_then_password) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        const char *path;

        openssh_start(&o, "ed25519", "AuthenticationMethods publickey,password\n");
        path = openssh_user_key("-t ed25519", "");
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_set_file(d, "private_key", path);
        desk_connect(d, o.port);
        desk_await_screen(d, "'s password:");
        desk_type(d, OPENSSH_PASSWORD "\n");
        expect_arrival(d);
}

TEST(host_wants_a_key_only) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", "PasswordAuthentication no\n");
        d = desk_for(&o);
        desk_set(d, "username", openssh_account());
        desk_set(d, "password", OPENSSH_PASSWORD);
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "takes publickey to log in");
}

static void expect_check(const char *name, const char *value, const char *reason_part) {
        _cleanup_(desk_freep) Desk *d = desk_new();
        char reason[256] = "";

        desk_set(d, name, value);
        CHECK_INT(desk_check(d, reason, sizeof reason), -22);
        if (!strstr(reason, reason_part))
                test_fail(__FILE__, __LINE__, "the reason is \"%s\"", reason);
}

TEST(check_names_the_setting) {
        expect_check("private_key", "ssh-ed25519 AAAA", "private_key: ");
        expect_check("private_key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
                     "private_key: ");
        expect_check("private_key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
                     "private_key: ");
        expect_check("passphrase", "x", "passphrase: ");
        expect_check("host_key", "SHA256:short", "host_key: ");
        expect_check("backspace", "9", "backspace: ");
        expect_check("terminal_type", "../x", "terminal_type: ");
        expect_check("username", "", "username: ");
}

TEST(passphrase_wrong) {
        _cleanup_(openssh_stopp) Openssh o = {};

        openssh_start(&o, "ed25519", NULL);
        for (int i = 0; i < 2; i++) {
                _cleanup_(desk_freep) Desk *d = desk_for(&o);

                desk_set(d, "username", openssh_account());
                desk_set_file(d, "private_key", openssh_user_key(i == 0 ? "-t ed25519" : "-t ecdsa -m PEM", "right"));
                desk_set(d, "passphrase", "wrong");
                desk_connect(d, o.port);
                desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "passphrase does not open its private key");
        }
}
