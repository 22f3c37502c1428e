/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plugin for tests: a picture whose every pixel is known, input that shows in it, and an upstream whose bytes are
 * commands. Speaks no protocol and is never installed.
 *
 * Picture: blocks of 16x16 pixels, each of a colour that follows from its place and the number of keys pressed so far;
 * where the mouse is pressed, white. Upstream, one byte each: 'e' ends the session cleanly, 'u' as upstream error, 'm'
 * moves the upper half down by 16 pixels, 't' sets a title, 'c' puts a text into the page's clipboard. Text from the
 * page's clipboard goes back to it reversed, byte by byte. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "../../src/base/descriptor.h"
#include "../plugin.h"
#include "config.h"

#define BLOCK 16

typedef struct Settings {
        LabgateSecret secret;
        int64_t seed;
        bool hang;
} Settings;

typedef struct Testcard {
        LabgateHost *host;
        const Settings *settings;
        sd_event_source *source;
        int fd;
        uint32_t keys;
        uint32_t *pixels;
        int32_t width, height;
        bool alive;
} Testcard;

static const LabgateSetting settings[] = {
        { "secret", LABGATE_SETTING_SECRET, .offset = offsetof(Settings, secret), .help = "a secret that nothing uses" },
        { "seed", LABGATE_SETTING_INT, LABGATE_SETTING_LIVE, offsetof(Settings, seed), 1, NULL, 0, 1000, NULL,
          "number that the colours follow from" },
        { "hang", LABGATE_SETTING_BOOL, .offset = offsetof(Settings, hang), .help = "say that the worker stands still" },
        {},
};

static uint32_t block_colour(const Testcard *t, int32_t x, int32_t y) {
        uint32_t n = (uint32_t) (x / BLOCK) * 2654435761u ^ (uint32_t) (y / BLOCK) * 40503u;

        return (n + (t->keys + (uint32_t) t->settings->seed) * 97u) & 0xffffffu;
}

static void redraw(Testcard *t) {
        for (int32_t y = 0; y < t->height; y++)
                for (int32_t x = 0; x < t->width; x++)
                        t->pixels[(size_t) y * (size_t) t->width + (size_t) x] = block_colour(t, x, y);
        t->host->damage(t->host, (LabgateRect) { 0, 0, t->width, t->height });
}

static void testcard_resize(void *state, int32_t width, int32_t height) {
        Testcard *t = state;
        uint32_t *pixels = calloc((size_t) width * (size_t) height, sizeof *pixels);

        if (!pixels) {
                t->host->end(t->host, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
                return;
        }
        if (t->host->set_size(t->host, width, height) < 0) {
                free(pixels);
                return;
        }
        free(t->pixels);
        t->pixels = pixels;
        t->width = width;
        t->height = height;
        redraw(t);
}

static void move_half(Testcard *t) {
        int32_t half = t->height / 2;

        if (half <= BLOCK)
                return;
        memmove(t->pixels + (size_t) BLOCK * (size_t) t->width, t->pixels,
                (size_t) half * (size_t) t->width * sizeof *t->pixels);
        t->host->move(t->host, (LabgateRect) { 0, 0, t->width, half }, 0, BLOCK);
        t->host->want_frame(t->host);
}

static void command(Testcard *t, char c) {
        LabgateHost *host = t->host;

        switch (c) {
        case 'e':
                host->end(host, LABGATE_STATUS_SUCCESS, "The test is over.");
                break;
        case 'u':
                host->end(host, LABGATE_STATUS_UPSTREAM_ERROR, "The lab machine closed the connection.");
                break;
        case 'm':
                move_half(t);
                break;
        case 't':
                host->set_title(host, "testcard", 8);
                break;
        case 'c':
                host->set_clipboard(host, "from upstream", 13);
                break;
        default:
                break;
        }
}

static int on_upstream(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Testcard *t = userdata;
        char c;
        ssize_t n = read(fd, &c, 1);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0) {
                t->source = sd_event_source_disable_unref(t->source);
                t->host->end(t->host, LABGATE_STATUS_UPSTREAM_ERROR, "The lab machine closed the connection.");
                return 0;
        }
        command(t, c);
        return 0;
}

static int testcard_open(LabgateHost *host, const void *values, void **ret) {
        Testcard *t = calloc(1, sizeof *t);

        if (!t)
                return -ENOMEM;
        *t = (Testcard) { .host = host, .settings = values, .fd = -1, .alive = true };
        testcard_resize(t, host->width, host->height);
        *ret = t;
        return 0;
}

static int testcard_start(void *state, int upstream_fd) {
        Testcard *t = state;

        t->source = sd_event_source_disable_unref(t->source);
        fd_close(t->fd);
        t->fd = upstream_fd;
        t->alive = !t->settings->hang;
        t->host->connected(t->host);
        t->host->set_activity(t->host, "showing a test card");
        return sd_event_add_io(t->host->event, &t->source, t->fd, EPOLLIN, on_upstream, t);
}

static int testcard_paint(void *state, LabgateRect area, LabgateTile *ret) {
        const Testcard *t = state;

        *ret = (LabgateTile) {
                .format = LABGATE_PIXELS_XRGB32,
                .pixels = t->pixels + (size_t) area.y * (size_t) t->width + (size_t) area.x,
                .stride = (size_t) t->width * sizeof *t->pixels,
        };
        return 0;
}

static void testcard_key(void *state, uint32_t keysym, bool pressed) {
        Testcard *t = state;

        if (!pressed)
                return;
        t->keys++;
        redraw(t);
}

static void testcard_mouse(void *state, int32_t x, int32_t y, unsigned mask) {
        Testcard *t = state;
        LabgateRect area = { x / BLOCK * BLOCK, y / BLOCK * BLOCK, BLOCK, BLOCK };

        if (mask == 0)
                return;
        for (int32_t row = area.y; row < MIN(area.y + BLOCK, t->height); row++)
                for (int32_t column = area.x; column < MIN(area.x + BLOCK, t->width); column++)
                        t->pixels[(size_t) row * (size_t) t->width + (size_t) column] = 0xffffff;
        t->host->damage(t->host, area);
}

static void testcard_clipboard(void *state, const char *text, size_t size) {
        Testcard *t = state;
        _cleanup_free_ char *reversed = malloc(size + 1);

        if (!reversed)
                return;
        for (size_t i = 0; i < size; i++)
                reversed[i] = text[size - 1 - i];
        t->host->set_clipboard(t->host, reversed, size);
}

static bool testcard_alive(void *state) {
        const Testcard *t = state;

        return t->alive;
}

static void testcard_close(void *state) {
        Testcard *t = state;

        if (!t)
                return;
        sd_event_source_disable_unref(t->source);
        fd_close(t->fd);
        free(t->pixels);
        free(t);
}

LABGATE_EXPORT const LabgatePlugin labgate_plugin = {
        .abi = LABGATE_PLUGIN_ABI,
        .build = LABGATE_BUILD,
        .name = "testcard",
        .default_port = 7,
        .settings = settings,
        .settings_size = sizeof(Settings),
        .open = testcard_open,
        .start = testcard_start,
        .paint = testcard_paint,
        .key = testcard_key,
        .mouse = testcard_mouse,
        .resize = testcard_resize,
        .clipboard = testcard_clipboard,
        .alive = testcard_alive,
        .close = testcard_close,
};
