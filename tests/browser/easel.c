/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdlib.h>

#include "check.h"
#include "easel.h"

void easel_init(Easel *e, int quality) {
        *e = (Easel) { .now = 1000000, .quality = quality };
        canvas_init(&e->canvas);
        outbox_init(&e->outbox);
        viewer_init(&e->viewer);
        CHECK_INT(image_new(&e->image), 0);
        CHECK_INT(desktop_frame_new(&e->frame), 0);
}

void easel_done(Easel *e) {
        free(e->pixels);
        desktop_frame_free(e->frame);
        image_free(e->image);
        canvas_done(&e->canvas);
        viewer_done(&e->viewer);
        outbox_done(&e->outbox);
}

uint32_t *easel_pixel(const Easel *e, int32_t x, int32_t y) {
        return e->pixels + (size_t) y * e->stride + (size_t) x;
}

LabgateRect easel_all(const Easel *e) {
        return (LabgateRect) { 0, 0, e->width, e->height };
}

void easel_resize(Easel *e, int32_t width, int32_t height, size_t stride) {
        free(e->pixels);
        e->width = width;
        e->height = height;
        e->stride = stride;
        e->pixels = calloc(e->stride * (size_t) height, sizeof(uint32_t));
        CHECK_INT(canvas_set_size(&e->canvas, width, height), 0);
}

LabgateRect easel_within(const Easel *e, LabgateRect r) {
        int32_t x = MAX(r.x, 0), y = MAX(r.y, 0);
        int32_t right = MIN(r.x + r.width, e->width), bottom = MIN(r.y + r.height, e->height);

        return (LabgateRect) { x, y, MAX(right - x, 0), MAX(bottom - y, 0) };
}

void easel_move(Easel *e, LabgateRect area, int32_t dx, int32_t dy) {
        size_t size = e->stride * (size_t) e->height * sizeof(uint32_t);
        LabgateRect source = easel_within(e, area);
        uint32_t *old = malloc(size);

        memcpy(old, e->pixels, size);
        for (int32_t y = source.y; y < source.y + source.height; y++)
                for (int32_t x = source.x; x < source.x + source.width; x++)
                        if (x + dx >= 0 && y + dy >= 0 && x + dx < e->width && y + dy < e->height)
                                *easel_pixel(e, x + dx, y + dy) = old[(size_t) y * e->stride + (size_t) x];
        free(old);
}

static void write_frame(Easel *e) {
        const DesktopFrameStyle style = { ++e->timestamp, e->quality };
        int r;

        do {
                CHECK(desktop_frame_is_open(e->frame));
                CHECK_INT(e->viewer.n_syncs, e->timestamp - 1);
                r = desktop_frame_write(e->frame, e->image, e->outbox.ws, &style);
                CHECK(r >= 0);
                viewer_show(&e->viewer, &e->outbox);
        } while (r > 0);
        CHECK(!desktop_frame_is_open(e->frame));
        CHECK_INT(e->viewer.timestamp, e->timestamp);
}

bool easel_frame(Easel *e, int32_t mend_pixels) {
        const LabgateTile picture = { LABGATE_PIXELS_XRGB32, e->pixels, e->stride * sizeof(uint32_t) };
        int r = desktop_frame_capture(e->frame, &e->canvas, &picture, e->now);

        CHECK(r >= 0 && !canvas_is_dirty(&e->canvas));
        CHECK_INT(desktop_frame_is_open(e->frame), r);
        desktop_frame_mend(e->frame, mend_pixels, e->now);
        if (!desktop_frame_is_open(e->frame))
                return false;
        write_frame(e);
        return true;
}

unsigned easel_rest(Easel *e, int32_t mend_pixels) {
        unsigned n = 0;

        while (desktop_frame_mend_due(e->frame) != UINT64_MAX) {
                CHECK(desktop_frame_mend_due(e->frame) <= e->now + DESKTOP_FRAME_QUIET_USEC);
                e->now = MAX(e->now, desktop_frame_mend_due(e->frame));
                CHECK(easel_frame(e, mend_pixels));
                n++;
        }
        return n;
}

void easel_check_exact(const Easel *e) {
        CHECK(e->viewer.screen.width == e->width && e->viewer.screen.height == e->height);
        for (int32_t y = 0; y < e->height; y++)
                for (int32_t x = 0; x < e->width; x++) {
                        uint32_t is = e->viewer.screen.pixels[y * e->width + x] & 0xffffff;
                        uint32_t wanted = *easel_pixel(e, x, y) & 0xffffff;

                        if (is != wanted)
                                test_fail(__FILE__, __LINE__, "frame %d: pixel %d,%d is %06x, not %06x",
                                          (int) e->timestamp, x, y, is, wanted);
                }
}

static int channel_mean(const uint32_t *pixels, size_t stride, LabgateRect area, unsigned shift) {
        int64_t sum = 0;

        for (int32_t y = 0; y < area.height; y++)
                for (int32_t x = 0; x < area.width; x++)
                        sum += pixels[(size_t) (area.y + y) * stride + (size_t) (area.x + x)] >> shift & 0xff;
        return (int) (sum / ((int64_t) area.width * area.height));
}

void easel_check_about(const Easel *e, int tolerance) {
        CHECK(e->viewer.screen.width == e->width && e->viewer.screen.height == e->height);
        for (int32_t y = 0; y + 16 <= e->height; y += 16)
                for (int32_t x = 0; x + 16 <= e->width; x += 16)
                        for (unsigned shift = 0; shift < 24; shift += 8) {
                                LabgateRect block = { x, y, 16, 16 };
                                int is = channel_mean(e->viewer.screen.pixels, (size_t) e->width, block, shift);
                                int wanted = channel_mean(e->pixels, e->stride, block, shift);

                                if (abs(is - wanted) > tolerance)
                                        test_fail(__FILE__, __LINE__, "frame %d: about %d,%d is %d, not %d (%u)",
                                                  (int) e->timestamp, x, y, is, wanted, shift);
                        }
}
