/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <math.h>

#include "../base/cleanup.h"
#include "boxes.h"

typedef struct Canvas {
        uint8_t *coverage;
        int width, height;
        int thin; /* a light line */
} Canvas;

/* A box character is up to four arms from the middle to the edges. */
enum { NONE, LIGHT, HEAVY, DOUBLE };
enum { UP, RIGHT, DOWN, LEFT };

#define B(up, right, down, left) ((up) | (right) << 2 | (down) << 4 | (left) << 6)

/* U+2500..257F; 0: dashes, arcs and diagonals, which have functions of their own. */
static const uint8_t arms[128] = {
        B(0,1,0,1), B(0,2,0,2), B(1,0,1,0), B(2,0,2,0), 0, 0, 0, 0, 0, 0, 0, 0,             /* 2500 */
        B(0,1,1,0), B(0,2,1,0), B(0,1,2,0), B(0,2,2,0), B(0,0,1,1), B(0,0,1,2), B(0,0,2,1), B(0,0,2,2),
        B(1,1,0,0), B(1,2,0,0), B(2,1,0,0), B(2,2,0,0), B(1,0,0,1), B(1,0,0,2), B(2,0,0,1), B(2,0,0,2),
        B(1,1,1,0), B(1,2,1,0), B(2,1,1,0), B(1,1,2,0), B(2,1,2,0), B(2,2,1,0), B(1,2,2,0), B(2,2,2,0), /* 251C */
        B(1,0,1,1), B(1,0,1,2), B(2,0,1,1), B(1,0,2,1), B(2,0,2,1), B(2,0,1,2), B(1,0,2,2), B(2,0,2,2),
        B(0,1,1,1), B(0,1,1,2), B(0,2,1,1), B(0,2,1,2), B(0,1,2,1), B(0,1,2,2), B(0,2,2,1), B(0,2,2,2),
        B(1,1,0,1), B(1,1,0,2), B(1,2,0,1), B(1,2,0,2), B(2,1,0,1), B(2,1,0,2), B(2,2,0,1), B(2,2,0,2),
        B(1,1,1,1), B(1,1,1,2), B(1,2,1,1), B(1,2,1,2), B(2,1,1,1), B(1,1,2,1), B(2,1,2,1), B(2,1,1,2), /* 253C */
        B(2,2,1,1), B(1,1,2,2), B(1,2,2,1), B(2,2,1,2), B(1,2,2,2), B(2,1,2,2), B(2,2,2,1), B(2,2,2,2),
        0, 0, 0, 0,
        B(0,3,0,3), B(3,0,3,0), B(0,3,1,0), B(0,1,3,0), B(0,3,3,0), B(0,0,1,3), B(0,0,3,1), B(0,0,3,3), /* 2550 */
        B(1,3,0,0), B(3,1,0,0), B(3,3,0,0), B(1,0,0,3), B(3,0,0,1), B(3,0,0,3),
        B(1,3,1,0), B(3,1,3,0), B(3,3,3,0), B(1,0,1,3), B(3,0,3,1), B(3,0,3,3),
        B(0,3,1,3), B(0,1,3,1), B(0,3,3,3), B(1,3,0,3), B(3,1,0,1), B(3,3,0,3),
        B(1,3,1,3), B(3,1,3,1), B(3,3,3,3), 0, 0, 0, 0, 0, 0, 0,
        B(0,0,0,1), B(1,0,0,0), B(0,1,0,0), B(0,0,1,0), B(0,0,0,2), B(2,0,0,0), B(0,2,0,0), B(0,0,2,0), /* 2574 */
        B(0,2,0,1), B(1,0,2,0), B(0,1,0,2), B(2,0,1,0),
};

static void fill(Canvas *c, int x0, int y0, int x1, int y1, uint8_t level) {
        for (int y = MAX(y0, 0); y < MIN(y1, c->height); y++)
                for (int x = MAX(x0, 0); x < MIN(x1, c->width); x++)
                        c->coverage[y * c->width + x] = level;
}

/* Where a line of this weight lies across an axis of this length; side -1 or +1 picks a stroke of a double line. */
static void span(const Canvas *c, int length, int weight, int side, int *ret_start, int *ret_end) {
        int start = (length - c->thin) / 2;

        if (weight == HEAVY) {
                start -= c->thin / 2;
                *ret_end = start + 2 * c->thin;
        } else {
                start += weight == DOUBLE ? side * c->thin : 0;
                *ret_end = start + c->thin;
        }
        *ret_start = start;
}

/* Where a stroke that comes from an edge ends: at the line that crosses it, so that corners close and the inside of
 * crossing double lines stays open. side is the stroke's place in a double arm, 0 in a single one. */
static int stroke_end(const Canvas *c, const int arm[4], int direction, int side) {
        bool vertical = direction == UP || direction == DOWN, forward = direction == UP || direction == LEFT;
        int low = arm[vertical ? LEFT : UP], high = arm[vertical ? RIGHT : DOWN];
        int near = forward ? -1 : 1, opposite = arm[(direction + 2) % 4];
        int same = side < 0 ? low : high, other = side < 0 ? high : low;
        int weight, at, start, end;

        if (side != 0 && same != NONE) {
                weight = same;
                at = near;
        } else if (opposite != NONE) {
                weight = low == HEAVY || high == HEAVY ? HEAVY : LIGHT;
                at = 0;
        } else if (side == 0 && low != NONE && high != NONE) {
                weight = MAX(low, high);
                at = near;
        } else {
                weight = side != 0 ? other : MAX(low, high);
                at = -near;
        }
        span(c, vertical ? c->height : c->width, weight, at, &start, &end);
        return forward ? end : start;
}

static void draw_stroke(Canvas *c, const int arm[4], int direction, int side) {
        bool vertical = direction == UP || direction == DOWN;
        int start, end, inner = stroke_end(c, arm, direction, side);

        span(c, vertical ? c->width : c->height, arm[direction], side, &start, &end);
        switch (direction) {
        case UP:
                return fill(c, start, 0, end, inner, 15);
        case DOWN:
                return fill(c, start, inner, end, c->height, 15);
        case LEFT:
                return fill(c, 0, start, inner, end, 15);
        default:
                return fill(c, inner, start, c->width, end, 15);
        }
}

static void draw_arms(Canvas *c, uint8_t shape) {
        int arm[4];

        for (int direction = UP; direction <= LEFT; direction++)
                arm[direction] = shape >> 2 * direction & 3;
        for (int direction = UP; direction <= LEFT; direction++) {
                if (arm[direction] == NONE)
                        continue;
                draw_stroke(c, arm, direction, arm[direction] == DOUBLE ? -1 : 0);
                if (arm[direction] == DOUBLE)
                        draw_stroke(c, arm, direction, 1);
        }
}

/* U+2504..250B: three and four dashes; U+254C..254F: two. */
static void draw_dashes(Canvas *c, uint32_t code_point) {
        int n = code_point >= 0x254c ? 2 : code_point >= 0x2508 ? 4 : 3;
        bool vertical = code_point & 2;
        int length = vertical ? c->height : c->width, start, end;

        span(c, vertical ? c->width : c->height, code_point & 1 ? HEAVY : LIGHT, 0, &start, &end);
        for (int i = 0; i < n; i++) {
                int gap = MAX(length / (3 * n), 1), from = length * i / n, stop = length * (i + 1) / n - gap;
                int to = MAX(stop, from + 1);

                if (vertical)
                        fill(c, start, from, end, to, 15);
                else
                        fill(c, from, start, to, end, 15);
        }
}

/* How much of a pixel a line covers whose middle is this far away. */
static uint8_t soft(double distance, double thick) {
        return (uint8_t) lrint(15 * CLAMP(thick / 2 + 0.5 - distance, 0.0, 1.0));
}

static void lay(Canvas *c, int x, int y, uint8_t level) {
        uint8_t *p = c->coverage + y * c->width + x;

        *p = MAX(*p, level);
}

/* U+256D..2570: a quarter circle between two edges' middles, with straight ends. Mirrored into the case of U+256D. */
static void draw_arc(Canvas *c, uint32_t code_point) {
        bool right = code_point == 0x256d || code_point == 0x2570, down = code_point <= 0x256e;
        double middle_x = (c->width - c->thin) / 2 + c->thin / 2.0;
        double middle_y = (c->height - c->thin) / 2 + c->thin / 2.0;
        double width = right ? c->width - middle_x : middle_x, height = down ? c->height - middle_y : middle_y;
        double radius = MIN(width, height);

        for (int y = 0; y < c->height; y++)
                for (int x = 0; x < c->width; x++) {
                        double dx = (x + 0.5 - middle_x) * (right ? 1 : -1);
                        double dy = (y + 0.5 - middle_y) * (down ? 1 : -1);

                        if (dx < radius && dy < radius)
                                lay(c, x, y, soft(fabs(hypot(dx - radius, dy - radius) - radius), c->thin));
                        else
                                lay(c, x, y, soft(fabs(dx >= radius ? dy : dx), c->thin));
                }
}

/* U+2571..2573 */
static void draw_diagonals(Canvas *c, bool rising, bool falling) {
        double length = hypot(c->width, c->height);

        for (int y = 0; y < c->height; y++)
                for (int x = 0; x < c->width; x++) {
                        double a = (x + 0.5) * c->height, b = (y + 0.5) * c->width;

                        if (rising)
                                lay(c, x, y, soft(fabs(a + b - (double) c->width * c->height) / length, c->thin));
                        if (falling)
                                lay(c, x, y, soft(fabs(a - b) / length, c->thin));
                }
}

/* U+2580..2595: eighths of a cell from one of its sides, and shades. */
static void draw_block(Canvas *c, int number) {
        int w = c->width, h = c->height;

        if (number == 0x00)
                fill(c, 0, 0, w, h / 2, 15);
        else if (number <= 0x08)
                fill(c, 0, h - (h * number + 4) / 8, w, h, 15);
        else if (number <= 0x0f)
                fill(c, 0, 0, (w * (16 - number) + 4) / 8, h, 15);
        else if (number == 0x10)
                fill(c, w / 2, 0, w, h, 15);
        else if (number <= 0x13)
                fill(c, 0, 0, w, h, (uint8_t) ((number - 0x10) * 15 / 4));
        else if (number == 0x14)
                fill(c, 0, 0, w, (h + 4) / 8, 15);
        else
                fill(c, w - (w + 4) / 8, 0, w, h, 15);
}

/* U+2596..259F: bits are upper left, upper right, lower left, lower right. */
static void draw_quadrants(Canvas *c, int number) {
        static const uint8_t quadrants[] = { 4, 8, 1, 13, 9, 7, 11, 2, 6, 14 };
        int w = c->width, h = c->height;

        for (int i = 0; i < 4; i++)
                if (quadrants[number] & 1 << i)
                        fill(c, i & 1 ? w / 2 : 0, i & 2 ? h / 2 : 0, i & 1 ? w : w / 2, i & 2 ? h : h / 2, 15);
}

/* Dots 1 to 8 in two columns of four; the last row of bits came later and is out of order. */
static void draw_braille(Canvas *c, unsigned dots) {
        static const struct { uint8_t x, y; } places[] = {
                { 0, 0 }, { 0, 1 }, { 0, 2 }, { 1, 0 }, { 1, 1 }, { 1, 2 }, { 0, 3 }, { 1, 3 },
        };
        int size = MAX(MIN(c->width / 4, c->height / 8), 1);

        for (int i = 0; i < 8; i++) {
                int x = c->width * (2 * places[i].x + 1) / 4 - size / 2;
                int y = c->height * (2 * places[i].y + 1) / 8 - size / 2;

                if (dots & 1u << i)
                        fill(c, x, y, x + size, y + size, 15);
        }
}

bool boxes_draw(uint32_t code_point, int width, int height, uint8_t *coverage) {
        int thin = (MIN(width * 2, height) + 8) / 16;
        Canvas c = { .coverage = coverage, .width = width, .height = height, .thin = MAX(thin, 1) };

        if (code_point >= 0x2800 && code_point <= 0x28ff)
                draw_braille(&c, code_point - 0x2800);
        else if (code_point < 0x2500 || code_point > 0x259f)
                return false;
        else if (code_point >= 0x2596)
                draw_quadrants(&c, (int) (code_point - 0x2596));
        else if (code_point >= 0x2580)
                draw_block(&c, (int) (code_point - 0x2580));
        else if (arms[code_point - 0x2500] != 0)
                draw_arms(&c, arms[code_point - 0x2500]);
        else if (code_point >= 0x2571)
                draw_diagonals(&c, code_point != 0x2572, code_point != 0x2571);
        else if (code_point >= 0x256d)
                draw_arc(&c, code_point);
        else
                draw_dashes(&c, code_point);
        return true;
}
