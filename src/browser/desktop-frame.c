/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "../base/cleanup.h"
#include "desktop-frame.h"
#include "shadow.h"

#define LAYER 0
#define OVER 14 /* composite mask of opaque pictures */

/* A picture of its own costs about as many bytes, and time to decode, as this many more pixels of text. */
#define DESKTOP_FRAME_IMAGE_COST 5000

struct DesktopFrame {
        Shadow shadow;
        bool is_open, resized;
        CanvasMove moves[CANVAS_MOVES_MAX];
        unsigned n_moves;
        int32_t next; /* no tile before it lacks anything */
};

int desktop_frame_new(DesktopFrame **ret) {
        DesktopFrame *f = calloc(1, sizeof *f);

        if (!f)
                return -ENOMEM;
        *ret = f;
        return 0;
}

DesktopFrame *desktop_frame_free(DesktopFrame *f) {
        if (!f)
                return NULL;
        shadow_done(&f->shadow);
        free(f);
        return NULL;
}

bool desktop_frame_is_open(const DesktopFrame *f) {
        return f->is_open;
}

/* ---- capture ---- */

static void take_moves(DesktopFrame *f, Canvas *canvas, uint64_t now) {
        canvas_forget_useless_moves(canvas);
        for (unsigned i = 0; i < canvas->n_moves; i++) {
                const CanvasMove *m = &canvas->moves[i];

                shadow_move(&f->shadow, m->source, m->dx, m->dy, now);
                f->moves[f->n_moves++] = *m;
        }
}

static void compare_damage(DesktopFrame *f, Canvas *canvas, const LabgateTile *picture) {
        int n;
        const pixman_box32_t *b = pixman_region32_rectangles(&canvas->damage, &n);

        for (int i = 0; i < n; i++)
                shadow_compare(&f->shadow, picture,
                               (LabgateRect) { b[i].x1, b[i].y1, b[i].x2 - b[i].x1, b[i].y2 - b[i].y1 });
}

static bool is_picture(const LabgateTile *picture, int32_t width) {
        return picture->format == LABGATE_PIXELS_XRGB32 && picture->pixels &&
               picture->stride >= (size_t) width * sizeof(uint32_t);
}

int desktop_frame_capture(DesktopFrame *f, Canvas *canvas, const LabgateTile *picture, uint64_t now) {
        uint64_t n_missing;

        if (!is_picture(picture, canvas->width))
                return -EINVAL;
        if (canvas->resized || f->shadow.width != canvas->width || f->shadow.height != canvas->height) {
                int r = shadow_set_size(&f->shadow, canvas->width, canvas->height);

                if (r < 0)
                        return r;
                f->resized = true;
        }
        take_moves(f, canvas, now);
        compare_damage(f, canvas, picture);
        n_missing = shadow_copy(&f->shadow, picture, now);
        canvas_clean(canvas);
        f->next = 0;
        f->is_open = f->resized || f->n_moves > 0 || n_missing > 0;
        return f->is_open;
}

/* ---- writing ---- */

static int64_t area_of(LabgateRect r) {
        return (int64_t) r.width * r.height;
}

static LabgateRect hull(LabgateRect a, LabgateRect b) {
        int32_t x = MIN(a.x, b.x), y = MIN(a.y, b.y);

        return (LabgateRect) { x, y, MAX(a.x + a.width, b.x + b.width) - x, MAX(a.y + a.height, b.y + b.height) - y };
}

static LabgateRect missing(const ShadowTile *t) {
        return (LabgateRect) { t->left, t->top, t->right - t->left, t->bottom - t->top };
}

/* Tiles that go into one picture: columns from..to of the rows that were looked at so far. */
typedef struct Group {
        int32_t from, to, first_row, end_row;
        LabgateRect area;
        int64_t n_missing; /* pixels */
} Group;

/* Whether one picture of both is better than two. */
static bool join(Group *g, LabgateRect more, int64_t n_more) {
        LabgateRect both = hull(g->area, more);

        if (area_of(both) > IMAGE_PIXELS_MAX || area_of(both) - g->n_missing - n_more > DESKTOP_FRAME_IMAGE_COST)
                return false;
        g->area = both;
        g->n_missing += n_more;
        return true;
}

static const ShadowTile *tile_at(const Shadow *s, int32_t column, int32_t row) {
        return &s->tiles[row * s->columns + column];
}

/* The group's columns of one more row, if all of them lack something. */
static bool join_row(const Shadow *s, Group *g, int32_t row) {
        LabgateRect area = {};
        int64_t n = 0;

        for (int32_t column = g->from; column <= g->to; column++) {
                const ShadowTile *t = tile_at(s, column, row);

                if (!shadow_is_missing(t))
                        return false;
                area = column == g->from ? missing(t) : hull(area, missing(t));
                n += area_of(missing(t));
        }
        return join(g, area, n);
}

static Group find_group(const Shadow *s, int32_t first) {
        int32_t column = first % s->columns, row = first / s->columns;
        LabgateRect area = missing(&s->tiles[first]);
        Group g = { column, column, row, row + 1, area, area_of(area) };

        while (g.to + 1 < s->columns) {
                const ShadowTile *t = tile_at(s, g.to + 1, row);

                if (!shadow_is_missing(t) || !join(&g, missing(t), area_of(missing(t))))
                        break;
                g.to++;
        }
        while (g.end_row < s->rows && join_row(s, &g, g.end_row))
                g.end_row++;
        return g;
}

static void forget_group(Shadow *s, const Group *g) {
        for (int32_t row = g->first_row; row < g->end_row; row++)
                for (int32_t column = g->from; column <= g->to; column++)
                        s->tiles[row * s->columns + column].right = s->tiles[row * s->columns + column].left;
}

static int draw_exact(DesktopFrame *f, Image *image, InstructionWriter *w, LabgateRect area) {
        const LabgateTile tile = {
                .format = LABGATE_PIXELS_XRGB32,
                .pixels = shadow_row(&f->shadow, area.x, area.y),
                .stride = (size_t) f->shadow.width * sizeof(uint32_t),
        };

        shadow_set_exact(&f->shadow, area);
        return image_draw(image, w, &tile, area);
}

static void find_next(DesktopFrame *f) {
        while (f->next < f->shadow.columns * f->shadow.rows && !shadow_is_missing(&f->shadow.tiles[f->next]))
                f->next++;
}

/* The page keeps what overlaps, and what else it shows is nobody's promise: all of it is black. */
static void write_size(DesktopFrame *f, InstructionWriter *w) {
        if (!f->resized)
                return;
        instruction_integers(w, "size", LAYER, f->shadow.width, f->shadow.height);
        instruction_integers(w, "rect", LAYER, 0, 0, f->shadow.width, f->shadow.height);
        instruction_integers(w, "cfill", OVER, LAYER, 0, 0, 0, 255);
        f->resized = false;
}

static void write_moves(DesktopFrame *f, InstructionWriter *w) {
        for (unsigned i = 0; i < f->n_moves; i++) {
                const CanvasMove *m = &f->moves[i];

                instruction_integers(w, "copy", LAYER, m->source.x, m->source.y, m->source.width, m->source.height,
                                     OVER, LAYER, m->source.x + m->dx, m->source.y + m->dy);
        }
        f->n_moves = 0;
}

static int write_portion(DesktopFrame *f, Image *image, InstructionWriter *w, uint64_t timestamp) {
        int r;

        write_size(f, w);
        write_moves(f, w);
        find_next(f);
        if (f->next < f->shadow.columns * f->shadow.rows) {
                Group g = find_group(&f->shadow, f->next);

                forget_group(&f->shadow, &g);
                r = draw_exact(f, image, w, g.area);
                if (r < 0)
                        return r;
                find_next(f);
        }
        if (f->next < f->shadow.columns * f->shadow.rows)
                return w->error < 0 ? w->error : 1;
        instruction_begin(w, "sync");
        instruction_integer(w, (int64_t) timestamp);
        instruction_integer(w, 1);
        instruction_end(w);
        f->is_open = false;
        return w->error;
}

int desktop_frame_write(DesktopFrame *f, Image *image, WebSocket *ws, uint64_t timestamp) {
        InstructionWriter w = { .out = websocket_begin(ws) };
        int r, more;

        if (!w.out)
                return websocket_is_closing(ws) ? -EPIPE : -ENOBUFS;
        more = write_portion(f, image, &w, timestamp);
        if (more < 0) {
                websocket_cancel(ws);
                return more;
        }
        r = websocket_end(ws);
        return r < 0 ? r : more;
}
