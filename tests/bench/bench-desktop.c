/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What frames of desktops cost: CPU time, bytes and pictures, by kind of change. No arguments. "held" is the time in
 * which the plugin must hold its picture still; "mended" is what it takes until the browser's pixels are exact after
 * the last frame. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../src/browser/desktop-frame.h"

typedef struct Bench {
        int32_t width, height;
        uint32_t *pixels;
        uint32_t *wallpaper;
        Canvas canvas;
        DesktopFrame *frame;
        Image *image;
        Buffer output;
        WebSocket *ws;
        uint64_t now, timestamp;
        double held, spent;
        unsigned n_pictures, n_copies;
        size_t bytes;
} Bench;

static int on_message(void *userdata, const char *text, size_t size) {
        return 0;
}

static double seconds(void) {
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static unsigned count(const Buffer *output, const char *what) {
        const char *text = (const char *) buffer_bytes(output), *end = text + buffer_size(output), *p = text;
        unsigned n = 0;

        while (p && (p = memmem(p, (size_t) (end - p), what, strlen(what)))) {
                n++;
                p++;
        }
        return n;
}

static void write_out(Bench *b) {
        const DesktopFrameStyle style = { ++b->timestamp, 75 };
        double begin = seconds();
        int r = 1;

        while (r > 0)
                r = desktop_frame_write(b->frame, b->image, b->ws, &style);
        if (r < 0)
                abort();
        b->spent += seconds() - begin;
        b->bytes += buffer_size(&b->output);
        b->n_pictures += count(&b->output, "3.img,");
        b->n_copies += count(&b->output, "4.copy,");
        buffer_clear(&b->output);
}

static void frame(Bench *b) {
        const LabgateTile picture = { LABGATE_PIXELS_XRGB32, b->pixels, (size_t) b->width * sizeof(uint32_t) };
        double begin = seconds();

        if (desktop_frame_capture(b->frame, &b->canvas, &picture, b->now) < 0)
                abort();
        b->held += seconds() - begin;
        b->spent += seconds() - begin;
        if (desktop_frame_is_open(b->frame))
                write_out(b);
}

static void forget(Bench *b) {
        b->held = b->spent = 0;
        b->n_pictures = b->n_copies = 0;
        b->bytes = 0;
}

static void mend(Bench *b, int32_t pixels) {
        forget(b);
        while (desktop_frame_mend_due(b->frame) != UINT64_MAX) {
                b->now = desktop_frame_mend_due(b->frame);
                desktop_frame_mend(b->frame, pixels, b->now);
                write_out(b);
        }
}

/* ---- what lab machines show ---- */

static uint32_t *at(const Bench *b, int32_t x, int32_t y) {
        return b->pixels + (int64_t) y * b->width + x;
}

static uint32_t hash(uint32_t x) {
        x ^= x >> 16;
        x *= 0x7feb352du;
        x ^= x >> 15;
        x *= 0x846ca68bu;
        return x ^ x >> 16;
}

static uint32_t shade(int32_t r, int32_t g, int32_t b) {
        r = r < 0 ? 0 : r > 255 ? 255 : r;
        g = g < 0 ? 0 : g > 255 ? 255 : g;
        b = b < 0 ? 0 : b > 255 ? 255 : b;
        return (uint32_t) (r << 16 | g << 8 | b);
}

static void damage_all(Bench *b) {
        canvas_damage(&b->canvas, (LabgateRect) { 0, 0, b->width, b->height });
}

/* Shaded surfaces that turn, with a grain on them: all pixels change. */
static void turn(Bench *b, unsigned round) {
        int32_t t = (int32_t) round * 5;

        for (int32_t y = 0; y < b->height; y++)
                for (int32_t x = 0; x < b->width; x++) {
                        int32_t u = x + t, v = y - t / 2, n = (int32_t) (hash((uint32_t) (u * 4099 + y)) & 7);
                        int32_t wave = abs((u + v) % 256 - 128), other = abs((x - 2 * y - 2 * t) % 384 - 192);

                        *at(b, x, y) = shade(60 + wave + n, 40 + other / 2 + n, 90 + (wave + other) / 4 + n);
                }
        damage_all(b);
}

/* An object in the middle turns before a ground that stands: what an editor of 3D does. */
static void turn_object(Bench *b, unsigned round) {
        int32_t cx = b->width / 2, cy = b->height / 2, radius = b->height / 3, t = (int32_t) round * 7;

        for (int32_t y = cy - radius; y < cy + radius; y++)
                for (int32_t x = cx - radius; x < cx + radius; x++) {
                        int32_t dx = x - cx, dy = y - cy, d = dx * dx + dy * dy;

                        if (d >= radius * radius)
                                continue;
                        *at(b, x, y) = shade(220 - d * 160 / (radius * radius) + abs((dx + t) % 64 - 32),
                                             150 + dy / 4, 90 + abs((dy + t) % 96 - 48));
                }
        canvas_damage(&b->canvas, (LabgateRect) { cx - radius, cy - radius, 2 * radius, 2 * radius });
}

/* 640x360 of film in a window at an odd place. */
static void film(Bench *b, unsigned round) {
        for (int32_t y = 0; y < 360; y++)
                for (int32_t x = 0; x < 640; x++) {
                        uint32_t n = hash((uint32_t) (y / 3 * 640 + x / 3) + round * 77777u);

                        int32_t blue = (x + y + (int32_t) round * 9) / 8 % 128;

                        *at(b, 301 + x, 203 + y) = shade((int32_t) (n & 63) + x / 4, (int32_t) (n >> 8 & 63) + y / 2,
                                                         (int32_t) (n >> 16 & 63) + blue);
                }
        canvas_damage(&b->canvas, (LabgateRect) { 301, 203, 640, 360 });
}

static void draw_line(Bench *b, int32_t x, int32_t y, int32_t width, unsigned number) {
        int32_t n_glyphs = (int32_t) (hash(number) % (unsigned) (width / 8));

        for (int32_t row = 0; row < 16; row++)
                for (int32_t i = 0; i < width; i++) {
                        uint32_t glyph = hash(number * 331u + (uint32_t) (i / 8));
                        uint32_t n = hash(glyph + (uint32_t) (row * 8 + i % 8));
                        bool ink = glyph % 6 != 0 && i / 8 < n_glyphs && row > 2 && row < 14 && i % 8 < 7 && n % 4 == 0;

                        *at(b, x + i, y + row) = ink ? (n & 0x300 ? 0x202020 : 0x808080) : 0xfcfcfc;
                }
}

/* The window's lines go up by one; only its damage is told. */
static void scroll(Bench *b, unsigned round) {
        LabgateRect r = { 101, 53, 1000, 640 };

        for (int32_t y = r.y; y < r.y + r.height - 16; y++)
                memmove(at(b, r.x, y), at(b, r.x, y + 16), (size_t) r.width * sizeof(uint32_t));
        draw_line(b, r.x, r.y + r.height - 16, r.width, round);
        canvas_damage(&b->canvas, r);
}

static void place_window(Bench *b, int32_t x, int32_t y) {
        for (int32_t row = 0; row < 400; row++)
                for (int32_t i = 0; i < 600; i++)
                        *at(b, x + i, y + row) = row < 24 ? 0x3060a0 : 0xeeeeee;
        for (int32_t line = 0; line < 22; line++)
                draw_line(b, x + 8, y + 32 + line * 16, 584, (unsigned) line);
}

static int32_t drag_x(unsigned round) {
        return 40 + abs((int32_t) (round * 9) % 1000 - 500);
}

static int32_t drag_y(unsigned round) {
        return 30 + abs((int32_t) (round * 7) % 600 - 300);
}

/* A window over the wallpaper; what was and what is under it is damaged. */
static void drag(Bench *b, unsigned round) {
        int32_t x = drag_x(round), y = drag_y(round);

        if (round > 0) {
                int32_t ox = drag_x(round - 1), oy = drag_y(round - 1);

                for (int32_t row = 0; row < 400; row++)
                        memcpy(at(b, ox, oy + row), b->wallpaper + (int64_t) (oy + row) * b->width + ox,
                               600 * sizeof(uint32_t));
                canvas_damage(&b->canvas, (LabgateRect) { ox, oy, 600, 400 });
        }
        place_window(b, x, y);
        canvas_damage(&b->canvas, (LabgateRect) { x, y, 600, 400 });
}

static void repaint(Bench *b, unsigned round) {
        damage_all(b);
}

static void text_page(Bench *b, unsigned round) {
        for (int32_t y = 0; y + 16 <= b->height; y += 16)
                draw_line(b, 0, y, b->width, round * 1000 + (unsigned) y);
        damage_all(b);
}

static void blink(Bench *b, unsigned round) {
        for (int32_t y = 0; y < 16; y++)
                for (int32_t x = 0; x < 8; x++)
                        *at(b, 333 + x, 444 + y) ^= 0xffffff;
        canvas_damage(&b->canvas, (LabgateRect) { 320, 440, 64, 32 });
}

typedef void (*Change)(Bench *b, unsigned round);

static void measure(Bench *b, const char *what, Change change, unsigned rounds) {
        forget(b);
        for (unsigned round = 0; round < rounds; round++) {
                change(b, round);
                b->now += 33000;
                frame(b);
        }
        printf("%-28s %7.3f ms %7.3f held %9.0f bytes %6.1f pictures %4.1f copies", what, b->spent * 1000 / rounds,
               b->held * 1000 / rounds, (double) b->bytes / rounds, (double) b->n_pictures / rounds,
               (double) b->n_copies / rounds);
        mend(b, 64 * 1024);
        printf(", mended %6.1f ms %8zu bytes\n", b->spent * 1000, b->bytes);
}

static void paint_wallpaper(Bench *b) {
        for (int32_t y = 0; y < b->height; y++)
                for (int32_t x = 0; x < b->width; x++)
                        *at(b, x, y) = shade(30 + y / 8, 60 + y / 6, 110 + (y + x) / 16);
        memcpy(b->wallpaper, b->pixels, (size_t) b->width * (size_t) b->height * sizeof(uint32_t));
        damage_all(b);
}

static void wallpaper(Bench *b, unsigned round) {
        paint_wallpaper(b);
}

static void run(int32_t width, int32_t height) {
        static const WebSocketEvents events = { .text = on_message };
        Bench b = { .width = width, .height = height, .now = 1000000 };

        b.pixels = calloc((size_t) width * (size_t) height, sizeof(uint32_t));
        b.wallpaper = calloc((size_t) width * (size_t) height, sizeof(uint32_t));
        canvas_init(&b.canvas);
        if (image_new(&b.image) < 0 || desktop_frame_new(&b.frame) < 0 ||
            websocket_new(&b.ws, &b.output, &events, &b) < 0 || canvas_set_size(&b.canvas, width, height) < 0)
                abort();
        printf("%dx%d\n", width, height);
        measure(&b, "first picture, a gradient", wallpaper, 1);
        measure(&b, "repaint without change", repaint, 100);
        measure(&b, "a cursor blinks", blink, 100);
        measure(&b, "page of text", text_page, 30);
        measure(&b, "text scrolls, not told", scroll, 100);
        wallpaper(&b, 0);
        measure(&b, "window drag, not told", drag, 100);
        measure(&b, "all of it turns", turn, 60);
        wallpaper(&b, 0);
        measure(&b, "an object turns", turn_object, 100);
        measure(&b, "film, 640x360", film, 100);
        desktop_frame_free(b.frame);
        websocket_free(b.ws);
        image_free(b.image);
        canvas_done(&b.canvas);
        buffer_done(&b.output);
        free(b.pixels);
        free(b.wallpaper);
}

int main(void) {
        run(1280, 800);
        run(1920, 1080);
        return 0;
}
