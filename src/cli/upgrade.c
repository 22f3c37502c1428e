/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <openssl/ssl.h>

#include "../base/descriptor.h"
#include "../base/parse.h"
#include "../lab/token.h"
#include "reach.h"
#include "upgrade.h"

#define SECONDS 10

static int fail(char *reason, size_t size, const char *why) {
        snprintf(reason, size, "%s", why);
        return -EINVAL;
}

static int open_unix(const char *path, char *reason, size_t size) {
        const struct timeval limit = { .tv_sec = SECONDS };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (strlen(path) >= sizeof address.sun_path)
                return fail(reason, size, "too long a path");
        strcpy(address.sun_path, path);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0 ||
            connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
                return fail(reason, size, strerror(errno));
        return TAKE_FD(fd);
}

/* Whose certificate it is does not matter here: nothing secret is said. */
static int exchange_tls(int fd, const char *host, const char *question, char *answer, int size) {
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        SSL *ssl = context ? SSL_new(context) : NULL;
        int n = -1;

        if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_connect(ssl) == 1 &&
            SSL_write(ssl, question, (int) strlen(question)) > 0)
                n = SSL_read(ssl, answer, size);
        SSL_free(ssl);
        SSL_CTX_free(context);
        return n;
}

static int exchange(const UpgradeTarget *t, int fd, const char *question, char *answer, int size) {
        if (t->tls)
                return exchange_tls(fd, t->host, question, answer, size);
        if (send(fd, question, strlen(question), MSG_NOSIGNAL) < 0)
                return -1;
        return (int) recv(fd, answer, (size_t) size, 0);
}

static int ask(const UpgradeTarget *t, int fd, char *reason, size_t size) {
        char question[1024], answer[256], token[TOKEN_SIZE_MAX + 1];
        const char *scheme = t->tls ? "https" : "http", *host = t->host ? t->host : "localhost";
        uint64_t status;
        int n;

        n = token_generate(token);
        if (n < 0)
                return fail(reason, size, strerror(-n));
        snprintf(question, sizeof question, "GET %s?token=%s HTTP/1.1\r\nHost: %s\r\nOrigin: %s://%s\r\n"
                 "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Protocol: guacamole\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
                 t->host ? t->path : "/labgate/ws", token, host, scheme, host);
        n = exchange(t, fd, question, answer, sizeof answer - 1);
        if (n < 13 || memcmp(answer, "HTTP/1.", 7) != 0)
                return fail(reason, size, n < 0 ? "no answer in time" : "no answer that is HTTP");
        if (parse_unsigned(answer + 9, 3, 100, 599, &status) < 0)
                return fail(reason, size, "an answer that is not HTTP");
        return (int) status;
}

int upgrade(const UpgradeTarget *t, char *reason, size_t size) {
        char address[80];
        _cleanup_close_ int fd = -1;

        fd = t->host ? reach(t->host, t->port, SECONDS, address, reason, size) : open_unix(t->path, reason, size);
        return fd < 0 ? fd : ask(t, fd, reason, size);
}
