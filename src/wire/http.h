/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One HTTP/1.1 request head, the only one a connection ever carries, and the answer to it. Speaks GET with a WebSocket
 * upgrade; has no bodies, no keep-alive, no continuation lines, no bare LF, and decides nothing about who may come in:
 * Origin, token and address are handed over as they were said. */

#include "../base/buffer.h"
#include "slice.h"

#define HTTP_HEAD_MAX (8u * 1024u)
#define HTTP_HEADERS_MAX 64
#define HTTP_KEY_SIZE 24 /* 16 bytes in base64 */

typedef struct HttpHeader {
        Slice name, value; /* value without white space around it */
} HttpHeader;

/* Slices of the bytes given to http_parse(): keep those until the request was dealt with. */
typedef struct HttpRequest {
        Slice path;  /* begins with '/', as sent, not decoded */
        Slice query; /* behind the first '?', without it; NULL if there was none */
        HttpHeader headers[HTTP_HEADERS_MAX];
        size_t n_headers;
        size_t size; /* of the head, with the empty line: what follows are WebSocket frames */
} HttpRequest;

/* 0: the head is whole. -EAGAIN: it is good so far, bytes are missing. Positive: the HTTP status that it earns (400,
 * 405, 414, 431, 505); *ret is then undefined, answer with http_respond(). Give it all bytes from the first one every
 * time; beyond HTTP_HEAD_MAX it never asks for more. */
int http_parse(const void *bytes, size_t size, HttpRequest *ret);

/* 0 if the request is a WebSocket upgrade, version 13, for the subprotocol "guacamole"; otherwise the HTTP status to
 * answer with (400, 426). */
int http_check_upgrade(const HttpRequest *request);

/* The only header of that name (any case), data NULL if there is none or more than one. */
Slice http_header(const HttpRequest *request, const char *name);

/* The browser's address as the proxy in front said it: X-Real-IP, else the last one of X-Forwarded-For, if it is an
 * address at all; else "-". For the journal only: nothing may be decided by it. */
#define HTTP_ADDRESS_SIZE 46
void http_remote_address(const HttpRequest *request, char ret[static HTTP_ADDRESS_SIZE]);

/* The 101 for a request that passed http_check_upgrade(). 0, -ENOMEM, -ENOBUFS. */
int http_respond_upgrade(const HttpRequest *request, Buffer *out);

/* A whole answer with a line of text, Connection: close, and what the status demands (Allow, Upgrade,
 * Sec-WebSocket-Version). An unknown status becomes 500. 0, -ENOMEM, -ENOBUFS. */
int http_respond(int status, Buffer *out);

