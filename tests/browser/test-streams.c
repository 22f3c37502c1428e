/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdlib.h>

#include "../../src/base/base64.h"
#include "../../src/browser/streams.h"
#include "check.h"
#include "outbox.h"

typedef struct World {
        Outbox outbox;
        Streams streams;
        char heard[256 * 1024];
        size_t n_heard;
        unsigned n_events;
} World;

static bool accept_argv(void *userdata, const char *name) {
        return strcmp(name, "font-size") == 0;
}

static void on_argv(void *userdata, const char *name, const char *value) {
        World *w = userdata;

        w->n_heard = (size_t) snprintf(w->heard, sizeof w->heard, "%s=%s", name, value);
        w->n_events++;
}

static void on_clipboard(void *userdata, const char *text, size_t size) {
        World *w = userdata;

        CHECK(size < sizeof w->heard);
        memcpy(w->heard, text, size);
        w->heard[size] = 0;
        w->n_heard = size;
        w->n_events++;
}

static World *world_new(void) {
        static const StreamsEvents events = { accept_argv, on_argv, on_clipboard };
        World *w = calloc(1, sizeof *w);

        outbox_init(&w->outbox);
        streams_init(&w->streams, w->outbox.ws, &events, w);
        w->streams.clipboard_size = 1000;
        return w;
}

static void world_free(World *w) {
        streams_done(&w->streams);
        outbox_done(&w->outbox);
        free(w);
}

static void blob(World *w, uint32_t index, const void *bytes, size_t size) {
        char *text = malloc(BASE64_SIZE(size) + 1);

        base64_encode(bytes, size, text);
        CHECK_INT(streams_blob(&w->streams, index, (Slice) { text, BASE64_SIZE(size) }), 0);
        free(text);
}

#define PLAIN SLICE("text/plain")

TEST(a_clipboard_comes_in) {
        World *w = world_new();

        CHECK_INT(streams_open_clipboard(&w->streams, 5, PLAIN), 0);
        blob(w, 5, "Gr\xc3", 3);
        blob(w, 6, "nobody's", 8);
        blob(w, 5, "\xbc\xc3\x9f" "e\xff\0", 6);
        CHECK_INT(w->n_events, 0);
        CHECK_INT(streams_end(&w->streams, 5), 0);
        CHECK_TEXT(w->heard, "Grüße\ufffd");
        CHECK_INT(w->n_heard, 11);
        CHECK_INT(streams_end(&w->streams, 5), 0);
        CHECK_INT(w->n_events, 1);
        outbox_check(&w->outbox, "");
        world_free(w);
}

TEST(a_clipboard_is_cut_at_a_character) {
        char text[1200];

        for (size_t more = 0; more < 3; more++) {
                World *w = world_new();
                size_t size = 998 + more;

                memset(text, 'a', sizeof text);
                memcpy(text + size - 2, "é", 2);
                CHECK_INT(streams_open_clipboard(&w->streams, 0, PLAIN), 0);
                blob(w, 0, text, 500);
                blob(w, 0, text + 500, size - 500 + 100);
                blob(w, 0, "more", 4);
                CHECK_INT(streams_end(&w->streams, 0), 0);
                /* a character that would straddle the end is left out */
                CHECK_INT(w->n_heard, 1000);
                world_free(w);
        }
        {
                World *w = world_new();

                memset(text, 'a', sizeof text);
                memcpy(text + 999, "é", 2);
                CHECK_INT(streams_open_clipboard(&w->streams, 0, PLAIN), 0);
                blob(w, 0, text, 1200);
                blob(w, 0, "more", 4);
                CHECK_INT(streams_end(&w->streams, 0), 0);
                CHECK_INT(w->n_heard, 999);
                world_free(w);
        }
}

TEST(refusals) {
        World *w = world_new();

        CHECK_INT(streams_open_clipboard(&w->streams, 1, SLICE("text/html")), 0);
        outbox_check(&w->outbox, "3.ack,1.1,23.Only text can be pasted,3.783;");
        w->streams.refuse_clipboard = true;
        CHECK_INT(streams_open_clipboard(&w->streams, 1, PLAIN), 0);
        outbox_check(&w->outbox, "3.ack,1.1,23.Pasting is switched off,3.771;");
        CHECK_INT(streams_open_argv(&w->streams, 2, PLAIN, SLICE("password")), 0);
        outbox_check(&w->outbox, "3.ack,1.2,30.This setting cannot be changed,3.771;");
        CHECK_INT(streams_open_argv(&w->streams, 2, PLAIN, SLICE("")), 0);
        outbox_check(&w->outbox, "3.ack,1.2,30.This setting cannot be changed,3.771;");
        CHECK_INT(streams_open_argv(&w->streams, 2, SLICE("x"), SLICE("font-size")), 0);
        outbox_check(&w->outbox, "3.ack,1.2,17.Settings are text,3.783;");
        CHECK_INT(streams_end(&w->streams, 1), 0);
        CHECK_INT(streams_end(&w->streams, 2), 0);
        CHECK_INT(w->n_events, 0);
        world_free(w);
}

TEST(argv_comes_in) {
        World *w = world_new();
        static char big[STREAMS_ARGV_MAX + 1];

        memset(big, 'x', sizeof big);
        CHECK_INT(streams_open_argv(&w->streams, 9, PLAIN, SLICE("font-size")), 0);
        outbox_check(&w->outbox, "3.ack,1.9,0.,1.0;");
        blob(w, 9, "1\0" "2", 3);
        CHECK_INT(streams_end(&w->streams, 9), 0);
        CHECK_TEXT(w->heard, "font-size=12");

        CHECK_INT(streams_open_argv(&w->streams, 9, PLAIN, SLICE("font-size")), 0);
        blob(w, 9, big, STREAMS_ARGV_MAX);
        CHECK_INT(streams_end(&w->streams, 9), 0);
        CHECK_INT(w->n_heard, STREAMS_ARGV_MAX + 10);
        outbox_check(&w->outbox, "3.ack,1.9,0.,1.0;");

        CHECK_INT(streams_open_argv(&w->streams, 9, PLAIN, SLICE("font-size")), 0);
        blob(w, 9, big, STREAMS_ARGV_MAX + 1);
        CHECK_INT(streams_end(&w->streams, 9), 0);
        CHECK_INT(w->n_events, 2);
        outbox_check(&w->outbox, "3.ack,1.9,0.,1.0;3.ack,1.9,8.Too long,3.781;");

        CHECK_INT(streams_open_argv(&w->streams, 9, PLAIN, SLICE("font-size")), 0);
        CHECK_INT(streams_blob(&w->streams, 9, SLICE("a=b=")), 0);
        CHECK_INT(streams_end(&w->streams, 9), 0);
        CHECK_INT(w->n_events, 2);
        outbox_check(&w->outbox, "3.ack,1.9,0.,1.0;3.ack,1.9,10.Not base64,3.768;");
        world_free(w);
}

TEST(incoming_streams_are_few) {
        World *w = world_new();

        for (uint32_t i = 0; i < STREAMS_INCOMING_MAX; i++)
                CHECK_INT(streams_open_clipboard(&w->streams, i, PLAIN), 0);
        CHECK_INT(streams_open_clipboard(&w->streams, 0, PLAIN), 0); /* in place of the old one */
        outbox_check(&w->outbox, "");
        CHECK_INT(streams_open_clipboard(&w->streams, STREAMS_INCOMING_MAX, PLAIN), 0);
        outbox_check(&w->outbox, "3.ack,1.8,16.Too many streams,3.781;");
        CHECK_INT(streams_end(&w->streams, 3), 0);
        CHECK_INT(streams_open_clipboard(&w->streams, STREAMS_INCOMING_MAX, PLAIN), 0);
        outbox_check(&w->outbox, "");
        world_free(w);
}

TEST(a_clipboard_goes_out) {
        World *w = world_new();

        CHECK(!streams_wants_pump(&w->streams));
        CHECK_INT(streams_set_clipboard(&w->streams, "replaced", 8), 0);
        CHECK_INT(streams_set_clipboard(&w->streams, "a\xff", 2), 0);
        CHECK(streams_wants_pump(&w->streams));
        CHECK_INT(streams_pump(&w->streams), 0);
        CHECK(!streams_wants_pump(&w->streams));
        outbox_check(&w->outbox, "9.clipboard,1.0,10.text/plain;4.blob,1.0,8.Ye+/vQ==;3.end,1.0;");
        CHECK_INT(streams_set_clipboard(&w->streams, "", 0), 0);
        CHECK_INT(streams_pump(&w->streams), 0);
        outbox_check(&w->outbox, "9.clipboard,1.1,10.text/plain;3.end,1.1;");
        CHECK_INT(streams_send_argv(&w->streams, "font-size", "12"), 0);
        outbox_check(&w->outbox, "4.argv,1.2,10.text/plain,9.font-size;4.blob,1.2,4.MTI=;3.end,1.2;");
        world_free(w);
}

static char *big_text(size_t size) {
        char *text = malloc(size);

        for (size_t i = 0; i < size; i++)
                text[i] = (char) ('a' + i * i % 26);
        return text;
}

TEST(a_large_clipboard_goes_in_portions) {
        World *w = world_new();
        Buffer all = {};
        size_t size = 200000;
        char *text = big_text(size);
        unsigned rounds = 0;

        w->streams.clipboard_size = size;
        CHECK_INT(streams_set_clipboard(&w->streams, text, size), 0);
        for (; streams_wants_pump(&w->streams); rounds++) {
                CHECK_INT(streams_pump(&w->streams), 0);
                CHECK(buffer_size(&w->outbox.output) < STREAMS_OUTGOING_MARK + 9000);
                CHECK_INT(streams_pump(&w->streams), 0);
                outbox_take(&w->outbox, &all);
        }
        CHECK(rounds >= 4 && rounds < 8);
        {
                Slice rest = { (const char *) buffer_bytes(&all), buffer_size(&all) };
                char decoded[8192];
                Instruction i;
                size_t n = 0;

                CHECK(instruction_read(&rest, &i) == 0 && slice_equal(i.opcode, "clipboard"));
                while (instruction_read(&rest, &i) == 0 && slice_equal(i.opcode, "blob")) {
                        ssize_t k = base64_decode(i.argv[1].data, i.argv[1].size, decoded);

                        CHECK(k > 0 && n + (size_t) k <= size && memcmp(decoded, text + n, (size_t) k) == 0);
                        n += (size_t) k;
                }
                CHECK(slice_equal(i.opcode, "end") && rest.size == 0);
                CHECK_INT(n, size);
        }
        buffer_done(&all);
        free(text);
        world_free(w);
}

TEST(the_page_may_refuse_a_clipboard) {
        World *w = world_new();
        Buffer taken = {};
        char *text = big_text(200000);

        w->streams.clipboard_size = 200000;
        CHECK_INT(streams_set_clipboard(&w->streams, text, 200000), 0);
        CHECK_INT(streams_pump(&w->streams), 0);
        CHECK(streams_wants_pump(&w->streams));
        streams_acknowledged(&w->streams, 70, 0x100); /* some picture's */
        streams_acknowledged(&w->streams, 0, 0);
        CHECK(streams_wants_pump(&w->streams));
        streams_acknowledged(&w->streams, 0, 0x100);
        CHECK(!streams_wants_pump(&w->streams));
        outbox_take(&w->outbox, &taken);
        CHECK_INT(streams_pump(&w->streams), 0);
        outbox_check(&w->outbox, "");
        buffer_done(&taken);
        free(text);
        world_free(w);
}
