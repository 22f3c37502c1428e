/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "check.h"
#include "easel.h"

#define MSEC UINT64_C(1000)

static int32_t below(int64_t n) {
        return (int32_t) (random() % n);
}

static void resize(Easel *e, int32_t width, int32_t height) {
        easel_resize(e, width, height, (size_t) width + (size_t) below(3));
}

/* What is damaged need not have changed. */
static void damage(Easel *e, LabgateRect r) {
        int32_t x = below(30), y = below(30);

        r = (LabgateRect) { r.x - x, r.y - y, r.width + x + below(30), r.height + y + below(30) };
        canvas_damage(&e->canvas, r);
}

typedef uint32_t (*Texture)(int32_t x, int32_t y, uint32_t seed);

static uint32_t solid(int32_t x, int32_t y, uint32_t seed) {
        return seed;
}

static uint32_t text(int32_t x, int32_t y, uint32_t seed) {
        uint32_t n = ((uint32_t) x * 2654435761u ^ (uint32_t) y * 40503u ^ seed) * 2246822519u;

        return n >> 29 == 0 && y % 16 > 3 ? 0x101010 : 0xf0f0f0;
}

static uint32_t gradient(int32_t x, int32_t y, uint32_t seed) {
        return ((uint32_t) (x + (int32_t) seed) & 0xff) << 16 | ((uint32_t) y & 0xff) << 8 |
               ((uint32_t) (x + y) / 3 & 0xff);
}

static uint32_t noise(int32_t x, int32_t y, uint32_t seed) {
        return (uint32_t) random() & 0xffffff;
}

static const Texture textures[] = { solid, text, text, gradient, noise };

static void paint(Easel *e, LabgateRect area, Texture texture, uint32_t seed) {
        LabgateRect r = easel_within(e, area);

        for (int32_t y = r.y; y < r.y + r.height; y++)
                for (int32_t x = r.x; x < r.x + r.width; x++)
                        *easel_pixel(e, x, y) = (texture(x - r.x, y - r.y, seed) & 0xffffff) |
                                                (uint32_t) random() << 24;
        damage(e, r);
}

static void move(Easel *e, LabgateRect area, int32_t dx, int32_t dy, bool told) {
        LabgateRect source = easel_within(e, area);

        easel_move(e, source, dx, dy);
        if (told)
                canvas_move(&e->canvas, source, dx, dy);
        else
                damage(e, (LabgateRect) { source.x + dx, source.y + dy, source.width, source.height });
}

static LabgateRect random_rect(const Easel *e) {
        LabgateRect r = { below(e->width + 20) - 10, below(e->height + 20) - 10, below(e->width + 10),
                          below(e->height + 10) };

        if (below(3) == 0) {
                r.width = below(20);
                r.height = below(20);
        }
        return r;
}

static void change(Easel *e) {
        LabgateRect r = random_rect(e);

        switch (below(10)) {
        case 0:
                move(e, r, below(81) - 40, below(81) - 40, true);
                break;
        case 1:
                move(e, r, below(81) - 40, below(81) - 40, false);
                break;
        case 2:
                move(e, r, 0, below(41) - 20, below(2));
                break;
        case 3:
                damage(e, r);
                break;
        case 4:
                for (int32_t n = below(50); n > 0; n--)
                        paint(e, (LabgateRect) { below(e->width), below(e->height), 2, 3 }, noise, 0);
                break;
        case 5:
                if (below(8) == 0)
                        resize(e, 1 + below(400), 1 + below(300));
                break;
        default:
                paint(e, r, textures[below(ELEMENTS(textures))], (uint32_t) random() & 0xffffff);
                break;
        }
}

static void random_desktop(unsigned seed, int quality) {
        Easel e;

        srandom(seed);
        easel_init(&e, quality);
        resize(&e, 1 + below(400), 1 + below(300));
        for (int frame = 0; frame < 60; frame++) {
                for (int32_t n = below(5); n > 0; n--)
                        change(&e);
                easel_frame(&e, 1 + below(50000));
                if (quality == 0)
                        easel_check_exact(&e);
                else
                        easel_check_about(&e, 24);
                e.now += (uint64_t) below(below(5) ? 100 : 900) * MSEC;
                if (below(12) == 0) {
                        easel_rest(&e, 1 + below(50000));
                        easel_check_exact(&e);
                }
        }
        easel_rest(&e, 1 + below(50000));
        easel_check_exact(&e);
        easel_done(&e);
}

/* LABGATE_TEST_LONG=1: a hundred times as many desktops. */
static unsigned n_seeds(unsigned n) {
        const char *s = getenv("LABGATE_TEST_LONG");

        return s && strcmp(s, "1") == 0 ? n * 100 : n;
}

TEST(without_loss_the_browser_shows_what_the_desktop_has) {
        for (unsigned seed = 0; seed < n_seeds(30); seed++)
                random_desktop(seed, 0);
}

TEST(with_loss_it_does_so_after_quiet) {
        for (unsigned seed = 0; seed < n_seeds(60); seed++)
                random_desktop(seed, 30 + (int) seed % 70);
}

TEST(what_did_not_change_costs_nothing) {
        Easel e;

        srandom(1);
        easel_init(&e, 0);
        resize(&e, 300, 200);
        paint(&e, easel_all(&e), text, 7);
        CHECK(easel_frame(&e, 1 + below(50000)));
        paint(&e, easel_all(&e), text, 7);
        CHECK(!easel_frame(&e, 1 + below(50000)));
        CHECK_INT(buffer_size(&e.outbox.output), 0);
        /* One pixel is no more than one pixel. */
        *easel_pixel(&e, 70, 80) ^= 1;
        canvas_damage(&e.canvas, easel_all(&e));
        CHECK(easel_frame(&e, 1 + below(50000)));
        CHECK_INT(e.viewer.n_syncs, 2);
        easel_check_exact(&e);
        easel_done(&e);
}

static void paint_lines(Easel *e, LabgateRect r, uint32_t first) {
        for (int32_t y = 0; y < r.height; y += 16)
                paint(e, (LabgateRect) { r.x, r.y + y, r.width, 16 }, text, first + (uint32_t) y / 16 * 7919);
}

TEST(text_that_scrolls_is_copied_though_nobody_told) {
        LabgateRect window = { 37, 21, 500, 320 };
        Easel e;

        srandom(2);
        easel_init(&e, 0);
        resize(&e, 640, 400);
        paint_lines(&e, window, 1);
        easel_frame(&e, 1 + below(50000));
        for (uint32_t i = 1; i < 20; i++) {
                LabgateRect source = { window.x, window.y + 16, window.width, window.height - 16 };
                unsigned copies = e.viewer.n_copies, images = e.viewer.n_images;

                move(&e, source, 0, -16, false);
                paint(&e, (LabgateRect) { window.x, window.y + 304, 500, 16 }, text, i);
                easel_frame(&e, 1 + below(50000));
                easel_check_exact(&e);
                CHECK_INT(e.viewer.n_copies - copies, 1);
                CHECK(e.viewer.n_images - images <= 4);
        }
        easel_done(&e);
}

TEST(a_window_that_is_dragged_is_copied) {
        Easel e;

        srandom(3);
        easel_init(&e, 0);
        resize(&e, 640, 400);
        paint(&e, easel_all(&e), gradient, 0);
        paint_lines(&e, (LabgateRect) { 10, 10, 300, 208 }, 5);
        easel_frame(&e, 1 + below(50000));
        for (int32_t i = 0; i < 10; i++) {
                LabgateRect window = { 10 + i * 13, 10 + i * 7, 300, 208 };
                unsigned copies = e.viewer.n_copies;

                move(&e, window, 13, 7, false);
                paint(&e, (LabgateRect) { window.x, window.y, 300, 7 }, gradient, 0);
                paint(&e, (LabgateRect) { window.x, window.y, 13, 208 }, gradient, 0);
                easel_frame(&e, 1 + below(50000));
                easel_check_exact(&e);
                CHECK(e.viewer.n_copies > copies);
        }
        easel_done(&e);
}

/* What looks the same everywhere can have come from anywhere. */
TEST(patterns_that_repeat_are_right_too) {
        Easel e;

        srandom(4);
        easel_init(&e, 0);
        resize(&e, 500, 300);
        for (int32_t i = 0; i < 60; i++) {
                int32_t period = 1 + below(20);

                for (int32_t y = 0; y < e.height; y++)
                        for (int32_t x = 0; x < e.width; x++)
                                *easel_pixel(&e, x, y) = (x + i) % period == 0 || (y + i / 2) % 5 == 0 ? 0x224466
                                                                                                       : 0xeeeeee;
                canvas_damage(&e.canvas, easel_all(&e));
                easel_frame(&e, 1 + below(50000));
                easel_check_exact(&e);
        }
        easel_done(&e);
}

TEST(a_new_size_begins_black) {
        Easel e;

        easel_init(&e, 0);
        resize(&e, 1000, 700);
        CHECK(easel_frame(&e, 1 + below(50000)));
        CHECK_INT(e.viewer.n_fills, 1);
        CHECK_INT(e.viewer.n_images, 0);
        easel_check_exact(&e);
        resize(&e, 1, 1);
        CHECK(easel_frame(&e, 1 + below(50000)));
        easel_check_exact(&e);
        easel_done(&e);
}

TEST(a_picture_that_is_none_is_refused) {
        static const uint32_t pixels[64];
        LabgateTile picture = { LABGATE_PIXELS_XRGB32, pixels, 8 * sizeof(uint32_t) };
        Easel e;

        easel_init(&e, 0);
        CHECK_INT(canvas_set_size(&e.canvas, 8, 8), 0);
        picture.format = LABGATE_PIXELS_INDEXED8;
        CHECK_INT(desktop_frame_capture(e.frame, &e.canvas, &picture, 1), -EINVAL);
        picture = (LabgateTile) { LABGATE_PIXELS_XRGB32, NULL, 8 * sizeof(uint32_t) };
        CHECK_INT(desktop_frame_capture(e.frame, &e.canvas, &picture, 1), -EINVAL);
        picture = (LabgateTile) { LABGATE_PIXELS_XRGB32, pixels, 8 * sizeof(uint32_t) - 1 };
        CHECK_INT(desktop_frame_capture(e.frame, &e.canvas, &picture, 1), -EINVAL);
        picture.stride = 8 * sizeof(uint32_t);
        CHECK_INT(desktop_frame_capture(e.frame, &e.canvas, &picture, 1), 1);
        easel_done(&e);
}

/* The largest desktop there may be, where there is no memory for another copy of it. */
TEST(without_memory_for_the_copy_there_is_no_frame) {
        int32_t height = (int32_t) (LABGATE_PIXELS_MAX / LABGATE_SIDE_MAX);
        size_t size = (size_t) LABGATE_SIDE_MAX * (size_t) height * sizeof(uint32_t);
        LabgateTile picture = { LABGATE_PIXELS_XRGB32, NULL, LABGATE_SIDE_MAX * sizeof(uint32_t) };
        struct rlimit before, little;
        Easel e;

#if defined __SANITIZE_ADDRESS__
        test_skip("the sanitizer needs the addresses");
#endif
        easel_init(&e, 0);
        CHECK_INT(canvas_set_size(&e.canvas, LABGATE_SIDE_MAX, height), 0);
        CHECK((picture.pixels = calloc(1, size)));
        CHECK_INT(getrlimit(RLIMIT_AS, &before), 0);
        little = (struct rlimit) { size, before.rlim_max };
        CHECK_INT(setrlimit(RLIMIT_AS, &little), 0);
        CHECK_INT(desktop_frame_capture(e.frame, &e.canvas, &picture, 1), -ENOMEM);
        CHECK(!desktop_frame_is_open(e.frame));
        CHECK_INT(setrlimit(RLIMIT_AS, &before), 0);
        CHECK_INT(desktop_frame_capture(e.frame, &e.canvas, &picture, 2), 1);
        free((void *) (uintptr_t) picture.pixels);
        easel_done(&e);
}
