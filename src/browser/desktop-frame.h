/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One frame of a desktop: first desktop_frame_capture(), which takes over what changed while the plugin holds its
 * picture still, and encodes nothing; then desktop_frame_write() until it answers 0, portion by portion, with turns of
 * the loop between them. When it may begin is the pacer's business. */

#include "../wire/websocket.h"
#include "canvas.h"
#include "image.h"

#define DESKTOP_FRAME_QUIET_USEC UINT64_C(500000)

typedef struct DesktopFrame DesktopFrame;

typedef struct DesktopFrameStyle {
        uint64_t timestamp; /* of the sync */
        int quality;        /* of pictures with loss; 0: there shall be none */
} DesktopFrameStyle;

int desktop_frame_new(DesktopFrame **ret); /* 0, -ENOMEM */
DesktopFrame *desktop_frame_free(DesktopFrame *f);
DEFINE_CLEANUP(DesktopFrame *, desktop_frame_free)

/* Takes over what canvas owes; picture is all of the desktop, in XRGB32. The canvas is clean afterwards. 1 if there
 * is a frame to write, 0 if nothing changed after all, -ENOMEM, -EINVAL for a picture that is none. Not while a
 * frame is being written. */
int desktop_frame_capture(DesktopFrame *f, Canvas *canvas, const LabgateTile *picture, uint64_t now);

/* Pictures with loss are mended when nothing has blurred them again for DESKTOP_FRAME_QUIET_USEC. due: when the
 * first of them is, UINT64_MAX if none will be. mend: opens a frame for some of those that are due, of about so many
 * pixels, or adds them to the one just captured. */
uint64_t desktop_frame_mend_due(const DesktopFrame *f);
void desktop_frame_mend(DesktopFrame *f, int32_t pixels, uint64_t now);

/* Writes about one picture. 1: there is more; 0: that was the sync, with its timestamp. -ENOMEM, -ENOBUFS, -EPIPE:
 * the browser may have part of a frame, and the connection must end. */
int desktop_frame_write(DesktopFrame *f, Image *image, WebSocket *ws, const DesktopFrameStyle *style);

/* A frame was captured and is not wholly written. */
bool desktop_frame_is_open(const DesktopFrame *f);

/* A sync of its own, between frames. */
int desktop_frame_write_probe(WebSocket *ws, uint64_t timestamp);
