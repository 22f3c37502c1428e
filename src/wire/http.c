/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/sha.h>

#include "../base/base64.h"
#include "http.h"

#define HTTP_ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, section 1.3 */
#define HTTP_SUBPROTOCOL "guacamole"

/* RFC 9110, section 5.6.2 */
static bool is_token_byte(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c != 0 && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(Slice s) {
        for (size_t i = 0; i < s.size; i++)
                if (!is_token_byte(s.data[i]))
                        return false;
        return s.size > 0;
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

static Slice trim(Slice s) {
        while (s.size > 0 && is_blank(s.data[0])) {
                s.data++;
                s.size--;
        }
        while (s.size > 0 && is_blank(s.data[s.size - 1]))
                s.size--;
        return s;
}

/* A line that ends with CRLF, without it. -EAGAIN if the CRLF is yet to come, 400 for a byte that no head may have. */
static int http_line(Slice *rest, Slice *ret) {
        for (size_t i = 0; i < rest->size; i++) {
                unsigned char c = (unsigned char) rest->data[i];

                if (c == '\r') {
                        if (i + 1 == rest->size)
                                return -EAGAIN;
                        if (rest->data[i + 1] != '\n')
                                return 400;
                        *ret = (Slice) { rest->data, i };
                        *rest = (Slice) { rest->data + i + 2, rest->size - i - 2 };
                        return 0;
                }
                if ((c < 0x20 && c != '\t') || c == 0x7f)
                        return 400;
        }
        return -EAGAIN;
}

static Slice take_word(Slice *line) {
        const char *space = memchr(line->data, ' ', line->size);
        Slice word = { line->data, space ? (size_t) (space - line->data) : line->size };
        size_t taken = word.size + (space ? 1 : 0);

        *line = (Slice) { line->data + taken, line->size - taken };
        return word;
}

static int http_target(Slice target, HttpRequest *ret) {
        const char *question;

        if (target.size == 0 || target.data[0] != '/')
                return 400;
        for (size_t i = 0; i < target.size; i++)
                if (target.data[i] <= 0x20 || target.data[i] >= 0x7f || target.data[i] == '#')
                        return 400;
        question = memchr(target.data, '?', target.size);
        ret->path = (Slice) { target.data, question ? (size_t) (question - target.data) : target.size };
        if (question)
                ret->query = (Slice) { question + 1, target.size - ret->path.size - 1 };
        return 0;
}

static int http_request_line(Slice line, HttpRequest *ret) {
        Slice method = take_word(&line), target = take_word(&line);
        int r;

        if (!is_token(method))
                return 400;
        r = http_target(target, ret);
        if (slice_equal(line, "HTTP/1.1")) {
                if (!slice_equal(method, "GET"))
                        return 405;
                return r;
        }
        if (r == 0 && line.size == 8 && memcmp(line.data, "HTTP/", 5) == 0 && line.data[6] == '.')
                return 505;
        return 400;
}

static int http_header_line(Slice line, HttpRequest *ret) {
        const char *colon = memchr(line.data, ':', line.size);
        HttpHeader h;

        if (!colon)
                return 400;
        h.name = (Slice) { line.data, (size_t) (colon - line.data) };
        h.value = trim((Slice) { colon + 1, line.size - h.name.size - 1 });
        if (!is_token(h.name)) /* also what a continuation line begins with */
                return 400;
        if (slice_equal_fold(h.name, "Content-Length") || slice_equal_fold(h.name, "Transfer-Encoding"))
                return 400;
        if (ret->n_headers == HTTP_HEADERS_MAX)
                return 431;
        ret->headers[ret->n_headers++] = h;
        return 0;
}

int http_parse(const void *bytes, size_t size, HttpRequest *ret) {
        Slice rest = { bytes, size < HTTP_HEAD_MAX ? size : HTTP_HEAD_MAX }, line;
        int r;

        ret->query = (Slice) {};
        ret->n_headers = 0;
        r = http_line(&rest, &line);
        if (r == -EAGAIN && size >= HTTP_HEAD_MAX)
                return 414;
        if (r != 0)
                return r;
        r = http_request_line(line, ret);
        if (r != 0)
                return r;
        for (;;) {
                r = http_line(&rest, &line);
                if (r == -EAGAIN && size >= HTTP_HEAD_MAX)
                        return 431;
                if (r != 0)
                        return r;
                if (line.size == 0)
                        break;
                r = http_header_line(line, ret);
                if (r != 0)
                        return r;
        }
        if (!http_header(ret, "Host").data)
                return 400;
        ret->size = (size_t) (rest.data - (const char *) bytes);
        return 0;
}

Slice http_header(const HttpRequest *request, const char *name) {
        Slice found = {};

        for (size_t i = 0; i < request->n_headers; i++) {
                if (!slice_equal_fold(request->headers[i].name, name))
                        continue;
                if (found.data)
                        return (Slice) {};
                found = request->headers[i].value;
        }
        return found;
}

/* Takes the next element off a comma-separated list; false at its end. */
static bool list_next(Slice *list, Slice *ret) {
        const char *comma;
        size_t n;

        if (list->size == 0)
                return false;
        comma = memchr(list->data, ',', list->size);
        n = comma ? (size_t) (comma - list->data) : list->size;
        *ret = trim((Slice) { list->data, n });
        *list = (Slice) { list->data + n + (comma ? 1 : 0), list->size - n - (comma ? 1 : 0) };
        return true;
}

/* Headers of one name are one list (RFC 9110, section 5.3). */
static bool http_list_has(const HttpRequest *request, const char *name, const char *word, bool fold) {
        for (size_t i = 0; i < request->n_headers; i++) {
                Slice list = request->headers[i].value, element;

                if (!slice_equal_fold(request->headers[i].name, name))
                        continue;
                while (list_next(&list, &element))
                        if (fold ? slice_equal_fold(element, word) : slice_equal(element, word))
                                return true;
        }
        return false;
}

static bool is_key(Slice key) {
        uint8_t bytes[HTTP_KEY_SIZE / 4 * 3 + 1];

        return key.data && key.size == HTTP_KEY_SIZE && base64_decode(key.data, key.size, bytes) == 16;
}

int http_check_upgrade(const HttpRequest *request) {
        if (!http_list_has(request, "Upgrade", "websocket", true))
                return 426;
        if (!http_list_has(request, "Connection", "upgrade", true))
                return 400;
        if (!slice_equal(http_header(request, "Sec-WebSocket-Version"), "13"))
                return 426;
        if (!is_key(http_header(request, "Sec-WebSocket-Key")))
                return 400;
        if (!http_list_has(request, "Sec-WebSocket-Protocol", HTTP_SUBPROTOCOL, false))
                return 400;
        return 0;
}

static bool copy_address(Slice text, char ret[static HTTP_ADDRESS_SIZE]) {
        char address[HTTP_ADDRESS_SIZE] = "";
        uint8_t bytes[16];

        if (text.size == 0 || text.size >= sizeof address)
                return false;
        memcpy(address, text.data, text.size);
        if (strlen(address) != text.size)
                return false;
        if (inet_pton(AF_INET, address, bytes) != 1 && inet_pton(AF_INET6, address, bytes) != 1)
                return false;
        memcpy(ret, address, sizeof address);
        return true;
}

void http_remote_address(const HttpRequest *request, char ret[static HTTP_ADDRESS_SIZE]) {
        Slice forwarded = http_header(request, "X-Forwarded-For"), last = {};

        if (copy_address(http_header(request, "X-Real-IP"), ret))
                return;
        while (list_next(&forwarded, &last))
                ;
        if (!copy_address(last, ret))
                strcpy(ret, "-");
}

int http_respond_upgrade(const HttpRequest *request, Buffer *out) {
        char text[HTTP_KEY_SIZE + sizeof HTTP_ACCEPT_GUID], accept[BASE64_SIZE(SHA_DIGEST_LENGTH) + 1] = "";
        uint8_t digest[SHA_DIGEST_LENGTH];
        Slice key = http_header(request, "Sec-WebSocket-Key");

        if (key.size != HTTP_KEY_SIZE)
                return -EINVAL;
        memcpy(text, key.data, HTTP_KEY_SIZE);
        memcpy(text + HTTP_KEY_SIZE, HTTP_ACCEPT_GUID, sizeof HTTP_ACCEPT_GUID);
        if (!SHA1((const unsigned char *) text, sizeof text - 1, digest))
                return -ENOMEM;
        base64_encode(digest, sizeof digest, accept);
        return buffer_append_format(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                         "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
                                         "Sec-WebSocket-Protocol: " HTTP_SUBPROTOCOL "\r\n\r\n", accept);
}

typedef struct HttpAnswer {
        int status;
        const char *reason, *headers, *text;
} HttpAnswer;

static const HttpAnswer answers[] = {
        { 400, "Bad Request", "", "The request could not be understood." },
        { 403, "Forbidden", "", "This page may not connect here." },
        { 404, "Not Found", "", "There is nothing here." },
        { 405, "Method Not Allowed", "Allow: GET\r\n", "Only GET is possible here." },
        { 408, "Request Timeout", "", "The request took too long." },
        { 414, "URI Too Long", "", "The address is too long." },
        { 426, "Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
          "This address speaks WebSocket." },
        { 431, "Request Header Fields Too Large", "", "The request's headers are too large." },
        { 500, "Internal Server Error", "", "Something went wrong here." },
        { 503, "Service Unavailable", "", "The service is busy." },
        { 505, "HTTP Version Not Supported", "", "Only HTTP/1.1 is spoken here." },
};

static const HttpAnswer *http_answer(int status) {
        for (size_t i = 0; i < ELEMENTS(answers); i++)
                if (answers[i].status == status)
                        return &answers[i];
        return http_answer(500);
}

int http_respond(int status, Buffer *out) {
        const HttpAnswer *a = http_answer(status);

        return buffer_append_format(out, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                         "Content-Length: %zu\r\nCache-Control: no-store\r\n%s"
                                         "Connection: %sclose\r\n\r\n%s\n",
                                    a->status, a->reason, strlen(a->text) + 1, a->headers,
                                    a->status == 426 ? "Upgrade, " : "", a->text);
}
