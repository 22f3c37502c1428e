/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>

#include "../../src/browser/desktop-frame.h"
#include "check.h"
#include "viewer.h"

#define MSEC UINT64_C(1000)

/* A framebuffer that a lab machine paints into, and a browser at the other end. */
typedef struct Lab {
        int32_t width, height;
        size_t stride; /* pixels */
        uint32_t *pixels;
        Canvas canvas;
        DesktopFrame *frame;
        Image *image;
        Outbox outbox;
        Viewer viewer;
        uint64_t now, timestamp;
        int quality;
} Lab;

static int32_t below(int64_t n) {
        return (int32_t) (random() % n);
}

static void lab_init(Lab *l) {
        *l = (Lab) { .now = 1000 * MSEC };
        canvas_init(&l->canvas);
        outbox_init(&l->outbox);
        viewer_init(&l->viewer);
        CHECK_INT(image_new(&l->image), 0);
        CHECK_INT(desktop_frame_new(&l->frame), 0);
}

static void lab_done(Lab *l) {
        free(l->pixels);
        desktop_frame_free(l->frame);
        image_free(l->image);
        canvas_done(&l->canvas);
        viewer_done(&l->viewer);
        outbox_done(&l->outbox);
}

static uint32_t *lab_pixel(const Lab *l, int32_t x, int32_t y) {
        return l->pixels + (size_t) y * l->stride + (size_t) x;
}

static LabgateRect all_of(const Lab *l) {
        return (LabgateRect) { 0, 0, l->width, l->height };
}

static void lab_resize(Lab *l, int32_t width, int32_t height) {
        free(l->pixels);
        l->width = width;
        l->height = height;
        l->stride = (size_t) width + (size_t) below(3);
        l->pixels = calloc(l->stride * (size_t) height, sizeof(uint32_t));
        CHECK_INT(canvas_set_size(&l->canvas, width, height), 0);
}

static LabgateRect within(const Lab *l, LabgateRect r) {
        int32_t x = MAX(r.x, 0), y = MAX(r.y, 0);
        int32_t right = MIN(r.x + r.width, l->width), bottom = MIN(r.y + r.height, l->height);

        return (LabgateRect) { x, y, MAX(right - x, 0), MAX(bottom - y, 0) };
}

/* The top byte of a pixel means nothing, and what is damaged need not have changed. */
static void lab_damage(Lab *l, LabgateRect r) {
        int32_t x = below(30), y = below(30);

        canvas_damage(&l->canvas, (LabgateRect) { r.x - x, r.y - y, r.width + x + below(30), r.height + y + below(30) });
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
        return ((uint32_t) (x + (int32_t) seed) & 0xff) << 16 | ((uint32_t) y & 0xff) << 8 | ((uint32_t) (x + y) / 3 & 0xff);
}

static uint32_t noise(int32_t x, int32_t y, uint32_t seed) {
        return (uint32_t) random() & 0xffffff;
}

static const Texture textures[] = { solid, text, text, gradient, noise };

static void lab_paint(Lab *l, LabgateRect area, Texture texture, uint32_t seed) {
        LabgateRect r = within(l, area);

        for (int32_t y = r.y; y < r.y + r.height; y++)
                for (int32_t x = r.x; x < r.x + r.width; x++)
                        *lab_pixel(l, x, y) = (texture(x - r.x, y - r.y, seed) & 0xffffff) | (uint32_t) random() << 24;
        lab_damage(l, r);
}

/* Pixels of source go dx, dy further. told: by canvas_move(), or as so much damage. */
static void lab_move(Lab *l, LabgateRect area, int32_t dx, int32_t dy, bool told) {
        size_t size = l->stride * (size_t) l->height * sizeof(uint32_t);
        LabgateRect source = within(l, area);
        uint32_t *old = malloc(size);

        memcpy(old, l->pixels, size);
        for (int32_t y = source.y; y < source.y + source.height; y++)
                for (int32_t x = source.x; x < source.x + source.width; x++)
                        if (x + dx >= 0 && y + dy >= 0 && x + dx < l->width && y + dy < l->height)
                                *lab_pixel(l, x + dx, y + dy) = old[(size_t) y * l->stride + (size_t) x];
        free(old);
        if (told)
                canvas_move(&l->canvas, source, dx, dy);
        else
                lab_damage(l, (LabgateRect) { source.x + dx, source.y + dy, source.width, source.height });
}

static void lab_write(Lab *l) {
        const DesktopFrameStyle style = { ++l->timestamp, l->quality };
        int r;

        do {
                CHECK(desktop_frame_is_open(l->frame));
                CHECK_INT(l->viewer.n_syncs, l->timestamp - 1);
                r = desktop_frame_write(l->frame, l->image, l->outbox.ws, &style);
                CHECK(r >= 0);
                viewer_show(&l->viewer, &l->outbox);
        } while (r > 0);
        CHECK(!desktop_frame_is_open(l->frame));
        CHECK_INT(l->viewer.timestamp, l->timestamp);
}

/* Answers whether there was a frame. */
static bool lab_frame(Lab *l) {
        const LabgateTile picture = { LABGATE_PIXELS_XRGB32, l->pixels, l->stride * sizeof(uint32_t) };
        int r = desktop_frame_capture(l->frame, &l->canvas, &picture, l->now);

        CHECK(r >= 0 && !canvas_is_dirty(&l->canvas));
        CHECK_INT(desktop_frame_is_open(l->frame), r);
        desktop_frame_mend(l->frame, 1 + below(50000), l->now);
        if (!desktop_frame_is_open(l->frame))
                return false;
        lab_write(l);
        return true;
}

/* Nothing happens any more. Answers the number of frames until all is mended. */
static unsigned lab_rest(Lab *l) {
        unsigned n = 0;

        while (desktop_frame_mend_due(l->frame) != UINT64_MAX) {
                CHECK(desktop_frame_mend_due(l->frame) <= l->now + DESKTOP_FRAME_QUIET_USEC);
                l->now = MAX(l->now, desktop_frame_mend_due(l->frame));
                CHECK(lab_frame(l));
                n++;
        }
        return n;
}

static void check_exact(const Lab *l, LabgateRect area) {
        for (int32_t y = area.y; y < area.y + area.height; y++)
                for (int32_t x = area.x; x < area.x + area.width; x++) {
                        uint32_t is = l->viewer.screen.pixels[y * l->viewer.screen.width + x] & 0xffffff;

                        if (is != (*lab_pixel(l, x, y) & 0xffffff))
                                test_fail(__FILE__, __LINE__, "frame %d: pixel %d,%d is %06x, not %06x",
                                          (int) l->timestamp, x, y, is, *lab_pixel(l, x, y) & 0xffffff);
                }
}

static int channel_mean(const uint32_t *pixels, size_t stride, LabgateRect area, unsigned shift) {
        int64_t sum = 0;

        for (int32_t y = 0; y < area.height; y++)
                for (int32_t x = 0; x < area.width; x++)
                        sum += pixels[(size_t) (area.y + y) * stride + (size_t) (area.x + x)] >> shift & 0xff;
        return (int) (sum / ((int64_t) area.width * area.height));
}

/* What loss there may be keeps the colour of whole blocks. */
static void check_about(const Lab *l) {
        for (int32_t y = 0; y + 16 <= l->height; y += 16)
                for (int32_t x = 0; x + 16 <= l->width; x += 16)
                        for (unsigned shift = 0; shift < 24; shift += 8) {
                                LabgateRect block = { x, y, 16, 16 };
                                int is = channel_mean(l->viewer.screen.pixels, (size_t) l->width, block, shift);
                                int wanted = channel_mean(l->pixels, l->stride, block, shift);

                                if (abs(is - wanted) > 24)
                                        test_fail(__FILE__, __LINE__, "frame %d: about %d,%d is %d, not %d (%u)",
                                                  (int) l->timestamp, x, y, is, wanted, shift);
                        }
}

static LabgateRect random_rect(const Lab *l) {
        LabgateRect r = { below(l->width + 20) - 10, below(l->height + 20) - 10, below(l->width + 10),
                          below(l->height + 10) };

        if (below(3) == 0) {
                r.width = below(20);
                r.height = below(20);
        }
        return r;
}

static void lab_change(Lab *l) {
        LabgateRect r = random_rect(l);

        switch (below(10)) {
        case 0:
                lab_move(l, r, below(81) - 40, below(81) - 40, true);
                break;
        case 1:
                lab_move(l, r, below(81) - 40, below(81) - 40, false);
                break;
        case 2:
                lab_move(l, r, 0, below(41) - 20, below(2));
                break;
        case 3:
                lab_damage(l, r);
                break;
        case 4:
                for (int32_t n = below(50); n > 0; n--)
                        lab_paint(l, (LabgateRect) { below(l->width), below(l->height), 2, 3 }, noise, 0);
                break;
        case 5:
                if (below(8) == 0)
                        lab_resize(l, 1 + below(400), 1 + below(300));
                break;
        default:
                lab_paint(l, r, textures[below(ELEMENTS(textures))], (uint32_t) random() & 0xffffff);
                break;
        }
}

static void random_lab(unsigned seed, int quality) {
        Lab l;

        srandom(seed);
        lab_init(&l);
        l.quality = quality;
        lab_resize(&l, 1 + below(400), 1 + below(300));
        for (int frame = 0; frame < 60; frame++) {
                for (int32_t n = below(5); n > 0; n--)
                        lab_change(&l);
                lab_frame(&l);
                if (quality == 0)
                        check_exact(&l, all_of(&l));
                else
                        check_about(&l);
                l.now += (uint64_t) below(below(5) ? 100 : 900) * MSEC;
                if (below(12) == 0) {
                        lab_rest(&l);
                        check_exact(&l, all_of(&l));
                }
        }
        lab_rest(&l);
        check_exact(&l, all_of(&l));
        lab_done(&l);
}

TEST(without_loss_the_browser_shows_what_the_desktop_has) {
        for (unsigned seed = 0; seed < 30; seed++)
                random_lab(seed, 0);
}

TEST(with_loss_it_does_so_after_quiet) {
        for (unsigned seed = 0; seed < 60; seed++)
                random_lab(seed, 30 + (int) seed);
}

TEST(what_did_not_change_costs_nothing) {
        Lab l;

        srandom(1);
        lab_init(&l);
        lab_resize(&l, 300, 200);
        lab_paint(&l, all_of(&l), text, 7);
        CHECK(lab_frame(&l));
        lab_paint(&l, all_of(&l), text, 7);
        CHECK(!lab_frame(&l));
        CHECK_INT(buffer_size(&l.outbox.output), 0);
        /* One pixel is no more than one pixel. */
        *lab_pixel(&l, 70, 80) ^= 1;
        canvas_damage(&l.canvas, all_of(&l));
        CHECK(lab_frame(&l));
        CHECK_INT(l.viewer.n_syncs, 2);
        check_exact(&l, all_of(&l));
        lab_done(&l);
}

static void paint_lines(Lab *l, LabgateRect r, uint32_t first) {
        for (int32_t y = 0; y < r.height; y += 16)
                lab_paint(l, (LabgateRect) { r.x, r.y + y, r.width, 16 }, text, first + (uint32_t) y / 16 * 7919);
}

TEST(text_that_scrolls_is_copied_though_nobody_told) {
        LabgateRect window = { 37, 21, 500, 320 };
        Lab l;

        srandom(2);
        lab_init(&l);
        lab_resize(&l, 640, 400);
        paint_lines(&l, window, 1);
        lab_frame(&l);
        for (uint32_t i = 1; i < 20; i++) {
                LabgateRect source = { window.x, window.y + 16, window.width, window.height - 16 };
                unsigned copies = l.viewer.n_copies, images = l.viewer.n_images;

                lab_move(&l, source, 0, -16, false);
                lab_paint(&l, (LabgateRect) { window.x, window.y + 304, 500, 16 }, text, i);
                lab_frame(&l);
                check_exact(&l, all_of(&l));
                CHECK_INT(l.viewer.n_copies - copies, 1);
                CHECK(l.viewer.n_images - images <= 4);
        }
        lab_done(&l);
}

TEST(a_window_that_is_dragged_is_copied) {
        Lab l;

        srandom(3);
        lab_init(&l);
        lab_resize(&l, 640, 400);
        lab_paint(&l, all_of(&l), gradient, 0);
        paint_lines(&l, (LabgateRect) { 10, 10, 300, 208 }, 5);
        lab_frame(&l);
        for (int32_t i = 0; i < 10; i++) {
                LabgateRect window = { 10 + i * 13, 10 + i * 7, 300, 208 };
                unsigned copies = l.viewer.n_copies;

                lab_move(&l, window, 13, 7, false);
                lab_paint(&l, (LabgateRect) { window.x, window.y, 300, 7 }, gradient, 0);
                lab_paint(&l, (LabgateRect) { window.x, window.y, 13, 208 }, gradient, 0);
                lab_frame(&l);
                check_exact(&l, all_of(&l));
                CHECK(l.viewer.n_copies > copies);
        }
        lab_done(&l);
}

/* What looks the same everywhere can have come from anywhere. */
TEST(patterns_that_repeat_are_right_too) {
        Lab l;

        srandom(4);
        lab_init(&l);
        lab_resize(&l, 500, 300);
        for (int32_t i = 0; i < 60; i++) {
                int32_t period = 1 + below(20);

                for (int32_t y = 0; y < l.height; y++)
                        for (int32_t x = 0; x < l.width; x++)
                                *lab_pixel(&l, x, y) = (x + i) % period == 0 || (y + i / 2) % 5 == 0 ? 0x224466 : 0xeeeeee;
                canvas_damage(&l.canvas, all_of(&l));
                lab_frame(&l);
                check_exact(&l, all_of(&l));
        }
        lab_done(&l);
}

TEST(a_new_size_begins_black) {
        Lab l;

        lab_init(&l);
        lab_resize(&l, 1000, 700);
        CHECK(lab_frame(&l));
        CHECK_INT(l.viewer.n_fills, 1);
        CHECK_INT(l.viewer.n_images, 0);
        check_exact(&l, all_of(&l));
        lab_resize(&l, 1, 1);
        CHECK(lab_frame(&l));
        check_exact(&l, all_of(&l));
        lab_done(&l);
}

TEST(a_picture_that_is_none_is_refused) {
        static const uint32_t pixels[64];
        LabgateTile picture = { LABGATE_PIXELS_XRGB32, pixels, 8 * sizeof(uint32_t) };
        Lab l;

        lab_init(&l);
        CHECK_INT(canvas_set_size(&l.canvas, 8, 8), 0);
        picture.format = LABGATE_PIXELS_INDEXED8;
        CHECK_INT(desktop_frame_capture(l.frame, &l.canvas, &picture, 1), -EINVAL);
        picture = (LabgateTile) { LABGATE_PIXELS_XRGB32, NULL, 8 * sizeof(uint32_t) };
        CHECK_INT(desktop_frame_capture(l.frame, &l.canvas, &picture, 1), -EINVAL);
        picture = (LabgateTile) { LABGATE_PIXELS_XRGB32, pixels, 8 * sizeof(uint32_t) - 1 };
        CHECK_INT(desktop_frame_capture(l.frame, &l.canvas, &picture, 1), -EINVAL);
        picture.stride = 8 * sizeof(uint32_t);
        CHECK_INT(desktop_frame_capture(l.frame, &l.canvas, &picture, 1), 1);
        lab_done(&l);
}
