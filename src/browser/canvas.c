/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "../base/cleanup.h"
#include "canvas.h"

typedef pixman_region32_t Region;

/* Two moves become one if that makes at most this part of the moved pixels damaged that were not. */
#define CANVAS_MERGE_WASTE 4

static void region_donep(Region *r) {
        pixman_region32_fini(r);
}

#define _cleanup_region_ _cleanup_(region_donep)

static void damage_everything(Canvas *c) {
        pixman_region32_fini(&c->damage);
        pixman_region32_init_rect(&c->damage, 0, 0, (unsigned) c->width, (unsigned) c->height);
        c->n_moves = 0;
}

void canvas_init(Canvas *c) {
        *c = (Canvas) {};
        pixman_region32_init(&c->damage);
}

void canvas_done(Canvas *c) {
        pixman_region32_fini(&c->damage);
}

int canvas_set_size(Canvas *c, int32_t width, int32_t height) {
        if (width < 1 || height < 1 || width > LABGATE_SIDE_MAX || height > LABGATE_SIDE_MAX ||
            (uint32_t) width * (uint32_t) height > LABGATE_PIXELS_MAX)
                return -ERANGE;
        c->resized = c->resized || width != c->width || height != c->height;
        c->width = width;
        c->height = height;
        damage_everything(c);
        return 0;
}

/* What a and b share; all zero if that is nothing. Any numbers, of a plugin's too. */
static LabgateRect intersection(LabgateRect a, LabgateRect b) {
        int64_t x = MAX(a.x, b.x), y = MAX(a.y, b.y);
        int64_t right = MIN((int64_t) a.x + a.width, (int64_t) b.x + b.width);
        int64_t bottom = MIN((int64_t) a.y + a.height, (int64_t) b.y + b.height);

        if (a.width <= 0 || a.height <= 0 || right <= x || bottom <= y)
                return (LabgateRect) {};
        return (LabgateRect) { (int32_t) x, (int32_t) y, (int32_t) (right - x), (int32_t) (bottom - y) };
}

static LabgateRect clip(const Canvas *c, LabgateRect r) {
        return intersection(r, (LabgateRect) { 0, 0, c->width, c->height });
}

static void region_of(Region *ret, LabgateRect r) {
        pixman_region32_init_rect(ret, r.x, r.y, (unsigned) r.width, (unsigned) r.height);
}

static uint64_t region_area(const Region *r) {
        uint64_t area = 0;
        int n;
        const pixman_box32_t *b = pixman_region32_rectangles((Region *) (uintptr_t) r, &n);

        for (int i = 0; i < n; i++)
                area += (uint64_t) (b[i].x2 - b[i].x1) * (uint64_t) (b[i].y2 - b[i].y1);
        return area;
}

static bool region_within(LabgateRect r, const Region *outer) {
        pixman_box32_t box = { r.x, r.y, r.x + r.width, r.y + r.height };

        return pixman_region32_contains_rectangle(outer, &box) == PIXMAN_REGION_IN;
}

/* One rectangle per band of rows, or one at all. */
static void simplify(Canvas *c) {
        pixman_box32_t joined[CANVAS_DAMAGE_MAX], *extents;
        int n, n_joined = 0;
        const pixman_box32_t *b = pixman_region32_rectangles(&c->damage, &n);
        Region simple;

        if (n <= CANVAS_DAMAGE_MAX)
                return;
        for (int i = 0; i < n; i++) {
                if (n_joined > 0 && joined[n_joined - 1].y1 == b[i].y1)
                        joined[n_joined - 1].x2 = b[i].x2;
                else if (n_joined < CANVAS_DAMAGE_MAX)
                        joined[n_joined++] = b[i];
                else {
                        extents = pixman_region32_extents(&c->damage);
                        joined[0] = *extents;
                        n_joined = 1;
                        break;
                }
        }
        if (!pixman_region32_init_rects(&simple, joined, n_joined)) {
                damage_everything(c);
                return;
        }
        pixman_region32_fini(&c->damage);
        c->damage = simple;
}

static void damage_region(Canvas *c, const Region *r) {
        /* Without memory pixman leaves a broken region; the whole picture needs none. */
        if (!pixman_region32_union(&c->damage, &c->damage, r))
                damage_everything(c);
        else
                simplify(c);
}

void canvas_damage(Canvas *c, LabgateRect area) {
        LabgateRect r = clip(c, area);
        _cleanup_region_ Region region;

        region_of(&region, r);
        if (r.width > 0)
                damage_region(c, &region);
}

static LabgateRect shifted(LabgateRect r, int32_t dx, int32_t dy) {
        return (LabgateRect) { r.x + dx, r.y + dy, r.width, r.height };
}

static LabgateRect target(const CanvasMove *m) {
        return shifted(m->source, m->dx, m->dy);
}

/* damage = damage outside the target, and the source's damage where it now stands. */
static bool translate_damage(Canvas *c, const CanvasMove *m) {
        _cleanup_region_ Region source, destination;
        bool ok;

        region_of(&source, m->source);
        region_of(&destination, target(m));
        ok = pixman_region32_intersect(&source, &source, &c->damage);
        pixman_region32_translate(&source, m->dx, m->dy);
        return pixman_region32_subtract(&c->damage, &c->damage, &destination) && ok &&
               pixman_region32_union(&c->damage, &c->damage, &source);
}

/* Makes one move of the last one and m, which follows it. What came twice as far is moved in one go; what only one of
 * them moved has to be damaged. */
static bool merge(Canvas *c, const CanvasMove *m) {
        CanvasMove *last = &c->moves[c->n_moves - 1], both;
        LabgateRect twice = intersection(m->source, target(last)), moved = shifted(twice, m->dx, m->dy);
        _cleanup_region_ Region once, second, rest;

        region_of(&once, target(last));
        region_of(&second, target(m));
        region_of(&rest, moved);
        if (!pixman_region32_union(&once, &once, &second) || !pixman_region32_subtract(&once, &once, &rest) ||
            !pixman_region32_subtract(&rest, &once, &c->damage))
                return false;
        if (region_area(&rest) * CANVAS_MERGE_WASTE > (uint64_t) moved.width * (uint64_t) moved.height)
                return false;
        both = (CanvasMove) { shifted(twice, -last->dx, -last->dy), last->dx + m->dx, last->dy + m->dy };
        *last = both;
        if (twice.width == 0 || (both.dx == 0 && both.dy == 0))
                c->n_moves--;
        damage_region(c, &once);
        return true;
}

static void drop_moves(Canvas *c) {
        unsigned n = c->n_moves;

        c->n_moves = 0;
        for (unsigned i = 0; i < n; i++)
                canvas_damage(c, target(&c->moves[i]));
}

static void add_move(Canvas *c, const CanvasMove *m) {
        if (!translate_damage(c, m)) {
                damage_everything(c);
                return;
        }
        simplify(c);
        if (region_within(target(m), &c->damage))
                return;
        if (c->n_moves > 0 && merge(c, m))
                return;
        if (c->n_moves == CANVAS_MOVES_MAX) {
                drop_moves(c);
                canvas_damage(c, target(m));
                return;
        }
        c->moves[c->n_moves++] = *m;
}

void canvas_move(Canvas *c, LabgateRect source, int32_t dx, int32_t dy) {
        LabgateRect inside = clip(c, source), whole, seen;
        CanvasMove m;

        if ((dx == 0 && dy == 0) || inside.width == 0)
                return;
        /* Farther than the picture is wide it goes nowhere. */
        if (dx <= -c->width || dx >= c->width || dy <= -c->height || dy >= c->height)
                return;
        whole = clip(c, shifted(inside, dx, dy));
        seen = shifted(whole, -dx, -dy);
        if (whole.width == 0)
                return;
        m = (CanvasMove) { seen, dx, dy };
        add_move(c, &m);
}

bool canvas_is_dirty(const Canvas *c) {
        return c->resized || c->n_moves > 0 || pixman_region32_not_empty((Region *) (uintptr_t) &c->damage);
}

void canvas_forget_useless_moves(Canvas *c) {
        while (c->n_moves > 0 && region_within(target(&c->moves[c->n_moves - 1]), &c->damage))
                c->n_moves--;
}

void canvas_clean(Canvas *c) {
        pixman_region32_fini(&c->damage);
        pixman_region32_init(&c->damage);
        c->n_moves = 0;
        c->resized = false;
}
