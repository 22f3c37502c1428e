/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which hosts are trusted, and what comes of hosts that are none. */

#include <fcntl.h>
#include <libssh2.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "desk.h"
#include "openssh.h"

#define _cleanup_(f) __attribute__((cleanup(f)))

static void expect_trust(const Openssh *o, const char *host_key) {
        _cleanup_(desk_freep) Desk *d = desk_new();

        desk_set(d, "host_key", host_key);
        desk_connect(d, o->port);
        desk_await_screen(d, "login as:");
}

TEST(pinned_by_fingerprint) {
        _cleanup_(openssh_stopp) Openssh o = {};
        char padded[128];

        openssh_start(&o, "ed25519 ecdsa rsa", NULL);
        expect_trust(&o, openssh_fingerprint("ed25519"));
        snprintf(padded, sizeof padded, "%s=", openssh_fingerprint("ed25519"));
        expect_trust(&o, padded);
}

/* The line of a key that libssh2 would not prefer makes it prefer that. */
TEST(pinned_by_line) {
        _cleanup_(openssh_stopp) Openssh o = {};
        char line[4096];

        openssh_start(&o, "ed25519 ecdsa rsa", NULL);
        expect_trust(&o, openssh_line("ed25519"));
        expect_trust(&o, openssh_line("ecdsa"));
        snprintf(line, sizeof line, "[lab-1]:2222,10.0.0.5 %s", openssh_line("ecdsa"));
        expect_trust(&o, line);
        if (libssh2_version(0x010b00))
                expect_trust(&o, openssh_line("rsa"));
}

TEST(one_of_several_pins) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_new();
        desk_set(d, "host_key", openssh_fingerprint("ecdsa"));
        desk_set(d, "host_key", openssh_fingerprint("ed25519"));
        desk_connect(d, o.port);
        desk_await_screen(d, "login as:");
}

TEST(pin_mismatch) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_new();
        desk_set(d, "username", openssh_account());
        desk_set(d, "password", OPENSSH_PASSWORD);
        desk_set(d, "host_key", openssh_fingerprint("ecdsa"));
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_UNAVAILABLE, "is not the pinned one");
        CHECK(strstr(d->text, openssh_fingerprint("ecdsa")));
        CHECK(strstr(d->text, openssh_fingerprint("ed25519")));
}

TEST(no_pin) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_new();
        desk_set(d, "username", openssh_account());
        desk_set(d, "password", OPENSSH_PASSWORD);
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_UNAVAILABLE, "pins no host key");
        CHECK(strstr(d->text, openssh_fingerprint("ed25519")));
}

/* Nothing of a login may reach a host that is not the pinned one: sshd's log has no attempt. */
TEST(nothing_secret_to_strangers) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        char command[512];

        openssh_start(&o, "ed25519", "LogLevel DEBUG3\n");
        d = desk_new();
        desk_set(d, "username", openssh_account());
        desk_set(d, "password", OPENSSH_PASSWORD);
        desk_set(d, "host_key", openssh_fingerprint("ecdsa"));
        desk_connect(d, o.port);
        desk_await_end(d);
        desk_freep(&d);
        openssh_stop(&o);
        snprintf(command, sizeof command,
                 "! grep -q 'userauth-request for user' %s && grep -q 'SSH2_MSG_KEXINIT sent' %s",
                 openssh_path("sshd.log"), openssh_path("sshd.log"));
        CHECK_INT(system(command), 0);
}

TEST(accept_any) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ecdsa", NULL);
        d = desk_new();
        desk_set(d, "host_key_policy", "insecure-accept-any");
        desk_connect(d, o.port);
        desk_await_screen(d, "login as:");
}

TEST(rsa_host) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "rsa", NULL);
        d = desk_new();
        desk_set(d, "host_key", openssh_fingerprint("rsa"));
        desk_connect(d, o.port);
        if (libssh2_version(0x010b00)) {
                desk_await_screen(d, "login as:");
                return;
        }
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_ERROR, "has only an RSA host key");
        CHECK(strstr(d->text, libssh2_version(0)));
}

TEST(no_cipher_in_common) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", "Ciphers aes128-cbc\n");
        d = desk_new();
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_ERROR, "no way of encryption in common");
}

/* SIGSTOP leaves the kernel to accept: the connection is there, and nobody at it. */
TEST(host_stands_still) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        kill(o.pid, SIGSTOP);
        d = desk_new();
        desk_connect(d, o.port);
        desk_run(d, 8000);
        CHECK(!d->ended);
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_TIMEOUT, "did not answer to say hello in time");
}

/* ---- strangers at the other end of the wire ---- */

static Desk *desk_with_peer(int *ret_peer) {
        Desk *d = desk_new();
        int fds[2];

        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        desk_set(d, "host_key_policy", "insecure-accept-any");
        desk_start(d, fds[0]);
        *ret_peer = fds[1];
        return d;
}

static void expect_end_after(const char *bytes, size_t size, bool hang_up, const char *text) {
        _cleanup_(desk_freep) Desk *d = NULL;
        int peer;

        d = desk_with_peer(&peer);
        CHECK_INT(write(peer, bytes, size), (long long) size);
        if (hang_up)
                close(peer);
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_ERROR, text);
        if (!hang_up)
                close(peer);
}

#define AFTER(bytes, hang_up, text) expect_end_after(bytes, sizeof bytes - 1, hang_up, text)

TEST(no_ssh_at_all) {
        AFTER("", true, "closed the connection");
        AFTER("RFB 003.008\n", true, "does not speak ssh. It says: RFB 003.008");
        AFTER("HTTP/1.1 400 \033[31mBad\007 Request\r\n\r\n", true, "It says: HTTP/1.1 400 [31mBad Request");
        AFTER("SSH-2.0-x\r\n", true, "closed the connection");
        AFTER("SSH-1.5-old\r\n", true, "");
        AFTER("SSH-2.0-x\r\n\xff\xff\xff\xff\x04\x14 and more of the same kind", false, "broke the ssh protocol");
        AFTER("SSH-2.0-x\r\n\0\0\0\x0c\x0a\x01\0\0\0\0\0\0\0\0\0\0", true, "");
}

/* HELLO_MAX bytes may come before a host must have said what it is. */
TEST(longest_hello) {
        _cleanup_(desk_freep) Desk *d = NULL;
        char text[8191];
        int peer;

        memset(text, 'x', sizeof text);
        for (size_t i = 99; i < sizeof text; i += 100)
                text[i] = '\n';
        d = desk_with_peer(&peer);
        CHECK_INT(write(peer, text, sizeof text), sizeof text);
        desk_run(d, 100);
        CHECK(!d->ended);
        CHECK_INT(write(peer, "x", 1), 1);
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_ERROR, "does not speak ssh");
        close(peer);
}

/* HOSTKEY_PINS_MAX. */
TEST(most_pins) {
        _cleanup_(desk_freep) Desk *d = desk_new();
        char reason[256];

        for (int i = 0; i < 32; i++)
                desk_set(d, "host_key", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        CHECK_INT(desk_check(d, reason, sizeof reason), 0);
        desk_set(d, "host_key", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        CHECK_INT(desk_check(d, reason, sizeof reason), -22);
}

static void expect_pin(const char *text, int verdict) {
        _cleanup_(desk_freep) Desk *d = desk_new();
        char reason[256];

        desk_set(d, "host_key", text);
        CHECK_INT(desk_check(d, reason, sizeof reason), verdict);
}

TEST(shapes_of_pins) {
        char line[600], name[700];

        openssh_need();
        expect_pin("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0);
        expect_pin("  SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 0);
        expect_pin("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", -22);
        expect_pin("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", -22);
        expect_pin("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!", -22);
        expect_pin("MD5:d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e", -22);
        expect_pin("", -22);
        expect_pin("ssh-ed25519", -22);
        snprintf(line, sizeof line, "%s", openssh_line("ed25519"));
        expect_pin(line, 0);
        snprintf(name, sizeof name, "@revoked * %s", line);
        expect_pin(name, -22);
        line[11] = 'x'; /* the blank behind the type */
        expect_pin(line, -22);
        memcpy(line, "ssh-ed25518 ", 12);
        expect_pin(line, -22);
}

TEST(endless_banner) {
        _cleanup_(desk_freep) Desk *d = NULL;
        char line[4096];
        int peer, n = 0;

        memset(line, 'x', sizeof line);
        line[sizeof line - 1] = '\n';
        d = desk_with_peer(&peer);
        CHECK_INT(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
        for (; !d->ended && n < 10000; n++) {
                (void) !write(peer, line, sizeof line);
                desk_run(d, 1);
        }
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_ERROR, "does not speak ssh");
        CHECK(n < 100);
        close(peer);
}

/* Any bytes, cut anywhere, behind a good beginning: an end, and no memory error. */
TEST(noise) {
        srandom(1);
        for (int i = 0; i < 200; i++) {
                _cleanup_(desk_freep) Desk *d = NULL;
                char bytes[600] = "SSH-2.0-noise\r\n";
                int peer;

                for (size_t k = 15; k < sizeof bytes; k++)
                        bytes[k] = (char) random();
                if (i % 2 == 0) /* a length that holds */
                        memcpy(bytes + 15, "\0\0\2\x3c\x05\x14", 6);
                d = desk_with_peer(&peer);
                CHECK(write(peer, bytes, 15 + (size_t) (random() % 580)) > 0);
                desk_run(d, 1);
                close(peer);
                desk_await_end(d);
                CHECK_INT(d->status, LABGATE_STATUS_UPSTREAM_ERROR);
        }
}

TEST(closed_at_any_moment) {
        _cleanup_(openssh_stopp) Openssh o = {};

        openssh_start(&o, "ed25519", NULL);
        for (unsigned msec = 0; msec < 60; msec += 2) {
                _cleanup_(desk_freep) Desk *d = desk_new();

                desk_set(d, "host_key", openssh_fingerprint("ed25519"));
                desk_set(d, "username", openssh_account());
                desk_set(d, "password", OPENSSH_PASSWORD);
                desk_connect(d, o.port);
                desk_run(d, msec);
        }
}

TEST(notice_gives_way) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_new();
        desk_set(d, "host_key", openssh_fingerprint("ed25519"));
        desk_open(d);
        d->plugin->notice(d->state, "Waiting for lab-1, trying again");
        d->plugin->notice(d->state, "Still waiting for lab-1");
        desk_await_screen(d, "Still waiting for lab-1");
        CHECK(!strstr(desk_screen(d), "trying again"));
        desk_connect(d, o.port);
        desk_await_screen(d, "login as:");
        CHECK(!strstr(desk_screen(d), "waiting"));
}
