/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>

#include "../../src/browser/image.h"
#include "../../src/browser/texture.h"
#include "check.h"
#include "viewer.h"

typedef struct Board {
        uint32_t *pixels;
        int32_t width, height;
        Image *image;
        Outbox outbox;
        Viewer viewer;
} Board;

static void board_init(Board *b, int32_t width, int32_t height) {
        InstructionWriter w;

        *b = (Board) { .width = width, .height = height };
        b->pixels = calloc((size_t) width * (size_t) height, sizeof(uint32_t));
        outbox_init(&b->outbox);
        viewer_init(&b->viewer);
        CHECK_INT(image_new(&b->image), 0);
        w = (InstructionWriter) { .out = websocket_begin(b->outbox.ws) };
        instruction_integers(&w, "size", 0, width, height);
        CHECK_INT(websocket_end(b->outbox.ws), 0);
        viewer_show(&b->viewer, &b->outbox);
}

static void board_done(Board *b) {
        free(b->pixels);
        image_free(b->image);
        viewer_done(&b->viewer);
        outbox_done(&b->outbox);
}

static int draw_lossy(Board *b, LabgateRect area, ImageLoss loss) {
        const LabgateTile tile = { LABGATE_PIXELS_XRGB32, b->pixels + area.y * b->width + area.x,
                                   (size_t) b->width * sizeof(uint32_t) };
        InstructionWriter w = { .out = websocket_begin(b->outbox.ws) };
        int r = image_draw_lossy(b->image, &w, &tile, area, loss);

        if (r < 0) {
                websocket_cancel(b->outbox.ws);
                return r;
        }
        CHECK_INT(w.error, 0);
        CHECK_INT(websocket_end(b->outbox.ws), 0);
        viewer_show(&b->viewer, &b->outbox);
        return 0;
}

static int worst(const Board *b) {
        int most = 0;

        for (int32_t i = 0; i < b->width * b->height; i++)
                for (unsigned shift = 0; shift < 24; shift += 8) {
                        int is = (int) (b->viewer.screen.pixels[i] >> shift & 0xff);
                        int wanted = (int) (b->pixels[i] >> shift & 0xff);

                        most = MAX(most, abs(is - wanted));
                }
        return most;
}

TEST(with_loss_the_colours_are_the_right_ones) {
        static const ImageLoss losses[] = { { 90, true }, { 90, false }, { 40, false } };
        static const int tolerances[] = { 8, 16, 30 };
        Board b;

        for (size_t k = 0; k < ELEMENTS(losses); k++) {
                board_init(&b, 301, 77);
                for (int32_t i = 0; i < b.width * b.height; i++)
                        b.pixels[i] = (uint32_t) random() << 24 | (uint32_t) (i % b.width * 2 / 3) << 16 |
                                      (uint32_t) (i / b.width * 3) << 8 | 40u;
                CHECK_INT(draw_lossy(&b, (LabgateRect) { 0, 0, b.width, b.height }, losses[k]), 0);
                CHECK_INT(b.viewer.n_jpegs, 1);
                if (worst(&b) > tolerances[k])
                        test_fail(__FILE__, __LINE__, "off by %d with %d", worst(&b), losses[k].quality);
                board_done(&b);
        }
}

TEST(a_picture_with_loss_has_its_limits) {
        Board b;

        board_init(&b, 1024, 513);
        CHECK_INT(draw_lossy(&b, (LabgateRect) { 0, 0, 1024, 513 }, (ImageLoss) { 50, false }), -EINVAL);
        CHECK_INT(draw_lossy(&b, (LabgateRect) { 0, 0, 0, 5 }, (ImageLoss) { 50, false }), -EINVAL);
        CHECK_INT(draw_lossy(&b, (LabgateRect) { 0, 0, 5, -1 }, (ImageLoss) { 50, false }), -EINVAL);
        CHECK_INT(draw_lossy(&b, (LabgateRect) { 0, 0, 1024, 512 }, (ImageLoss) { 50, false }), 0);
        CHECK_INT(draw_lossy(&b, (LabgateRect) { 1023, 512, 1, 1 }, (ImageLoss) { 0, true }), 0);
        CHECK_INT(draw_lossy(&b, (LabgateRect) { 7, 7, 1, 9 }, (ImageLoss) { 1000, true }), 0);
        image_trim(b.image);
        CHECK_INT(draw_lossy(&b, (LabgateRect) { 7, 7, 9, 1 }, (ImageLoss) { 100, false }), 0);
        board_done(&b);
}

TEST(textures) {
        static uint32_t pixels[64 * 64];
        LabgateRect all = { 0, 0, 64, 64 };
        Texture t = texture_of(pixels, 256, all);

        CHECK(t.grain == 0 && t.few_colours);
        for (int i = 0; i < 64 * 64; i++)
                pixels[i] = (uint32_t) random();
        t = texture_of(pixels, 256, all);
        CHECK(t.grain > 95 && !t.few_colours);
        for (int i = 0; i < 64 * 64; i++)
                pixels[i] = (uint32_t) random() % 16 | (uint32_t) random() << 24;
        t = texture_of(pixels, 256, all);
        CHECK(t.grain > 80 && t.few_colours);
        for (int i = 0; i < 64 * 64; i++)
                pixels[i] = (uint32_t) (i % 64) * 0x030201;
        t = texture_of(pixels, 256, all);
        CHECK(t.grain == 0 && !t.few_colours);
        t = texture_of(pixels, 256, (LabgateRect) { 0, 0, 1, 1 });
        CHECK(t.grain == 0 && t.few_colours);
        t = texture_of(pixels, 256, (LabgateRect) { 0, 0, 64, 2 });
        CHECK(t.grain == 0);
}
