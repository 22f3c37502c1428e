/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A framebuffer that a lab machine paints into, the frames made of it, and a browser that decodes them. */

#include "../../src/browser/desktop-frame.h"
#include "viewer.h"

typedef struct Easel {
        int32_t width, height;
        size_t stride; /* pixels */
        uint32_t *pixels;
        Canvas canvas;
        DesktopFrame *frame;
        Image *image;
        Outbox outbox;
        Viewer viewer;
        uint64_t now, timestamp;
        int quality;
} Easel;

void easel_init(Easel *e, int quality);
void easel_done(Easel *e);
void easel_resize(Easel *e, int32_t width, int32_t height, size_t stride); /* all black */

uint32_t *easel_pixel(const Easel *e, int32_t x, int32_t y);
LabgateRect easel_all(const Easel *e);
LabgateRect easel_within(const Easel *e, LabgateRect r);

/* Pixels of area go dx, dy further, as far as there are pixels; the caller tells of it. */
void easel_move(Easel *e, LabgateRect area, int32_t dx, int32_t dy);

/* Makes a frame and shows it, mending so many pixels. False: there was nothing to show. */
bool easel_frame(Easel *e, int32_t mend_pixels);

/* Nothing happens any more. Answers the number of frames until all is mended. */
unsigned easel_rest(Easel *e, int32_t mend_pixels);

void easel_check_exact(const Easel *e);
void easel_check_about(const Easel *e, int tolerance); /* what loss there may be keeps the colour of whole blocks */
