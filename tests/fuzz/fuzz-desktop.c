/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any sequence of paints, moves (told or not), sizes, damage and time; a browser decodes what comes of it. During it
 * the colour of blocks is right, and after quiet every pixel is. Input: width, height, quality, then records of
 * eight bytes: what, x, y, width, height, and three that mean what it wants. Coordinates are doubled, so desktops
 * are up to 511x511. */

#include <stdlib.h>

#include "browser/easel.h"
#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void test_fail(const char *file, int line, const char *format, ...) {
        fprintf(stderr, "%s:%d: %s\n", file, line, format);
        abort();
}

static uint32_t mixed(uint32_t x) {
        x = (x ^ x >> 15) * 0x2c1b3c6du;
        return x ^ x >> 12;
}

/* Solid, text, a gradient, noise of all colours, noise of some greys; the top byte is whatever. */
static uint32_t colour(unsigned kind, int32_t x, int32_t y, uint32_t seed) {
        uint32_t n = mixed((uint32_t) x * 2654435761u ^ (uint32_t) y * 40503u ^ seed * 977u);

        switch (kind % 5) {
        case 0:
                return seed * 0x010305;
        case 1:
                return n % 7 == 0 ? 0x111111 : 0xeeeeee;
        case 2:
                return (uint32_t) x << 16 | (uint32_t) (y + (int32_t) seed) << 8 | (uint32_t) (x + y);
        case 3:
                return n;
        default:
                return (n & 31) * 0x010101 + 0x404040;
        }
}

static void paint(Easel *e, LabgateRect area, unsigned kind, uint32_t seed) {
        LabgateRect r = easel_within(e, area);

        for (int32_t y = r.y; y < r.y + r.height; y++)
                for (int32_t x = r.x; x < r.x + r.width; x++)
                        *easel_pixel(e, x, y) = colour(kind, x - area.x, y - area.y, seed) ^ (uint32_t) (x + y) << 24;
        canvas_damage(&e->canvas, area);
}

static void act(Easel *e, const uint8_t *b) {
        LabgateRect r = { b[1] * 2, b[2] * 2, b[3] * 2 + (b[0] >> 7), b[4] * 2 + (b[0] >> 6 & 1) };
        int32_t dx = (int8_t) b[5], dy = (int8_t) b[6];

        switch (b[0] & 7) {
        case 0:
        case 1:
                easel_move(e, r, dx, dy);
                if (b[0] & 1)
                        canvas_move(&e->canvas, easel_within(e, r), dx, dy);
                else
                        canvas_damage(&e->canvas, (LabgateRect) { r.x + dx, r.y + dy, r.width, r.height });
                break;
        case 2:
                canvas_damage(&e->canvas, (LabgateRect) { r.x + dx, r.y + dy, r.width, r.height });
                break;
        case 3:
                if (b[5] < 40)
                        easel_resize(e, 1 + r.width, 1 + r.height, (size_t) r.width + 1 + b[6]);
                break;
        case 4:
        case 5:
                e->now += UINT64_C(5000) * b[5];
                easel_frame(e, 1 + 500 * b[6]);
                easel_check_about(e, 40);
                break;
        default:
                paint(e, r, b[5], b[6]);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Easel e;

        if (size < 3 || size > 3 + 8 * 60)
                return 0;
        easel_init(&e, data[2] % 2 ? 30 + data[2] % 70 : 0);
        easel_resize(&e, 1 + data[0] * 2, 1 + data[1] * 2, (size_t) data[0] * 2 + 1);
        for (const uint8_t *b = data + 3; b + 8 <= data + size; b += 8)
                act(&e, b);
        easel_frame(&e, 10000);
        easel_rest(&e, 20000);
        easel_check_exact(&e);
        easel_done(&e);
        return 0;
}
