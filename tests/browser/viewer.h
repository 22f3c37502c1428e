/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a browser makes of instructions, written from the protocol's description and with libpng and libturbojpeg for
 * the pictures: the few of them that labgate draws with, and a failed test for any other or for one that breaks a
 * rule. */

#include "outbox.h"

typedef struct ViewerLayer {
        int32_t width, height;
        uint32_t *pixels; /* 0xAARRGGBB */
} ViewerLayer;

typedef struct Viewer {
        ViewerLayer screen, buffer; /* layers 0 and -1 */
        int64_t rect[5];            /* layer, x, y, width, height; layer INT64_MIN if there is none */
        int64_t image[5];           /* stream, layer, x, y; stream -1 if none is open */
        bool last_blob;             /* a blob came whose size is no multiple of 3 */
        Buffer bytes;
        int64_t timestamp;
        int64_t cursor[7];
        bool is_jpeg;
        unsigned n_images, n_jpegs, n_copies, n_fills, n_syncs;
        int64_t recent_streams[8];
} Viewer;

void viewer_init(Viewer *v);
void viewer_done(Viewer *v);
void viewer_show(Viewer *v, Outbox *o);
