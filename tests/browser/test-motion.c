/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdlib.h>

#include "../../src/browser/motion.h"
#include "check.h"

#define WIDTH 700
#define HEIGHT 500

/* What the page has is old, the new picture is in pixels. */
typedef struct Scene {
        Shadow old;
        uint32_t pixels[WIDTH * HEIGHT];
        LabgateTile picture;
        Motion *motion;
} Scene;

static uint32_t busy(int32_t x, int32_t y) {
        uint32_t n = ((uint32_t) x * 2654435761u ^ (uint32_t) y * 40503u) * 2246822519u;

        return n >> 28 < 3 ? n >> 8 : 0xffffff;
}

static Scene *scene_new(void) {
        Scene *s = calloc(1, sizeof *s);

        CHECK_INT(shadow_set_size(&s->old, WIDTH, HEIGHT), 0);
        CHECK_INT(motion_new(&s->motion), 0);
        s->picture = (LabgateTile) { LABGATE_PIXELS_XRGB32, s->pixels, WIDTH * sizeof(uint32_t) };
        for (int32_t i = 0; i < WIDTH * HEIGHT; i++)
                s->pixels[i] = s->old.pixels[i] = 0x305070;
        return s;
}

static void scene_free(Scene *s) {
        shadow_done(&s->old);
        motion_free(s->motion);
        free(s);
}

static void put(uint32_t *pixels, LabgateRect r) {
        for (int32_t y = 0; y < r.height; y++)
                for (int32_t x = 0; x < r.width; x++)
                        pixels[(r.y + y) * WIDTH + r.x + x] = busy(x, y);
}

static bool find(Scene *s, CanvasMove *ret) {
        shadow_compare(&s->old, &s->picture, (LabgateRect) { 0, 0, WIDTH, HEIGHT });
        return motion_find(s->motion, &s->old, &s->picture, ret);
}

static void check_move(int32_t dx, int32_t dy) {
        LabgateRect from = { 100, 90, 300, 200 }, to = { 100 + dx, 90 + dy, 300, 200 };
        Scene *s = scene_new();
        CanvasMove m;

        put(s->old.pixels, from);
        put(s->pixels, to);
        CHECK(find(s, &m));
        CHECK_INT(m.dx, dx);
        CHECK_INT(m.dy, dy);
        /* All of what moved, to the pixel; the ground around it may come along. */
        CHECK(m.source.x <= from.x && m.source.y <= from.y);
        CHECK(m.source.x + m.source.width >= from.x + from.width);
        CHECK(m.source.y + m.source.height >= from.y + from.height);
        scene_free(s);
}

TEST(however_far_and_whereto) {
        check_move(1, 0);
        check_move(-1, 0);
        check_move(0, 1);
        check_move(0, -1);
        check_move(2, 3);
        check_move(-17, 33);
        check_move(-100, -90);
        check_move(300, 210);
        check_move(5, -64);
}

TEST(nothing_is_found_where_nothing_moved) {
        Scene *s = scene_new();
        CanvasMove m;

        CHECK(!find(s, &m));
        for (int32_t i = 0; i < WIDTH * HEIGHT; i++)
                s->pixels[i] = (uint32_t) random();
        CHECK(!find(s, &m));
        scene_free(s);
}

TEST(ground_that_goes_nowhere_is_no_move) {
        Scene *s = scene_new();
        CanvasMove m;

        for (int32_t i = 0; i < WIDTH * HEIGHT; i++)
                s->pixels[i] = 0x123456;
        CHECK(!find(s, &m));
        scene_free(s);
}

TEST(the_top_byte_means_nothing) {
        LabgateRect from = { 100, 90, 300, 200 }, to = { 110, 95, 300, 200 };
        Scene *s = scene_new();
        CanvasMove m;

        put(s->old.pixels, from);
        put(s->pixels, to);
        for (int32_t i = 0; i < WIDTH * HEIGHT; i++)
                s->pixels[i] ^= (uint32_t) random() << 24;
        CHECK(find(s, &m));
        CHECK(m.dx == 10 && m.dy == 5);
        scene_free(s);
}

/* Verified is verified: whatever it says it found is there. */
TEST(what_is_found_is_true) {
        for (unsigned seed = 0; seed < 60; seed++) {
                Scene *s = scene_new();
                CanvasMove m;

                srandom(seed);
                for (int i = 0; i < 12; i++) {
                        LabgateRect r = { random() % 400, random() % 300, 1 + random() % 300, 1 + random() % 200 };

                        put(i % 2 ? s->old.pixels : s->pixels, r);
                }
                if (find(s, &m))
                        for (int32_t y = m.source.y; y < m.source.y + m.source.height; y++)
                                for (int32_t x = m.source.x; x < m.source.x + m.source.width; x++)
                                        CHECK(s->pixels[(y + m.dy) * WIDTH + x + m.dx] == s->old.pixels[y * WIDTH + x]);
                scene_free(s);
        }
}
