/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"

#define BUFFER_CAPACITY_MIN 256

void buffer_done(Buffer *b) {
        free(b->data);
        *b = (Buffer) { .limit = b->limit };
}

/* Moving what is left to the front is cheaper than growing once at least half of the memory was consumed. */
static void buffer_compact(Buffer *b) {
        memmove(b->data, b->data + b->start, buffer_size(b));
        b->end -= b->start;
        b->start = 0;
}

void *buffer_reserve(Buffer *b, size_t size) {
        size_t held = buffer_size(b), needed, capacity;
        uint8_t *data;

        if (__builtin_add_overflow(held, size, &needed) || (b->limit > 0 && needed > b->limit))
                return NULL;
        if (b->data && b->capacity - b->end >= size)
                return b->data + b->end;
        if (b->data && needed <= b->capacity / 2) {
                buffer_compact(b);
                return b->data + b->end;
        }

        capacity = MAX(needed, (size_t) BUFFER_CAPACITY_MIN);
        if (__builtin_add_overflow(capacity, capacity / 2, &capacity))
                return NULL;
        data = malloc(capacity);
        if (!data)
                return NULL;
        if (held > 0)
                memcpy(data, buffer_bytes(b), held);
        /* Whoever wipes what it holds in the end has left nothing behind on the way. */
        if (b->data)
                explicit_bzero(b->data, b->end);
        free(b->data);
        b->data = data;
        b->capacity = capacity;
        b->start = 0;
        b->end = held;
        return b->data + b->end;
}

void buffer_commit(Buffer *b, size_t size) {
        b->end += size;
}

int buffer_append(Buffer *b, const void *bytes, size_t size) {
        void *p;

        if (size == 0)
                return 0;
        p = buffer_reserve(b, size);
        if (!p)
                return b->limit > 0 && size > b->limit - MIN(b->limit, buffer_size(b)) ? -ENOBUFS : -ENOMEM;
        memcpy(p, bytes, size);
        buffer_commit(b, size);
        return 0;
}

int buffer_append_text(Buffer *b, const char *text) {
        return buffer_append(b, text, strlen(text));
}

int buffer_append_format(Buffer *b, const char *format, ...) {
        char text[1024];
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        if (n < 0)
                return -EINVAL;
        if ((size_t) n >= sizeof text)
                return -ENOBUFS;
        return buffer_append(b, text, (size_t) n);
}

void buffer_consume(Buffer *b, size_t size) {
        b->start += MIN(size, buffer_size(b));
        if (b->start == b->end)
                b->start = b->end = 0;
}

void buffer_truncate(Buffer *b, size_t size) {
        if (size < buffer_size(b))
                b->end = b->start + size;
}

void buffer_clear(Buffer *b) {
        b->start = b->end = 0;
}

void buffer_trim(Buffer *b, size_t keep) {
        if (b->capacity > keep && buffer_size(b) == 0) {
                free(b->data);
                b->data = NULL;
                b->capacity = b->start = b->end = 0;
        }
}

void buffer_wipe(Buffer *b) {
        if (b->data)
                explicit_bzero(b->data, b->capacity);
        buffer_clear(b);
}
