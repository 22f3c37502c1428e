/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdio.h>

#include "../../plugins/plugin.h"
#include "../base/base64.h"
#include "../base/utf8.h"
#include "streams.h"

#define TEXT_PLAIN "text/plain"

void streams_init(Streams *s, WebSocket *ws, const StreamsEvents *events, void *userdata) {
        *s = (Streams) { .ws = ws, .events = events, .userdata = userdata, .clipboard_index = -1 };
}

static void stream_close(IncomingStream *i) {
        buffer_wipe(&i->data);
        buffer_done(&i->data);
        *i = (IncomingStream) {};
}

static void outgoing_close(Streams *s) {
        buffer_wipe(&s->clipboard);
        buffer_done(&s->clipboard);
        s->clipboard_index = -1;
}

void streams_done(Streams *s) {
        for (size_t i = 0; i < STREAMS_INCOMING_MAX; i++)
                stream_close(&s->incoming[i]);
        outgoing_close(s);
        buffer_wipe(&s->next_clipboard);
        buffer_done(&s->next_clipboard);
}

/* ---- messages ---- */

static int message_begin(Streams *s, InstructionWriter *ret) {
        *ret = (InstructionWriter) { .out = websocket_begin(s->ws) };
        if (!ret->out)
                return websocket_is_closing(s->ws) ? -EPIPE : -ENOBUFS;
        return 0;
}

static int message_end(Streams *s, InstructionWriter *w) {
        if (w->error < 0) {
                websocket_cancel(s->ws);
                return w->error;
        }
        return websocket_end(s->ws);
}

static int acknowledge(Streams *s, uint32_t index, const char *text, int status) {
        InstructionWriter w;
        int r;

        r = message_begin(s, &w);
        if (r < 0)
                return r;
        instruction_begin(&w, "ack");
        instruction_integer(&w, index);
        instruction_text(&w, text, strlen(text));
        instruction_integer(&w, status);
        instruction_end(&w);
        return message_end(s, &w);
}

int streams_refuse(Streams *s, uint32_t index, const char *text, int status) {
        return acknowledge(s, index, text, status);
}

static int take_index(Streams *s) {
        int index = (int) s->next_index;

        s->next_index = (s->next_index + 1) % (STREAMS_OUTGOING_LAST + 1);
        return index;
}

static void write_open(InstructionWriter *w, const char *opcode, int index, const char *name) {
        instruction_begin(w, opcode);
        instruction_integer(w, index);
        instruction_text(w, TEXT_PLAIN, strlen(TEXT_PLAIN));
        if (name)
                instruction_text(w, name, strlen(name));
        instruction_end(w);
}

static void write_blob(InstructionWriter *w, int index, const void *bytes, size_t size) {
        instruction_begin(w, "blob");
        instruction_integer(w, index);
        instruction_base64(w, bytes, size);
        instruction_end(w);
}

/* ---- towards the page ---- */

int streams_set_clipboard(Streams *s, const char *text, size_t size) {
        size_t n;
        char *mended;
        int r;

        mended = utf8_mend(text, utf8_prefix(text, size, s->clipboard_size), false, &n);
        if (!mended)
                return -ENOMEM;
        buffer_wipe(&s->next_clipboard);
        r = buffer_append(&s->next_clipboard, mended, utf8_prefix(mended, n, s->clipboard_size));
        explicit_bzero(mended, n);
        free(mended);
        if (r < 0)
                return r;
        s->next_is_set = true;
        return 0;
}

int streams_send_argv(Streams *s, const char *name, const char *value) {
        InstructionWriter w;
        size_t size = strnlen(value, STREAMS_ARGV_MAX);
        int index, r;

        r = message_begin(s, &w);
        if (r < 0)
                return r;
        index = take_index(s);
        if (index == s->clipboard_index)
                index = take_index(s);
        write_open(&w, "argv", index, name);
        for (size_t n; size > 0; value += n, size -= n) {
                n = MIN(size, (size_t) INSTRUCTION_BLOB_MAX);
                write_blob(&w, index, value, n);
        }
        instruction_integers(&w, "end", index);
        return message_end(s, &w);
}

static void write_clipboard(Streams *s, InstructionWriter *w) {
        if (s->clipboard_index < 0) {
                Buffer empty = s->clipboard;

                s->clipboard = s->next_clipboard;
                s->next_clipboard = empty;
                s->next_is_set = false;
                s->clipboard_index = take_index(s);
                write_open(w, "clipboard", s->clipboard_index, NULL);
        }
        while (buffer_size(&s->clipboard) > 0 && buffer_size(w->out) < STREAMS_OUTGOING_MARK && w->error == 0) {
                size_t n = MIN(buffer_size(&s->clipboard), (size_t) INSTRUCTION_BLOB_MAX);

                write_blob(w, s->clipboard_index, buffer_bytes(&s->clipboard), n);
                buffer_consume(&s->clipboard, n);
        }
        if (buffer_size(&s->clipboard) == 0) {
                instruction_integers(w, "end", s->clipboard_index);
                outgoing_close(s);
        }
}

bool streams_wants_pump(const Streams *s) {
        return s->clipboard_index >= 0 || s->next_is_set;
}

int streams_pump(Streams *s) {
        InstructionWriter w;
        int r;

        while (streams_wants_pump(s)) {
                r = message_begin(s, &w);
                if (r < 0)
                        return r;
                if (buffer_size(w.out) >= STREAMS_OUTGOING_MARK) {
                        websocket_cancel(s->ws);
                        return 0;
                }
                write_clipboard(s, &w);
                r = message_end(s, &w);
                if (r < 0)
                        return r;
        }
        return 0;
}

void streams_acknowledged(Streams *s, uint32_t index, int64_t status) {
        if (s->sound)
                sound_acknowledged(s->sound, index, status);
        /* The page does not want it. Acks of pictures and of what is long done come here, too. */
        if (status >= LABGATE_STATUS_UNSUPPORTED && s->clipboard_index >= 0 && index == (uint32_t) s->clipboard_index)
                outgoing_close(s);
}

/* ---- from the page ---- */

/* Like guacd: what is too much of a clipboard is left out, from a character on. */
static void commit_clipboard(IncomingStream *i, size_t n, size_t limit) {
        size_t held = buffer_size(&i->data), all = held + n;

        if (i->is_full)
                return;
        i->is_full = all > limit;
        buffer_commit(&i->data, n);
        if (i->is_full)
                buffer_truncate(&i->data, utf8_prefix(buffer_bytes(&i->data), all, limit));
}

static IncomingStream *find_stream(Streams *s, uint32_t index) {
        for (size_t i = 0; i < STREAMS_INCOMING_MAX; i++)
                if (s->incoming[i].kind != STREAM_FREE && s->incoming[i].index == index)
                        return &s->incoming[i];
        return NULL;
}

/* Opening on an index that is open replaces the old stream. NULL if there are too many. */
static IncomingStream *open_stream(Streams *s, uint32_t index, StreamKind kind) {
        IncomingStream *i = find_stream(s, index);

        if (i)
                stream_close(i);
        for (size_t k = 0; !i && k < STREAMS_INCOMING_MAX; k++)
                if (s->incoming[k].kind == STREAM_FREE)
                        i = &s->incoming[k];
        if (i)
                *i = (IncomingStream) { .kind = kind, .index = index };
        return i;
}

int streams_open_clipboard(Streams *s, uint32_t index, Slice mimetype) {
        if (s->refuse_clipboard)
                return acknowledge(s, index, "Pasting is switched off", LABGATE_STATUS_BROWSER_FORBIDDEN);
        if (!slice_equal(mimetype, TEXT_PLAIN))
                return acknowledge(s, index, "Only text can be pasted", LABGATE_STATUS_BROWSER_BAD_TYPE);
        if (!open_stream(s, index, STREAM_CLIPBOARD))
                return acknowledge(s, index, "Too many streams", LABGATE_STATUS_BROWSER_OVERRUN);
        return 0;
}

int streams_open_argv(Streams *s, uint32_t index, Slice mimetype, Slice name) {
        char copy[STREAMS_NAME_MAX + 1] = "";
        IncomingStream *i;

        if (name.size <= STREAMS_NAME_MAX)
                memcpy(copy, name.data, name.size);
        if (copy[0] == 0 || !s->events->accept_argv(s->userdata, copy))
                return acknowledge(s, index, "This setting cannot be changed", LABGATE_STATUS_BROWSER_FORBIDDEN);
        if (!slice_equal(mimetype, TEXT_PLAIN))
                return acknowledge(s, index, "Settings are text", LABGATE_STATUS_BROWSER_BAD_TYPE);
        i = open_stream(s, index, STREAM_ARGV);
        if (!i)
                return acknowledge(s, index, "Too many streams", LABGATE_STATUS_BROWSER_OVERRUN);
        memcpy(i->name, copy, sizeof copy);
        return acknowledge(s, index, "", LABGATE_STATUS_SUCCESS);
}

static int fail_stream(Streams *s, IncomingStream *i, const char *text, int status) {
        uint32_t index = i->index;

        stream_close(i);
        return acknowledge(s, index, text, status);
}

int streams_blob(Streams *s, uint32_t index, Slice base64) {
        IncomingStream *i = find_stream(s, index);
        uint8_t *bytes;
        ssize_t n;

        if (!i)
                return 0;
        bytes = buffer_reserve(&i->data, base64.size / 4 * 3 + 1);
        if (!bytes)
                return -ENOMEM;
        n = base64_decode(base64.data, base64.size, bytes);
        if (n < 0)
                return fail_stream(s, i, "Not base64", LABGATE_STATUS_BROWSER_BAD_REQUEST);
        if (i->kind == STREAM_ARGV && buffer_size(&i->data) + (size_t) n > STREAMS_ARGV_MAX)
                return fail_stream(s, i, "Too long", LABGATE_STATUS_BROWSER_OVERRUN);
        if (i->kind == STREAM_CLIPBOARD)
                commit_clipboard(i, (size_t) n, s->clipboard_size);
        else
                buffer_commit(&i->data, (size_t) n);
        return 0;
}

/* The text of a stream that has ended, for its event. */
static int deliver(Streams *s, IncomingStream *i) {
        const char *text = buffer_size(&i->data) > 0 ? (const char *) buffer_bytes(&i->data) : "";
        size_t size;
        char *mended = utf8_mend(text, buffer_size(&i->data), i->kind == STREAM_ARGV, &size);

        if (!mended)
                return -ENOMEM;
        if (i->kind == STREAM_ARGV)
                s->events->argv(s->userdata, i->name, mended);
        else
                s->events->clipboard(s->userdata, mended, utf8_prefix(mended, size, s->clipboard_size));
        explicit_bzero(mended, size);
        free(mended);
        return 0;
}

int streams_end(Streams *s, uint32_t index) {
        IncomingStream *i = find_stream(s, index);
        int r;

        if (!i)
                return 0;
        r = deliver(s, i);
        stream_close(i);
        return r;
}
