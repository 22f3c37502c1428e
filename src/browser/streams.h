/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Streams of both directions but pictures: the clipboard and argv. Outgoing text is kept here and written in portions,
 * so that a large clipboard does not stand in the way of frames; incoming streams are few and bounded. */

#include <stdbool.h>

#include "../wire/instruction.h"
#include "../wire/websocket.h"
#include "sound.h"

#define STREAMS_INCOMING_MAX 8
#define STREAMS_OUTGOING_LAST 62          /* outgoing indexes are 0..62, sound.h and image.h have those above */
#define STREAMS_INDEX_MAX 65535           /* of incoming streams */
#define STREAMS_ARGV_MAX (16u * 1024u)    /* bytes of an argv value */
#define STREAMS_NAME_MAX 64               /* of an argv name */
#define STREAMS_OUTGOING_MARK (64u * 1024u) /* bytes of output above which streams_pump() writes nothing */

typedef struct StreamsEvents {
        /* May the page set this? False refuses the stream with 0x303. Asked in read-only sessions too: only what
         * changes nothing but the view may be allowed there. */
        bool (*accept_argv)(void *userdata, const char *name);
        /* A whole argv value, valid UTF-8 without NUL in it, NUL-terminated. */
        void (*argv)(void *userdata, const char *name, const char *value);
        /* The page's clipboard, valid UTF-8, at most clipboard_size bytes. */
        void (*clipboard)(void *userdata, const char *text, size_t size);
} StreamsEvents;

typedef enum StreamKind {
        STREAM_FREE,
        STREAM_CLIPBOARD,
        STREAM_ARGV,
} StreamKind;

typedef struct IncomingStream {
        StreamKind kind;
        uint32_t index;
        char name[STREAMS_NAME_MAX + 1]; /* argv */
        bool is_full; /* clipboard: the rest is left out */
        Buffer data;
} IncomingStream;

typedef struct Streams {
        WebSocket *ws;
        Sound *sound;          /* hears of acks; NULL: none. The owner sets it */
        const StreamsEvents *events;
        void *userdata;
        size_t clipboard_size; /* bytes, of both directions; the owner sets these two */
        bool refuse_clipboard; /* disable_paste or read-only */
        IncomingStream incoming[STREAMS_INCOMING_MAX];
        Buffer clipboard;      /* outgoing: what of the text was not written yet */
        int clipboard_index;   /* -1: no stream is open */
        Buffer next_clipboard; /* waits for the one before it; a later text takes its place */
        bool next_is_set;
        unsigned next_index;
} Streams;

void streams_init(Streams *s, WebSocket *ws, const StreamsEvents *events, void *userdata);
void streams_done(Streams *s); /* wipes clipboards */

/* ---- towards the page ---- */

/* The remote clipboard changed; text is cut at clipboard_size and mended, and goes out by streams_pump(). 0,
 * -ENOMEM. */
int streams_set_clipboard(Streams *s, const char *text, size_t size);

/* A live setting's present value; written at once. 0 or negative errno. */
int streams_send_argv(Streams *s, const char *name, const char *value);

/* Writes what waits while output holds less than STREAMS_OUTGOING_MARK; call it when output was written. 0 or negative
 * errno. */
int streams_pump(Streams *s);
bool streams_wants_pump(const Streams *s);

/* ---- from the page, called by input.h ---- */

/* Each answers 0 or negative errno; a page's fault is answered to the page by an ack. */
int streams_open_clipboard(Streams *s, uint32_t index, Slice mimetype);
int streams_open_argv(Streams *s, uint32_t index, Slice mimetype, Slice name);
int streams_blob(Streams *s, uint32_t index, Slice base64);
int streams_end(Streams *s, uint32_t index);
void streams_acknowledged(Streams *s, uint32_t index, int64_t status);
int streams_refuse(Streams *s, uint32_t index, const char *text, int status); /* ack with an error */
