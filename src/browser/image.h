/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Pixels to instructions: encodes one picture and writes it as img, blobs, end. Lossless, by libdeflate: a palette PNG
 * of 1, 2, 4 or 8 bits if 256 colours are enough, an RGB PNG if not. With loss, by libturbojpeg, only when asked to.
 * Holds scratch memory (bounded by IMAGE_PIXELS_MAX) and the rotating stream index. */

#include "../../plugins/plugin.h"
#include "../wire/instruction.h"

#define IMAGE_PIXELS_MAX (256u * 1024u) /* of one picture */
#define IMAGE_LOSSY_PIXELS_MAX (512u * 1024u)

/* Pictures take these stream indexes in turn; streams.h has those below. */
#define IMAGE_STREAM_FIRST 64
#define IMAGE_STREAM_LAST 511

typedef struct Image Image;

typedef struct ImageLoss {
        int quality; /* 1..100 */
        bool fine;   /* each pixel has a colour of its own, as text needs it; else four share theirs */
} ImageLoss;

int image_new(Image **ret); /* 0, -ENOMEM */
Image *image_free(Image *p);
DEFINE_CLEANUP(Image *, image_free)

/* Draws a tile at x, y of layer 0, as cheaply as it gets: a fill, a fill with a smaller picture on it, or a picture.
 * width * height at most IMAGE_PIXELS_MAX, both above 0. 0, -EINVAL for a tile that breaks plugin.h's promises,
 * -ENOMEM; what the writer runs into stays in w->error. */
int image_draw(Image *p, InstructionWriter *w, const LabgateTile *tile, LabgateRect area);

/* Draws an XRGB32 tile as JPEG. width * height at most IMAGE_LOSSY_PIXELS_MAX. Answers as image_draw(). */
int image_draw_lossy(Image *p, InstructionWriter *w, const LabgateTile *tile, LabgateRect area, ImageLoss loss);

/* A picture with alpha (0xAARRGGBB, not premultiplied) at 0, 0 of any layer. */
int image_draw_alpha(Image *p, InstructionWriter *w, int32_t layer, const uint32_t *pixels, int32_t width,
                     int32_t height);

/* Gives scratch memory back; for a session that has become quiet. */
void image_trim(Image *p);
