/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include "../base/cleanup.h"
#include "boxes.h"
#include "glyphs.h"

#define SLOTS_MIN 256u

/* Opened when it is first needed: most sessions never show italics or Chinese. */
typedef struct Font {
        LabgateFontRole role;
        int fd, index;
        bool tried;
        void *map;
        size_t size;
        FT_Face face;
} Font;

struct Glyphs {
        FT_Library library;
        Font fonts[LABGATE_FONTS_MAX];
        size_t n_fonts;
        FT_F26Dot6 em;           /* height of a font in 1/64 pixels */
        GlyphsMetrics metrics;
        Glyph **slots;           /* open addressing; n_slots is a power of two, at least twice n_used */
        size_t n_slots, n_used, bytes;
        uint8_t *cell;           /* two cells of levels to draw a glyph in */
};

/* How a code point is to be drawn. */
typedef struct Drawing {
        FT_Face face;
        FT_UInt index;
        bool embolden, slant;    /* the face has it not */
        bool fit;                /* from another family: make it fit */
        int width;               /* pixels it may take */
} Drawing;

/* ---- faces ---- */

static void font_close(Font *f) {
        if (f->face)
                FT_Done_Face(f->face);
        if (f->map)
                munmap(f->map, f->size);
        f->face = NULL;
        f->map = NULL;
}

static void font_set_size(Font *f, FT_F26Dot6 em) {
        if (f->face && FT_Set_Char_Size(f->face, em, em, 72, 72) != 0)
                font_close(f);
}

/* NULL if it cannot be used; that is not tried again. */
static FT_Face font_face(Glyphs *g, Font *f) {
        struct stat st;

        if (f->tried)
                return f->face;
        f->tried = true;

        if (fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > GLYPHS_FILE_MAX)
                return NULL;
        f->size = (size_t) st.st_size;
        f->map = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, f->fd, 0);
        if (f->map == MAP_FAILED) {
                f->map = NULL;
                return NULL;
        }
        if (FT_New_Memory_Face(g->library, f->map, (FT_Long) f->size, f->index, &f->face) != 0)
                f->face = NULL;
        if (!f->face || !FT_IS_SCALABLE(f->face))
                font_close(f);
        else
                font_set_size(f, g->em);
        return f->face;
}

static bool drawing_from_role(Glyphs *g, LabgateFontRole role, uint32_t code_point, Drawing *d) {
        for (size_t i = 0; i < g->n_fonts; i++) {
                FT_Face face;

                if (g->fonts[i].role != role)
                        continue;
                face = font_face(g, &g->fonts[i]);
                d->index = face ? FT_Get_Char_Index(face, code_point) : 0;
                if (d->index != 0) {
                        d->face = face;
                        return true;
                }
        }
        return false;
}

/* The styled face, then the regular one with the style put on, then other families. */
static bool find_drawing(Glyphs *g, uint32_t code_point, unsigned style, Drawing *d) {
        static const LabgateFontRole roles[] = {
                LABGATE_FONT_REGULAR, LABGATE_FONT_BOLD, LABGATE_FONT_ITALIC, LABGATE_FONT_BOLD_ITALIC,
        };
        unsigned wanted = style / GLYPHS_BOLD & 3u;

        for (unsigned mask = 4; mask-- > 0;) {
                if ((mask & wanted) != mask || !drawing_from_role(g, roles[mask], code_point, d))
                        continue;
                d->embolden = (wanted & ~mask) & 1u;
                d->slant = (wanted & ~mask) & 2u;
                return true;
        }
        d->embolden = wanted & 1u;
        d->slant = wanted & 2u;
        d->fit = true;
        return drawing_from_role(g, LABGATE_FONT_FALLBACK, code_point, d);
}

/* ---- drawing ---- */

static uint8_t quantize(unsigned coverage) {
        return (uint8_t) ((coverage * (GLYPHS_LEVELS - 1) + 127) / 255);
}

/* Lays a bitmap over what is there, cut to the cell. */
static void lay_bitmap(Glyphs *g, const FT_Bitmap *bitmap, int left, int top, int width) {
        for (int row = 0; row < (int) bitmap->rows; row++) {
                const uint8_t *from = bitmap->buffer + (ptrdiff_t) row * bitmap->pitch;
                int y = top + row;

                if (y < 0 || y >= g->metrics.height)
                        continue;
                for (int x = MAX(left, 0); x < width && x - left < (int) bitmap->width; x++) {
                        uint8_t *to = g->cell + y * width + x, level = quantize(from[x - left]);

                        *to = MAX(*to, level);
                }
        }
}

static void put_style_on(FT_Outline *outline, const Drawing *d, FT_F26Dot6 em) {
        static const FT_Matrix slanted = { 0x10000, 0x3333, 0, 0x10000 };

        if (d->slant)
                FT_Outline_Transform(outline, &slanted);
        if (d->embolden) {
                FT_Pos strength = MAX(em / 28, 16);

                FT_Outline_Embolden(outline, strength);
                FT_Outline_Translate(outline, -strength / 2, -strength / 2);
        }
}

/* Glyphs of other families are shrunk to the cell's width, set into its middle and kept within its height. Answers the
 * shift downwards in pixels. */
static int fit_outline(const Glyphs *g, FT_GlyphSlot slot, const Drawing *d) {
        FT_Pos advance = MAX(slot->metrics.horiAdvance, 1), room = (FT_Pos) d->width * 64;
        int above, below;
        FT_BBox box;

        if (advance > room) {
                FT_Fixed scale = FT_DivFix(room, advance);

                FT_Outline_Transform(&slot->outline, &(FT_Matrix) { scale, 0, 0, scale });
                advance = room;
        }
        FT_Outline_Translate(&slot->outline, (room - advance) / 2, 0);
        FT_Outline_Get_CBox(&slot->outline, &box);
        above = (int) ((box.yMax + 63) >> 6) - g->metrics.baseline;
        below = (int) ((-box.yMin + 63) >> 6) - (g->metrics.height - g->metrics.baseline);
        if (above > 0)
                return below > 0 ? (above - below) / 2 : above;
        return below > 0 ? -below : 0;
}

/* Draws one code point's glyph over the cell; mark: it combines with the one before. */
static bool draw_glyph(Glyphs *g, const Drawing *d, bool mark) {
        FT_GlyphSlot slot;
        int down = 0;

        if (FT_Load_Glyph(d->face, d->index, FT_LOAD_TARGET_LIGHT | FT_LOAD_NO_BITMAP) != 0)
                return false;
        slot = d->face->glyph;
        if (slot->format != FT_GLYPH_FORMAT_OUTLINE)
                return false;

        put_style_on(&slot->outline, d, g->em);
        if (mark && slot->metrics.horiBearingX < -g->em / 8) /* meant to be drawn from behind its base */
                FT_Outline_Translate(&slot->outline, (FT_Pos) d->width * 64, 0);
        else if (d->fit)
                down = fit_outline(g, slot, d);
        if (FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL) != 0)
                return false;
        lay_bitmap(g, &slot->bitmap, slot->bitmap_left, g->metrics.baseline - slot->bitmap_top + down, d->width);
        return true;
}

/* Stands for a character that no face has. */
static void draw_missing(Glyphs *g, int width) {
        int left = width / 8, right = width - left - 1;
        int bottom = MIN(g->metrics.baseline, g->metrics.height - 1), top = bottom - bottom * 2 / 3;

        for (int y = top; y <= bottom; y++)
                for (int x = left; x <= right; x++)
                        if (y == top || y == bottom || x == left || x == right)
                                g->cell[y * width + x] = 10;
}

/* Not drawn where they follow another character: joiners, variation selectors, the second half of an emoji. */
static bool is_silent(uint32_t code_point) {
        return (code_point >= 0x200b && code_point <= 0x200f) || (code_point >= 0xfe00 && code_point <= 0xfe0f) ||
               code_point >= 0x1f000;
}

static void draw_code_points(Glyphs *g, uint32_t key, const uint32_t *code_points, size_t n, int width) {
        if (n > 0 && boxes_draw(code_points[0], width, g->metrics.height, g->cell))
                return;
        for (size_t i = 0; i < n; i++) {
                Drawing d = { .width = width };

                if (i > 0 && is_silent(code_points[i]))
                        continue;
                if (find_drawing(g, code_points[i], key, &d))
                        (void) draw_glyph(g, &d, i > 0);
                else if (i == 0)
                        draw_missing(g, width);
        }
}

/* ---- cache ---- */

/* The smallest picture that holds all of the cell that is not blank. */
static Glyph *crop(const Glyphs *g, uint32_t key, int width) {
        int height = g->metrics.height, left = width, right = 0, top = height, bottom = 0;
        uint16_t levels = 0;
        Glyph *glyph;

        for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) {
                        uint8_t level = g->cell[y * width + x];

                        levels |= (uint16_t) (1u << level);
                        if (level == 0)
                                continue;
                        left = MIN(left, x);
                        right = MAX(right, x + 1);
                        top = MIN(top, y);
                        bottom = y + 1;
                }
        if (right == 0)
                left = top = 0;

        glyph = malloc(sizeof *glyph + (size_t) (right - left) * (size_t) (bottom - top));
        if (!glyph)
                return NULL;
        *glyph = (Glyph) {
                .key = key, .levels = levels, .x = (uint16_t) left, .y = (uint16_t) top,
                .width = (uint16_t) (right - left), .height = (uint16_t) (bottom - top),
        };
        for (int y = top; y < bottom; y++)
                memcpy(glyph->coverage + (y - top) * glyph->width, g->cell + y * width + left, glyph->width);
        return glyph;
}

static Glyph **find_slot(Glyph **slots, size_t n_slots, uint32_t key) {
        size_t i = (key * 0x9e3779b1u) >> 7;

        for (;; i++) {
                Glyph **slot = slots + (i & (n_slots - 1));

                if (!*slot || (*slot)->key == key)
                        return slot;
        }
}

static int grow(Glyphs *g) {
        size_t n = MAX(g->n_slots * 2, SLOTS_MIN);
        Glyph **slots;

        slots = calloc(n, sizeof *slots);
        if (!slots)
                return -ENOMEM;
        for (size_t i = 0; i < g->n_slots; i++)
                if (g->slots[i])
                        *find_slot(slots, n, g->slots[i]->key) = g->slots[i];
        free(g->slots);
        g->slots = slots;
        g->n_slots = n;
        return 0;
}

void glyphs_clear(Glyphs *g) {
        for (size_t i = 0; i < g->n_slots; i++)
                free(g->slots[i]);
        free(g->slots);
        g->slots = NULL;
        g->n_slots = g->n_used = g->bytes = 0;
}

const Glyph *glyphs_get(Glyphs *g, uint32_t key, const uint32_t *code_points, size_t n) {
        int width = key & CELL_WIDE ? 2 * g->metrics.width : g->metrics.width;
        Glyph *glyph;
        size_t size;

        if (g->n_slots > 0) {
                glyph = *find_slot(g->slots, g->n_slots, key);
                if (glyph)
                        return glyph;
        }

        memset(g->cell, 0, (size_t) (width * g->metrics.height));
        draw_code_points(g, key, code_points, n, width);
        glyph = crop(g, key, width);
        if (!glyph)
                return NULL;
        size = sizeof *glyph + (size_t) glyph->width * glyph->height;
        if (g->bytes + size > GLYPHS_BYTES_MAX)
                glyphs_clear(g);
        if ((g->n_used + 1) * 2 > g->n_slots && grow(g) < 0) {
                free(glyph);
                return NULL;
        }
        *find_slot(g->slots, g->n_slots, key) = glyph;
        g->n_used++;
        g->bytes += size;
        return glyph;
}

/* ---- life ---- */

const GlyphsMetrics *glyphs_metrics(const Glyphs *g) {
        return &g->metrics;
}

/* An em in 1/64 pixels. */
static FT_F26Dot6 em_size(int64_t points, int dpi) {
        int64_t size = CLAMP(points, INT64_C(1), INT64_C(1024)) * 64 * CLAMP(dpi, 1, 4096) / 72;

        return (FT_F26Dot6) CLAMP(size, INT64_C(64) * GLYPHS_PIXELS_MIN, INT64_C(64) * GLYPHS_PIXELS_MAX);
}

/* A face is measured by its digits: what it says about itself is about its widest glyph. */
static int measure(FT_Face face, FT_F26Dot6 em, GlyphsMetrics *ret) {
        const FT_Size_Metrics *size = &face->size->metrics;
        int line = (int) (em * 3 / 50 + 32) >> 6;
        GlyphsMetrics m = {};

        if (FT_Load_Char(face, '0', FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) != 0)
                return -ENOENT;
        m.width = (int) (face->glyph->advance.x + 32) >> 6;
        m.baseline = (int) (size->ascender + 63) >> 6;
        m.height = m.baseline + ((int) (-size->descender + 63) >> 6);
        if (m.width < 1 || m.height < 2 || m.width > 2 * GLYPHS_PIXELS_MAX || m.height > 4 * GLYPHS_PIXELS_MAX)
                return -ENOENT;

        m.thickness = MAX(line, 1);
        m.underline = MIN(m.baseline + MAX((m.height - m.baseline) / 3, 1), m.height - m.thickness);
        m.strike = MAX(m.baseline - (int) (em * 3 / 10 >> 6), 0);
        *ret = m;
        return 0;
}

int glyphs_set_size(Glyphs *g, int64_t points, int dpi) {
        _cleanup_free_ uint8_t *cell = NULL;
        FT_F26Dot6 em = em_size(points, dpi);
        FT_Face regular = NULL;
        GlyphsMetrics m;
        int r;

        g->em = em;
        for (size_t i = 0; i < g->n_fonts; i++) {
                font_set_size(&g->fonts[i], em);
                if (!regular && g->fonts[i].role == LABGATE_FONT_REGULAR)
                        regular = font_face(g, &g->fonts[i]);
        }
        if (!regular)
                return -ENOENT;
        r = measure(regular, em, &m);
        if (r < 0)
                return r;
        cell = malloc((size_t) (2 * m.width * m.height));
        if (!cell)
                return -ENOMEM;

        glyphs_clear(g);
        free(g->cell);
        g->cell = TAKE_PTR(cell);
        g->metrics = m;
        return 0;
}

Glyphs *glyphs_free(Glyphs *g) {
        if (!g)
                return NULL;
        glyphs_clear(g);
        for (size_t i = 0; i < g->n_fonts; i++)
                font_close(&g->fonts[i]);
        FT_Done_FreeType(g->library);
        free(g->cell);
        free(g);
        return NULL;
}

DEFINE_CLEANUP(Glyphs *, glyphs_free)

int glyphs_new(Glyphs **ret, const LabgateFont *fonts, size_t n_fonts, int64_t points, int dpi) {
        _cleanup_(glyphs_freep) Glyphs *g = NULL;
        int r;

        g = calloc(1, sizeof *g);
        if (!g)
                return -ENOMEM;
        if (FT_Init_FreeType(&g->library) != 0)
                return -ENOMEM;
        g->n_fonts = MIN(n_fonts, (size_t) LABGATE_FONTS_MAX);
        for (size_t i = 0; i < g->n_fonts; i++)
                g->fonts[i] = (Font) { .role = fonts[i].role, .fd = fonts[i].fd, .index = fonts[i].index };
        r = glyphs_set_size(g, points, dpi);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(g);
        return 0;
}
