/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What happens after the login: terminal, environment, input, output, the end. */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "desk.h"
#include "openssh.h"

#define _cleanup_(f) __attribute__((cleanup(f)))

static Desk *desk_for(const Openssh *o) {
        Desk *d = desk_new();

        desk_set(d, "host_key", openssh_fingerprint("ed25519"));
        desk_set(d, "username", openssh_account());
        desk_set(d, "password", OPENSSH_PASSWORD);
        return d;
}

static Desk *logged_in(const Openssh *o) {
        Desk *d = desk_for(o);

        desk_connect(d, o->port);
        desk_await_connected(d);
        return d;
}

TEST(command) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "command", "tty -s && printf '\\033]2;%s %s\\007' $TERM ok; sleep 0.3; exit 3");
        desk_connect(d, o.port);
        desk_await_title(d, "xterm-256color ok");
        desk_expect_end(d, LABGATE_STATUS_SUCCESS, "The session has ended with exit status 3.");
        CHECK(strstr(desk_screen(d), "[The session has ended with exit status 3.]"));
        CHECK(d->connected);
}

TEST(logout) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = logged_in(&o);
        desk_type(d, "exit\n");
        desk_await_end(d);
        CHECK_INT(d->status, LABGATE_STATUS_SUCCESS);
        CHECK_TEXT(d->text, "The session has ended.");
}

TEST(ended_by_signal) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "command", "kill -TERM $$");
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_SUCCESS, "by signal TERM");
}

TEST(environment) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "locale", "C.UTF-8");
        desk_set(d, "timezone", "Asia/Tokyo");
        desk_set(d, "terminal_type", "vt100");
        desk_set(d, "command", "printf '\\033]2;%s %s %s\\007' $LANG $TZ $TERM; sleep 5");
        desk_connect(d, o.port);
        desk_await_title(d, "C.UTF-8 Asia/Tokyo vt100");
}

TEST(timezone_of_the_page) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        d->host.timezone = "Europe/Vienna";
        desk_set(d, "command", "printf '\\033]2;%s\\007' $TZ; sleep 5");
        desk_connect(d, o.port);
        desk_await_title(d, "Europe/Vienna");
}

/* Debian's sshd does not accept TZ: that is no reason to fail. */
TEST(environment_refused) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", "AcceptEnv NOTHING\nPermitUserEnvironment no\n");
        d = desk_for(&o);
        desk_set(d, "timezone", "Asia/Tokyo");
        desk_set(d, "locale", "C.UTF-8");
        desk_connect(d, o.port);
        desk_await_connected(d);
}

TEST(terminal_refused) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", "PermitTTY no\n");
        d = desk_for(&o);
        desk_connect(d, o.port);
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_ERROR, "gives no terminal");
}

TEST(erase_and_utf8_modes) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "backspace", "8");
        desk_set(d, "command", "stty -a | grep -q 'erase = ^H' && stty -a | grep -q ' iutf8' && "
                               "printf '\\033]2;good\\007'; sleep 5");
        desk_connect(d, o.port);
        desk_await_title(d, "good");
}

static void expect_size(Desk *d, char ret_size[static 32]) {
        desk_type(d, "printf '\\033]2;size %s\\007' \"$(stty size)\"\n");
        d->title[0] = 0;
        for (int i = 0; i < 100 && strncmp(d->title, "size ", 5) != 0; i++)
                desk_run(d, 30);
        CHECK(strncmp(d->title, "size ", 5) == 0);
        snprintf(ret_size, 32, "%.31s", d->title);
}

TEST(resize) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        char before[32], after[32];

        openssh_start(&o, "ed25519", NULL);
        d = logged_in(&o);
        expect_size(d, before);
        for (int i = 0; i < 50; i++) /* a window being dragged */
                d->plugin->resize(d->state, 800 + 8 * i, 480 + 4 * i);
        d->host.width = 1200;
        d->host.height = 720;
        d->plugin->resize(d->state, 1200, 720);
        desk_run(d, 100);
        expect_size(d, after);
        CHECK(strcmp(before, after) != 0);
}

TEST(sshd_killed) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = logged_in(&o);
        openssh_stop(&o);
        desk_expect_end(d, LABGATE_STATUS_UPSTREAM_ERROR, "lab-1 closed the connection");
}

TEST(keepalive) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        char command[256];

        openssh_start(&o, "ed25519", "LogLevel DEBUG3\n");
        d = desk_for(&o);
        desk_set(d, "server_alive_interval", "1");
        desk_connect(d, o.port);
        desk_await_connected(d);
        desk_run(d, 5000);
        CHECK(!d->ended);
        snprintf(command, sizeof command, "test $(grep -c 'global_request: rtype keepalive' %s) -ge 2 || "
                 "test $(grep -c 'rtype keepalive@libssh2.org' %s) -ge 2", openssh_path("sshd.log"),
                 openssh_path("sshd.log"));
        CHECK_INT(system(command), 0);
}

/* What was pasted arrives whole, in order, however much. */
TEST(big_paste) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        static char text[200000];

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "command", "stty raw -echo; printf '\\033]2;ready\\007'; "
                               "printf '\\033]2;%s\\007' $(head -c 200000 | md5sum | cut -c1-32); sleep 5");
        desk_connect(d, o.port);
        desk_await_title(d, "ready");
        for (size_t i = 0; i < sizeof text; i++)
                text[i] = (char) ('a' + i % 23);
        desk_paste(d, text, sizeof text);
        FILE *f = fopen(openssh_path("pasted"), "we");
        char command[256], sum[64] = "";

        CHECK(f && fwrite(text, 1, sizeof text, f) == sizeof text);
        fclose(f);
        snprintf(command, sizeof command, "md5sum <%s | cut -c1-32", openssh_path("pasted"));
        f = popen(command, "re");
        CHECK(f && fgets(sum, sizeof sum, f));
        pclose(f);
        sum[32] = 0;
        desk_await_title(d, sum);
}

/* A program that reads nothing costs a bounded amount of memory, and the session goes on. */
TEST(input_that_nobody_reads) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        static char text[60000];

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "command", "stty raw -echo; printf '\\033]2;ready\\007'; sleep 3; "
                               "printf '\\033]2;alive\\007'; sleep 5");
        desk_connect(d, o.port);
        desk_await_title(d, "ready");
        memset(text, 'x', sizeof text);
        for (int i = 0; i < 200; i++) {
                desk_paste(d, text, sizeof text);
                desk_run(d, 1);
        }
        desk_await_title(d, "alive");
}

static double cpu_now(void) {
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* The loop has its turn however fast the host is. */
TEST(flood_leaves_the_loop_free) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        double cpu, longest = 0;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "command", "yes 'a line of text that goes on and on and on'");
        desk_connect(d, o.port);
        desk_await_connected(d);
        for (int i = 0; i < 2000; i++) {
                cpu = cpu_now();
                CHECK(sd_event_run(d->host.event, 100000) >= 0);
                cpu = cpu_now() - cpu;
                longest = cpu > longest ? cpu : longest;
        }
        CHECK(!d->ended);
        printf("# longest turn of the loop %.1f ms CPU\n", longest * 1e3);
        CHECK(longest < 0.1); /* an echo's time; sanitizers slow it down */
}

TEST(pause_stops_reading) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        double cpu;

        openssh_start(&o, "ed25519", NULL);
        d = desk_for(&o);
        desk_set(d, "command", "yes | head -n 3000000; printf '\\033]2;through\\007'; sleep 5");
        desk_connect(d, o.port);
        desk_await_connected(d);
        d->plugin->pause(d->state, true);
        desk_run(d, 200);
        cpu = cpu_now();
        desk_run(d, 500);
        CHECK(cpu_now() - cpu < 0.1);
        desk_type(d, "x");
        desk_run(d, 100);
        CHECK(strcmp(d->title, "through") != 0);
        d->plugin->pause(d->state, false);
        desk_await_title(d, "through");
}

TEST(activity_says_who_and_where) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;

        openssh_start(&o, "ed25519", NULL);
        d = logged_in(&o);
        CHECK(strstr(d->activity, openssh_account()));
        CHECK(strstr(d->activity, "lab-1"));
        CHECK(!strstr(d->activity, OPENSSH_PASSWORD));
}

/* New keys every megabyte, while both sides talk. */
TEST(rekeying) {
        _cleanup_(openssh_stopp) Openssh o = {};
        _cleanup_(desk_freep) Desk *d = NULL;
        static char text[60000];

        openssh_start(&o, "ed25519", "RekeyLimit 1M\n");
        d = desk_for(&o);
        desk_set(d, "command", "stty raw -echo; printf '\\033]2;ready\\007'; seq 1 1500000; "
                               "printf '\\033]2;got %s\\007' $(head -c 600000 | wc -c); sleep 5");
        desk_connect(d, o.port);
        desk_await_title(d, "ready");
        memset(text, 'x', sizeof text);
        for (int i = 0; i < 10; i++) {
                desk_paste(d, text, sizeof text);
                desk_run(d, 50);
                d->plugin->resize(d->state, 800 + 10 * i, 480);
        }
        desk_await_title(d, "got 600000");
}
