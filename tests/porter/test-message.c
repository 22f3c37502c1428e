/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/porter/message.h"
#include "../check.h"

typedef struct Pair {
        int fds[2];
} Pair;

static Pair pair_new(void) {
        Pair p;

        CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p.fds), 0);
        return p;
}

static void pair_done(Pair *p) {
        fd_close(p->fds[0]);
        fd_close(p->fds[1]);
}

static size_t open_descriptors(void) {
        DIR *d = opendir("/proc/self/fd");
        size_t n = 0;

        CHECK(d);
        while (readdir(d))
                n++;
        closedir(d);
        return n;
}

TEST(what_is_packed_comes_out) {
        _cleanup_(pair_done) Pair p = pair_new();
        Message m = MESSAGE_NULL, back = MESSAGE_NULL;
        int64_t number;

        message_begin(&m, MESSAGE_LOOKUP);
        CHECK_INT(message_add(&m, "token", "a-b_c"), 0);
        CHECK_INT(message_add(&m, "text", "x=y=z"), 0);
        CHECK_INT(message_add(&m, "empty", ""), 0);
        CHECK_INT(message_add_number(&m, "low", -INT64_MAX), 0);
        CHECK_INT(message_add_number(&m, "port", 22), 0);
        CHECK_INT(message_send(p.fds[0], &m), 0);

        CHECK_INT(message_receive(p.fds[1], &back), 1);
        CHECK_INT(back.type, MESSAGE_LOOKUP);
        CHECK_TEXT(message_get(&back, "token"), "a-b_c");
        CHECK_TEXT(message_get(&back, "text"), "x=y=z");
        CHECK_TEXT(message_get(&back, "empty"), "");
        CHECK(!message_get(&back, "tok"));
        CHECK(!message_get(&back, "tokens"));
        CHECK(!message_get(&back, ""));
        CHECK_INT(message_get_number(&back, "port", 1, 65535, &number), 0);
        CHECK_INT(number, 22);
        CHECK_INT(message_get_number(&back, "low", -INT64_MAX, 0, &number), 0);
        CHECK(number == -INT64_MAX);
        CHECK_INT(message_get_number(&back, "port", 23, 65535, &number), -ERANGE);
        CHECK_INT(message_get_number(&back, "empty", 0, 1, &number), -EINVAL);
        CHECK_INT(message_get_number(&back, "none", 0, 1, &number), -ENOENT);
        message_done(&back);
        CHECK(!message_get(&back, "token"));
}

TEST(a_type_alone_is_a_message) {
        _cleanup_(pair_done) Pair p = pair_new();
        Message m = MESSAGE_NULL;

        message_begin(&m, MESSAGE_BYE);
        CHECK_INT(message_send(p.fds[0], &m), 0);
        CHECK_INT(message_receive(p.fds[1], &m), 1);
        CHECK_INT(m.type, MESSAGE_BYE);
        CHECK_INT(m.n_fds, 0);
        CHECK_INT(message_take_fd(&m, 0), -1);
}

TEST(nothing_there_and_the_end) {
        _cleanup_(pair_done) Pair p = pair_new();
        Message m = MESSAGE_NULL;

        CHECK_INT(message_receive(p.fds[1], &m), -EAGAIN);
        p.fds[0] = fd_close(p.fds[0]);
        CHECK_INT(message_receive(p.fds[1], &m), 0);
}

TEST(last_words_of_one_that_did_not_listen) {
        _cleanup_(pair_done) Pair p = pair_new();
        Message m = MESSAGE_NULL;

        message_begin(&m, MESSAGE_WAITING);
        CHECK_INT(message_send(p.fds[1], &m), 0);
        message_begin(&m, MESSAGE_BYE);
        CHECK_INT(message_send(p.fds[0], &m), 0);
        p.fds[0] = fd_close(p.fds[0]);
        CHECK_INT(message_receive(p.fds[1], &m), 1);
        CHECK_INT(m.type, MESSAGE_BYE);
        CHECK_INT(message_receive(p.fds[1], &m), 0);
}

TEST(size_ends_at_its_limit) {
        _cleanup_(pair_done) Pair p = pair_new();
        Message m = MESSAGE_NULL;
        char value[MESSAGE_SIZE_MAX];

        /* type, "text", '=', value, NUL */
        memset(value, 'x', sizeof value);
        value[MESSAGE_SIZE_MAX - 1 - 4 - 1] = '\0';
        message_begin(&m, MESSAGE_WAITING);
        CHECK_INT(message_add(&m, "text", value), -EMSGSIZE);
        CHECK_INT(m.size, 1);
        value[MESSAGE_SIZE_MAX - 1 - 4 - 2] = '\0';
        CHECK_INT(message_add(&m, "text", value), 0);
        CHECK_INT(m.size, MESSAGE_SIZE_MAX);
        CHECK_INT(message_add(&m, "a", ""), -EMSGSIZE);
        CHECK_INT(message_send(p.fds[0], &m), 0);
        CHECK_INT(message_receive(p.fds[1], &m), 1);
        CHECK_TEXT(message_get(&m, "text"), value);
}

TEST(fields_end_at_their_limit) {
        _cleanup_(pair_done) Pair p = pair_new();
        Message m = MESSAGE_NULL;
        char name[2] = "a";

        message_begin(&m, MESSAGE_LAB);
        for (size_t i = 0; i < MESSAGE_FIELDS_MAX; i++, name[0]++)
                CHECK_INT(message_add(&m, name, "1"), 0);
        CHECK_INT(message_add(&m, name, "1"), -EMSGSIZE);
        CHECK_INT(message_send(p.fds[0], &m), 0);
        CHECK_INT(message_receive(p.fds[1], &m), 1);
        message_done(&m);
        CHECK_INT(seqpacket_send(p.fds[0], "ha=\0b=\0c=\0d=\0e=\0f=\0g=\0h=\0i=\0j=\0k=\0l=\0m=\0n=\0o=\0p=\0q=",
                                 1 + 17 * 3, NULL, 0), 0);
        CHECK_INT(message_receive(p.fds[1], &m), -EBADMSG);
}

TEST(malformed_bytes_are_no_message) {
        static const struct {
                const char *bytes;
                size_t size;
        } cases[] = {
                { "\0", 1 }, { "1", 1 }, { "?x=1", 5 }, { "X=1", 4 }, { "h=", 3 }, { "hversion", 9 }, { "hversion=1", 10 },
                { "hversion=1\0x", 12 }, { "h\0", 2 }, { "hversion=1\0\0", 12 }, { "hVersion=1", 11 }, { "h9=1", 5 },
                { "ha b=1", 7 }, { "ha=1\0a=2", 9 }, { "ha=1\0b=1\0a=1", 13 }, { "h\xff=1", 5 },
                { "habcdefghijklmnopqrstuvwxyzabcdef=1", 36 },
        };
        _cleanup_(pair_done) Pair p = pair_new();
        Message m = MESSAGE_NULL;
        char large[MESSAGE_SIZE_MAX + 1] = "h";

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                CHECK_INT(seqpacket_send(p.fds[0], cases[i].bytes, cases[i].size, NULL, 0), 0);
                CHECK_INT(message_receive(p.fds[1], &m), -EBADMSG);
        }
        CHECK_INT(seqpacket_send(p.fds[0], large, sizeof large, NULL, 0), 0);
        CHECK_INT(message_receive(p.fds[1], &m), -EBADMSG);
        CHECK_INT(message_receive(p.fds[1], &m), -EAGAIN);
}

/* Whatever the bytes are: a verdict, no crash, and every field found lies within the message. */
TEST(random_bytes_do_no_harm) {
        _cleanup_(pair_done) Pair p = pair_new();
        static const char alphabet[] = "hlLab=\0=\0a1Z\xff";
        size_t good = 0;

        srandom(1);
        for (int round = 0; round < 20000; round++) {
                Message m = MESSAGE_NULL;
                char bytes[24];
                size_t size = (size_t) random() % (sizeof bytes - 1) + 1;
                const char *value;
                int r;

                for (size_t i = 0; i < size; i++)
                        bytes[i] = alphabet[(size_t) random() % (sizeof alphabet - 1)];
                CHECK_INT(seqpacket_send(p.fds[0], bytes, size, NULL, 0), 0);
                r = message_receive(p.fds[1], &m);
                CHECK(r == 1 || r == -EBADMSG);
                value = message_get(&m, "a");
                CHECK(!value || (value > m.bytes && value + strlen(value) < m.bytes + m.size));
                good += r == 1;
                message_done(&m);
        }
        CHECK(good > 100);
}

TEST(descriptors_have_one_owner) {
        _cleanup_(pair_done) Pair p = pair_new();
        size_t before = open_descriptors();
        Message m = MESSAGE_NULL, back = MESSAGE_NULL;
        int fd;

        message_begin(&m, MESSAGE_LAB);
        for (size_t i = 0; i < DESCRIPTORS_MAX; i++)
                message_add_fd(&m, STDIN_FILENO);
        CHECK_INT(message_send(p.fds[0], &m), 0);
        CHECK_INT(message_receive(p.fds[1], &back), 1);
        CHECK_INT(back.n_fds, DESCRIPTORS_MAX);
        fd = message_take_fd(&back, 3);
        CHECK(fd >= 0);
        CHECK_INT(message_take_fd(&back, 3), -1);
        CHECK_INT(message_take_fd(&back, DESCRIPTORS_MAX), -1);
        message_done(&back);
        CHECK_INT(open_descriptors(), before + 1);
        fd_close(fd);

        /* Descriptors that come with rubbish, or with nothing, do not stay. */
        CHECK_INT(seqpacket_send(p.fds[0], "?", 1, m.fds, 2), 0);
        CHECK_INT(message_receive(p.fds[1], &back), -EBADMSG);
        CHECK_INT(seqpacket_send(p.fds[0], "", 0, m.fds, 2), 0);
        CHECK_INT(message_receive(p.fds[1], &back), -EBADMSG);
        CHECK_INT(open_descriptors(), before);
}
