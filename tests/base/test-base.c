/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/base/base64.h"
#include "../../src/base/buffer.h"
#include "../../src/base/descriptor.h"
#include "../../src/base/parse.h"
#include "../../src/base/utf8.h"
#include "check.h"

static void buffer_donep(Buffer *b) {
        buffer_done(b);
}

TEST(buffer_is_a_queue) {
        _cleanup_(buffer_donep) Buffer b = {};
        uint8_t in = 0, out = 0;

        for (int round = 0; round < 1000; round++) {
                for (int i = 0; i < round % 37; i++) {
                        CHECK_INT(buffer_append(&b, &in, 1), 0);
                        in++;
                }
                while (buffer_size(&b) > (size_t) (round % 11)) {
                        CHECK(buffer_bytes(&b) && *buffer_bytes(&b) == out++);
                        buffer_consume(&b, 1);
                }
        }
        CHECK(b.capacity < 4096);
}

/* What a block held when it was given back. */
static struct {
        const void *block;
        size_t size, n_blank;
} watched;

void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p) {
        const uint8_t *bytes = p;

        if (p && p == watched.block)
                for (size_t i = 0; i < watched.size; i++)
                        watched.n_blank += bytes[i] == 0;
        __real_free(p);
}

TEST(buffer_that_grows_leaves_nothing_behind) {
        _cleanup_(buffer_donep) Buffer b = {};
        char secret[200], more[1000] = {};

        memset(secret, 'x', sizeof secret);
        CHECK_INT(buffer_append(&b, secret, sizeof secret), 0);
        buffer_consume(&b, 10);
        watched.block = buffer_bytes(&b) - 10;
        watched.size = sizeof secret;
        CHECK_INT(buffer_append(&b, more, sizeof more), 0);
        watched.block = NULL;
        CHECK(watched.n_blank == sizeof secret);
        CHECK(buffer_size(&b) == sizeof secret - 10 + sizeof more);
        CHECK(memcmp(buffer_bytes(&b), secret, sizeof secret - 10) == 0);
}

TEST(buffer_keeps_its_limit) {
        _cleanup_(buffer_donep) Buffer b = { .limit = 1000 };
        char bytes[1001] = "";

        CHECK_INT(buffer_append(&b, bytes, 1001), -ENOBUFS);
        CHECK_INT(buffer_append(&b, bytes, 1000), 0);
        CHECK_INT(buffer_append(&b, bytes, 1), -ENOBUFS);
        buffer_consume(&b, 1);
        CHECK_INT(buffer_append(&b, bytes, 1), 0);
        CHECK_INT(buffer_size(&b), 1000);
        CHECK(!buffer_reserve(&b, SIZE_MAX));
}

TEST(buffer_gives_back_only_what_is_empty) {
        _cleanup_(buffer_donep) Buffer b = {};
        char bytes[1000] = "first";

        CHECK_INT(buffer_append(&b, bytes, sizeof bytes), 0);
        buffer_trim(&b, 0);
        CHECK(buffer_size(&b) == sizeof bytes && memcmp(buffer_bytes(&b), bytes, sizeof bytes) == 0);
        buffer_clear(&b);
        buffer_trim(&b, b.capacity);
        CHECK(b.data);
        buffer_trim(&b, b.capacity - 1);
        CHECK(!b.data && b.capacity == 0);
}

TEST(hexadecimal_is_strict) {
        uint8_t bytes[2] = {};

        CHECK_INT(parse_hex("0aF", 3, bytes, sizeof bytes), -EINVAL);
        CHECK_INT(parse_hex("0aFf00", 6, bytes, sizeof bytes), -EINVAL);
        CHECK_INT(parse_hex("0g", 2, bytes, sizeof bytes), -EINVAL);
        CHECK_INT(parse_hex("g0", 2, bytes, sizeof bytes), -EINVAL);
        CHECK_INT(parse_hex("0aFf", 4, bytes, sizeof bytes), 0);
        CHECK(bytes[0] == 0x0a && bytes[1] == 0xff);
}

TEST(utf8_encodes_what_it_decodes) {
        for (uint32_t c = 0; c <= 0x110000; c++) {
                char text[4];
                size_t n = utf8_encode(c, text);
                uint32_t back;
                bool is_one = c < 0xd800 || (c > 0xdfff && c < 0x110000);

                CHECK_INT(utf8_decode(text, n, &back), n);
                CHECK_INT(back, is_one ? c : UTF8_REPLACEMENT);
                for (size_t cut = 1; cut < n; cut++)
                        CHECK_INT(utf8_decode(text, cut, &back), 0);
        }
}

TEST(utf8_refuses_what_is_none) {
        static const struct {
                const char *bytes;
                int result;
        } bad[] = {
                { "\x80", -1 },         { "\xc0\x80", -1 },         { "\xc1\xbf", -1 }, { "\xe0\x80\x80", -1 },
                { "\xed\xa0\x80", -1 }, { "\xf4\x90\x80\x80", -1 }, { "\xff", -1 },     { "\xe2\x82X", -2 },
                { "\xf0\x9f\x98X", -3 },
        };

        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                uint32_t c;

                CHECK_INT(utf8_decode(bad[i].bytes, strlen(bad[i].bytes), &c), bad[i].result);
                CHECK(!utf8_is_valid(bad[i].bytes, strlen(bad[i].bytes)));
        }
        CHECK(utf8_is_valid("", 0));
        CHECK(!utf8_is_valid("a\xe2\x82", 3)); /* cut off */
        CHECK_INT(utf8_count("a\xc3\xa9\xf0\x9f\x98\x80", 7), 3);
        CHECK_INT(utf8_prefix("a\xf0\x9f\x98\x80", 5, 4), 1);
        CHECK_INT(utf8_prefix("a\xf0\x9f\x98\x80", 5, 5), 5);
}

TEST(utf8_joins_surrogates) {
        _cleanup_free_ char *text = utf8_mend("<\xed\xa0\xbd\xed\xb8\x80>\xed\xaf\xbf\xed\xbf\xbf", 14, false, NULL);
        _cleanup_free_ char *half = utf8_mend("\xed\xa0\xbd\xed\xb8", 5, false, NULL);

        CHECK(strcmp(text, "<\xf0\x9f\x98\x80>\xf4\x8f\xbf\xbf") == 0);
        CHECK(utf8_is_valid(half, strlen(half)) && !strstr(half, "\xf0"));
}

TEST(utf8_mends) {
        _cleanup_free_ char *text = utf8_mend("a\x1b[\xff\xe2\x82\tb\n\xc2\x9b", 11, true, NULL);

        CHECK_TEXT(text, "a[\xef\xbf\xbd\xef\xbf\xbd\tb\n");
}

TEST(numbers_have_edges) {
        uint64_t u;
        int64_t i;

        CHECK_INT(parse_unsigned("65535", 5, 1, 65535, &u), 0);
        CHECK_INT(u, 65535);
        CHECK_INT(parse_unsigned("65536", 5, 1, 65535, &u), -ERANGE);
        CHECK_INT(parse_unsigned("0", 1, 1, 65535, &u), -ERANGE);
        CHECK_INT(parse_unsigned("18446744073709551615", 20, 0, UINT64_MAX, &u), 0);
        CHECK(u == UINT64_MAX);
        CHECK_INT(parse_unsigned("18446744073709551616", 20, 0, UINT64_MAX, &u), -ERANGE);
        CHECK_INT(parse_unsigned("99999999999999999999999", 23, 0, UINT64_MAX, &u), -ERANGE);
        CHECK_INT(parse_unsigned("", 0, 0, 9, &u), -EINVAL);
        CHECK_INT(parse_unsigned("+1", 2, 0, 9, &u), -EINVAL);
        CHECK_INT(parse_unsigned(" 1", 2, 0, 9, &u), -EINVAL);
        CHECK_INT(parse_unsigned("1x", 2, 0, 9, &u), -EINVAL);
        CHECK_INT(parse_signed("-5", 2, -5, 5, &i), 0);
        CHECK_INT(i, -5);
        CHECK_INT(parse_signed("-6", 2, -5, 5, &i), -ERANGE);
        CHECK_INT(parse_signed("-", 1, -5, 5, &i), -EINVAL);
}

TEST(pages_send_odd_numbers) {
        static const struct {
                const char *text;
                int result;
                int64_t value;
        } cases[] = {
                { "1024", 0, 1024 }, { "1024.5", 0, 1024 },   { "-3", 0, 0 },        { "+7", 0, 7 },
                { "9999999999999999999999", 0, 8192 },        { "NaN", -EINVAL, 0 }, { "undefined", -EINVAL, 0 },
                { "", -EINVAL, 0 },  { "1251?x", -EINVAL, 0 }, { "-", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int64_t n = 0;

                CHECK_INT(parse_lenient(cases[i].text, strlen(cases[i].text), 0, 8192, &n), cases[i].result);
                CHECK_INT(n, cases[i].value);
        }
}

TEST(times_are_rfc3339) {
        int64_t t;
        uint64_t span;

        CHECK_INT(parse_time("1970-01-01T00:00:00Z", &t), 0);
        CHECK_INT(t, 0);
        CHECK_INT(parse_time("2026-12-01T12:00:00Z", &t), 0);
        CHECK_INT(t, 1796126400);
        CHECK_INT(parse_time("2026-12-01T14:00:00.25+02:00", &t), 0);
        CHECK_INT(t, 1796126400);
        CHECK_INT(parse_time("2026-12-01", &t), -EINVAL);
        CHECK_INT(parse_time("2026-02-30T00:00:00Z", &t), -EINVAL);
        CHECK_INT(parse_time("2026-12-01T12:00:00", &t), -EINVAL);
        CHECK_INT(parse_time("2026-12-01T12:00:00Zx", &t), -EINVAL);
        CHECK_INT(parse_time("", &t), -EINVAL);
        CHECK_INT(parse_span("4h", &span), 0);
        CHECK_INT(span, 4 * 3600);
        CHECK_INT(parse_span("4", &span), -EINVAL);
        CHECK_INT(parse_span("0s", &span), -ERANGE);
        CHECK_INT(parse_span("99999999999d", &span), -ERANGE);
}

TEST(base64_is_strict) {
        char text[BASE64_SIZE(5) + 1] = "", bytes[16];

        base64_encode("hello", 5, text);
        CHECK_TEXT(text, "aGVsbG8=");
        CHECK_INT(base64_decode("aGVsbG8=", 8, bytes), 5);
        CHECK(memcmp(bytes, "hello", 5) == 0);
        CHECK_INT(base64_decode("", 0, bytes), 0);
        CHECK_INT(base64_decode("aGVsbG8", 7, bytes), -EINVAL);
        CHECK_INT(base64_decode("aGV=bG8=", 8, bytes), -EINVAL);
        CHECK_INT(base64_decode(" GVsbG8=", 8, bytes), -EINVAL);
        CHECK_INT(base64_decode("====", 4, bytes), -EINVAL);
}

TEST(base64_crosses_chunks) {
        size_t size = 48 * 1024 * 2 + 1;
        _cleanup_free_ uint8_t *bytes = malloc(size), *back = malloc(size + 3);
        _cleanup_free_ char *text = malloc(BASE64_SIZE(size));

        for (size_t i = 0; i < size; i++)
                bytes[i] = (uint8_t) (i * 7 + i / 256);
        base64_encode(bytes, size, text);
        CHECK_INT(base64_decode(text, BASE64_SIZE(size), back), size);
        CHECK(memcmp(bytes, back, size) == 0);
}

TEST(descriptors_travel) {
        _cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        int pair[2], fds[DESCRIPTORS_MAX];
        size_t n;
        char text[4];

        CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
        CHECK_INT(seqpacket_receive(pair[1], text, sizeof text, fds, &n), -EAGAIN);
        CHECK_INT(seqpacket_send(pair[0], "abc", 3, (int[]) { null, null }, 2), 0);
        CHECK_INT(seqpacket_receive(pair[1], text, sizeof text, fds, &n), 3);
        CHECK_INT(n, 2);
        CHECK(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
        CHECK(fds[0] != null);
        fd_close(fds[0]);
        fd_close(fds[1]);

        /* What does not fit leaves no descriptor behind. */
        CHECK_INT(seqpacket_send(pair[0], "abcde", 5, (int[]) { null }, 1), 0);
        CHECK_INT(seqpacket_receive(pair[1], text, sizeof text, fds, &n), -EMSGSIZE);
        CHECK_INT(fcntl(fds[0], F_GETFD), -1);
        fd_close(pair[0]);
        CHECK_INT(seqpacket_receive(pair[1], text, sizeof text, fds, &n), 0);
        fd_close(pair[1]);
}
