/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames of a hostile browser. The first byte says in which portions a second WebSocket gets the rest: both must hear
 * the same, and both or neither find a fault. (Which of two faults in one frame is found first, and how early in a
 * close frame, depends on the portions; a ping right in front of a close may or may not be answered.) */

#include <stdlib.h>
#include <string.h>

#include "../../src/base/utf8.h"
#include "../../src/wire/websocket.h"

#define REQUIRE(x)                      \
        do {                            \
                if (!(x))               \
                        abort();        \
        } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Peer {
        WebSocket *ws;
        Buffer output, heard;
        int verdict;
} Peer;

static int on_text(void *userdata, const char *text, size_t size) {
        Peer *p = userdata;

        REQUIRE(size <= WEBSOCKET_MESSAGE_MAX && utf8_is_valid(text, size));
        REQUIRE(buffer_append(&p->heard, text, size) == 0 && buffer_append(&p->heard, "", 1) == 0);
        return 0;
}

static void on_pong(void *userdata, const char *payload, size_t size) {
        Peer *p = userdata;

        REQUIRE(size <= 125 && buffer_append(&p->heard, payload, size) == 0);
}

static void run(Peer *p, const uint8_t *data, size_t size, size_t portion) {
        static const WebSocketEvents events = { on_text, on_pong };

        REQUIRE(websocket_new(&p->ws, &p->output, &events, p) == 0);
        while (size > 0) {
                size_t n = MIN(size, portion);
                uint8_t *copy = malloc(n);
                int r;

                memcpy(copy, data, n);
                r = websocket_feed(p->ws, copy, n);
                free(copy);
                REQUIRE(r >= 0 && (r == 0 || p->verdict == 0));
                p->verdict = r != 0 ? r : p->verdict;
                data += n;
                size -= n;
        }
        REQUIRE((p->verdict == WEBSOCKET_NORMAL) == websocket_is_closed_by_browser(p->ws));
        REQUIRE(websocket_close(p->ws, WEBSOCKET_PROTOCOL_ERROR, "768") == 0 && websocket_is_closing(p->ws));
}

static bool is_fault(int verdict) {
        return verdict > WEBSOCKET_NORMAL;
}

static bool same(const Buffer *a, const Buffer *b) {
        return buffer_size(a) == buffer_size(b) &&
               (buffer_size(a) == 0 || memcmp(buffer_bytes(a), buffer_bytes(b), buffer_size(a)) == 0);
}

static void peer_done(Peer *p) {
        websocket_free(p->ws);
        buffer_done(&p->output);
        buffer_done(&p->heard);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Peer whole = {}, parts = {};

        if (size < 1)
                return 0;
        run(&whole, data + 1, size - 1, size);
        run(&parts, data + 1, size - 1, 1u + data[0]);
        REQUIRE(is_fault(whole.verdict) == is_fault(parts.verdict) && same(&whole.heard, &parts.heard));
        peer_done(&whole);
        peer_done(&parts);
        return 0;
}
