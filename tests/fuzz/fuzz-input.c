/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages of a hostile page: the first byte says state and rights, NUL separates messages. What plugin.h promises of
 * input must hold; a read-only session lets none through; every key that went down comes up in the end. */

#include <stdlib.h>

#include "../../plugins/plugin.h"
#include "../../src/base/utf8.h"
#include "../../src/browser/input.h"

#define REQUIRE(x)                      \
        do {                            \
                if (!(x))               \
                        abort();        \
        } while (0)

#define WIDTH 640
#define HEIGHT 480
#define CLIPBOARD 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct World {
        WebSocket *ws;
        Buffer output;
        Streams streams;
        Input input;
        uint32_t down[INPUT_KEYS_MAX];
        unsigned n_down;
        unsigned mask;
} World;

static int on_message(void *userdata, const char *text, size_t size) {
        return 0;
}

static int on_sync(void *userdata, uint64_t timestamp) {
        return 0;
}

static void on_key(void *userdata, uint32_t keysym, bool pressed) {
        World *w = userdata;
        unsigned n = 0;

        REQUIRE(!w->input.read_only && keysym > 0 && keysym <= 0x0110ffff);
        while (n < w->n_down && w->down[n] != keysym)
                n++;
        if (!pressed && n < w->n_down)
                w->down[n] = w->down[--w->n_down];
        if (pressed && n == w->n_down) {
                REQUIRE(w->n_down < INPUT_KEYS_MAX);
                w->down[w->n_down++] = keysym;
        }
}

static void on_mouse(void *userdata, int32_t x, int32_t y, unsigned mask) {
        World *w = userdata;

        REQUIRE(!w->input.read_only && x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT && mask < 32);
        w->mask = mask;
}

static void on_size(void *userdata, int32_t width, int32_t height) {
        REQUIRE(width > 0 && height > 0 && width <= LABGATE_SIDE_MAX && height <= LABGATE_SIDE_MAX);
        REQUIRE((uint64_t) width * (uint64_t) height <= LABGATE_PIXELS_MAX);
}

static void on_disconnect(void *userdata) {
}

static bool accept_argv(void *userdata, const char *name) {
        REQUIRE(utf8_is_valid(name, strlen(name)) && strlen(name) <= STREAMS_NAME_MAX);
        return name[0] == 'f';
}

static void on_argv(void *userdata, const char *name, const char *value) {
        REQUIRE(name[0] == 'f' && utf8_is_valid(value, strlen(value)));
}

static void on_clipboard(void *userdata, const char *text, size_t size) {
        World *w = userdata;

        REQUIRE(!w->input.read_only && size <= CLIPBOARD && utf8_is_valid(text, size));
}

static void run(World *w, const uint8_t *data, size_t size) {
        while (size > 0) {
                const uint8_t *end = memchr(data, 0, size);
                size_t n = end ? (size_t) (end - data) : size;
                int r = input_message(&w->input, (const char *) data, n);

                REQUIRE(r == 0 || r == LABGATE_STATUS_BROWSER_BAD_REQUEST);
                if (r != 0)
                        return;
                n += end ? 1 : 0;
                data += n;
                size -= n;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const WebSocketEvents events = { .text = on_message };
        static const InputEvents input_events = { on_sync, on_key, on_mouse, on_size, on_disconnect };
        static const StreamsEvents streams_events = { accept_argv, on_argv, on_clipboard };
        World w = {};

        if (size < 1)
                return 0;
        REQUIRE(websocket_new(&w.ws, &w.output, &events, &w) == 0);
        streams_init(&w.streams, w.ws, &streams_events, &w);
        w.streams.clipboard_size = CLIPBOARD;
        input_init(&w.input, w.ws, &w.streams, &input_events, &w);
        input_set_desktop(&w.input, WIDTH, HEIGHT);
        input_set_state(&w.input, data[0] & 1 ? INPUT_OPENING : INPUT_ACTIVE);
        w.input.read_only = data[0] & 2;
        run(&w, data + 1, size - 1);
        input_release_all(&w.input);
        REQUIRE(w.n_down == 0 && w.mask == 0);
        streams_done(&w.streams);
        websocket_free(w.ws);
        buffer_done(&w.output);
        return 0;
}
