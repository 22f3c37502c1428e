/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The mouse pointer: drawn into buffer -1, from which the browser takes it. */

#include "../wire/websocket.h"
#include "image.h"

#define MOUSE_CURSOR_SIDE_MAX 256
#define MOUSE_CURSOR_LAYER (-1)

/* One message. A cursor without pixels hides the pointer. 0, -EINVAL for one out of bounds, -ENOMEM, -ENOBUFS,
 * -EPIPE. */
int mouse_cursor_write(Image *image, WebSocket *ws, const LabgateCursor *cursor);
