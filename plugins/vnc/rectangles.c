/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pixels of rectangles. libvncclient decodes each into a picture of just its size, as if it were a whole desktop, and
 * from there it goes into the framebuffer: the library's decoders never come near to that, and the lock is held only
 * while rows are copied. Raw pixels and copies within the picture need no library. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "vnc.h"

#define ROWS_AT_ONCE 64
#define HEADER_MAX 17 /* an update of one rectangle, and Tight's first byte */
#define TIGHT_JPEG 9  /* in its upper half */

static size_t pixel_size(const Vnc *v) {
        return v->format == VNC_FORMAT_32 ? 4 : v->format == VNC_FORMAT_16 ? 2 : 1;
}

static uint32_t widen(uint32_t value, unsigned bits) {
        return bits == 5 ? value << 3 | value >> 2 : bits == 6 ? value << 2 | value >> 4
                                                   : bits == 3 ? value << 5 | value << 2 | value >> 1
                                                               : value * 0x55;
}

static uint32_t from_16(uint32_t p) {
        return widen(p >> 11, 5) << 16 | widen(p >> 5 & 63, 6) << 8 | widen(p & 31, 5);
}

static uint32_t from_8(uint32_t p) {
        return widen(p >> 5, 3) << 16 | widen(p >> 2 & 7, 3) << 8 | widen(p & 3, 2);
}

static uint32_t swapped(const Vnc *v, uint32_t p) {
        return v->settings->swap_red_blue ? (p & 0xff00) | (p >> 16 & 0xff) | (p & 0xff) << 16 : p;
}

void rectangles_convert(const Vnc *v, uint32_t *to, const uint8_t *from, size_t n) {
        if (v->format == VNC_FORMAT_32 && !v->settings->swap_red_blue) {
                memcpy(to, from, n * sizeof *to);
                return;
        }
        for (size_t i = 0; i < n; i++) {
                uint32_t p;

                if (v->format == VNC_FORMAT_32)
                        memcpy(&p, from + 4 * i, sizeof p);
                else if (v->format == VNC_FORMAT_16)
                        p = from_16((uint32_t) (from[2 * i] | from[2 * i + 1] << 8));
                else
                        p = from_8(from[i]);
                to[i] = swapped(v, p);
        }
}

/* Rows of area, which is within the picture: the worker alone changes its size. */
static void put_rows(Vnc *v, LabgateRect area, const uint8_t *from) {
        size_t row = (size_t) area.width * pixel_size(v);

        for (int32_t y = 0; y < area.height; y += ROWS_AT_ONCE) {
                BridgePicture p = worker_lock(v->bridge);

                for (int32_t i = y; i < MIN(y + ROWS_AT_ONCE, area.height) && p.pixels; i++) {
                        uint32_t *to = p.pixels + (size_t) (area.y + i) * (size_t) p.width + (size_t) area.x;

                        rectangles_convert(v, to, from + (size_t) i * row, (size_t) area.width);
                }
                worker_unlock(v->bridge);
        }
}

static int read_raw(Vnc *v, LabgateRect area) {
        size_t row = (size_t) area.width * pixel_size(v);
        int32_t rows = (int32_t) (sizeof v->client->buffer / row);

        for (int32_t y = 0; y < area.height; y += rows) {
                LabgateRect part = { area.x, area.y + y, area.width, MIN(rows, area.height - y) };

                if (vnc_read(v, v->client->buffer, row * (size_t) part.height) < 0)
                        return -EPROTO;
                put_rows(v, part, (const uint8_t *) v->client->buffer);
        }
        worker_damage(v->bridge, area);
        return 0;
}

static bool is_within(const Vnc *v, int32_t x, int32_t y, LabgateRect area) {
        return x + area.width <= v->client->si.framebufferWidth && y + area.height <= v->client->si.framebufferHeight;
}

static int copy(Vnc *v, LabgateRect area) {
        uint8_t from[4];
        int32_t x, y;

        if (vnc_read(v, from, sizeof from) < 0)
                return -EPROTO;
        x = get16(from);
        y = get16(from + 2);
        if (!is_within(v, x, y, area))
                return vnc_broken(v, "it copies from outside of its desktop");
        worker_move(v->bridge, (LabgateRect) { x, y, area.width, area.height }, area.x - x, area.y - y);
        return 0;
}

/* Zeroed, for what a broken rectangle leaves out would be old memory of ours. */
static int make_scratch(Vnc *v, size_t size) {
        if (size <= v->scratch_size)
                return 0;
        free(v->scratch);
        v->scratch = calloc(1, size);
        v->scratch_size = v->scratch ? size : 0;
        return v->scratch ? 0 : vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
}

void rectangles_done(Vnc *v) {
        free(v->scratch);
        v->scratch = NULL;
        v->scratch_size = 0;
}

void rectangles_trim(Vnc *v) {
        if (v->scratch_size > VNC_SCRATCH_KEPT)
                rectangles_done(v);
}

/* The library reads on from where its input begins, and that may be a place of ours. */
static void put_back(Vnc *v, const uint8_t *header, size_t size) {
        rfbClient *c = v->client;

        if (c->bufoutptr >= c->buf + size && c->bufoutptr <= c->buf + sizeof c->buf)
                c->bufoutptr -= size;
        else {
                memmove(v->held + size, c->bufoutptr, c->buffered);
                c->bufoutptr = v->held;
        }
        memcpy(c->bufoutptr, header, size);
        c->buffered += (unsigned) size;
}

/* A lab without JPEG does not depend on what the library makes of a broken one either. */
static int read_tight_kind(Vnc *v, uint8_t *ret) {
        if (vnc_read(v, ret, 1) < 0)
                return -EPROTO;
        if (*ret >> 4 == TIGHT_JPEG && v->settings->quality_level < 0)
                return vnc_broken(v, "a JPEG that nobody asked for");
        return 0;
}

static int decode(Vnc *v, LabgateRect area, int32_t encoding) {
        size_t n = (size_t) area.width * (size_t) area.height;
        uint8_t header[HEADER_MAX] = { RFB_UPDATE, 0, 0, 1 };
        size_t size = encoding == RFB_TIGHT ? HEADER_MAX : HEADER_MAX - 1;
        rfbClient *c = v->client;

        if (n > VNC_RECT_PIXELS_MAX)
                return vnc_broken(v, "a rectangle is too large");
        if (encoding == RFB_TIGHT && read_tight_kind(v, &header[HEADER_MAX - 1]) < 0)
                return -EPROTO;
        if (c->buffered > RFB_BUF_SIZE)
                return vnc_broken(v, "its input cannot be");
        if (make_scratch(v, n * pixel_size(v)) < 0)
                return -EPROTO;
        put16(header + 8, (uint32_t) area.width);
        put16(header + 10, (uint32_t) area.height);
        put32(header + 12, (uint32_t) encoding);
        put_back(v, header, size);
        c->width = area.width;
        c->height = area.height;
        c->frameBuffer = (uint8_t *) v->scratch;
        if (!HandleRFBServerMessage(c))
                return vnc_broken(v, "a picture cannot be decoded");
        put_rows(v, area, (const uint8_t *) v->scratch);
        worker_damage(v->bridge, area);
        return 0;
}

int rectangles_handle(Vnc *v, LabgateRect area, int32_t encoding) {
        if (!is_within(v, area.x, area.y, area))
                return vnc_broken(v, "a rectangle is outside of its desktop");
        if (area.width == 0 || area.height == 0)
                switch (encoding) {
                case RFB_RAW:
                case RFB_HEXTILE:
                        return 0;
                case RFB_COPYRECT:
                        return vnc_skip(v, 4);
                default:
                        return vnc_broken(v, "a rectangle has no pixels");
                }
        if (encoding == RFB_RAW)
                return read_raw(v, area);
        return encoding == RFB_COPYRECT ? copy(v, area) : decode(v, area, encoding);
}
