/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* wslay reads: masks, fragments, UTF-8, limits, close codes, and the pongs and close echoes that follow from what was
 * read. What we say ourselves is an unmasked frame with a header of 2, 4 or 10 bytes in front of text that already lies
 * in the output, so it does not go through wslay's queue, which copies. wslay's own close after an error is not sent:
 * the session first tells the person why. */

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "websocket.h"

#define FRAME_FINAL 0x80u
#define FRAME_HEADER_MAX 10u
#define FRAME_CONTROL_MAX 125u
#define FEED_PORTION 4096u /* what wslay may queue in answer is bounded by what it reads before the queue is emptied */

struct WebSocket {
        wslay_event_context_ptr context;
        Buffer *output;
        const WebSocketEvents *events;
        void *userdata;
        const uint8_t *input;
        size_t n_input;
        size_t begin;      /* buffer_size(output) in front of the message under way; SIZE_MAX if there is none */
        int verdict;       /* what websocket_feed() is to answer */
        int send_error;
        bool stopped;      /* nothing is read any more */
        bool muted;        /* what wslay sends goes nowhere */
        bool in_close;     /* the frame being read is a close */
        bool close_sent, close_received;
};

static ssize_t on_receive(wslay_event_context_ptr context, uint8_t *bytes, size_t size, int flags, void *userdata) {
        WebSocket *ws = userdata;
        size_t n = MIN(size, ws->n_input);

        if (n == 0) {
                wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
                return -1;
        }
        memcpy(bytes, ws->input, n);
        ws->input += n;
        ws->n_input -= n;
        return (ssize_t) n;
}

static ssize_t on_send(wslay_event_context_ptr context, const uint8_t *bytes, size_t size, int flags, void *userdata) {
        WebSocket *ws = userdata;
        int r = ws->muted ? 0 : buffer_append(ws->output, bytes, size);

        if (r < 0) {
                ws->send_error = r;
                wslay_event_set_error(context, WSLAY_ERR_CALLBACK_FAILURE);
                return -1;
        }
        return (ssize_t) size;
}

static void stop(WebSocket *ws, int verdict) {
        ws->stopped = true;
        ws->verdict = verdict;
        wslay_event_shutdown_read(ws->context);
}

static void on_message(wslay_event_context_ptr context, const struct wslay_event_on_msg_recv_arg *m, void *userdata) {
        WebSocket *ws = userdata;
        const char *text = m->msg ? (const char *) m->msg : "";
        int r;

        if (ws->stopped)
                return;
        switch (m->opcode) {
        case WSLAY_TEXT_FRAME:
                if (ws->close_sent)
                        return;
                r = ws->events->text(ws->userdata, text, m->msg_length);
                if (r != 0)
                        stop(ws, r);
                return;
        case WSLAY_PONG:
                if (ws->events->pong)
                        ws->events->pong(ws->userdata, text, m->msg_length);
                return;
        default: /* a ping, which wslay answers; on_frame() saw binary messages and closes */
                return;
        }
}

/* A message that will be refused anyway is refused before it is stored. A control frame is never interleaved, so that
 * the latest one that began is the one in which a fault is found. */
static void on_frame(wslay_event_context_ptr context, const struct wslay_event_on_frame_recv_start_arg *f,
                     void *userdata) {
        WebSocket *ws = userdata;

        ws->in_close = f->opcode == WSLAY_CONNECTION_CLOSE;
        if (f->opcode == WSLAY_BINARY_FRAME && !ws->stopped)
                stop(ws, WEBSOCKET_NOT_TEXT);
}

int websocket_new(WebSocket **ret, Buffer *output, const WebSocketEvents *events, void *userdata) {
        static const struct wslay_event_callbacks callbacks = {
                .recv_callback = on_receive,
                .send_callback = on_send,
                .on_frame_recv_start_callback = on_frame,
                .on_msg_recv_callback = on_message,
        };
        _cleanup_(websocket_freep) WebSocket *ws = calloc(1, sizeof *ws);
        wslay_event_context_ptr context;

        if (!ws)
                return -ENOMEM;
        ws->output = output;
        ws->events = events;
        ws->userdata = userdata;
        ws->begin = SIZE_MAX;
        /* Where it fails it leaves a pointer to what it has given back. */
        if (wslay_event_context_server_init(&context, &callbacks, ws) < 0)
                return -ENOMEM;
        ws->context = context;
        wslay_event_config_set_max_recv_msg_length(ws->context, WEBSOCKET_MESSAGE_MAX);
        *ret = TAKE_PTR(ws);
        return 0;
}

WebSocket *websocket_free(WebSocket *ws) {
        if (!ws)
                return NULL;
        if (ws->context)
                wslay_event_context_free(ws->context);
        free(ws);
        return NULL;
}

/* Pongs. A browser that pings and does not read gets no more of them (RFC 6455, 5.5.3, lets us answer only the latest);
 * behind our own close nothing may follow. */
static int flush_answers(WebSocket *ws) {
        ws->muted = ws->close_sent || ws->stopped || buffer_size(ws->output) > WEBSOCKET_PONG_MARK;
        if (wslay_event_want_write(ws->context) && wslay_event_send(ws->context) < 0)
                return ws->send_error < 0 ? ws->send_error : -ENOMEM;
        return 0;
}

/* wslay found a fault and queued a close: its code says which. */
static int find_fault(WebSocket *ws) {
        int code;

        if (flush_answers(ws) < 0)
                return -ENOMEM;
        code = wslay_event_get_status_code_sent(ws->context);
        return code == WEBSOCKET_NOT_UTF8 || code == WEBSOCKET_TOO_BIG ? code : WEBSOCKET_PROTOCOL_ERROR;
}

/* A close is a close, whatever is wrong with what it says. Its answer is our own: wslay would send those bytes back. */
static int browser_closed(WebSocket *ws) {
        ws->close_received = true;
        stop(ws, WEBSOCKET_NORMAL);
        return websocket_close(ws, WEBSOCKET_NORMAL, "0");
}

static int feed_portion(WebSocket *ws, const uint8_t *bytes, size_t size) {
        int r;

        ws->input = bytes;
        ws->n_input = size;
        r = wslay_event_recv(ws->context);
        if (r == WSLAY_ERR_NOMEM)
                return -ENOMEM;
        if (ws->stopped)
                return ws->verdict;
        /* on_receive() never fails, so that any error is a frame that is none. */
        if (r >= 0 && wslay_event_get_read_enabled(ws->context))
                return flush_answers(ws);
        if (ws->in_close) {
                r = browser_closed(ws);
                return r < 0 ? r : ws->verdict;
        }
        ws->stopped = true;
        return ws->close_sent ? 0 : find_fault(ws);
}

int websocket_feed(WebSocket *ws, const void *bytes, size_t size) {
        const uint8_t *b = bytes;
        int r = 0;

        while (size > 0 && !ws->stopped && r == 0) {
                size_t n = MIN(size, (size_t) FEED_PORTION);

                r = feed_portion(ws, b, n);
                ws->stopped = ws->stopped || r != 0;
                b += n;
                size -= n;
        }
        return r;
}

/* ---- sending ---- */

/* Writes the header so that it ends at end; answers its size. Lengths take the shortest of their forms. */
static size_t write_header(uint8_t *end, uint8_t opcode, size_t size) {
        uint64_t wide = htobe64(size);
        size_t n_length = size < 126 ? 0 : size <= UINT16_MAX ? 2 : 8;

        memcpy(end - n_length, (const uint8_t *) &wide + sizeof wide - n_length, n_length);
        end[-1 - (ptrdiff_t) n_length] = (uint8_t) (n_length == 0 ? size : n_length == 2 ? 126 : 127);
        end[-2 - (ptrdiff_t) n_length] = (uint8_t) (FRAME_FINAL | opcode);
        return n_length + 2;
}

Buffer *websocket_begin(WebSocket *ws) {
        if (ws->close_sent || !buffer_reserve(ws->output, FRAME_HEADER_MAX))
                return NULL;
        ws->begin = buffer_size(ws->output);
        buffer_commit(ws->output, FRAME_HEADER_MAX);
        return ws->output;
}

size_t websocket_written(const WebSocket *ws) {
        return buffer_size(ws->output) - ws->begin - FRAME_HEADER_MAX;
}

void websocket_cancel(WebSocket *ws) {
        buffer_truncate(ws->output, ws->begin);
        ws->begin = SIZE_MAX;
}

int websocket_end(WebSocket *ws) {
        size_t size = websocket_written(ws), n_header;
        uint8_t header[FRAME_HEADER_MAX], *frame;

        if (size == 0) {
                websocket_cancel(ws);
                return 0;
        }
        frame = buffer_bytes(ws->output) + ws->begin;
        n_header = write_header(header + FRAME_HEADER_MAX, WSLAY_TEXT_FRAME, size);
        memcpy(frame, header + FRAME_HEADER_MAX - n_header, n_header);
        if (n_header < FRAME_HEADER_MAX)
                memmove(frame + n_header, frame + FRAME_HEADER_MAX, size);
        buffer_truncate(ws->output, ws->begin + n_header + size);
        ws->begin = SIZE_MAX;
        return 0;
}

int websocket_send_text(WebSocket *ws, const char *text, size_t size) {
        Buffer *out = websocket_begin(ws);
        int r;

        if (!out)
                return ws->close_sent ? -EPIPE : ws->output->limit > 0 ? -ENOBUFS : -ENOMEM;
        r = buffer_append(out, text, size);
        if (r < 0) {
                websocket_cancel(ws);
                return r;
        }
        return websocket_end(ws);
}

static int send_control(WebSocket *ws, uint8_t opcode, const void *payload, size_t size) {
        uint8_t frame[2 + FRAME_CONTROL_MAX];

        if (ws->close_sent)
                return -EPIPE;
        if (size > FRAME_CONTROL_MAX)
                return -EMSGSIZE;
        write_header(frame + 2, opcode, size);
        memcpy(frame + 2, payload, size);
        return buffer_append(ws->output, frame, 2 + size);
}

int websocket_ping(WebSocket *ws, const void *payload, size_t size) {
        return send_control(ws, WSLAY_PING, payload, size);
}

int websocket_close(WebSocket *ws, int code, const char *reason) {
        char payload[FRAME_CONTROL_MAX];
        uint16_t wide = htobe16((uint16_t) code);
        size_t size = strnlen(reason, WEBSOCKET_REASON_MAX);
        int r;

        if (ws->close_sent)
                return 0;
        memcpy(payload, &wide, sizeof wide);
        memcpy(payload + sizeof wide, reason, size);
        r = send_control(ws, WSLAY_CONNECTION_CLOSE, payload, sizeof wide + size);
        if (r < 0)
                return r;
        ws->close_sent = true;
        return 0;
}

bool websocket_is_closing(const WebSocket *ws) {
        return ws->close_sent;
}

bool websocket_is_closed_by_browser(const WebSocket *ws) {
        return ws->close_received;
}
