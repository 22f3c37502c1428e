/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>

#include "../base/cleanup.h"
#include "mouse-cursor.h"

#define CLEAR 2 /* composite mask: takes away what is there */

static const uint32_t transparent[1] = { 0 };
static const LabgateCursor hidden = { .width = 1, .height = 1, .pixels = transparent };

static int32_t within(int32_t n, int32_t size) {
        return n < 0 ? 0 : n >= size ? size - 1 : n;
}

int mouse_cursor_write(Image *image, WebSocket *ws, const LabgateCursor *cursor) {
        InstructionWriter w = {};
        int r;

        if (!cursor->pixels || cursor->width == 0 || cursor->height == 0)
                cursor = &hidden;
        if (cursor->width < 0 || cursor->height < 0 || cursor->width > MOUSE_CURSOR_SIDE_MAX ||
            cursor->height > MOUSE_CURSOR_SIDE_MAX)
                return -EINVAL;
        w.out = websocket_begin(ws);
        if (!w.out)
                return websocket_is_closing(ws) ? -EPIPE : -ENOBUFS;
        /* The browser does not resize a buffer for a picture in time, and keeps the old pixels under the new ones. */
        instruction_integers(&w, "size", MOUSE_CURSOR_LAYER, cursor->width, cursor->height);
        instruction_integers(&w, "rect", MOUSE_CURSOR_LAYER, 0, 0, cursor->width, cursor->height);
        instruction_integers(&w, "cfill", CLEAR, MOUSE_CURSOR_LAYER, 0, 0, 0, 255);
        r = image_draw_alpha(image, &w, MOUSE_CURSOR_LAYER, cursor->pixels, cursor->width, cursor->height);
        instruction_integers(&w, "cursor", within(cursor->hot_x, cursor->width), within(cursor->hot_y, cursor->height),
                             MOUSE_CURSOR_LAYER, 0, 0, cursor->width, cursor->height);
        if (r >= 0)
                r = w.error;
        if (r < 0) {
                websocket_cancel(ws);
                return r;
        }
        return websocket_end(ws);
}
