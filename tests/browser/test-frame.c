/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>

#include "../../src/browser/frame.h"
#include "check.h"
#include "viewer.h"

/* A plugin's picture and its own idea of what it reports, a canvas, and a browser. */
typedef struct Desk {
        int32_t width, height;
        uint32_t *pixels;
        uint32_t palette[256];
        unsigned n_palette; /* 0: true colour */
        void *tile;
        Canvas canvas;
        Image *image;
        Outbox outbox;
        Viewer viewer;
        uint64_t timestamp;
} Desk;

static int32_t below(int64_t n) {
        return (int32_t) (random() % n);
}

static uint32_t random_colour(const Desk *d) {
        if (d->n_palette > 0)
                return d->palette[below(d->n_palette)];
        return (uint32_t) random() & 0xffffff;
}

static void desk_init(Desk *d) {
        *d = (Desk) {};
        canvas_init(&d->canvas);
        outbox_init(&d->outbox);
        viewer_init(&d->viewer);
        CHECK_INT(image_new(&d->image), 0);
}

static void desk_done(Desk *d) {
        free(d->pixels);
        free(d->tile);
        image_free(d->image);
        canvas_done(&d->canvas);
        viewer_done(&d->viewer);
        outbox_done(&d->outbox);
}

static void desk_resize(Desk *d, int32_t width, int32_t height) {
        free(d->pixels);
        d->width = width;
        d->height = height;
        d->pixels = malloc((size_t) width * (size_t) height * sizeof(uint32_t));
        for (int32_t i = 0; i < width * height; i++)
                d->pixels[i] = random_colour(d);
        CHECK_INT(canvas_set_size(&d->canvas, width, height), 0);
}

static bool desk_has(const Desk *d, int32_t x, int32_t y) {
        return x >= 0 && y >= 0 && x < d->width && y < d->height;
}

/* Solid, or text of a few colours, or noise. */
static void desk_draw(Desk *d, LabgateRect r) {
        uint32_t ground = random_colour(d), ink = random_colour(d);
        int kind = below(4);

        for (int32_t y = r.y; y < r.y + r.height; y++)
                for (int32_t x = r.x; x < r.x + r.width; x++) {
                        uint32_t *p = d->pixels + (int64_t) y * d->width + x;

                        if (!desk_has(d, x, y))
                                continue;
                        *p = kind == 3 ? random_colour(d) : kind > 0 && below(8) == 0 ? ink : ground;
                }
        canvas_damage(&d->canvas, r);
}

static void desk_move(Desk *d, LabgateRect r, int32_t dx, int32_t dy) {
        size_t size = (size_t) d->width * (size_t) d->height * sizeof(uint32_t);
        uint32_t *old = malloc(size);

        memcpy(old, d->pixels, size);
        for (int32_t y = r.y; y < r.y + r.height; y++)
                for (int32_t x = r.x; x < r.x + r.width; x++)
                        if (desk_has(d, x, y) && desk_has(d, x + dx, y + dy))
                                d->pixels[(int64_t) (y + dy) * d->width + x + dx] = old[(int64_t) y * d->width + x];
        free(old);
        canvas_move(&d->canvas, r, dx, dy);
}

static int paint_indexed(Desk *d, LabgateRect area, LabgateTile *ret) {
        size_t stride = (size_t) area.width + (size_t) below(3);
        uint8_t *p = malloc(stride * (size_t) area.height);

        d->tile = p;
        for (int32_t y = 0; y < area.height; y++)
                for (int32_t x = 0; x < area.width; x++) {
                        uint32_t colour = d->pixels[(int64_t) (area.y + y) * d->width + area.x + x];
                        unsigned i = 0;

                        while (d->palette[i] != colour)
                                i++;
                        p[(size_t) y * stride + (size_t) x] = (uint8_t) i;
                }
        *ret = (LabgateTile) { LABGATE_PIXELS_INDEXED8, p, stride, d->palette, d->n_palette };
        return 0;
}

static int paint(void *state, LabgateRect area, LabgateTile *ret) {
        Desk *d = state;
        uint32_t *p;

        CHECK(area.width > 0 && area.height > 0 && area.x >= 0 && area.y >= 0);
        CHECK(area.x + area.width <= d->width && area.y + area.height <= d->height);
        CHECK((uint64_t) area.width * (uint64_t) area.height <= IMAGE_PIXELS_MAX);
        free(d->tile);
        if (d->n_palette > 0)
                return paint_indexed(d, area, ret);
        d->tile = p = malloc((size_t) area.width * (size_t) area.height * sizeof(uint32_t));
        *ret = (LabgateTile) { LABGATE_PIXELS_XRGB32, p, (size_t) area.width * sizeof(uint32_t) };
        for (int32_t y = 0; y < area.height; y++)
                for (int32_t x = 0; x < area.width; x++)
                        *p++ = d->pixels[(int64_t) (area.y + y) * d->width + area.x + x] | 0xa5000000u;
        return 0;
}

static void desk_frame(Desk *d) {
        CHECK_INT(frame_write(d->image, d->outbox.ws, &d->canvas, paint, d, ++d->timestamp), 0);
        CHECK(!canvas_is_dirty(&d->canvas));
        viewer_show(&d->viewer, &d->outbox);
        CHECK_INT(d->viewer.timestamp, d->timestamp);
        CHECK(d->viewer.screen.width == d->width && d->viewer.screen.height == d->height);
        for (int64_t i = 0; i < (int64_t) d->width * d->height; i++)
                if (d->viewer.screen.pixels[i] != (0xff000000u | d->pixels[i]))
                        test_fail(__FILE__, __LINE__, "frame %d: pixel %d,%d is %08x, not %06x", (int) d->timestamp,
                                  (int) (i % d->width), (int) (i / d->width), d->viewer.screen.pixels[i], d->pixels[i]);
}

static LabgateRect random_rect(const Desk *d) {
        LabgateRect r = { below(d->width + 20) - 10, below(d->height + 20) - 10, below(d->width + 10),
                          below(d->height + 10) };

        if (below(2)) {
                r.width = below(12);
                r.height = below(12);
        }
        return r;
}

/* What terminals do: a region goes up or down by some lines, and new lines appear. */
static void desk_scroll(Desk *d, LabgateRect region, int32_t lines) {
        LabgateRect source = region, fresh = region;
        int32_t n = abs(lines);

        if (n >= region.height) {
                desk_draw(d, region);
                return;
        }
        source.height = fresh.height = 0;
        source.height = region.height - n;
        fresh.height = n;
        source.y += lines < 0 ? n : 0;
        fresh.y += lines < 0 ? region.height - n : 0;
        desk_move(d, source, 0, lines);
        desk_draw(d, fresh);
}

static void desk_change(Desk *d) {
        LabgateRect r = random_rect(d);

        switch (below(11)) {
        case 0:
        case 1:
                desk_move(d, r, below(41) - 20, below(41) - 20);
                break;
        case 2:
                for (int32_t i = below(20); i > 0; i--)
                        desk_scroll(d, (LabgateRect) { 0, 0, d->width, d->height }, -1 - below(3));
                break;
        case 3:
                for (int32_t i = below(30), y = d->height / 4; i > 0; i--)
                        desk_scroll(d, (LabgateRect) { 0, y, d->width, d->height / 2 }, below(2) ? 2 : -2);
                break;
        case 4:
                for (int32_t i = below(200); i > 0; i--)
                        desk_draw(d, (LabgateRect) { below(d->width), below(d->height), 1 + below(3), 1 });
                break;
        case 5:
                if (below(10) == 0)
                        desk_resize(d, 1 + below(90), 1 + below(90));
                break;
        case 6: /* nearly the same again, and nothing drawn between */
                for (int32_t i = 1 + below(4); i > 0; i--)
                        desk_move(d, (LabgateRect) { 0, 0, d->width, d->height }, below(3) - 1, below(3) - 1);
                break;
        case 7: /* more moves than a canvas keeps */
                for (int32_t i = below(2 * CANVAS_MOVES_MAX); i > 0; i--)
                        desk_move(d, (LabgateRect) { below(d->width), below(d->height), 9, 9 }, below(41) - 20,
                                  below(41) - 20);
                break;
        default:
                desk_draw(d, r);
                break;
        }
}

static void random_desk(unsigned seed, unsigned n_palette) {
        Desk d;

        desk_init(&d);
        srandom(seed);
        d.n_palette = n_palette;
        for (unsigned i = 0; i < n_palette; i++)
                d.palette[i] = (uint32_t) i * 0x010203;
        desk_resize(&d, 1 + below(90), 1 + below(90));
        for (int frame = 0; frame < 250; frame++) {
                for (int32_t n = below(6); n > 0; n--)
                        desk_change(&d);
                desk_frame(&d);
        }
        desk_done(&d);
}

TEST(the_browser_shows_what_the_plugin_has) {
        static const unsigned palettes[] = { 0, 1, 2, 3, 4, 5, 16, 17, 255, 256 };

        for (unsigned seed = 0; seed < 20; seed++)
                random_desk(seed, palettes[seed % ELEMENTS(palettes)]);
}

TEST(large_desktops_go_in_bands) {
        Desk d;

        desk_init(&d);
        srandom(5);
        d.n_palette = 2;
        d.palette[1] = 0xffffff;
        desk_resize(&d, 1280, 800);
        desk_frame(&d);
        CHECK(d.viewer.n_images == 4);
        desk_resize(&d, 8192, 40);
        desk_frame(&d);
        desk_resize(&d, 3, 8192);
        desk_frame(&d);
        d.n_palette = 0;
        desk_resize(&d, 1000, 700);
        desk_frame(&d);
        CHECK(d.outbox.n_messages >= 3 + 3);
        desk_done(&d);
}

TEST(scrolling_is_one_copy) {
        Desk d;
        LabgateRect all = { 0, 0, 80, 480 };

        desk_init(&d);
        srandom(6);
        d.n_palette = 2;
        d.palette[1] = 0xffffff;
        desk_resize(&d, 80, 480);
        desk_frame(&d);
        for (int lines = 1; lines < 29; lines++) {
                unsigned copies = d.viewer.n_copies, pictures = d.viewer.n_images + d.viewer.n_fills;

                for (int i = 0; i < lines; i++)
                        desk_scroll(&d, all, -16);
                desk_frame(&d);
                CHECK_INT(d.viewer.n_copies - copies, 1);
                CHECK(d.viewer.n_images + d.viewer.n_fills - pictures <= 2 * 3);
        }
        {
                unsigned copies = d.viewer.n_copies;

                for (int i = 0; i < 31; i++)
                        desk_scroll(&d, all, -16);
                desk_frame(&d);
                CHECK_INT(d.viewer.n_copies, copies);
        }
        desk_done(&d);
}

TEST(a_quiet_frame_is_a_sync) {
        Canvas c;
        Outbox o;
        Image *p;

        canvas_init(&c);
        outbox_init(&o);
        CHECK_INT(image_new(&p), 0);
        CHECK_INT(canvas_set_size(&c, 640, 480), 0);
        CHECK_INT(frame_write(p, o.ws, &c, NULL, NULL, 1), 0);
        outbox_check(&o, "4.size,1.0,3.640,3.480;4.rect,1.0,1.0,1.0,3.640,3.240;5.cfill,2.14,1.0,1.0,1.0,1.0,3.255;"
                         "4.rect,1.0,1.0,3.240,3.640,3.240;5.cfill,2.14,1.0,1.0,1.0,1.0,3.255;4.sync,1.1,1.1;");
        CHECK_INT(frame_write(p, o.ws, &c, NULL, NULL, 12345678901), 0);
        outbox_check(&o, "4.sync,11.12345678901,1.1;");
        image_free(p);
        outbox_done(&o);
        canvas_done(&c);
}

TEST(canvas_limits) {
        Canvas c;

        canvas_init(&c);
        CHECK_INT(canvas_set_size(&c, 0, 1), -ERANGE);
        CHECK_INT(canvas_set_size(&c, 1, -1), -ERANGE);
        CHECK_INT(canvas_set_size(&c, LABGATE_SIDE_MAX + 1, 1), -ERANGE);
        CHECK_INT(canvas_set_size(&c, 1, LABGATE_SIDE_MAX + 1), -ERANGE);
        CHECK_INT(canvas_set_size(&c, LABGATE_SIDE_MAX, LABGATE_SIDE_MAX), -ERANGE);
        CHECK(!canvas_is_dirty(&c));
        CHECK_INT(canvas_set_size(&c, LABGATE_SIDE_MAX, (int32_t) (LABGATE_PIXELS_MAX / LABGATE_SIDE_MAX)), 0);
        canvas_clean(&c);
        canvas_damage(&c, (LabgateRect) { INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX });
        canvas_damage(&c, (LabgateRect) { INT32_MAX, 0, INT32_MAX, 5 });
        canvas_damage(&c, (LabgateRect) { 5, 5, -3, 5 });
        canvas_move(&c, (LabgateRect) { 0, 0, INT32_MAX, INT32_MAX }, INT32_MIN, INT32_MAX);
        canvas_move(&c, (LabgateRect) { 0, 0, 10, 10 }, 0, 0);
        CHECK(!canvas_is_dirty(&c));
        canvas_damage(&c, (LabgateRect) { INT32_MAX - 5, 0, 1, 1 });
        CHECK(!canvas_is_dirty(&c));
        canvas_damage(&c, (LabgateRect) { -5, -5, INT32_MAX, INT32_MAX });
        CHECK(canvas_is_dirty(&c));
        canvas_done(&c);
}

static int paint_wrong(void *state, LabgateRect area, LabgateTile *ret) {
        static const uint8_t pixels[64] = { 0, 3 };
        static const uint32_t palette[4];
        unsigned *which = state;

        *ret = (LabgateTile) { LABGATE_PIXELS_INDEXED8, pixels, 8, palette, 3 };
        if (*which == 1)
                ret->pixels = NULL;
        if (*which == 2)
                ret->palette = NULL;
        if (*which == 3)
                ret->n_palette = 257;
        return *which == 4 ? -EIO : 0;
}

TEST(a_wrong_tile_is_refused) {
        for (unsigned which = 0; which < 5; which++) {
                Desk d;

                desk_init(&d);
                CHECK_INT(canvas_set_size(&d.canvas, 8, 8), 0);
                CHECK_INT(frame_write(d.image, d.outbox.ws, &d.canvas, paint_wrong, &which, 1),
                          which == 4 ? -EIO : -EINVAL);
                CHECK_INT(buffer_size(&d.outbox.output), 0);
                desk_done(&d);
        }
}
