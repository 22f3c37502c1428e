/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdio.h>

#include "../base/utf8.h"
#include "../wire/instruction.h"
#include "page.h"

#define PAGE_NAME_MAX 256
#define PAGE_TEXT_MAX 1024

/* Any number of text elements and, if it is not negative, an integer behind them. */
static int page_write(WebSocket *ws, const char *opcode, const Slice *texts, size_t n_texts, int status) {
        InstructionWriter w = { .out = websocket_begin(ws) };

        if (!w.out)
                return websocket_is_closing(ws) ? -EPIPE : -ENOBUFS;
        instruction_begin(&w, opcode);
        for (size_t i = 0; i < n_texts; i++)
                instruction_text(&w, texts[i].data, texts[i].size);
        if (status >= 0)
                instruction_integer(&w, status);
        instruction_end(&w);
        if (w.error < 0) {
                websocket_cancel(ws);
                return w.error;
        }
        return websocket_end(ws);
}

static int page_write_mended(WebSocket *ws, const char *opcode, Slice text, size_t limit, int status) {
        size_t size;
        _cleanup_free_ char *mended = utf8_mend(text.data, text.size, true, &size);

        if (!mended)
                return -ENOMEM;
        return page_write(ws, opcode, &(Slice) { mended, utf8_prefix(mended, size, limit) }, 1, status);
}

int page_write_uuid(WebSocket *ws, const char *uuid) {
        return page_write(ws, "", &(Slice) { uuid, strlen(uuid) }, 1, -1);
}

int page_write_name(WebSocket *ws, const char *text, size_t size) {
        return page_write_mended(ws, "name", (Slice) { text, size }, PAGE_NAME_MAX, -1);
}

int page_write_nop(WebSocket *ws) {
        return page_write(ws, "nop", NULL, 0, -1);
}

int page_close_code(LabgateStatus status) {
        switch (status) {
        case LABGATE_STATUS_SUCCESS:
                return 1000;
        case LABGATE_STATUS_RESOURCE_NOT_FOUND:
        case LABGATE_STATUS_RESOURCE_CLOSED:
        case LABGATE_STATUS_SESSION_TIMEOUT:
        case LABGATE_STATUS_SESSION_CLOSED:
        case LABGATE_STATUS_BROWSER_BAD_REQUEST:
        case LABGATE_STATUS_BROWSER_TIMEOUT:
                return 1002;
        case LABGATE_STATUS_BROWSER_BAD_TYPE:
                return 1003;
        case LABGATE_STATUS_SERVER_BUSY:
        case LABGATE_STATUS_BROWSER_UNAUTHORIZED:
        case LABGATE_STATUS_BROWSER_FORBIDDEN:
                return 1008;
        case LABGATE_STATUS_BROWSER_OVERRUN:
                return 1009;
        default:
                return 1011;
        }
}

int page_write_end(WebSocket *ws, LabgateStatus status, const char *text) {
        char reason[16];
        int r, k;

        if (status == LABGATE_STATUS_SUCCESS)
                r = page_write(ws, "disconnect", NULL, 0, -1);
        else
                r = page_write_mended(ws, "error", (Slice) { text, strlen(text) }, PAGE_TEXT_MAX, (int) status);
        snprintf(reason, sizeof reason, "%d", (int) status);
        /* Where there is no memory for the text, the status alone may still go out. */
        k = websocket_close(ws, page_close_code(status), reason);
        return r < 0 ? r : k;
}
