/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One frame of a desktop: first desktop_frame_capture(), which takes over what changed while the plugin holds its
 * picture still, and encodes nothing; then desktop_frame_write() until it answers 0, portion by portion, with turns of
 * the loop between them. When it may begin is the pacer's business. */

#include "../wire/websocket.h"
#include "canvas.h"
#include "image.h"

typedef struct DesktopFrame DesktopFrame;

int desktop_frame_new(DesktopFrame **ret); /* 0, -ENOMEM */
DesktopFrame *desktop_frame_free(DesktopFrame *f);
DEFINE_CLEANUP(DesktopFrame *, desktop_frame_free)

/* Takes over what canvas owes; picture is all of the desktop, in XRGB32. The canvas is clean afterwards. 1 if there is a
 * frame to write, 0 if nothing changed after all, -ENOMEM, -EINVAL for a picture that is none. Not while a frame is
 * being written. */
int desktop_frame_capture(DesktopFrame *f, Canvas *canvas, const LabgateTile *picture, uint64_t now);

/* Writes about one picture. 1: there is more; 0: that was the sync, with this timestamp. -ENOMEM, -ENOBUFS, -EPIPE:
 * the browser may have part of a frame, and the connection must end. */
int desktop_frame_write(DesktopFrame *f, Image *image, WebSocket *ws, uint64_t timestamp);

/* A frame was captured and is not wholly written. */
bool desktop_frame_is_open(const DesktopFrame *f);
