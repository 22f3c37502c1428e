/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* keyboard-interactive: rounds of questions by PAM in a real sshd, and odd ones by a peer of our own. */

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "desk.h"
#include "openssh.h"

#define _cleanup_(f) __attribute__((cleanup(f)))

#define INTERACTIVE "UsePAM yes\nKbdInteractiveAuthentication yes\nPasswordAuthentication no\n"

static Desk *connected_to(const Openssh *o, const char *password) {
        Desk *d = desk_new();

        desk_set(d, "host_key", openssh_fingerprint("ed25519"));
        desk_set(d, "username", openssh_account());
        if (password)
                desk_set(d, "password", password);
        desk_connect(d, o->port);
        return d;
}

TEST(questions) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_need_pam("");
        openssh_start(&o, "ed25519", INTERACTIVE);
        d = connected_to(&o, NULL);
        desk_await_screen(d, "This lab asks two questions.");
        desk_await_screen(d, "Colour:");
        desk_type(d, "red\n");
        desk_await_screen(d, "Code:");
        CHECK(strstr(desk_screen(d), "Colour: red"));
        desk_type(d, "seven\n");
        desk_await_connected(d);
        CHECK(!strstr(desk_screen(d), "seven"));
}

TEST(wrong_answers) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_need_pam("");
        openssh_start(&o, "ed25519", INTERACTIVE);
        d = connected_to(&o, NULL);
        desk_await_screen(d, "Colour:");
        desk_type(d, "blue\n");
        desk_await_screen(d, "Permission denied, please try again.");
        desk_run(d, 300);
        desk_type(d, "red\n");
        desk_await_screen(d, "Code:");
        desk_type(d, "seven\n");
        desk_await_connected(d);
}

TEST(question_answered_by_the_lab) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_need_pam("password");
        openssh_start(&o, "ed25519", INTERACTIVE);
        d = connected_to(&o, OPENSSH_PASSWORD);
        desk_await_connected(d);
}

TEST(question_answered_wrong_by_the_lab) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_need_pam("password");
        openssh_start(&o, "ed25519", INTERACTIVE);
        d = connected_to(&o, "hunter2");
        desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "refused the password of");
}

TEST(key_then_questions) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_need_pam("");
        openssh_start(&o, "ed25519", INTERACTIVE "AuthenticationMethods publickey,keyboard-interactive\n");
        d = desk_new();
        desk_set(d, "host_key", openssh_fingerprint("ed25519"));
        desk_set(d, "username", openssh_account());
        desk_set_file(d, "private_key", openssh_user_key("-t ed25519", ""));
        desk_connect(d, o.port);
        desk_await_screen(d, "Colour:");
        desk_type(d, "red\n");
        desk_await_screen(d, "Code:");
        desk_type(d, "seven\n");
        desk_await_connected(d);
}

/* The exchange stands aside on its own stack when the end comes, in each way it can come. */
TEST(ends_while_it_asks) {
        _cleanup_(openssh_stopp) Openssh o = {};

        openssh_need_pam("");
        openssh_start(&o, "ed25519", INTERACTIVE "LoginGraceTime 2\n");
        for (int i = 0; i < 4; i++) {
                _cleanup_(desk_freep) Desk *d = connected_to(&o, NULL);

                desk_await_screen(d, "Colour:");
                if (i == 0)
                        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_ERROR, "closed the connection");
                if (i == 1) {
                        d->plugin->key(d->state, 0xffe3, true);
                        d->plugin->key(d->state, 'c', true);
                        desk_expect_end(d, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "cancelled");
                }
                if (i == 2)
                        desk_type(d, "red\n");
        }
}

/* More than one question in a round, which sshd never does. */
TEST(questions_at_once) {
        _cleanup_(desk_freep) Desk *d = NULL;
        char command[1024];
        unsigned port = 0;
        FILE *p;

        if (system("/usr/bin/python3 -c 'import paramiko' 2>/dev/null") != 0)
                test_skip("needs paramiko");
        snprintf(command, sizeof command, "exec /usr/bin/python3 %s", getenv("LABGATE_TEST_INQUIRER"));
        p = popen(command, "re");
        CHECK(p && fscanf(p, "%u", &port) == 1);
        d = desk_new();
        desk_set(d, "host_key_policy", "insecure-accept-any");
        desk_set(d, "username", "somebody");
        desk_connect(d, port);
        desk_await_screen(d, "First:");
        CHECK(strstr(desk_screen(d), "Inquiry"));
        CHECK(!strstr(desk_screen(d), "Second:"));
        desk_type(d, "one\n");
        desk_await_screen(d, "Second:");
        desk_type(d, "two\n");
        desk_await_screen(d, "Third:");
        desk_type(d, "three\n");
        desk_await_screen(d, "Password:");
        desk_type(d, "\n");
        desk_await_title(d, "answers one two three and none");
        desk_freep(&d);
        pclose(p);
}
