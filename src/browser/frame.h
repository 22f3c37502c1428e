/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One frame: what a canvas owes, as instructions in text messages (one, or several of about FRAME_MESSAGE_SIZE if it is
 * big), ended by its sync. Afterwards the canvas is clean. When a frame may go out is the pacer's business. */

#include "../wire/websocket.h"
#include "canvas.h"
#include "image.h"

#define FRAME_MESSAGE_SIZE (256u * 1024u)

/* LabgatePlugin.paint. */
typedef int (*FramePaint)(void *state, LabgateRect area, LabgateTile *ret);

/* Writes size (if it changed), moves, pictures and sync. paint NULL draws black: for the time before a plugin has
 * anything to show. 0; what paint answered; -ENOMEM, -ENOBUFS, -EPIPE, -EINVAL for a tile that paint got wrong. After a
 * failure the browser may have part of a frame and the connection must end. */
int frame_write(Image *image, WebSocket *ws, Canvas *canvas, FramePaint paint, void *state, uint64_t timestamp);
