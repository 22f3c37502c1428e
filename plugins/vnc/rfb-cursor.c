/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mouse pointers of the upstream, in the three ways that there are, as one picture with alpha. One that is larger than
 * the page takes is read and left away. */

#include <errno.h>
#include <stdlib.h>

#include "../../src/base/cleanup.h"
#include "vnc.h"

#define OPAQUE 0xff000000u

typedef struct Pointer {
        size_t n;             /* pixels */
        uint8_t *bytes;       /* as they came */
        uint32_t *pixels;
} Pointer;

static void pointer_done(Pointer *p) {
        free(p->bytes);
        free(p->pixels);
}

/* 1 if there is something to be decoded, 0 if all was done, -EPROTO. */
static int begin(Vnc *v, LabgateRect area, size_t size, Pointer *p) {
        if (area.width > VNC_CURSOR_SIDE_MAX || area.height > VNC_CURSOR_SIDE_MAX)
                return vnc_broken(v, "a mouse pointer is too large");
        if (area.width > BRIDGE_CURSOR_SIDE_MAX || area.height > BRIDGE_CURSOR_SIDE_MAX)
                return vnc_skip(v, size);
        p->bytes = malloc(size);
        p->pixels = calloc(p->n, sizeof *p->pixels);
        if (!p->bytes || !p->pixels)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        return vnc_read(v, p->bytes, size) < 0 ? -EPROTO : 1;
}

static void show(Vnc *v, LabgateRect area, const uint32_t *pixels) {
        worker_set_cursor(v->bridge, &(LabgateCursor) {
                .width = area.width,
                .height = area.height,
                .hot_x = MIN(area.x, MAX(area.width - 1, 0)),
                .hot_y = MIN(area.y, MAX(area.height - 1, 0)),
                .pixels = pixels,
        });
}

static bool is_empty(LabgateRect area) {
        return area.width == 0 || area.height == 0;
}

static int hide(Vnc *v) {
        show(v, (LabgateRect) {}, NULL);
        return 0;
}

static uint32_t divided(uint32_t colour, uint32_t alpha) {
        return alpha == 0 ? 0 : MIN(colour * 255u / alpha, 255u);
}

/* Bytes red, green, blue, alpha, multiplied. */
int cursor_alpha(Vnc *v, LabgateRect area) {
        _cleanup_(pointer_done) Pointer p = { .n = (size_t) area.width * (size_t) area.height };
        uint8_t encoding[4];
        int r;

        if (vnc_read(v, encoding, sizeof encoding) < 0)
                return -EPROTO;
        if (get32(encoding) != RFB_RAW)
                return vnc_broken(v, "a mouse pointer in an encoding that nobody asked for");
        if (is_empty(area))
                return hide(v);
        r = begin(v, area, 4 * p.n, &p);
        if (r <= 0)
                return r;
        for (size_t i = 0; i < p.n; i++) {
                const uint8_t *b = p.bytes + 4 * i;

                p.pixels[i] = (uint32_t) b[3] << 24 | divided(b[0], b[3]) << 16 | divided(b[1], b[3]) << 8 |
                              divided(b[2], b[3]);
        }
        show(v, area, p.pixels);
        return 0;
}

static bool bit(const uint8_t *bits, size_t row, LabgateRect area, size_t i) {
        size_t x = i % (size_t) area.width, y = i / (size_t) area.width;

        return bits[y * row + x / 8] >> (7 - x % 8) & 1;
}

int cursor_masked(Vnc *v, LabgateRect area) {
        _cleanup_(pointer_done) Pointer p = { .n = (size_t) area.width * (size_t) area.height };
        size_t row = ((size_t) area.width + 7) / 8, size = p.n * (v->client->format.bitsPerPixel / 8u);
        int r;

        if (is_empty(area))
                return hide(v);
        r = begin(v, area, size + row * (size_t) area.height, &p);
        if (r <= 0)
                return r;
        rectangles_convert(v, p.pixels, p.bytes, p.n);
        for (size_t i = 0; i < p.n; i++)
                p.pixels[i] = bit(p.bytes + size, row, area, i) ? p.pixels[i] | OPAQUE : 0;
        show(v, area, p.pixels);
        return 0;
}

/* Two colours, then which of them, then which pixels at all. */
int cursor_two_colours(Vnc *v, LabgateRect area) {
        _cleanup_(pointer_done) Pointer p = { .n = (size_t) area.width * (size_t) area.height };
        size_t row = ((size_t) area.width + 7) / 8, size = row * (size_t) area.height;
        uint32_t front, back;
        const uint8_t *b;
        int r;

        if (is_empty(area))
                return hide(v);
        r = begin(v, area, 6 + 2 * size, &p);
        if (r <= 0)
                return r;
        b = p.bytes;
        front = OPAQUE | (uint32_t) b[0] << 16 | (uint32_t) b[1] << 8 | b[2];
        back = OPAQUE | (uint32_t) b[3] << 16 | (uint32_t) b[4] << 8 | b[5];
        for (size_t i = 0; i < p.n; i++)
                if (bit(b + 6 + size, row, area, i))
                        p.pixels[i] = bit(b + 6, row, area, i) ? front : back;
        show(v, area, p.pixels);
        return 0;
}
