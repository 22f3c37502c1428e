/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "../../plugins/plugin.h"
#include "../../src/browser/input.h"
#include "check.h"
#include "outbox.h"

typedef struct World {
        Outbox outbox;
        Streams streams;
        Input input;
        char heard[16384];
} World;

__attribute__((format(printf, 2, 3))) static void hear(World *w, const char *format, ...) {
        size_t n = strlen(w->heard);
        va_list ap;

        va_start(ap, format);
        vsnprintf(w->heard + n, sizeof w->heard - n, format, ap);
        va_end(ap);
}

static int on_sync(void *userdata, uint64_t timestamp) {
        hear(userdata, "sync %llu;", (unsigned long long) timestamp);
        return timestamp == 666 ? -EBADMSG : 0;
}

static void on_key(void *userdata, uint32_t keysym, bool pressed) {
        hear(userdata, "key %x %d;", keysym, pressed);
}

static void on_mouse(void *userdata, int32_t x, int32_t y, unsigned mask) {
        hear(userdata, "mouse %d %d %u;", x, y, mask);
}

static void on_size(void *userdata, int32_t width, int32_t height) {
        hear(userdata, "size %d %d;", width, height);
}

static void on_disconnect(void *userdata) {
        hear(userdata, "disconnect;");
}

static bool accept_argv(void *userdata, const char *name) {
        return strcmp(name, "font-size") == 0;
}

static void on_argv(void *userdata, const char *name, const char *value) {
        hear(userdata, "argv %s %s;", name, value);
}

static void on_clipboard(void *userdata, const char *text, size_t size) {
        hear(userdata, "clipboard %.*s;", (int) size, text);
}

static void world_init(World *w) {
        static const InputEvents events = { on_sync, on_key, on_mouse, on_size, on_disconnect };
        static const StreamsEvents streams_events = { accept_argv, on_argv, on_clipboard };

        *w = (World) {};
        outbox_init(&w->outbox);
        streams_init(&w->streams, w->outbox.ws, &streams_events, w);
        w->streams.clipboard_size = 1000;
        input_init(&w->input, w->outbox.ws, &w->streams, &events, w);
        input_set_state(&w->input, INPUT_ACTIVE);
        input_set_desktop(&w->input, 100, 50);
}

static void world_done(World *w) {
        streams_done(&w->streams);
        outbox_done(&w->outbox);
}

/* "key 97 1" becomes 3.key,2.97,1.1; */
static int say(World *w, const char *words) {
        char text[512] = "", *end = text;
        int r;

        for (const char *p = words;; p++) {
                size_t n = strcspn(p, " ");

                end += sprintf(end, "%s%zu.%.*s", end == text ? "" : ",", n, (int) n, p);
                p += n;
                if (!*p)
                        break;
        }
        strcpy(end, ";");
        r = input_message(&w->input, text, strlen(text));
        CHECK(r == 0 || r == LABGATE_STATUS_BROWSER_BAD_REQUEST);
        return r;
}

static void expect(World *w, const char *words, const char *heard) {
        w->heard[0] = 0;
        CHECK_INT(say(w, words), 0);
        CHECK_TEXT(w->heard, heard);
}

TEST(keys) {
        World w;

        world_init(&w);
        expect(&w, "key 97 1", "key 61 1;");
        expect(&w, "key 97 1", "key 61 1;"); /* held down */
        expect(&w, "key 97 0", "key 61 0;");
        expect(&w, "key 65293 true", "key ff0d 1;");
        expect(&w, "key 65293 false", "key ff0d 0;");
        expect(&w, "key 16905728 1", "key 101f600 1;");
        expect(&w, "key 17891327 1", "key 110ffff 1;");
        expect(&w, "key 17891328 1", "");
        expect(&w, "key 16832512 1", ""); /* a surrogate */
        expect(&w, "key 0 1", "");
        expect(&w, "key -5 1", "");
        expect(&w, "key NaN 1", "");
        expect(&w, "key 97 maybe", "");
        expect(&w, "key 97", "");
        expect(&w, "key", "");
        expect(&w, "key 97.5 1 1234567", "key 61 1;");
        w.heard[0] = 0;
        input_release_all(&w.input);
        CHECK_TEXT(w.heard, "key 101f600 0;key 110ffff 0;key 61 0;");
        w.heard[0] = 0;
        input_release_all(&w.input);
        CHECK_TEXT(w.heard, "");
        world_done(&w);
}

TEST(the_oldest_key_is_let_go_for_one_too_many) {
        World w;
        char words[32];

        world_init(&w);
        for (int i = 0; i < INPUT_KEYS_MAX; i++) {
                snprintf(words, sizeof words, "key %d 1", 1000 + i);
                CHECK_INT(say(&w, words), 0);
        }
        expect(&w, "key 97 1", "key 3e8 0;key 61 1;");
        expect(&w, "key 1001 0", "key 3e9 0;");
        expect(&w, "key 98 1", "key 62 1;");
        CHECK_INT(w.input.n_keys, INPUT_KEYS_MAX);
        world_done(&w);
}

TEST(the_mouse_stays_on_the_desktop) {
        World w;

        world_init(&w);
        expect(&w, "mouse 10 20 1", "mouse 10 20 1;");
        expect(&w, "mouse -3 50 4", "mouse 0 49 4;");
        expect(&w, "mouse 100 99999999999999999999 31", "mouse 99 49 31;");
        expect(&w, "mouse 1.5 2.9 32", "mouse 1 2 0;");
        expect(&w, "mouse 1 2 -1", "mouse 1 2 0;");
        expect(&w, "mouse 1 2", "");
        expect(&w, "mouse a 2 0", "");
        expect(&w, "mouse 1 2 2", "mouse 1 2 2;");
        w.heard[0] = 0;
        input_release_all(&w.input);
        CHECK_TEXT(w.heard, "mouse 1 2 0;");
        input_set_desktop(&w.input, 0, 0);
        expect(&w, "mouse 1 2 0", "");
        world_done(&w);
}

TEST(sizes) {
        World w;

        world_init(&w);
        expect(&w, "size 640 480", "size 640 480;");
        expect(&w, "size 1024.5 0", "size 1024 1;");
        expect(&w, "size 99999 100", "size 8192 100;");
        expect(&w, "size 8192 8192", "size 8192 4224;");
        expect(&w, "size NaN 100", "");
        expect(&w, "size 100", "");
        world_done(&w);
}

TEST(syncs) {
        World w;

        world_init(&w);
        expect(&w, "sync 12345678901 3", "sync 12345678901;");
        expect(&w, "sync", "");
        expect(&w, "sync NaN", "");
        CHECK_INT(say(&w, "sync 666"), LABGATE_STATUS_BROWSER_BAD_REQUEST);
        world_done(&w);
}

TEST(pings_come_back_byte_for_byte) {
        static const char text[] = "0.,4.ping,013.1735689600000;0.,4.pong,1.1;0.;0.,4.ping;";
        World w;

        world_init(&w);
        for (unsigned state = INPUT_OPENING; state <= INPUT_ENDING; state <<= 1) {
                input_set_state(&w.input, (InputState) state);
                CHECK_INT(input_message(&w.input, text, strlen(text)), 0);
                outbox_check(&w.outbox, state == INPUT_ENDING ? "" : "0.,4.ping,013.1735689600000;0.,4.ping;");
        }
        world_done(&w);
}

TEST(clipboard_and_argv) {
        World w;

        world_init(&w);
        expect(&w, "clipboard 3 text/plain", "");
        expect(&w, "blob 3 aGVsbG8=", "");
        expect(&w, "end 3", "clipboard hello;");
        expect(&w, "argv 4 text/plain font-size", "");
        expect(&w, "blob 4 MTI=", "");
        expect(&w, "end 4", "argv font-size 12;");
        outbox_check(&w.outbox, "3.ack,1.4,0.,1.0;");
        expect(&w, "blob 4 MTI=", "");
        expect(&w, "blob x MTI=", "");
        expect(&w, "blob 4", "");
        expect(&w, "end", "");
        expect(&w, "clipboard -1 text/plain", "");
        expect(&w, "clipboard 65536 text/plain", "");
        expect(&w, "clipboard 65535 text/html", "");
        expect(&w, "ack 99 OK 0", "");
        expect(&w, "ack 99", "");
        outbox_check(&w.outbox, "3.ack,5.65535,23.Only text can be pasted,3.783;");
        world_done(&w);
}

TEST(what_is_not_supported_is_refused) {
        World w;

        world_init(&w);
        for (int read_only = 0; read_only < 2; read_only++) {
                const char *answer = read_only ? "3.ack,1.7,25.This session is read-only,3.771;" :
                                                 "3.ack,1.7,18.Not supported here,3.256;";

                w.input.read_only = read_only;
                expect(&w, "file 7 text/plain name", "");
                outbox_check(&w.outbox, answer);
                expect(&w, "pipe 7 text/plain STDIN", "");
                outbox_check(&w.outbox, answer);
                expect(&w, "audio 7 audio/L16", "");
                outbox_check(&w.outbox, answer);
                expect(&w, "put 0 7 text/plain name", "");
                outbox_check(&w.outbox, answer);
        }
        expect(&w, "put 0", "");
        expect(&w, "get 0 /", "");
        expect(&w, "touch 1 2 3 4 5 6 7", "");
        expect(&w, "usbconnect 1", "");
        expect(&w, "whatever", "");
        expect(&w, "KEY 97 1", "");
        expect(&w, "nop", "");
        outbox_check(&w.outbox, "");
        world_done(&w);
}

TEST(read_only_lets_no_input_through) {
        World w;

        world_init(&w);
        w.input.read_only = true;
        expect(&w, "key 97 1", "");
        expect(&w, "mouse 1 2 1", "");
        expect(&w, "size 640 480", "");
        expect(&w, "clipboard 3 text/plain", "");
        expect(&w, "blob 3 aGVsbG8=", "");
        expect(&w, "end 3", "");
        outbox_check(&w.outbox, "3.ack,1.3,25.This session is read-only,3.771;");
        expect(&w, "sync 5", "sync 5;");
        /* The view is the reader's own. */
        expect(&w, "argv 4 text/plain font-size", "");
        expect(&w, "blob 4 MTI=", "");
        expect(&w, "end 4", "argv font-size 12;");
        w.heard[0] = 0;
        input_release_all(&w.input);
        CHECK_TEXT(w.heard, "");
        world_done(&w);
}

TEST(states) {
        World w;

        world_init(&w);
        input_set_state(&w.input, INPUT_OPENING);
        expect(&w, "key 97 1", "");
        expect(&w, "mouse 1 2 1", "");
        expect(&w, "clipboard 3 text/plain", "");
        expect(&w, "size 640 480", "size 640 480;");
        expect(&w, "sync 5", "sync 5;");
        input_set_state(&w.input, INPUT_ENDING);
        expect(&w, "sync 5", "");
        expect(&w, "size 640 480", "");
        expect(&w, "disconnect", "");
        input_set_state(&w.input, INPUT_ACTIVE);
        w.heard[0] = 0;
        CHECK_INT(input_message(&w.input, "10.disconnect;3.key,2.97,1.1;junk", 33), 0);
        CHECK_TEXT(w.heard, "disconnect;");
        world_done(&w);
}

TEST(malformed_messages) {
        static const char *const texts[] = { "x", "3.nop", "3.nop;x", ";", "3.nop;\n", "3.no;",
                                             "3.key,2.97,1.1;4.key" };
        World w;

        world_init(&w);
        for (size_t i = 0; i < ELEMENTS(texts); i++)
                CHECK_INT(input_message(&w.input, texts[i], strlen(texts[i])), LABGATE_STATUS_BROWSER_BAD_REQUEST);
        CHECK_TEXT(w.heard, "key 61 1;"); /* what came before was meant */
        CHECK_INT(input_message(&w.input, "", 0), 0);
        world_done(&w);
}
