/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>

#include "../../src/wire/websocket.h"
#include "check.h"

/* A browser that writes its frames byte by byte, and what came of them. */
typedef struct Peer {
        WebSocket *ws;
        Buffer output, input, heard;
        int answer;
        unsigned n_pongs;
} Peer;

static int on_text(void *userdata, const char *text, size_t size) {
        Peer *p = userdata;

        CHECK_INT(buffer_append(&p->heard, text, size), 0);
        CHECK_INT(buffer_append_text(&p->heard, "\n"), 0);
        return p->answer;
}

static void on_pong(void *userdata, const char *payload, size_t size) {
        Peer *p = userdata;

        CHECK(size == 2 && memcmp(payload, "hi", 2) == 0);
        p->n_pongs++;
}

static const WebSocketEvents events = { .text = on_text, .pong = on_pong };

static void peer_init(Peer *p) {
        *p = (Peer) {};
        CHECK_INT(websocket_new(&p->ws, &p->output, &events, p), 0);
}

static void peer_done(Peer *p) {
        websocket_free(p->ws);
        buffer_done(&p->output);
        buffer_done(&p->input);
        buffer_done(&p->heard);
}

static void frame(Peer *p, unsigned first, const void *payload, size_t size) {
        static const uint8_t mask[4] = { 0x11, 0x22, 0x33, 0x44 };
        uint8_t *b = buffer_reserve(&p->input, size + 14), *begin = b;

        *b++ = (uint8_t) first;
        if (size < 126)
                *b++ = (uint8_t) (0x80 | size);
        else if (size < 65536) {
                *b++ = 0x80 | 126;
                *b++ = (uint8_t) (size >> 8);
                *b++ = (uint8_t) size;
        } else {
                *b++ = 0x80 | 127;
                for (int i = 7; i >= 0; i--)
                        *b++ = (uint8_t) (size >> (8 * i));
        }
        memcpy(b, mask, 4);
        b += 4;
        for (size_t i = 0; i < size; i++)
                *b++ = ((const uint8_t *) payload)[i] ^ mask[i % 4];
        buffer_commit(&p->input, (size_t) (b - begin));
}

static int feed(Peer *p, size_t portion) {
        int r = 0;

        while (r == 0 && buffer_size(&p->input) > 0) {
                size_t n = MIN(portion, buffer_size(&p->input));
                void *copy = malloc(n);

                memcpy(copy, buffer_bytes(&p->input), n);
                r = websocket_feed(p->ws, copy, n);
                free(copy);
                buffer_consume(&p->input, n);
        }
        buffer_clear(&p->input);
        return r;
}

static bool output_is(Peer *p, const void *bytes, size_t size) {
        const uint8_t *output = buffer_bytes(&p->output);

        return output && buffer_size(&p->output) == size && memcmp(output, bytes, size) == 0;
}

#define OUTPUT_IS(p, literal) output_is(p, literal, sizeof(literal) - 1)
#define FRAME(p, first, literal) frame(p, first, literal, sizeof(literal) - 1)

TEST(messages_in_any_portions) {
        for (size_t portion = 1; portion < 40; portion++) {
                Peer p;

                peer_init(&p);
                FRAME(&p, 0x81, "hello");
                FRAME(&p, 0x01, "gr\xc3");
                FRAME(&p, 0x89, "ping!");
                FRAME(&p, 0x00, "\xbc\xc3");
                FRAME(&p, 0x80, "\x9f");
                FRAME(&p, 0x81, "");
                FRAME(&p, 0x8a, "hi");
                CHECK_INT(feed(&p, portion), 0);
                CHECK_INT(buffer_append(&p.heard, "", 1), 0);
                CHECK_TEXT((const char *) buffer_bytes(&p.heard), "hello\ngr\xc3\xbc\xc3\x9f\n\n");
                CHECK(OUTPUT_IS(&p, "\x8a\x05ping!"));
                CHECK_INT(p.n_pongs, 1);
                peer_done(&p);
        }
}

static int verdict_of(unsigned first, const void *payload, size_t size) {
        const uint8_t *code;
        Peer p;
        int r;

        peer_init(&p);
        frame(&p, first, payload, size);
        r = feed(&p, 1000);
        /* Nothing was said yet: the owner says why, then closes. */
        CHECK(r <= 1000 || buffer_size(&p.output) == 0);
        if (r > 1000) {
                FRAME(&p, 0x81, "not heard");
                CHECK_INT(feed(&p, 3), 0);
                CHECK_INT(websocket_send_text(p.ws, "why", 3), 0);
                CHECK_INT(websocket_close(p.ws, r, "768"), 0);
                CHECK_INT(buffer_size(&p.output), 5 + 7);
                code = buffer_bytes(&p.output);
                CHECK(code && (code[7] << 8 | code[8]) == r);
        }
        CHECK_INT(buffer_size(&p.heard), r == 0 ? size + 1 : 0);
        peer_done(&p);
        return r;
}

TEST(faults) {
        static uint8_t big[WEBSOCKET_MESSAGE_MAX + 1];

        memset(big, 'a', sizeof big);
        CHECK_INT(verdict_of(0x81, big, WEBSOCKET_MESSAGE_MAX), 0);
        CHECK_INT(verdict_of(0x81, big, WEBSOCKET_MESSAGE_MAX + 1), WEBSOCKET_TOO_BIG);
        CHECK_INT(verdict_of(0x81, "\xff", 1), WEBSOCKET_NOT_UTF8);
        CHECK_INT(verdict_of(0x81, "\xed\xa0\x80", 3), WEBSOCKET_NOT_UTF8);
        CHECK_INT(verdict_of(0x81, "\xc3", 1), WEBSOCKET_NOT_UTF8);
        CHECK_INT(verdict_of(0x82, "x", 1), WEBSOCKET_NOT_TEXT);
        CHECK_INT(verdict_of(0x02, "x", 1), WEBSOCKET_NOT_TEXT);
        CHECK_INT(verdict_of(0x80, "x", 1), WEBSOCKET_PROTOCOL_ERROR); /* continues nothing */
        CHECK_INT(verdict_of(0xc1, "x", 1), WEBSOCKET_PROTOCOL_ERROR); /* reserved bit */
        CHECK_INT(verdict_of(0x83, "x", 1), WEBSOCKET_PROTOCOL_ERROR); /* reserved opcode */
        CHECK_INT(verdict_of(0x09, "x", 1), WEBSOCKET_PROTOCOL_ERROR); /* ping in fragments */
        CHECK_INT(verdict_of(0x89, big, 126), WEBSOCKET_PROTOCOL_ERROR);
}

TEST(a_message_in_fragments_has_the_same_limit) {
        static uint8_t half[WEBSOCKET_MESSAGE_MAX / 2];
        Peer p;

        memset(half, 'a', sizeof half);
        for (unsigned over = 0; over < 2; over++) {
                peer_init(&p);
                frame(&p, 0x01, half, sizeof half);
                frame(&p, 0x00, half, sizeof half);
                frame(&p, 0x80, half, over);
                CHECK_INT(feed(&p, 5000), over ? WEBSOCKET_TOO_BIG : 0);
                peer_done(&p);
        }
}

TEST(an_unmasked_frame_is_a_fault) {
        Peer p;

        peer_init(&p);
        CHECK_INT(websocket_feed(p.ws, "\x81\x01x", 3), WEBSOCKET_PROTOCOL_ERROR);
        peer_done(&p);
}

TEST(a_wrong_close_is_a_close) {
        static const struct {
                const char *payload;
                size_t size;
        } rows[] = { { "", 0 }, { "x", 1 }, { "\x03\xed", 2 }, { "\x05\x00", 2 }, { "\x03\xe8\xff", 3 } };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                for (size_t portion = 1; portion < 10; portion++) {
                        Peer p;

                        peer_init(&p);
                        frame(&p, 0x88, rows[i].payload, rows[i].size);
                        CHECK_INT(feed(&p, portion), WEBSOCKET_NORMAL);
                        CHECK(websocket_is_closed_by_browser(p.ws));
                        CHECK(OUTPUT_IS(&p, "\x88\x03\x03\xe8" "0"));
                        peer_done(&p);
                }
}

TEST(the_browser_closes) {
        Peer p;

        peer_init(&p);
        FRAME(&p, 0x88, "\x03\xe8" "bye");
        FRAME(&p, 0x81, "too late");
        CHECK_INT(feed(&p, 1000), WEBSOCKET_NORMAL);
        CHECK(OUTPUT_IS(&p, "\x88\x03\x03\xe8" "0"));
        CHECK(websocket_is_closed_by_browser(p.ws) && websocket_is_closing(p.ws));
        CHECK_INT(buffer_size(&p.heard), 0);
        CHECK_INT(websocket_send_text(p.ws, "x", 1), -EPIPE);
        CHECK(!websocket_begin(p.ws));
        CHECK_INT(websocket_close(p.ws, 1000, "0"), 0);
        CHECK_INT(buffer_size(&p.output), 5);
        peer_done(&p);
}

TEST(we_close) {
        Peer p;

        peer_init(&p);
        CHECK_INT(websocket_close(p.ws, WEBSOCKET_POLICY, "769"), 0);
        CHECK_INT(websocket_close(p.ws, WEBSOCKET_NORMAL, "0"), 0);
        CHECK(OUTPUT_IS(&p, "\x88\x05\x03\xf0" "769"));
        FRAME(&p, 0x81, "not heard");
        FRAME(&p, 0x89, "not answered");
        CHECK_INT(feed(&p, 7), 0);
        CHECK(!websocket_is_closed_by_browser(p.ws));
        FRAME(&p, 0x88, "\x03\xf0");
        CHECK_INT(feed(&p, 7), WEBSOCKET_NORMAL);
        CHECK(websocket_is_closed_by_browser(p.ws));
        CHECK_INT(buffer_size(&p.output), 7);
        CHECK_INT(buffer_size(&p.heard), 0);
        peer_done(&p);
}

TEST(what_text_answers_stops_the_feed) {
        Peer p;

        peer_init(&p);
        p.answer = -ECANCELED;
        FRAME(&p, 0x81, "one");
        FRAME(&p, 0x81, "two");
        CHECK_INT(feed(&p, 1000), -ECANCELED);
        CHECK_INT(buffer_size(&p.heard), 4);
        CHECK_INT(websocket_send_text(p.ws, "x", 1), 0);
        peer_done(&p);
}

TEST(pongs_stop_at_their_mark) {
        Peer p;

        peer_init(&p);
        for (int i = 0; i < 100000; i++) {
                frame(&p, 0x89, NULL, 0);
                CHECK_INT(feed(&p, 1000), 0);
        }
        CHECK(buffer_size(&p.output) > WEBSOCKET_PONG_MARK && buffer_size(&p.output) <= WEBSOCKET_PONG_MARK + 2);
        for (int i = 0; i < 10000; i++)
                frame(&p, 0x89, NULL, 0);
        CHECK_INT(feed(&p, 100000), 0);
        buffer_clear(&p.output);
        frame(&p, 0x89, "a", 1);
        CHECK_INT(feed(&p, 1000), 0);
        CHECK(OUTPUT_IS(&p, "\x8a\x01" "a"));
        peer_done(&p);
}

TEST(the_output_limit_holds) {
        Peer p;

        peer_init(&p);
        p.output.limit = 20;
        CHECK_INT(websocket_send_text(p.ws, "0123456789", 10), 0);
        CHECK_INT(websocket_send_text(p.ws, "0123456789", 10), -ENOBUFS);
        CHECK_INT(buffer_size(&p.output), 12);
        frame(&p, 0x89, "0123456789", 10);
        CHECK_INT(feed(&p, 1000), -ENOBUFS);
        peer_done(&p);
}

static void check_sent(size_t size) {
        char *text = malloc(size + 1);
        uint8_t header[10];
        size_t n_header;
        Buffer *out;
        Peer p;

        for (size_t i = 0; i < size; i++)
                text[i] = (char) ('a' + i % 26);
        peer_init(&p);
        CHECK_INT(buffer_append_text(&p.output, "before"), 0);
        buffer_consume(&p.output, 3);
        out = websocket_begin(p.ws);
        CHECK(out);
        CHECK_INT(websocket_written(p.ws), 0);
        CHECK_INT(buffer_append(out, text, size), 0);
        CHECK_INT(websocket_written(p.ws), size);
        CHECK_INT(websocket_end(p.ws), 0);

        header[0] = 0x81;
        if (size < 126) {
                header[1] = (uint8_t) size;
                n_header = 2;
        } else if (size < 65536) {
                memcpy(header + 1, (uint8_t[]) { 126, (uint8_t) (size >> 8), (uint8_t) size }, 3);
                n_header = 4;
        } else {
                header[1] = 127;
                for (int i = 0; i < 8; i++)
                        header[2 + i] = (uint8_t) (size >> (56 - 8 * i));
                n_header = 10;
        }
        CHECK_INT(buffer_size(&p.output), 3 + n_header + size);
        CHECK(memcmp(buffer_bytes(&p.output) + 3, header, n_header) == 0);
        CHECK(memcmp(buffer_bytes(&p.output) + 3 + n_header, text, size) == 0);
        peer_done(&p);
        free(text);
}

TEST(frames_have_the_shortest_header) {
        static const size_t sizes[] = { 1, 125, 126, 127, 65535, 65536, 200000 };
        Peer p;

        for (size_t i = 0; i < ELEMENTS(sizes); i++)
                check_sent(sizes[i]);
        peer_init(&p);
        CHECK(websocket_begin(p.ws));
        CHECK_INT(websocket_end(p.ws), 0);
        CHECK_INT(buffer_size(&p.output), 0);
        CHECK_INT(websocket_ping(p.ws, "hi", 2), 0);
        CHECK(OUTPUT_IS(&p, "\x89\x02hi"));
        peer_done(&p);
}
