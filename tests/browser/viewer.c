/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <png.h>
#include <stdlib.h>
#include <turbojpeg.h>

#include "../../src/base/base64.h"
#include "../../src/base/parse.h"
#include "check.h"
#include "viewer.h"

void viewer_init(Viewer *v) {
        *v = (Viewer) { .rect = { INT64_MIN }, .image = { -1 } };
}

void viewer_done(Viewer *v) {
        free(v->screen.pixels);
        free(v->buffer.pixels);
        buffer_done(&v->bytes);
}

static ViewerLayer *layer(Viewer *v, int64_t n) {
        CHECK(n == 0 || n == -1);
        return n == 0 ? &v->screen : &v->buffer;
}

static void integers(const Instruction *i, size_t from, int64_t *ret, size_t n) {
        CHECK(i->argc >= from + n);
        for (size_t k = 0; k < n; k++)
                CHECK(parse_signed(i->argv[from + k].data, i->argv[from + k].size, INT64_MIN, INT64_MAX, &ret[k]) >= 0);
}

static void check_within(const ViewerLayer *l, int64_t x, int64_t y, int64_t width, int64_t height) {
        CHECK(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= l->width && y + height <= l->height);
}

static void resize(Viewer *v, const Instruction *i) {
        int64_t a[3];
        ViewerLayer *l;

        integers(i, 0, a, 3);
        l = layer(v, a[0]);
        if (a[1] == l->width && a[2] == l->height)
                return;
        free(l->pixels);
        l->width = (int32_t) a[1];
        l->height = (int32_t) a[2];
        /* What new pixels hold is not to be relied on. */
        l->pixels = malloc((size_t) (a[1] * a[2]) * sizeof(uint32_t));
        for (int64_t k = 0; k < a[1] * a[2]; k++)
                l->pixels[k] = a[0] == 0 ? 0xffdeadbeu : 0;
}

static void copy(Viewer *v, const Instruction *i) {
        int64_t a[9];
        ViewerLayer *l = &v->screen;
        uint32_t *pixels;

        integers(i, 0, a, 9);
        CHECK(a[0] == 0 && a[5] == 14 && a[6] == 0);
        check_within(l, a[1], a[2], a[3], a[4]);
        check_within(l, a[7], a[8], a[3], a[4]);
        pixels = malloc((size_t) (a[3] * a[4]) * sizeof(uint32_t));
        for (int64_t y = 0; y < a[4]; y++)
                memcpy(pixels + y * a[3], l->pixels + (a[2] + y) * l->width + a[1], (size_t) a[3] * sizeof(uint32_t));
        for (int64_t y = 0; y < a[4]; y++)
                memcpy(l->pixels + (a[8] + y) * l->width + a[7], pixels + y * a[3], (size_t) a[3] * sizeof(uint32_t));
        free(pixels);
        v->n_copies++;
}

static void fill(Viewer *v, const Instruction *i) {
        int64_t a[6];
        ViewerLayer *l;
        uint32_t colour;

        integers(i, 0, a, 6);
        CHECK(a[1] == v->rect[0]);
        l = layer(v, a[1]);
        CHECK(a[0] == 14 || (a[0] == 2 && a[1] == -1));
        CHECK(a[5] == 255);
        check_within(l, v->rect[1], v->rect[2], v->rect[3], v->rect[4]);
        colour = a[0] == 2 ? 0 : 0xff000000u | (uint32_t) (a[2] << 16 | a[3] << 8 | a[4]);
        for (int64_t y = v->rect[2]; y < v->rect[2] + v->rect[4]; y++)
                for (int64_t x = v->rect[1]; x < v->rect[1] + v->rect[3]; x++)
                        l->pixels[y * l->width + x] = colour;
        v->rect[0] = INT64_MIN;
        v->n_fills++;
}

static uint8_t *decode_png(const Buffer *bytes, int32_t *width, int32_t *height) {
        png_image image = { .version = PNG_IMAGE_VERSION };
        uint8_t *pixels;

        CHECK(png_image_begin_read_from_memory(&image, buffer_bytes(bytes), buffer_size(bytes)));
        image.format = PNG_FORMAT_RGBA;
        pixels = malloc(PNG_IMAGE_SIZE(image));
        CHECK(png_image_finish_read(&image, NULL, pixels, 0, NULL));
        CHECK(image.warning_or_error == 0);
        *width = (int32_t) image.width;
        *height = (int32_t) image.height;
        return pixels;
}

static uint8_t *decode_jpeg(const Buffer *bytes, int32_t *width, int32_t *height) {
        tjhandle decoder = tjInitDecompress();
        int sampling, colours;
        uint8_t *pixels;

        CHECK_INT(tjDecompressHeader3(decoder, buffer_bytes(bytes), buffer_size(bytes), width, height, &sampling,
                                      &colours), 0);
        pixels = malloc((size_t) *width * (size_t) *height * 4);
        CHECK_INT(tjDecompress2(decoder, buffer_bytes(bytes), buffer_size(bytes), pixels, *width, 0, *height,
                                TJPF_RGBA, 0), 0);
        tjDestroy(decoder);
        return pixels;
}

/* Source over destination, as far as labgate uses it: opaque pixels everywhere but on a cleared buffer. */
static void draw_image(Viewer *v) {
        ViewerLayer *l = layer(v, v->image[1]);
        int32_t width, height;
        uint8_t *pixels = (v->is_jpeg ? decode_jpeg : decode_png)(&v->bytes, &width, &height), *p = pixels;

        check_within(l, v->image[2], v->image[3], width, height);
        for (int64_t y = v->image[3]; y < v->image[3] + height; y++)
                for (int64_t x = v->image[2]; x < v->image[2] + width; x++, p += 4) {
                        CHECK(p[3] == 255 || (v->image[1] == -1 && l->pixels[y * l->width + x] == 0));
                        l->pixels[y * l->width + x] = (uint32_t) p[3] << 24 | (uint32_t) p[0] << 16 |
                                                      (uint32_t) p[1] << 8 | p[2];
                }
        free(pixels);
        v->n_images++;
        v->n_jpegs += v->is_jpeg;
}

static void image(Viewer *v, const Instruction *i) {
        int64_t stream_mask_layer[3], at[2];

        integers(i, 0, stream_mask_layer, 3);
        integers(i, 4, at, 2);
        v->is_jpeg = slice_equal(i->argv[3], "image/jpeg");
        CHECK(v->is_jpeg || slice_equal(i->argv[3], "image/png"));
        CHECK(stream_mask_layer[1] == 14);
        for (size_t k = 0; k < ELEMENTS(v->recent_streams); k++)
                CHECK(v->recent_streams[k] != stream_mask_layer[0]);
        v->recent_streams[v->n_images % ELEMENTS(v->recent_streams)] = stream_mask_layer[0];
        memcpy(v->image, (int64_t[]) { stream_mask_layer[0], stream_mask_layer[2], at[0], at[1] }, 4 * sizeof(int64_t));
        v->last_blob = false;
        buffer_clear(&v->bytes);
}

static void blob(Viewer *v, const Instruction *i) {
        int64_t stream;
        uint8_t *bytes;
        ssize_t n;

        integers(i, 0, &stream, 1);
        CHECK(i->argc == 2 && stream == v->image[0] && stream >= 0 && !v->last_blob);
        bytes = buffer_reserve(&v->bytes, i->argv[1].size);
        n = base64_decode(i->argv[1].data, i->argv[1].size, bytes);
        CHECK(n > 0 && n <= 6048);
        v->last_blob = n % 3 != 0;
        buffer_commit(&v->bytes, (size_t) n);
}

static void end(Viewer *v, const Instruction *i) {
        int64_t stream;

        integers(i, 0, &stream, 1);
        CHECK(stream == v->image[0]);
        draw_image(v);
        v->image[0] = -1;
}

static void sync(Viewer *v, const Instruction *i) {
        int64_t a[2];

        integers(i, 0, a, 2);
        CHECK(a[0] > v->timestamp && a[1] == 1);
        CHECK(v->rect[0] == INT64_MIN);
        v->timestamp = a[0];
        v->n_syncs++;
}

static void show_instruction(Viewer *v, const Instruction *i) {
        /* img, blobs and end stand back to back. */
        CHECK(v->image[0] < 0 || slice_equal(i->opcode, "blob") || slice_equal(i->opcode, "end"));
        if (slice_equal(i->opcode, "size"))
                resize(v, i);
        else if (slice_equal(i->opcode, "copy"))
                copy(v, i);
        else if (slice_equal(i->opcode, "rect"))
                integers(i, 0, v->rect, 5);
        else if (slice_equal(i->opcode, "cfill"))
                fill(v, i);
        else if (slice_equal(i->opcode, "img"))
                image(v, i);
        else if (slice_equal(i->opcode, "blob"))
                blob(v, i);
        else if (slice_equal(i->opcode, "end"))
                end(v, i);
        else if (slice_equal(i->opcode, "cursor"))
                integers(i, 0, v->cursor, 7);
        else if (slice_equal(i->opcode, "sync"))
                sync(v, i);
        else
                test_fail(__FILE__, __LINE__, "unknown opcode %.*s", (int) i->opcode.size, i->opcode.data);
}

void viewer_show(Viewer *v, Outbox *o) {
        Buffer text = {};
        Slice rest;
        Instruction i;

        outbox_take(o, &text);
        rest = (Slice) { (const char *) buffer_bytes(&text), buffer_size(&text) };
        while (rest.size > 0) {
                CHECK_INT(instruction_read(&rest, &i), 0);
                show_instruction(v, &i);
        }
        buffer_done(&text);
}
