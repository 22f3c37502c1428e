/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "../../src/base/cleanup.h"
#include "mirror.h"

#define DEJAVU "/usr/share/fonts/truetype/dejavu/"

static const struct { const char *path; LabgateFontRole role; } files[] = {
        { DEJAVU "DejaVuSansMono.ttf",             LABGATE_FONT_REGULAR     },
        { DEJAVU "DejaVuSansMono-Bold.ttf",        LABGATE_FONT_BOLD        },
        { DEJAVU "DejaVuSansMono-Oblique.ttf",     LABGATE_FONT_ITALIC      },
        { DEJAVU "DejaVuSansMono-BoldOblique.ttf", LABGATE_FONT_BOLD_ITALIC },
        { "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", LABGATE_FONT_FALLBACK },
        { "/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf", LABGATE_FONT_FALLBACK },
        { DEJAVU "DejaVuSans.ttf",                 LABGATE_FONT_FALLBACK    },
};

static Mirror *from_host(LabgateHost *host) {
        return (Mirror *) host;
}

static LabgateRect clip(const Mirror *m, LabgateRect r) {
        int x0 = MAX(r.x, 0), y0 = MAX(r.y, 0);
        int x1 = MIN(r.x + r.width, m->host.width), y1 = MIN(r.y + r.height, m->host.height);
        int width = x1 - x0, height = y1 - y0;

        return (LabgateRect) { x0, y0, MAX(width, 0), MAX(height, 0) };
}

static void on_damage(LabgateHost *host, LabgateRect area) {
        Mirror *m = from_host(host);

        if (m->n_damage == MIRROR_DAMAGE_MAX)
                abort();
        m->damage[m->n_damage++] = clip(m, area);
}

static int on_set_size(LabgateHost *host, int32_t width, int32_t height) {
        Mirror *m = from_host(host);
        uint32_t *pixels;

        if (width < 1 || height < 1 || width > LABGATE_SIDE_MAX || height > LABGATE_SIDE_MAX)
                return -ERANGE;
        pixels = calloc((size_t) width * (size_t) height, sizeof *pixels);
        if (!pixels)
                return -ENOMEM;
        free(m->pixels);
        m->pixels = pixels;
        host->width = width;
        host->height = height;
        m->n_damage = 0;
        on_damage(host, (LabgateRect) { 0, 0, width, height });
        return 0;
}

/* What is damaged and not painted yet moves too, as pixels and as damage. */
static void on_move(LabgateHost *host, LabgateRect s, int32_t dx, int32_t dy) {
        Mirror *m = from_host(host);
        size_t width = (size_t) s.width, stride = (size_t) host->width;
        uint32_t *copy, *from, *to;

        if (s.x < 0 || s.y < 0 || s.x + s.width > host->width || s.y + s.height > host->height || s.y + dy < 0 ||
            s.y + dy + s.height > host->height || dx != 0 || m->n_damage > 0)
                abort();
        copy = malloc(width * (size_t) s.height * sizeof *copy);
        from = m->pixels + (size_t) s.y * stride + (size_t) s.x;
        to = m->pixels + (size_t) (s.y + dy) * stride + (size_t) s.x;
        for (size_t y = 0; y < (size_t) s.height; y++)
                memcpy(copy + y * width, from + y * stride, width * sizeof *copy);
        for (size_t y = 0; y < (size_t) s.height; y++)
                memcpy(to + y * stride, copy + y * width, width * sizeof *copy);
        free(copy);
        m->n_moves++;
}

static void on_want_frame(LabgateHost *host) {
        from_host(host)->frames_wanted++;
}

static void on_cursor(LabgateHost *host, const LabgateCursor *cursor) {
}

static void on_clipboard(LabgateHost *host, const char *text, size_t size) {
        Mirror *m = from_host(host);

        buffer_clear(&m->clipboard);
        (void) buffer_append(&m->clipboard, text, size);
        (void) buffer_append(&m->clipboard, "", 1);
}

static void on_title(LabgateHost *host, const char *text, size_t size) {
        Mirror *m = from_host(host);

        buffer_clear(&m->title);
        (void) buffer_append(&m->title, text, size);
        (void) buffer_append(&m->title, "", 1);
}

static void on_argv(LabgateHost *host, const char *name, const char *value) {
        (void) buffer_append_format(&from_host(host)->argv, "%s=%s\n", name, value);
}

static void on_send(void *userdata, const char *bytes, size_t size) {
        Mirror *m = userdata;

        (void) buffer_append(&m->sent, bytes, size);
}

static void on_resized(void *userdata, int columns, int rows) {
        Mirror *m = userdata;

        m->resized_columns = columns;
        m->resized_rows = rows;
}

static const ConsoleHooks hooks = { .send = on_send, .resized = on_resized };

Mirror *mirror_free(Mirror *m) {
        if (!m)
                return NULL;
        console_free(m->console);
        for (size_t i = 0; i < m->host.n_fonts; i++)
                close(m->fonts[i].fd);
        buffer_done(&m->sent);
        buffer_done(&m->clipboard);
        buffer_done(&m->title);
        buffer_done(&m->argv);
        sd_event_unref(m->host.event);
        free(m->pixels);
        free(m);
        return NULL;
}

Mirror *mirror_new(int width, int height, const ConsoleSettings *settings) {
        Mirror *m = calloc(1, sizeof *m);
        ConsoleSettings defaults = { .font_size = 12, .scrollback = 100, .backspace = 127 };

        m->host = (LabgateHost) {
                .width = width, .height = height, .dpi = 96, .clipboard_size = 262144, .fonts = m->fonts,
                .set_size = on_set_size, .damage = on_damage, .move = on_move, .want_frame = on_want_frame,
                .set_cursor = on_cursor, .set_clipboard = on_clipboard, .set_title = on_title, .set_argv = on_argv,
        };
        if (sd_event_new(&m->host.event) < 0)
                return mirror_free(m);
        for (size_t i = 0; i < ELEMENTS(files); i++) {
                int fd = open(files[i].path, O_RDONLY | O_CLOEXEC);

                if (fd >= 0)
                        m->fonts[m->host.n_fonts++] = (LabgateFont) { .role = files[i].role, .fd = fd };
        }
        if (console_new(&m->console, &m->host, settings ?: &defaults, &hooks, m) < 0)
                return mirror_free(m);
        return m;
}

void mirror_write(Mirror *m, const char *text) {
        (void) console_write(m->console, text, strlen(text));
}

static int paint(Mirror *m, LabgateRect area, uint32_t *to, size_t stride) {
        LabgateTile tile;

        if (area.width == 0 || area.height == 0)
                return 0;
        if (console_paint(m->console, area, &tile) < 0)
                return -EIO;
        m->n_tiles++;
        m->n_indexed += tile.format == LABGATE_PIXELS_INDEXED8;
        m->painted += (uint64_t) area.width * (uint64_t) area.height;
        for (int y = 0; y < area.height; y++) {
                const uint8_t *row = (const uint8_t *) tile.pixels + (size_t) y * tile.stride;
                uint32_t *p = to + (size_t) y * stride;

                for (int x = 0; x < area.width; x++)
                        if (tile.format == LABGATE_PIXELS_XRGB32)
                                p[x] = ((const uint32_t *) (const void *) row)[x] & 0xffffffu;
                        else if (row[x] < tile.n_palette)
                                p[x] = tile.palette[row[x]];
                        else
                                return -ERANGE;
        }
        return 0;
}

void mirror_frame(Mirror *m) {
        size_t width = (size_t) m->host.width;

        /* What set_size() damaged is all repainted below, whatever moves before. */
        bool all = m->n_damage > 0;

        m->n_damage = 0;
        console_frame_begin(m->console);
        if (all)
                on_damage(&m->host, (LabgateRect) { 0, 0, m->host.width, m->host.height });
        for (size_t i = 0; i < m->n_damage; i++) {
                LabgateRect r = m->damage[i];

                if (paint(m, r, m->pixels + (size_t) r.y * width + (size_t) r.x, width) < 0)
                        abort();
        }
        m->n_damage = 0;
        console_frame_end(m->console);
}

size_t mirror_compare(Mirror *m) {
        size_t n = (size_t) m->host.width * (size_t) m->host.height, found = 0;
        uint32_t *whole = malloc(n * sizeof *whole);

        if (paint(m, (LabgateRect) { 0, 0, m->host.width, m->host.height }, whole, (size_t) m->host.width) < 0)
                abort();
        for (size_t i = 0; i < n && found == 0; i++)
                if (whole[i] != m->pixels[i])
                        found = i + 1;
        free(whole);
        console_frame_end(m->console);
        return found;
}

const char *mirror_sent(Mirror *m) {
        static char text[65536];
        size_t n = MIN(buffer_size(&m->sent), sizeof text - 1);

        if (n > 0)
                memcpy(text, buffer_bytes(&m->sent), n);
        text[n] = 0;
        buffer_clear(&m->sent);
        return text;
}
