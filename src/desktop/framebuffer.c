/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Draws nothing but moves and asks nobody: the lock is short, and fair in one sense: a worker that draws without a
 * pause does not keep the loop out. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "framebuffer.h"

void framebuffer_init(Framebuffer *f) {
        *f = (Framebuffer) {};
        pthread_mutex_init(&f->next, NULL);
        pthread_mutex_init(&f->pixels, NULL);
}

void framebuffer_done(Framebuffer *f) {
        if (f->shown.pixels != f->worker.pixels)
                free(f->shown.pixels);
        free(f->worker.pixels);
        f->shown = f->worker = (BridgePicture) {};
        pthread_mutex_destroy(&f->pixels);
        pthread_mutex_destroy(&f->next);
}

void framebuffer_lock(Framebuffer *f) {
        pthread_mutex_lock(&f->next);
        pthread_mutex_lock(&f->pixels);
        pthread_mutex_unlock(&f->next);
}

void framebuffer_unlock(Framebuffer *f) {
        pthread_mutex_unlock(&f->pixels);
}

static bool size_is_shown(int32_t width, int32_t height) {
        return width > 0 && height > 0 && width <= LABGATE_SIDE_MAX && height <= LABGATE_SIDE_MAX &&
               (uint32_t) width * (uint32_t) height <= LABGATE_PIXELS_MAX;
}

int framebuffer_set_size(Framebuffer *f, int32_t width, int32_t height) {
        uint32_t *pixels, *old = NULL;

        if (!size_is_shown(width, height))
                return -ERANGE;
        framebuffer_lock(f);
        /* Never three of them at once. */
        if (f->worker.pixels != f->shown.pixels)
                old = f->worker.pixels;
        f->worker = (BridgePicture) {};
        f->n_changes = 0;
        framebuffer_unlock(f);
        free(old);

        pixels = calloc((size_t) width * (size_t) height, sizeof *pixels);
        if (!pixels)
                return -ENOMEM;
        framebuffer_lock(f);
        f->worker = (BridgePicture) { pixels, width, height, (size_t) width * sizeof *pixels };
        framebuffer_unlock(f);
        return 0;
}

bool framebuffer_adopt(Framebuffer *f) {
        uint32_t *old = NULL;
        bool is_new;

        framebuffer_lock(f);
        is_new = f->worker.pixels && f->worker.pixels != f->shown.pixels;
        if (is_new) {
                old = f->shown.pixels;
                f->shown = f->worker;
        }
        framebuffer_unlock(f);
        free(old);
        return is_new;
}

/* ---- changes ---- */

static LabgateRect clip(const Framebuffer *f, LabgateRect a) {
        int64_t left = MAX(a.x, 0), top = MAX(a.y, 0);
        int64_t right = MIN((int64_t) a.x + a.width, (int64_t) f->worker.width);
        int64_t bottom = MIN((int64_t) a.y + a.height, (int64_t) f->worker.height);

        if (right <= left || bottom <= top)
                return (LabgateRect) {};
        return (LabgateRect) { (int32_t) left, (int32_t) top, (int32_t) (right - left), (int32_t) (bottom - top) };
}

static LabgateRect join(LabgateRect a, LabgateRect b) {
        int32_t x = MIN(a.x, b.x), y = MIN(a.y, b.y);

        return (LabgateRect) { x, y, MAX(a.x + a.width, b.x + b.width) - x, MAX(a.y + a.height, b.y + b.height) - y };
}

static int64_t pixels_of(LabgateRect a) {
        return (int64_t) a.width * a.height;
}

/* Together they make no more than they do apart: rows of tiles become one area, then one with the rows above. */
static bool try_join(Framebuffer *f) {
        FramebufferChange *last = &f->changes[f->n_changes - 1], *before = last - 1;
        LabgateRect both;

        if (f->n_changes < 2 || last->is_move || before->is_move)
                return false;
        both = join(last->area, before->area);
        if (pixels_of(both) > pixels_of(last->area) + pixels_of(before->area))
                return false;
        before->area = both;
        f->n_changes--;
        return true;
}

static void add(Framebuffer *f, FramebufferChange change) {
        if (f->n_changes == BRIDGE_DAMAGE_MAX) {
                change = (FramebufferChange) { .area = { 0, 0, f->worker.width, f->worker.height } };
                f->n_changes = 0;
        }
        f->changes[f->n_changes++] = change;
        while (try_join(f))
                ;
}

void framebuffer_damage(Framebuffer *f, LabgateRect area) {
        area = clip(f, area);
        if (area.width > 0)
                add(f, (FramebufferChange) { .area = area });
}

static void copy_rows(const BridgePicture *p, LabgateRect s, int32_t dx, int32_t dy) {
        int32_t step = dy > 0 ? -1 : 1, row = dy > 0 ? s.height - 1 : 0;

        for (int32_t i = 0; i < s.height; i++, row += step) {
                const uint32_t *from = p->pixels + (size_t) (s.y + row) * (size_t) p->width + (size_t) s.x;
                uint32_t *to = p->pixels + (size_t) (s.y + row + dy) * (size_t) p->width + (size_t) (s.x + dx);

                memmove(to, from, (size_t) s.width * sizeof *to);
        }
}

void framebuffer_move(Framebuffer *f, LabgateRect source, int32_t dx, int32_t dy) {
        LabgateRect target;

        if (dx < -LABGATE_SIDE_MAX || dx > LABGATE_SIDE_MAX || dy < -LABGATE_SIDE_MAX || dy > LABGATE_SIDE_MAX)
                return;
        source = clip(f, source);
        target = clip(f, (LabgateRect) { source.x + dx, source.y + dy, source.width, source.height });
        if (source.width == 0 || target.width == 0 || (dx == 0 && dy == 0))
                return;
        source = (LabgateRect) { target.x - dx, target.y - dy, target.width, target.height };
        copy_rows(&f->worker, source, dx, dy);
        add(f, (FramebufferChange) { .area = source, .dx = dx, .dy = dy, .is_move = true });
}

unsigned framebuffer_take(Framebuffer *f, FramebufferChange ret[static BRIDGE_DAMAGE_MAX]) {
        unsigned n = f->n_changes;

        if (f->worker.pixels != f->shown.pixels)
                return 0;
        memcpy(ret, f->changes, n * sizeof *ret);
        f->n_changes = 0;
        return n;
}
