/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>

#include "../base/cleanup.h"
#include "frame.h"

#define LAYER 0
#define OVER 14 /* composite mask of opaque pictures */

/* A picture of its own costs about as many bytes, and time to decode, as this many more pixels of text. */
#define FRAME_IMAGE_COST 5000

typedef struct FrameAreas {
        LabgateRect area[CANVAS_DAMAGE_MAX];
        unsigned n;
} FrameAreas;

static int64_t area_of(LabgateRect r) {
        return (int64_t) r.width * r.height;
}

static LabgateRect hull(LabgateRect a, LabgateRect b) {
        int32_t x = MIN(a.x, b.x), y = MIN(a.y, b.y);

        return (LabgateRect) { x, y, MAX(a.x + a.width, b.x + b.width) - x, MAX(a.y + a.height, b.y + b.height) - y };
}

/* Joins areas while one picture around two of them is cheaper than two. */
static void join_areas(FrameAreas *areas) {
        for (unsigned i = 0; i < areas->n; i++) {
                for (unsigned k = i + 1; k < areas->n; k++) {
                        LabgateRect a = areas->area[i], b = areas->area[k], both = hull(a, b);

                        if (area_of(both) - area_of(a) - area_of(b) > FRAME_IMAGE_COST)
                                continue;
                        areas->area[i] = both;
                        areas->area[k] = areas->area[--areas->n];
                        k = i;
                }
        }
}

static void find_areas(Canvas *canvas, FrameAreas *ret) {
        int n;
        const pixman_box32_t *b = pixman_region32_rectangles(&canvas->damage, &n);

        ret->n = 0;
        for (int i = 0; i < n && i < CANVAS_DAMAGE_MAX; i++)
                ret->area[ret->n++] = (LabgateRect) { b[i].x1, b[i].y1, b[i].x2 - b[i].x1, b[i].y2 - b[i].y1 };
        join_areas(ret);
}

typedef struct Frame {
        Image *image;
        WebSocket *ws;
        FramePaint paint;
        void *state;
        InstructionWriter writer;
} Frame;

static int open_message(Frame *f) {
        f->writer = (InstructionWriter) { .out = websocket_begin(f->ws) };
        if (!f->writer.out)
                return websocket_is_closing(f->ws) ? -EPIPE : -ENOBUFS;
        return 0;
}

static int paint_black(void *state, LabgateRect area, LabgateTile *ret) {
        static uint8_t row[LABGATE_SIDE_MAX]; /* all rows are the same one */
        static const uint32_t palette[] = { 0 };

        *ret = (LabgateTile) { .format = LABGATE_PIXELS_INDEXED8, .pixels = row, .stride = 0, .palette = palette,
                               .n_palette = 1 };
        return 0;
}

static int draw(Frame *f, LabgateRect area) {
        LabgateTile tile = {};
        int r;

        if (websocket_written(f->ws) >= FRAME_MESSAGE_SIZE) {
                r = websocket_end(f->ws);
                if (r >= 0)
                        r = open_message(f);
                if (r < 0)
                        return r;
        }
        r = f->paint(f->state, area, &tile);
        if (r < 0)
                return r;
        return image_draw(f->image, &f->writer, &tile, area);
}

/* Bands of full width, as high as a picture may have pixels. */
static int draw_area(Frame *f, LabgateRect area) {
        int32_t rows = (int32_t) (IMAGE_PIXELS_MAX / (uint32_t) area.width), n_bands, height;

        n_bands = (area.height + rows - 1) / rows;
        height = (area.height + n_bands - 1) / n_bands;
        for (int32_t y = 0; y < area.height; y += height) {
                LabgateRect band = { area.x, area.y + y, area.width, MIN(height, area.height - y) };
                int r = draw(f, band);

                if (r < 0)
                        return r;
        }
        return 0;
}

static void write_moves(InstructionWriter *w, const Canvas *canvas) {
        for (unsigned i = 0; i < canvas->n_moves; i++) {
                const CanvasMove *m = &canvas->moves[i];

                instruction_integers(w, "copy", LAYER, m->source.x, m->source.y, m->source.width, m->source.height,
                                     OVER, LAYER, m->source.x + m->dx, m->source.y + m->dy);
        }
}

static int write_contents(Frame *f, Canvas *canvas, uint64_t timestamp) {
        FrameAreas areas;

        if (canvas->resized)
                instruction_integers(&f->writer, "size", LAYER, canvas->width, canvas->height);
        canvas_forget_useless_moves(canvas);
        write_moves(&f->writer, canvas);
        find_areas(canvas, &areas);
        for (unsigned i = 0; i < areas.n; i++) {
                int r = draw_area(f, areas.area[i]);

                if (r < 0)
                        return r;
        }
        instruction_begin(&f->writer, "sync");
        instruction_integer(&f->writer, (int64_t) timestamp);
        instruction_integer(&f->writer, 1);
        instruction_end(&f->writer);
        return f->writer.error;
}

int frame_write(Image *image, WebSocket *ws, Canvas *canvas, FramePaint paint, void *state, uint64_t timestamp) {
        Frame f = { .image = image, .ws = ws, .paint = paint ?: paint_black, .state = state };
        int r;

        r = open_message(&f);
        if (r < 0)
                return r;
        r = write_contents(&f, canvas, timestamp);
        if (r < 0) {
                websocket_cancel(ws);
                return r;
        }
        r = websocket_end(ws);
        if (r < 0)
                return r;
        canvas_clean(canvas);
        return 0;
}
