/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is said to the page besides pictures: who the tunnel is, the title, and how it ends. Each is one message. */

#include "../../plugins/plugin.h"
#include "../wire/websocket.h"

/* All answer 0, -ENOMEM, -ENOBUFS, -EPIPE. */
int page_write_uuid(WebSocket *ws, const char *uuid); /* 36 characters; the very first message */
int page_write_name(WebSocket *ws, const char *text, size_t size); /* mended, controls dropped, cut at 256 bytes */
int page_write_nop(WebSocket *ws);

/* The end: LABGATE_STATUS_SUCCESS says disconnect, anything else an error with its text; then the close frame with the
 * status in decimal as its reason and the code that goes with it. Write the output to its end afterwards. */
int page_write_end(WebSocket *ws, LabgateStatus status, const char *text);

/* The WebSocket close code for a status. */
int page_close_code(LabgateStatus status);
