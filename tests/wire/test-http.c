/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>

#include "../../src/wire/http.h"
#include "../../src/wire/query.h"
#include "check.h"

#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: guacamole\r\n"
#define HEAD "GET /ws?token=abc HTTP/1.1\r\nHost: x\r\n"

static void buffer_donep(Buffer *b) {
        buffer_done(b);
}

/* Every prefix asks for more or has found the fault already; the whole answers as expected. */
static int parse(const char *text, HttpRequest *ret) {
        size_t size = strlen(text);
        int r = http_parse(text, size, ret);

        for (size_t i = 0; i < size; i++) {
                HttpRequest part;
                char *copy = malloc(i + 1);
                int k;

                memcpy(copy, text, i);
                k = http_parse(copy, i, &part);
                free(copy);
                if (k == 0)
                        CHECK(r == 0 && part.size <= i);
                else
                        CHECK(k == -EAGAIN || k == r);
        }
        return r;
}

static int verdict(const char *text) {
        HttpRequest q;
        int r = parse(text, &q);

        return r != 0 ? r : http_check_upgrade(&q);
}

TEST(an_upgrade) {
        _cleanup_(buffer_donep) Buffer out = {};
        static const char text[] = HEAD UPGRADE KEY PROTOCOL "Origin: https://x\r\n\r\nrest";
        HttpRequest q;

        CHECK_INT(parse(text, &q), 0);
        CHECK_INT(http_check_upgrade(&q), 0);
        CHECK_INT(q.size, sizeof text - 1 - 4);
        CHECK(slice_equal(q.path, "/ws"));
        CHECK(slice_equal(q.query, "token=abc"));
        CHECK(slice_equal(http_header(&q, "origin"), "https://x"));
        CHECK(!http_header(&q, "Cookie").data);
        CHECK_INT(http_respond_upgrade(&q, &out), 0);
        CHECK_INT(buffer_append(&out, "", 1), 0);
        CHECK_TEXT((const char *) buffer_bytes(&out),
                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: guacamole\r\n\r\n");
}

#define REST "Host: x\r\n" UPGRADE KEY PROTOCOL "\r\n"

TEST(verdicts) {
        static const struct {
                const char *text;
                int verdict;
        } rows[] = {
                { "", -EAGAIN },
                { "GET / HTTP/1.1\r\nHost: x\r\n\r", -EAGAIN },
                { "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 426 },
                { "GET / HTTP/1.0\r\nHost: x\r\n\r\n", 505 },
                /* But for one thing each would be an upgrade. */
                { "GET / HTTP/1.0\r\n" REST, 505 },
                { "GET / HTTP/2.0\r\n" REST, 505 },
                { "GET / http/1.1\r\n" REST, 400 },
                { "GET / HTTP/1.1 \r\n" REST, 400 },
                { "GET  / HTTP/1.1\r\n" REST, 400 },
                { "GET /\r\n" REST, 400 },
                { "\r\n" REST, 400 },
                { "POST / HTTP/1.1\r\n" REST, 405 },
                { "get / HTTP/1.1\r\n" REST, 405 },
                { "OPTIONS * HTTP/1.1\r\n" REST, 405 },
                { "G(T / HTTP/1.1\r\n" REST, 400 },
                { "GET http://x/ HTTP/1.1\r\n" REST, 400 },
                { "GET /a#b HTTP/1.1\r\n" REST, 400 },
                { "GET /\xc3\xa9 HTTP/1.1\r\n" REST, 400 },
                { "GET /\x7f HTTP/1.1\r\n" REST, 400 },
                { "GET /\tx HTTP/1.1\r\n" REST, 400 },
                { "GET / HTTP/1.1\n" REST, 400 },
                { "GET / HTTP/1.1\r" REST, 400 },
                { "\x16\x03\x01\x02", 400 },
                { "GET / HTTP/1.1\r\n" UPGRADE KEY PROTOCOL "\r\n", 400 },
                { HEAD REST, 400 },
                { HEAD " folded\r\n" UPGRADE KEY PROTOCOL "\r\n", 400 },
                { "GET / HTTP/1.1\r\nHost : x\r\n" UPGRADE KEY PROTOCOL "\r\n", 400 },
                { HEAD ": x\r\n" UPGRADE KEY PROTOCOL "\r\n", 400 },
                { HEAD "X\r\n" UPGRADE KEY PROTOCOL "\r\n", 400 },
                { HEAD "X: a\x01\r\n" UPGRADE KEY PROTOCOL "\r\n", 400 },
                { HEAD "Content-Length: 0\r\n" UPGRADE KEY PROTOCOL "\r\n", 400 },
                { HEAD "transfer-encoding: chunked\r\n" UPGRADE KEY PROTOCOL "\r\n", 400 },
                { HEAD UPGRADE KEY PROTOCOL "\r\n", 0 },
                { HEAD "upgrade: a\r\nUPGRADE: WebSocket,b\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
                       KEY "Sec-WebSocket-Protocol: a , guacamole\r\n\r\n", 0 },
                { HEAD "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" KEY PROTOCOL "\r\n", 426 },
                { HEAD "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" KEY PROTOCOL "\r\n", 400 },
                { HEAD "Upgrade: websocket\r\nConnection: Upgrade\r\n" KEY PROTOCOL "\r\n", 426 },
                { HEAD "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n" KEY PROTOCOL "\r\n",
                  426 },
                { HEAD UPGRADE PROTOCOL "\r\n", 400 },
                { HEAD UPGRADE KEY KEY PROTOCOL "\r\n", 400 },
                { HEAD UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n" PROTOCOL "\r\n", 400 },
                { HEAD UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQAA\r\n" PROTOCOL "\r\n", 400 },
                { HEAD UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ!=\r\n" PROTOCOL "\r\n", 400 },
                { HEAD UPGRADE KEY "\r\n", 400 },
                { HEAD UPGRADE KEY "Sec-WebSocket-Protocol: Guacamole\r\n\r\n", 400 },
                { HEAD UPGRADE KEY "Sec-WebSocket-Protocol: guacamole2, guac\r\n\r\n", 400 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                if (verdict(rows[i].text) != rows[i].verdict)
                        test_fail(__FILE__, __LINE__, "row %zu: %d, not %d", i, verdict(rows[i].text), rows[i].verdict);
}

TEST(a_nul_is_refused) {
        HttpRequest q;

        CHECK_INT(http_parse("GET /\0 HTTP/1.1", 16, &q), 400);
}

static int sized(size_t line, size_t head) {
        _cleanup_free_ char *text = malloc(HTTP_HEAD_MAX + 64);
        size_t n = (size_t) sprintf(text, "GET /");
        HttpRequest q;

        memset(text + n, 'a', line - n);
        n = line;
        n += (size_t) sprintf(text + n, " HTTP/1.1\r\nHost: x\r\n");
        if (head > n + 10) {
                n += (size_t) sprintf(text + n, "X: ");
                memset(text + n, 'b', head - n - 4);
                n = head - 4;
                n += (size_t) sprintf(text + n, "\r\n");
        }
        n += (size_t) sprintf(text + n, "\r\n");
        return http_parse(text, n, &q);
}

TEST(size_limits) {
        _cleanup_free_ char *text = malloc(HTTP_HEAD_MAX);
        HttpRequest q;

        CHECK_INT(sized(100, HTTP_HEAD_MAX), 0);
        CHECK_INT(sized(100, HTTP_HEAD_MAX + 1), 431);
        CHECK_INT(sized(HTTP_HEAD_MAX - 22, 0), 0);
        CHECK_INT(sized(HTTP_HEAD_MAX - 21, 0), 431);
        CHECK_INT(sized(HTTP_HEAD_MAX, 0), 414);
        memset(text, 'a', HTTP_HEAD_MAX);
        CHECK_INT(http_parse(text, HTTP_HEAD_MAX - 1, &q), -EAGAIN);
        CHECK_INT(http_parse(text, HTTP_HEAD_MAX, &q), 414);
}

static int with_headers(unsigned n) {
        char text[4096] = "GET / HTTP/1.1\r\nHost: x\r\n";
        HttpRequest q;

        for (unsigned i = 1; i < n; i++)
                strcat(text, "A: b\r\n");
        strcat(text, "\r\n");
        return http_parse(text, strlen(text), &q);
}

TEST(header_limit) {
        CHECK_INT(with_headers(HTTP_HEADERS_MAX), 0);
        CHECK_INT(with_headers(HTTP_HEADERS_MAX + 1), 431);
}

TEST(answers_are_whole) {
        static const int statuses[] = { 400, 403, 404, 405, 408, 414, 426, 431, 500, 503, 505, 999 };

        for (size_t i = 0; i < ELEMENTS(statuses); i++) {
                _cleanup_(buffer_donep) Buffer out = {};
                const char *text, *body, *length;

                CHECK_INT(http_respond(statuses[i], &out), 0);
                CHECK_INT(buffer_append(&out, "", 1), 0);
                text = (const char *) buffer_bytes(&out);
                body = strstr(text, "\r\n\r\n");
                length = strstr(text, "Content-Length: ");
                CHECK(body && length && strstr(text, "close\r\n"));
                CHECK_INT(strtoul(length + 16, NULL, 10), strlen(body + 4));
                CHECK_INT(strtoul(text + 9, NULL, 10), statuses[i] == 999 ? 500 : statuses[i]);
                CHECK(statuses[i] != 426 || strstr(text, "Sec-WebSocket-Version: 13\r\n"));
                CHECK(statuses[i] != 405 || strstr(text, "Allow: GET\r\n"));
        }
}

static void check_address(const char *headers, const char *expected) {
        char text[512], address[HTTP_ADDRESS_SIZE];
        HttpRequest q;

        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", headers);
        CHECK_INT(http_parse(text, strlen(text), &q), 0);
        http_remote_address(&q, address);
        CHECK_TEXT(address, expected);
}

TEST(remote_address) {
        check_address("", "-");
        check_address("X-Real-IP: 192.0.2.7\r\nX-Forwarded-For: 1.1.1.1\r\n", "192.0.2.7");
        check_address("X-Real-IP: 2001:db8::1\r\n", "2001:db8::1");
        check_address("X-Real-IP: host\r\nX-Forwarded-For: 9.9.9.9, 192.0.2.8\r\n", "192.0.2.8");
        check_address("X-Real-IP: 1.2.3.4\r\nX-Real-IP: 1.2.3.5\r\n", "-");
        check_address("X-Forwarded-For: 9.9.9.9, x\\y\r\n", "-");
        check_address("X-Forwarded-For: 1.2.3.4,\r\n", "1.2.3.4");
        check_address("X-Real-IP: 00000000000000000000000000000000000000000000000000001\r\n", "-");
}

static void check_query(const char *query, const char *expected) {
        Slice s = { query, strlen(query) };
        char text[4096] = "";
        QueryParameter p;

        while (query_next(&s, &p))
                snprintf(text + strlen(text), sizeof text - strlen(text), "[%s=%s]", p.name, p.value);
        CHECK_TEXT(text, expected);
}

TEST(queries) {
        check_query("", "");
        check_query("token=abc&width=1251?undefined", "[token=abc][width=1251][undefined=]");
        check_query("undefined", "[undefined=]");
        check_query("a=1?b=2&?&&c", "[a=1][b=2][c=]");
        check_query("a=x+y%20z%2B%3d&a=2", "[a=x y z+=][a=2]");
        check_query("a==b", "[a==b]");
        check_query("=x&b=1", "[b=1]");
        check_query("a=%&b=%4&c=%4x&d=%41&e=%00&f=%0a&g=%7f", "[d=A]");
        check_query("a=%c3%a9&b=%c3&c=%ff", "[a=\xc3\xa9]");
}

TEST(query_limits) {
        char query[QUERY_NAME_MAX + QUERY_VALUE_MAX + 8];
        QueryParameter p;
        Slice s;

        for (size_t over = 0; over < 3; over++) {
                size_t name = QUERY_NAME_MAX + (over == 1), value = QUERY_VALUE_MAX + (over == 2);

                memset(query, 'n', name);
                query[name] = '=';
                memset(query + name + 1, 'v', value);
                s = (Slice) { query, name + 1 + value };
                CHECK_INT(query_next(&s, &p), over == 0);
                CHECK_INT(s.size, 0);
        }
}
