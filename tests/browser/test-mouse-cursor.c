/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>

#include "../../src/browser/mouse-cursor.h"
#include "check.h"
#include "viewer.h"

static void check_cursor(Viewer *v, const int64_t *expected) {
        CHECK(memcmp(v->cursor, expected, sizeof v->cursor) == 0);
}

TEST(cursors) {
        static uint32_t pixels[MOUSE_CURSOR_SIDE_MAX * MOUSE_CURSOR_SIDE_MAX];
        Outbox o;
        Viewer v;
        Image *p;

        outbox_init(&o);
        viewer_init(&v);
        CHECK_INT(image_new(&p), 0);
        for (int round = 0; round < 20; round++) {
                int32_t width = round == 0 ? MOUSE_CURSOR_SIDE_MAX : 1 + (int32_t) (random() % 5);
                int32_t height = round == 0 ? MOUSE_CURSOR_SIDE_MAX : 1 + (int32_t) (random() % 5);

                for (int32_t i = 0; i < width * height; i++)
                        pixels[i] = (uint32_t) random() << 1;
                CHECK_INT(mouse_cursor_write(p, o.ws, &(LabgateCursor) { width, height, 1000, -5, pixels }), 0);
                viewer_show(&v, &o);
                CHECK(v.buffer.width == width && v.buffer.height == height);
                CHECK(memcmp(v.buffer.pixels, pixels, (size_t) (width * height) * sizeof(uint32_t)) == 0);
                check_cursor(&v, (int64_t[]) { width - 1, 0, -1, 0, 0, width, height });
        }
        CHECK_INT(mouse_cursor_write(p, o.ws, &(LabgateCursor) {}), 0);
        viewer_show(&v, &o);
        check_cursor(&v, (int64_t[]) { 0, 0, -1, 0, 0, 1, 1 });
        CHECK_INT(v.buffer.pixels[0], 0);
        CHECK_INT(mouse_cursor_write(p, o.ws, &(LabgateCursor) { MOUSE_CURSOR_SIDE_MAX + 1, 1, 0, 0, pixels }), -EINVAL);
        CHECK_INT(mouse_cursor_write(p, o.ws, &(LabgateCursor) { 1, -1, 0, 0, pixels }), -EINVAL);
        CHECK_INT(buffer_size(&o.output), 0);
        image_free(p);
        viewer_done(&v);
        outbox_done(&o);
}
