/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A desktop for tests, with the work of painting it done beforehand: what a session spends on it is the session's
 * own. Speaks no protocol and is never installed.
 *
 * Upstream, one byte each: 'a' changes all pixels below a bar thirty times a second, 's' scrolls lines up and tells
 * only what is damaged, 'r' tells of damage where nothing changed, 'q' is quiet. A key makes a square in the bar the
 * colour of its keysym. Mouse events go upstream as lines of x, y and mask. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "../../src/base/descriptor.h"
#include "../plugin.h"
#include "config.h"

#define PICTURES 6
#define PICTURE_USEC 33333
#define SQUARE 32
#define LINE 16
#define BAR 64 /* rows at the top that stand */

typedef struct Settings {
        bool unused;
} Settings;

typedef struct Moviecard {
        LabgateHost *host;
        sd_event_source *source, *timer;
        int fd;
        uint32_t *pixels; /* PICTURES of them */
        int32_t width, height;
        unsigned shown; /* which of them */
        uint32_t seed;
        char mode;
} Moviecard;

static const LabgateSetting settings[] = {
        { "unused", LABGATE_SETTING_BOOL, .offset = offsetof(Settings, unused), .help = "nothing" },
        {},
};

static uint32_t next_random(Moviecard *m) {
        m->seed ^= m->seed << 13;
        m->seed ^= m->seed >> 17;
        return m->seed ^= m->seed << 5;
}

static uint32_t *row(const Moviecard *m, unsigned picture, int32_t y) {
        return m->pixels + ((size_t) picture * (size_t) m->height + (size_t) y) * (size_t) m->width;
}

/* Shaded waves with a grain, of other places in each picture. */
static void draw_picture(Moviecard *m, unsigned picture) {
        int32_t t = (int32_t) picture * 41;

        for (int32_t y = BAR; y < m->height; y++)
                for (int32_t x = 0; x < m->width; x++) {
                        uint32_t grain = next_random(m) & 7;
                        uint32_t a = (uint32_t) abs((x + y + t) % 256 - 128);
                        uint32_t b = (uint32_t) abs((x - 2 * y + 3 * t) % 384 - 192);

                        row(m, picture, y)[x] = (60 + a + grain) << 16 | (40 + b / 2 + grain) << 8 |
                                                (90 + (a + b) / 4 + grain);
                }
}

static void damage_all(Moviecard *m) {
        m->host->damage(m->host, (LabgateRect) { 0, 0, m->width, m->height });
}

static void moviecard_resize(void *state, int32_t width, int32_t height) {
        Moviecard *m = state;
        uint32_t *pixels = calloc((size_t) width * (size_t) height * PICTURES, sizeof *pixels);

        if (!pixels)
                m->host->end(m->host, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        if (!pixels || height < BAR + LINE || m->host->set_size(m->host, width, height) < 0) {
                free(pixels);
                return;
        }
        free(m->pixels);
        m->pixels = pixels;
        m->width = width;
        m->height = height;
        for (unsigned i = 0; i < PICTURES; i++)
                draw_picture(m, i);
}

static void scroll(Moviecard *m) {
        size_t line = (size_t) m->width * LINE;
        uint32_t *pixels = row(m, m->shown, BAR), *last = row(m, m->shown, m->height - LINE);

        memmove(pixels, pixels + line, (size_t) m->width * (size_t) (m->height - BAR - LINE) * sizeof *pixels);
        for (size_t i = 0; i < line; i++)
                last[i] = next_random(m) % 7 == 0 ? 0x202020 : 0xf8f8f8;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Moviecard *m = userdata;

        if (m->mode == 'a')
                m->shown = (m->shown + 1) % PICTURES;
        else if (m->mode == 's')
                scroll(m);
        if (m->mode != 'q')
                damage_all(m);
        (void) sd_event_source_set_time(source, usec + PICTURE_USEC);
        return sd_event_source_set_enabled(source, m->mode == 'q' ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static int on_upstream(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Moviecard *m = userdata;
        uint64_t now = 0;
        char c;
        ssize_t n = read(fd, &c, 1);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0) {
                m->source = sd_event_source_disable_unref(m->source);
                m->host->end(m->host, LABGATE_STATUS_UPSTREAM_ERROR, "The lab machine closed the connection.");
                return 0;
        }
        m->mode = c;
        (void) sd_event_now(m->host->event, CLOCK_MONOTONIC, &now);
        (void) sd_event_source_set_time(m->timer, now);
        return sd_event_source_set_enabled(m->timer, SD_EVENT_ONESHOT);
}

static int moviecard_open(LabgateHost *host, const void *values, void **ret) {
        Moviecard *m = calloc(1, sizeof *m);

        if (!m)
                return -ENOMEM;
        *m = (Moviecard) { .host = host, .fd = -1, .mode = 'q', .seed = 1 };
        moviecard_resize(m, host->width, host->height);
        *ret = m;
        return sd_event_add_time(host->event, &m->timer, CLOCK_MONOTONIC, 0, 1, on_timer, m);
}

static int moviecard_start(void *state, int upstream_fd) {
        Moviecard *m = state;

        m->source = sd_event_source_disable_unref(m->source);
        fd_close(m->fd);
        m->fd = upstream_fd;
        m->host->connected(m->host);
        return sd_event_add_io(m->host->event, &m->source, m->fd, EPOLLIN, on_upstream, m);
}

static int moviecard_paint(void *state, LabgateRect area, LabgateTile *ret) {
        const Moviecard *m = state;

        *ret = (LabgateTile) {
                .format = LABGATE_PIXELS_XRGB32,
                .pixels = row(m, m->shown, area.y) + area.x,
                .stride = (size_t) m->width * sizeof *m->pixels,
        };
        return 0;
}

static void moviecard_key(void *state, uint32_t keysym, bool pressed) {
        Moviecard *m = state;

        for (unsigned i = 0; pressed && i < PICTURES; i++)
                for (int32_t y = 0; y < MIN(SQUARE, m->height); y++)
                        for (int32_t x = 0; x < MIN(SQUARE, m->width); x++)
                                row(m, i, y)[x] = keysym & 0xffffff;
        m->host->damage(m->host, (LabgateRect) { 0, 0, SQUARE, SQUARE });
}

static void moviecard_mouse(void *state, int32_t x, int32_t y, unsigned mask) {
        const Moviecard *m = state;
        char line[64];
        int n = snprintf(line, sizeof line, "%d %d %u\n", x, y, mask);

        if (m->fd >= 0 && write(m->fd, line, (size_t) n) < 0)
                return; /* a test that does not read has no use for it */
}

static void moviecard_close(void *state) {
        Moviecard *m = state;

        if (!m)
                return;
        sd_event_source_disable_unref(m->source);
        sd_event_source_disable_unref(m->timer);
        fd_close(m->fd);
        free(m->pixels);
        free(m);
}

LABGATE_EXPORT const LabgatePlugin labgate_plugin = {
        .abi = LABGATE_PLUGIN_ABI,
        .build = LABGATE_BUILD,
        .name = "moviecard",
        .default_port = 7,
        .is_desktop = true,
        .settings = settings,
        .settings_size = sizeof(Settings),
        .open = moviecard_open,
        .start = moviecard_start,
        .paint = moviecard_paint,
        .key = moviecard_key,
        .mouse = moviecard_mouse,
        .resize = moviecard_resize,
        .close = moviecard_close,
};
