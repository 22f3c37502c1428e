/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The WebSocket after the 101 (RFC 6455, by wslay): bytes in, text messages out of it, and the other way round. All
 * output lands in one Buffer that the owner writes to the connection; this room has no descriptor and no clock. Text
 * only, no extensions.
 *
 * To end a connection so that the browser sees why: websocket_close(), write the output to its end, shutdown(SHUT_WR),
 * read and drop until the browser hangs up or a few seconds passed. */

#include <stdbool.h>

#include "../base/buffer.h"

#define WEBSOCKET_MESSAGE_MAX (64u * 1024u) /* of a message from the browser */
#define WEBSOCKET_REASON_MAX 123            /* bytes of a close reason */
#define WEBSOCKET_PONG_MARK (64u * 1024u)   /* with more output waiting, the browser's pings go unanswered */

typedef enum WebSocketCode {
        WEBSOCKET_NORMAL         = 1000,
        WEBSOCKET_PROTOCOL_ERROR = 1002,
        WEBSOCKET_NOT_TEXT       = 1003,
        WEBSOCKET_NOT_UTF8       = 1007,
        WEBSOCKET_POLICY         = 1008,
        WEBSOCKET_TOO_BIG        = 1009,
        WEBSOCKET_INTERNAL_ERROR = 1011,
} WebSocketCode;

typedef struct WebSocketEvents {
        /* A whole message, valid UTF-8. Anything but 0 stops websocket_feed(), which answers it; the message after it
         * is not looked at any more. */
        int (*text)(void *userdata, const char *text, size_t size);

        /* An answer to websocket_ping(). Optional. */
        void (*pong)(void *userdata, const char *payload, size_t size);
} WebSocketEvents;

typedef struct WebSocket WebSocket;

/* output and events outlive the WebSocket. 0, -ENOMEM. */
int websocket_new(WebSocket **ret, Buffer *output, const WebSocketEvents *events, void *userdata);
WebSocket *websocket_free(WebSocket *ws);
DEFINE_CLEANUP(WebSocket *, websocket_free)

/* Bytes of the browser, in any portions. 0 to go on; WEBSOCKET_NORMAL: the browser closed, its close is answered in
 * the output; another WebSocketCode: it broke the rules, nothing was sent yet: say so and websocket_close() with it;
 * what text() answered; -ENOMEM, -ENOBUFS. After anything but 0 bytes fed are dropped and the answer is 0. After
 * our own websocket_close() messages are dropped, but the browser's close is still WEBSOCKET_NORMAL: hang up then. */
int websocket_feed(WebSocket *ws, const void *bytes, size_t size);

/* A text message written straight into the output: append UTF-8 to what websocket_begin() answers, then
 * websocket_end(). Between them no other call. websocket_begin() answers NULL without memory, past the output's limit
 * or when closing; websocket_end() sends nothing if nothing was written; websocket_cancel() drops what was,
 * and does nothing when no message is under way. */
Buffer *websocket_begin(WebSocket *ws);
size_t websocket_written(const WebSocket *ws); /* since websocket_begin() */
int websocket_end(WebSocket *ws);
void websocket_cancel(WebSocket *ws);

/* 0, -ENOMEM, -ENOBUFS, -EPIPE once closing. */
int websocket_send_text(WebSocket *ws, const char *text, size_t size);
int websocket_ping(WebSocket *ws, const void *payload, size_t size); /* at most 125 bytes */

/* Sends a close frame; code is of WebSocketCode, reason at most WEBSOCKET_REASON_MAX bytes. The first call counts. */
int websocket_close(WebSocket *ws, int code, const char *reason);

/* No message will be sent any more: a close frame is in the output or was sent. */
bool websocket_is_closing(const WebSocket *ws);

/* The browser's close frame has come. */
bool websocket_is_closed_by_browser(const WebSocket *ws);
