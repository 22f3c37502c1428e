/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>

#include "../base/cleanup.h"
#include "desktop-frame.h"
#include "motion.h"
#include "shadow.h"
#include "texture.h"

#define LAYER 0
#define OVER 14 /* composite mask of opaque pictures */

/* A picture of its own costs about as many bytes, and time to decode, as this many more pixels of text. */
#define DESKTOP_FRAME_IMAGE_COST 5000

/* From which grain on a PNG costs more than it is worth, for what stands and for what keeps changing. Text has 5 to 15,
 * a photograph more than 60. */
#define DESKTOP_FRAME_GRAIN 45
#define DESKTOP_FRAME_GRAIN_HOT 20
#define DESKTOP_FRAME_HOT 4 /* changes in a row */

/* With less grain than that a picture with loss has edges that need colours of their own. */
#define DESKTOP_FRAME_GRAIN_FINE 50

/* Below that a JPEG is mostly its tables. */
#define DESKTOP_FRAME_LOSSY_MIN 2048

/* Moves that nobody told: looked for where so many pixels changed, so many of them in one frame. After a look that
 * found none some frames go without, twice as many each time. */
#define DESKTOP_FRAME_FOUND_MAX 3
#define DESKTOP_FRAME_MOTION_MIN 4096
#define DESKTOP_FRAME_MOTION_PAUSE_MAX 8u

struct DesktopFrame {
        Shadow shadow;
        Motion *motion;
        unsigned motion_pause, motion_misses;
        bool is_open, resized, is_judged;
        uint64_t now;
        CanvasMove moves[CANVAS_MOVES_MAX + DESKTOP_FRAME_FOUND_MAX];
        unsigned n_moves;
        int32_t next; /* no tile before it lacks anything */
};

int desktop_frame_new(DesktopFrame **ret) {
        _cleanup_(desktop_frame_freep) DesktopFrame *f = calloc(1, sizeof *f);
        int r;

        if (!f)
                return -ENOMEM;
        r = motion_new(&f->motion);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

DesktopFrame *desktop_frame_free(DesktopFrame *f) {
        if (!f)
                return NULL;
        shadow_done(&f->shadow);
        motion_free(f->motion);
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

static uint64_t n_missing(const Shadow *s) {
        uint64_t n = 0;

        for (int32_t i = 0; i < s->columns * s->rows; i++) {
                const ShadowTile *t = &s->tiles[i];

                n += (uint64_t) (t->right - t->left) * (uint64_t) (t->bottom - t->top);
        }
        return n;
}

static void find_moves(DesktopFrame *f, const LabgateTile *picture, uint64_t now) {
        for (unsigned i = 0; i < DESKTOP_FRAME_FOUND_MAX; i++) {
                CanvasMove m;

                if (n_missing(&f->shadow) < DESKTOP_FRAME_MOTION_MIN ||
                    !motion_find(f->motion, &f->shadow, picture, &m)) {
                        f->motion_misses = i > 0 ? 0 : MIN(f->motion_misses * 2 + 1, DESKTOP_FRAME_MOTION_PAUSE_MAX);
                        f->motion_pause = f->motion_misses;
                        return;
                }
                shadow_move(&f->shadow, m.source, m.dx, m.dy, now);
                shadow_compare_again(&f->shadow, picture, (LabgateRect) { m.source.x + m.dx, m.source.y + m.dy,
                                                                          m.source.width, m.source.height });
                f->moves[f->n_moves++] = m;
        }
}

static void look_for_moves(DesktopFrame *f, const LabgateTile *picture, uint64_t now) {
        if (f->resized || n_missing(&f->shadow) < DESKTOP_FRAME_MOTION_MIN)
                return;
        if (f->motion_pause > 0)
                f->motion_pause--;
        else
                find_moves(f, picture, now);
}

static bool is_picture(const LabgateTile *picture, int32_t width) {
        return picture->format == LABGATE_PIXELS_XRGB32 && picture->pixels &&
               picture->stride >= (size_t) width * sizeof(uint32_t);
}

int desktop_frame_capture(DesktopFrame *f, Canvas *canvas, const LabgateTile *picture, uint64_t now) {
        uint64_t n;

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
        look_for_moves(f, picture, now);
        n = shadow_copy(&f->shadow, picture, now);
        canvas_clean(canvas);
        f->next = 0;
        f->now = now;
        f->is_judged = false;
        f->is_open = f->resized || f->n_moves > 0 || n > 0;
        return f->is_open;
}

uint64_t desktop_frame_mend_due(const DesktopFrame *f) {
        const Shadow *s = &f->shadow;
        uint64_t first = UINT64_MAX;

        for (int32_t i = 0; s->n_lossy > 0 && i < s->columns * s->rows; i++)
                if (s->tiles[i].lossy)
                        first = MIN(first, s->tiles[i].blurred + DESKTOP_FRAME_QUIET_USEC);
        return first;
}

void desktop_frame_mend(DesktopFrame *f, int32_t pixels, uint64_t now) {
        if (desktop_frame_mend_due(f) > now)
                return;
        shadow_mend(&f->shadow, now - DESKTOP_FRAME_QUIET_USEC, pixels);
        f->next = 0;
        f->now = now;
        f->is_open = true;
}

/* ---- how ---- */

static void judge_tile(const Shadow *s, ShadowTile *t) {
        LabgateRect area = { t->left, t->top, t->right - t->left, t->bottom - t->top };
        Texture texture = texture_of(shadow_row(s, area.x, area.y), (size_t) s->width * sizeof *s->pixels, area);
        int most = t->heat >= DESKTOP_FRAME_HOT ? DESKTOP_FRAME_GRAIN_HOT : DESKTOP_FRAME_GRAIN;

        t->grain = (uint8_t) texture.grain;
        t->coding = texture.grain < most || texture.few_colours ? SHADOW_EXACT : SHADOW_LOSSY;
}

static void judge(DesktopFrame *f) {
        const Shadow *s = &f->shadow;

        for (int32_t i = 0; i < s->columns * s->rows; i++)
                if (shadow_is_missing(&s->tiles[i]) && s->tiles[i].coding != SHADOW_MENDING)
                        judge_tile(s, &s->tiles[i]);
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
        ShadowCoding coding;
        int32_t from, to, first_row, end_row;
        LabgateRect area;
        int64_t n_missing; /* pixels */
        int64_t grain;     /* of all of them */
        unsigned heat;
} Group;

static const ShadowTile *tile_at(const Shadow *s, int32_t column, int32_t row) {
        return &s->tiles[row * s->columns + column];
}

static Group group_of(const Shadow *s, int32_t column, int32_t row) {
        const ShadowTile *t = tile_at(s, column, row);
        LabgateRect area = missing(t);

        return (Group) { t->coding, column, column, row, row + 1, area,
                         area_of(area), area_of(area) * t->grain, t->heat };
}

/* Makes one group of two if one picture is better than two. */
static bool join(Group *g, const Group *more) {
        LabgateRect both = hull(g->area, more->area);
        int64_t most = g->coding == SHADOW_LOSSY ? IMAGE_LOSSY_PIXELS_MAX : IMAGE_PIXELS_MAX;

        if (area_of(both) > most || area_of(both) - g->n_missing - more->n_missing > DESKTOP_FRAME_IMAGE_COST)
                return false;
        *g = (Group) { g->coding, g->from, MAX(g->to, more->to), g->first_row, MAX(g->end_row, more->end_row), both,
                       g->n_missing + more->n_missing, g->grain + more->grain, MAX(g->heat, more->heat) };
        return true;
}

static bool belongs(const Shadow *s, const Group *g, int32_t column, int32_t row) {
        const ShadowTile *t = tile_at(s, column, row);

        return shadow_is_missing(t) && t->coding == g->coding;
}

/* The group's columns of one more row, if all of them belong to it. */
static bool join_row(const Shadow *s, Group *g) {
        int32_t row = g->end_row;
        Group more;

        if (row == s->rows || !belongs(s, g, g->from, row))
                return false;
        more = group_of(s, g->from, row);
        for (int32_t column = g->from + 1; column <= g->to; column++) {
                Group one;

                if (!belongs(s, g, column, row))
                        return false;
                one = group_of(s, column, row);
                if (!join(&more, &one))
                        return false;
        }
        return join(g, &more);
}

/* From the first tile that lacks something to the right, then down. */
static Group find_group(const Shadow *s, int32_t first) {
        Group g = group_of(s, first % s->columns, first / s->columns);

        while (g.to + 1 < s->columns && belongs(s, &g, g.to + 1, g.first_row)) {
                Group one = group_of(s, g.to + 1, g.first_row);

                if (!join(&g, &one))
                        break;
        }
        while (join_row(s, &g))
                continue;
        return g;
}

static void forget_group(Shadow *s, const Group *g) {
        for (int32_t row = g->first_row; row < g->end_row; row++)
                for (int32_t column = g->from; column <= g->to; column++) {
                        ShadowTile *t = &s->tiles[row * s->columns + column];

                        t->left = t->right = 0;
                        t->coding = SHADOW_EXACT;
                }
}

static bool is_lossy(const Group *g, const DesktopFrameStyle *style) {
        return g->coding == SHADOW_LOSSY && style->quality > 0 &&
               (area_of(g->area) >= DESKTOP_FRAME_LOSSY_MIN || g->heat >= DESKTOP_FRAME_HOT);
}

static int draw(DesktopFrame *f, Image *image, InstructionWriter *w, const DesktopFrameStyle *style, const Group *g) {
        const LabgateTile tile = {
                .format = LABGATE_PIXELS_XRGB32,
                .pixels = shadow_row(&f->shadow, g->area.x, g->area.y),
                .stride = (size_t) f->shadow.width * sizeof(uint32_t),
        };

        if (is_lossy(g, style)) {
                ImageLoss loss = { style->quality, g->grain / g->n_missing < DESKTOP_FRAME_GRAIN_FINE };

                shadow_set_lossy(&f->shadow, g->area, f->now);
                return image_draw_lossy(image, w, &tile, g->area, loss);
        }
        shadow_set_exact(&f->shadow, g->area);
        return image_draw(image, w, &tile, g->area);
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

static void write_sync(InstructionWriter *w, uint64_t timestamp) {
        instruction_begin(w, "sync");
        instruction_integer(w, (int64_t) timestamp);
        instruction_integer(w, 1);
        instruction_end(w);
}

static int write_portion(DesktopFrame *f, Image *image, InstructionWriter *w, const DesktopFrameStyle *style) {
        int r;

        if (!f->is_judged)
                judge(f);
        f->is_judged = true;
        write_size(f, w);
        write_moves(f, w);
        find_next(f);
        if (f->next < f->shadow.columns * f->shadow.rows) {
                Group g = find_group(&f->shadow, f->next);

                forget_group(&f->shadow, &g);
                r = draw(f, image, w, style, &g);
                if (r < 0)
                        return r;
                find_next(f);
        }
        if (f->next < f->shadow.columns * f->shadow.rows)
                return w->error < 0 ? w->error : 1;
        write_sync(w, style->timestamp);
        f->is_open = false;
        return w->error;
}

int desktop_frame_write(DesktopFrame *f, Image *image, WebSocket *ws, const DesktopFrameStyle *style) {
        InstructionWriter w = { .out = websocket_begin(ws) };
        int r, more;

        if (!w.out)
                return websocket_is_closing(ws) ? -EPIPE : -ENOBUFS;
        more = write_portion(f, image, &w, style);
        if (more < 0) {
                websocket_cancel(ws);
                return more;
        }
        r = websocket_end(ws);
        return r < 0 ? r : more;
}

int desktop_frame_write_probe(WebSocket *ws, uint64_t timestamp) {
        InstructionWriter w = { .out = websocket_begin(ws) };

        if (!w.out)
                return websocket_is_closing(ws) ? -EPIPE : -ENOBUFS;
        write_sync(&w, timestamp);
        if (w.error < 0) {
                websocket_cancel(ws);
                return w.error;
        }
        return websocket_end(ws);
}
