/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A growing byte queue with a limit: bytes are appended behind and consumed in front. Never shrinks below what it
 * holds; buffer_trim() gives memory back. */

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

typedef struct Buffer {
        uint8_t *data; /* the first byte not consumed is data[start] */
        size_t start;
        size_t end;    /* one past the last byte */
        size_t capacity;
        size_t limit;  /* buffer_size() never passes it; 0: no limit of its own */
} Buffer;

static inline size_t buffer_size(const Buffer *b) {
        return b->end - b->start;
}

static inline uint8_t *buffer_bytes(const Buffer *b) {
        return b->data ? b->data + b->start : NULL;
}

void buffer_done(Buffer *b);

/* Room for size more bytes behind the end: where to write them, then buffer_commit(). NULL without memory or past
 * the limit; the buffer is as before. */
void *buffer_reserve(Buffer *b, size_t size);
void buffer_commit(Buffer *b, size_t size);

int buffer_append(Buffer *b, const void *bytes, size_t size);      /* 0, -ENOMEM, -ENOBUFS past the limit */
int buffer_append_text(Buffer *b, const char *text);
int buffer_append_format(Buffer *b, const char *format, ...) _printf_(2, 3);
void buffer_consume(Buffer *b, size_t size);                       /* at most buffer_size() */
void buffer_truncate(Buffer *b, size_t size);                      /* drop from the end, down to size */
void buffer_clear(Buffer *b);
void buffer_trim(Buffer *b, size_t keep);                          /* capacity above keep goes back if it is not used */
void buffer_wipe(Buffer *b);                                       /* overwrite all of it, then clear */
