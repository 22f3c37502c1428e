/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <endian.h>
#include <errno.h>
#include <libdeflate.h>
#include <string.h>
#include <turbojpeg.h>

#include "image.h"

/* A 1280x800 screen of text, drawn and encoded (tests/bench/bench-frame): level 1 1.6 ms, 42.8 KB; 2 1.8 ms, 40.2 KB;
 * 4 2.0 ms, 37.9 KB; 6 2.7 ms, 37.1 KB; 9 10 ms, 36.6 KB. */
#define IMAGE_LEVEL 4

/* True colours: what level 4 finds of them is 6 percent of the bytes for as much time again. */
#define IMAGE_LEVEL_TRUE 1

/* Rows of a picture of true colours that are tried with and without a filter. Noise and gradients, 512x128: 2.6 and 1.7
 * bytes a pixel without, 1.0 and 0.03 as differences to the row above; text the other way round, 0.3 and 0.5. */
#define IMAGE_TRIAL_ROWS 6

#define IMAGE_COLOURS_MAX 256
#define IMAGE_LAYER 0
#define IMAGE_OVER 14     /* composite mask of opaque pictures */
#define IMAGE_TRIM_MIN 2048 /* pixels that a fill has to save */
#define IMAGE_KEEP (64u * 1024u) /* scratch memory that image_trim() leaves */

struct Image {
        struct libdeflate_compressor *compressor, *true_compressor;
        int32_t stream;
        Buffer indexes; /* of true-colour pixels that turned out to have few colours */
        Buffer rows;    /* a PNG's scan lines before compression */
        Buffer coded;   /* the file: what the browser decodes */
        tjhandle jpeg;
};

/* Pixels with at most 256 colours: colour[map[pixel]]. */
typedef struct Indexed {
        const uint8_t *pixels;
        size_t stride;
        uint8_t map[IMAGE_COLOURS_MAX];
        uint32_t colour[IMAGE_COLOURS_MAX];
        unsigned n_colours;
} Indexed;

int image_new(Image **ret) {
        Image *p = calloc(1, sizeof *p);

        if (!p)
                return -ENOMEM;
        p->stream = IMAGE_STREAM_FIRST;
        *ret = p;
        return 0;
}

Image *image_free(Image *p) {
        if (!p)
                return NULL;
        libdeflate_free_compressor(p->compressor);
        libdeflate_free_compressor(p->true_compressor);
        if (p->jpeg)
                tjDestroy(p->jpeg);
        buffer_done(&p->indexes);
        buffer_done(&p->rows);
        buffer_done(&p->coded);
        free(p);
        return NULL;
}

void image_trim(Image *p) {
        libdeflate_free_compressor(TAKE_PTR(p->compressor));
        libdeflate_free_compressor(TAKE_PTR(p->true_compressor));
        if (p->jpeg)
                tjDestroy(TAKE_PTR(p->jpeg));
        buffer_trim(&p->indexes, IMAGE_KEEP);
        buffer_trim(&p->rows, IMAGE_KEEP);
        buffer_trim(&p->coded, IMAGE_KEEP);
}

/* ---- PNG ---- */

typedef enum PngType {
        PNG_RGB     = 2,
        PNG_PALETTE = 3,
        PNG_RGBA    = 6,
} PngType;

#define PNG_CHUNK_OVERHEAD 12

typedef enum PngFilter {
        PNG_NONE = 0,
        PNG_UP   = 2, /* differences to the row above */
} PngFilter;

typedef struct PngHead {
        int32_t width, height;
        uint8_t depth;
        PngType type;
} PngHead;

static uint8_t *put32(uint8_t *p, uint32_t n) {
        n = htobe32(n);
        memcpy(p, &n, sizeof n);
        return p + sizeof n;
}

/* A chunk whose data already stands at begin + 8. Answers its end. */
static uint8_t *png_chunk(uint8_t *begin, const char *type, size_t size) {
        put32(begin, (uint32_t) size);
        memcpy(begin + 4, type, 4);
        return put32(begin + 8 + size, libdeflate_crc32(0, begin + 4, size + 4));
}

static uint8_t *png_head(uint8_t *p, const PngHead *head) {
        static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
        uint8_t *begin = p + sizeof signature;

        memcpy(p, signature, sizeof signature);
        put32(put32(begin + 8, (uint32_t) head->width), (uint32_t) head->height);
        memcpy(begin + 16, (const uint8_t[]) { head->depth, (uint8_t) head->type, 0, 0, 0 }, 5);
        return png_chunk(begin, "IHDR", 13);
}

static uint8_t *png_palette(uint8_t *begin, const uint32_t *colour, unsigned n) {
        uint8_t *p = begin + 8;

        for (unsigned i = 0; i < n; i++) {
                *p++ = (uint8_t) (colour[i] >> 16);
                *p++ = (uint8_t) (colour[i] >> 8);
                *p++ = (uint8_t) colour[i];
        }
        return png_chunk(begin, "PLTE", 3 * (size_t) n);
}

static struct libdeflate_compressor *compressor(Image *p, PngType type) {
        struct libdeflate_compressor **c = type == PNG_RGB ? &p->true_compressor : &p->compressor;

        if (!*c)
                *c = libdeflate_alloc_compressor(type == PNG_RGB ? IMAGE_LEVEL_TRUE : IMAGE_LEVEL);
        return *c;
}

/* Makes p->coded of p->rows. */
static int png_finish(Image *p, const PngHead *head, const uint32_t *colour, unsigned n_colours) {
        struct libdeflate_compressor *c = compressor(p, head->type);
        size_t n_rows = buffer_size(&p->rows), bound, size;
        uint8_t *begin, *b;

        if (!c)
                return -ENOMEM;
        bound = libdeflate_zlib_compress_bound(c, n_rows);
        buffer_clear(&p->coded);
        begin = b = buffer_reserve(&p->coded, 8 + 4 * PNG_CHUNK_OVERHEAD + 13 + 3 * IMAGE_COLOURS_MAX + bound);
        if (!b)
                return -ENOMEM;
        b = png_head(b, head);
        if (n_colours > 0)
                b = png_palette(b, colour, n_colours);
        size = libdeflate_zlib_compress(c, buffer_bytes(&p->rows), n_rows, b + 8, bound);
        if (size == 0)
                return -ENOMEM;
        b = png_chunk(b, "IDAT", size);
        b = png_chunk(b, "IEND", 0);
        buffer_commit(&p->coded, (size_t) (b - begin));
        return 0;
}

/* Room for height scan lines of size bytes and their filter byte. */
static uint8_t *png_rows(Image *p, int32_t height, size_t size) {
        size_t n = (size_t) height * (size + 1);
        uint8_t *rows;

        buffer_clear(&p->rows);
        rows = buffer_reserve(&p->rows, n);
        if (rows)
                buffer_commit(&p->rows, n);
        return rows;
}

/* img, blobs, end: back to back, for the place of a picture in the order of things depends on the browser's version. */
static void write_image(Image *p, InstructionWriter *w, const char *type, int32_t layer, int32_t x, int32_t y) {
        const uint8_t *bytes = buffer_bytes(&p->coded);
        size_t size = buffer_size(&p->coded);

        instruction_begin(w, "img");
        instruction_integer(w, p->stream);
        instruction_integer(w, IMAGE_OVER);
        instruction_integer(w, layer);
        instruction_text(w, type, strlen(type));
        instruction_integer(w, x);
        instruction_integer(w, y);
        instruction_end(w);
        while (size > 0) {
                size_t n = MIN(size, (size_t) INSTRUCTION_BLOB_MAX);

                instruction_begin(w, "blob");
                instruction_integer(w, p->stream);
                instruction_base64(w, bytes, n);
                instruction_end(w);
                bytes += n;
                size -= n;
        }
        instruction_integers(w, "end", p->stream);
        p->stream = p->stream == IMAGE_STREAM_LAST ? IMAGE_STREAM_FIRST : p->stream + 1;
        buffer_clear(&p->coded);
        buffer_clear(&p->rows);
}

/* ---- few colours ---- */

/* Adds a colour if it is new; answers its index, -1 if there are too many. */
static int find_colour(Indexed *in, uint32_t colour) {
        for (unsigned i = 0; i < in->n_colours; i++)
                if (in->colour[i] == colour)
                        return (int) i;
        if (in->n_colours == IMAGE_COLOURS_MAX)
                return -1;
        in->colour[in->n_colours] = colour;
        return (int) in->n_colours++;
}

/* Most of a screen repeats what stands to the left of it, eight pixels at a time. */
static void note_used(const uint8_t *row, int32_t width, bool used[static IMAGE_COLOURS_MAX]) {
        uint64_t last = 0, eight;
        int32_t x = 0;

        used[row[0]] = true;
        last = row[0] * UINT64_C(0x0101010101010101);
        for (; x + 8 <= width; x += 8) {
                memcpy(&eight, row + x, sizeof eight);
                if (eight == last)
                        continue;
                for (int i = 0; i < 8; i++)
                        used[row[x + i]] = true;
                last = eight;
        }
        for (; x < width; x++)
                used[row[x]] = true;
}

/* -EINVAL if the plugin used an index that its palette does not have. */
static int index_indexed(const LabgateTile *tile, LabgateRect area, Indexed *ret) {
        bool used[IMAGE_COLOURS_MAX] = {};

        if (!tile->palette || tile->n_palette == 0 || tile->n_palette > IMAGE_COLOURS_MAX)
                return -EINVAL;
        ret->pixels = tile->pixels;
        ret->stride = tile->stride;
        ret->n_colours = 0;
        for (int32_t y = 0; y < area.height; y++)
                note_used(ret->pixels + (size_t) y * ret->stride, area.width, used);
        for (unsigned i = 0; i < IMAGE_COLOURS_MAX; i++) {
                if (!used[i])
                        continue;
                if (i >= tile->n_palette)
                        return -EINVAL;
                ret->map[i] = (uint8_t) find_colour(ret, tile->palette[i] & 0xffffffu);
        }
        return 0;
}

/* Colours to indexes by a hash of open addressing, at most a quarter full. */
#define COLOUR_SLOTS 1024u

typedef struct ColourTable {
        uint32_t key[COLOUR_SLOTS]; /* colour + 1, 0 for none */
        uint8_t index[COLOUR_SLOTS];
} ColourTable;

static int table_index(ColourTable *t, Indexed *in, uint32_t colour) {
        uint32_t slot = colour * 2654435761u >> 22;

        while (t->key[slot] != 0 && t->key[slot] != colour + 1)
                slot = (slot + 1) % COLOUR_SLOTS;
        if (t->key[slot] == 0) {
                if (in->n_colours == IMAGE_COLOURS_MAX)
                        return -1;
                in->colour[in->n_colours] = colour;
                t->key[slot] = colour + 1;
                t->index[slot] = (uint8_t) in->n_colours++;
        }
        return t->index[slot];
}

static bool index_row(ColourTable *t, Indexed *in, const uint32_t *row, int32_t width, uint8_t *ret) {
        uint32_t last = 0;
        int index = -1;

        for (int32_t x = 0; x < width; x++) {
                uint32_t colour = row[x] & 0xffffffu;

                if (index < 0 || colour != last)
                        index = table_index(t, in, colour);
                if (index < 0)
                        return false;
                last = colour;
                ret[x] = (uint8_t) index;
        }
        return true;
}

/* 1, 0 if there are too many colours, -ENOMEM. */
static int index_true_colour(Image *p, const LabgateTile *tile, LabgateRect area, Indexed *ret) {
        ColourTable table = {};
        uint8_t *pixels;

        buffer_clear(&p->indexes);
        pixels = buffer_reserve(&p->indexes, (size_t) area.width * (size_t) area.height);
        if (!pixels)
                return -ENOMEM;
        ret->pixels = pixels;
        ret->stride = (size_t) area.width;
        ret->n_colours = 0;
        for (int32_t y = 0; y < area.height; y++) {
                const uint8_t *row = (const uint8_t *) tile->pixels + (size_t) y * tile->stride;

                if (!index_row(&table, ret, (const uint32_t *) (const void *) row, area.width, pixels))
                        return 0;
                pixels += area.width;
        }
        for (unsigned i = 0; i < IMAGE_COLOURS_MAX; i++)
                ret->map[i] = (uint8_t) i;
        return 1;
}

/* Inlined once per depth: the loop over a byte's pixels unrolls. */
static inline __attribute__((always_inline)) void pack(const Indexed *in, const uint8_t *row, int32_t width,
                                                       unsigned depth, uint8_t *ret) {
        int32_t per_byte = (int32_t) (8 / depth), x = 0;
        unsigned byte = 0;

        for (; x + per_byte <= width; x += per_byte) {
                byte = 0;
                for (int32_t i = 0; i < per_byte; i++)
                        byte = byte << depth | in->map[row[x + i]];
                *ret++ = (uint8_t) byte;
        }
        if (x == width)
                return;
        byte = 0;
        for (int32_t i = 0; i < per_byte; i++)
                byte = byte << depth | (x + i < width ? in->map[row[x + i]] : 0u);
        *ret = (uint8_t) byte;
}

static void pack_row(const Indexed *in, const uint8_t *row, int32_t width, unsigned depth, uint8_t *ret) {
        switch (depth) {
        case 1:
                return pack(in, row, width, 1, ret);
        case 2:
                return pack(in, row, width, 2, ret);
        case 4:
                return pack(in, row, width, 4, ret);
        default:
                return pack(in, row, width, 8, ret);
        }
}

static int draw_palette(Image *p, InstructionWriter *w, const Indexed *in, LabgateRect area, LabgateRect part) {
        unsigned n = in->n_colours;
        PngHead head = { part.width, part.height, n <= 2 ? 1 : n <= 4 ? 2 : n <= 16 ? 4 : 8, PNG_PALETTE };
        size_t size = ((size_t) part.width * head.depth + 7) / 8;
        uint8_t *rows = png_rows(p, part.height, size);
        int r;

        if (!rows)
                return -ENOMEM;
        for (int32_t y = 0; y < part.height; y++) {
                *rows++ = 0;
                pack_row(in, in->pixels + (size_t) (part.y + y) * in->stride + part.x, part.width, head.depth, rows);
                rows += size;
        }
        r = png_finish(p, &head, in->colour, n);
        if (r < 0)
                return r;
        write_image(p, w, "image/png", IMAGE_LAYER, area.x + part.x, area.y + part.y);
        return 0;
}

static void fill(InstructionWriter *w, LabgateRect area, uint32_t colour) {
        instruction_integers(w, "rect", IMAGE_LAYER, area.x, area.y, area.width, area.height);
        instruction_integers(w, "cfill", IMAGE_OVER, IMAGE_LAYER, (int32_t) (colour >> 16 & 0xff),
                             (int32_t) (colour >> 8 & 0xff), (int32_t) (colour & 0xff), 255);
}

/* The first and the last column of a row that are not the ground. False if all of it is. */
static bool row_extent(const Indexed *in, const uint8_t *row, int32_t width, uint8_t ground, int32_t *first,
                       int32_t *last) {
        int32_t a = 0, b = width - 1;

        while (a < width && in->map[row[a]] == ground)
                a++;
        if (a == width)
                return false;
        while (b > *last && in->map[row[b]] == ground)
                b--;
        *first = MIN(*first, a);
        *last = b;
        return true;
}

/* What is left of a picture without the ground around it, within the picture. */
static LabgateRect trim_ground(const Indexed *in, LabgateRect area, uint8_t ground) {
        int32_t left = area.width, right = -1, top = -1, bottom = -1;

        for (int32_t y = 0; y < area.height; y++) {
                if (!row_extent(in, in->pixels + (size_t) y * in->stride, area.width, ground, &left, &right))
                        continue;
                if (top < 0)
                        top = y;
                bottom = y;
        }
        return (LabgateRect) { left, top, right - left + 1, bottom - top + 1 };
}

/* Text ends before the right margin: the ground is what the last corner shows. */
static uint8_t find_ground(const Indexed *in, LabgateRect area) {
        return in->map[in->pixels[(size_t) (area.height - 1) * in->stride + (size_t) area.width - 1]];
}

static int draw_indexed(Image *p, InstructionWriter *w, const Indexed *in, LabgateRect area) {
        LabgateRect part = { 0, 0, area.width, area.height };
        uint8_t ground;

        if (in->n_colours == 1) {
                fill(w, area, in->colour[0]);
                return 0;
        }
        ground = find_ground(in, area);
        part = trim_ground(in, area, ground);
        if (area.width * area.height - part.width * part.height >= IMAGE_TRIM_MIN)
                fill(w, area, in->colour[ground]);
        else
                part = (LabgateRect) { 0, 0, area.width, area.height };
        return draw_palette(p, w, in, area, part);
}

/* ---- many colours ---- */

static void put_rgb(uint8_t *ret, const uint8_t *row, int32_t width) {
        for (int32_t x = 0; x < width; x++, row += 4) {
                uint32_t colour;

                memcpy(&colour, row, sizeof colour);
                *ret++ = (uint8_t) (colour >> 16);
                *ret++ = (uint8_t) (colour >> 8);
                *ret++ = (uint8_t) colour;
        }
}

/* Less the row above, byte by byte. */
static void put_rgb_up(uint8_t *ret, const uint8_t *row, const uint8_t *above, int32_t width) {
        for (int32_t x = 0; x < width; x++, row += 4, above += 4) {
                uint32_t colour, up;

                memcpy(&colour, row, sizeof colour);
                memcpy(&up, above, sizeof up);
                *ret++ = (uint8_t) ((colour >> 16) - (up >> 16));
                *ret++ = (uint8_t) ((colour >> 8) - (up >> 8));
                *ret++ = (uint8_t) (colour - up);
        }
}

/* Scan lines of part of a tile into p->rows. */
static int put_true_rows(Image *p, const LabgateTile *tile, LabgateRect part, PngFilter filter) {
        const uint8_t *row = (const uint8_t *) tile->pixels + (size_t) part.y * tile->stride, *above = NULL;
        size_t size = 3 * (size_t) part.width;
        uint8_t *rows = png_rows(p, part.height, size);

        if (!rows)
                return -ENOMEM;
        for (int32_t y = 0; y < part.height; y++, above = row, row += tile->stride) {
                bool differs = filter == PNG_UP && above;

                *rows++ = (uint8_t) (differs ? PNG_UP : PNG_NONE);
                if (differs)
                        put_rgb_up(rows, row, above, part.width);
                else
                        put_rgb(rows, row, part.width);
                rows += size;
        }
        return 0;
}

/* Bytes of a few rows in the middle with that filter; negative errno. */
static ssize_t try_filter(Image *p, const LabgateTile *tile, LabgateRect area, PngFilter filter) {
        struct libdeflate_compressor *c = compressor(p, PNG_RGB);
        int32_t n = MIN(area.height, IMAGE_TRIAL_ROWS);
        size_t bound;
        uint8_t *coded;
        int r;

        r = put_true_rows(p, tile, (LabgateRect) { 0, (area.height - n) / 2, area.width, n }, filter);
        if (r < 0 || !c)
                return -ENOMEM;
        bound = libdeflate_zlib_compress_bound(c, buffer_size(&p->rows));
        buffer_clear(&p->coded);
        coded = buffer_reserve(&p->coded, bound);
        if (!coded)
                return -ENOMEM;
        return (ssize_t) libdeflate_zlib_compress(c, buffer_bytes(&p->rows), buffer_size(&p->rows), coded, bound);
}

static int draw_true_colour(Image *p, InstructionWriter *w, const LabgateTile *tile, LabgateRect area) {
        PngHead head = { area.width, area.height, 8, PNG_RGB };
        ssize_t plain = try_filter(p, tile, area, PNG_NONE), up = try_filter(p, tile, area, PNG_UP);
        int r;

        if (plain < 0 || up < 0)
                return -ENOMEM;
        r = put_true_rows(p, tile, (LabgateRect) { 0, 0, area.width, area.height }, up < plain ? PNG_UP : PNG_NONE);
        if (r < 0)
                return r;
        r = png_finish(p, &head, NULL, 0);
        if (r < 0)
                return r;
        write_image(p, w, "image/png", IMAGE_LAYER, area.x, area.y);
        return 0;
}

int image_draw(Image *p, InstructionWriter *w, const LabgateTile *tile, LabgateRect area) {
        Indexed in;
        int r;

        if (!tile->pixels || area.width < 1 || area.height < 1 ||
            (uint64_t) area.width * (uint64_t) area.height > IMAGE_PIXELS_MAX)
                return -EINVAL;
        if (tile->format == LABGATE_PIXELS_INDEXED8) {
                r = index_indexed(tile, area, &in);
                if (r < 0)
                        return r;
                return draw_indexed(p, w, &in, area);
        }
        r = index_true_colour(p, tile, area, &in);
        if (r < 0)
                return r;
        return r > 0 ? draw_indexed(p, w, &in, area) : draw_true_colour(p, w, tile, area);
}

int image_draw_alpha(Image *p, InstructionWriter *w, int32_t layer, const uint32_t *pixels, int32_t width,
                       int32_t height) {
        PngHead head = { width, height, 8, PNG_RGBA };
        size_t size = 4 * (size_t) width;
        uint8_t *rows;
        int r;

        if (width < 1 || height < 1 || (uint64_t) width * (uint64_t) height > IMAGE_PIXELS_MAX)
                return -EINVAL;
        rows = png_rows(p, height, size);
        if (!rows)
                return -ENOMEM;
        for (int32_t y = 0; y < height; y++) {
                *rows++ = 0;
                for (int32_t x = 0; x < width; x++, pixels++)
                        rows = put32(rows, *pixels << 8 | *pixels >> 24);
        }
        r = png_finish(p, &head, NULL, 0);
        if (r < 0)
                return r;
        write_image(p, w, "image/png", layer, 0, 0);
        return 0;
}

int image_draw_lossy(Image *p, InstructionWriter *w, const LabgateTile *tile, LabgateRect area, ImageLoss loss) {
        int format = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? TJPF_BGRX : TJPF_XRGB;
        int sampling = loss.fine ? TJSAMP_444 : TJSAMP_420;
        unsigned long size = tjBufSize(area.width, area.height, sampling);
        unsigned char *coded;

        if (tile->format != LABGATE_PIXELS_XRGB32 || !tile->pixels || area.width < 1 || area.height < 1 ||
            (uint64_t) area.width * (uint64_t) area.height > IMAGE_LOSSY_PIXELS_MAX)
                return -EINVAL;
        if (!p->jpeg)
                p->jpeg = tjInitCompress();
        buffer_clear(&p->coded);
        coded = buffer_reserve(&p->coded, size);
        if (!p->jpeg || !coded)
                return -ENOMEM;
        if (tjCompress2(p->jpeg, tile->pixels, area.width, (int) tile->stride, area.height, format, &coded, &size,
                        sampling, CLAMP(loss.quality, 1, 100), TJFLAG_NOREALLOC) < 0)
                return -ENOMEM;
        buffer_commit(&p->coded, size);
        write_image(p, w, "image/jpeg", IMAGE_LAYER, area.x, area.y);
        return 0;
}
