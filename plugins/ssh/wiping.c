/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The allocator for libssh2 1.10; wiping-plain.c has that for later ones. Overwriting costs a running session about a
 * microsecond a packet, so there is no switch to forget. */

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "wiping.h"

typedef struct WipingBlock {
        struct WipingBlock *previous, *next;
        size_t size;
        alignas(max_align_t) char bytes[];
} WipingBlock;

static WipingBlock *block_of(void *p) {
        return (WipingBlock *) (void *) ((char *) p - offsetof(WipingBlock, bytes));
}

void *wiping_alloc(size_t size, void **abstract) {
        WipingPool *pool = *abstract;
        WipingBlock *b;

        if (size > pool->limit - pool->used)
                return NULL;
        b = malloc(sizeof *b + size);
        if (!b)
                return NULL;
        *b = (WipingBlock) { .next = pool->blocks, .size = size };
        if (b->next)
                b->next->previous = b;
        pool->blocks = b;
        pool->used += size;
        return b->bytes;
}

void wiping_free(void *p, void **abstract) {
        WipingPool *pool = *abstract;
        WipingBlock *b;

        if (!p)
                return;
        b = block_of(p);
        if (b->next)
                b->next->previous = b->previous;
        if (b->previous)
                b->previous->next = b->next;
        else
                pool->blocks = b->next;
        pool->used -= b->size;
        explicit_bzero(b, sizeof *b + b->size);
        free(b);
}

void wiping_done(WipingPool *pool) {
        void *abstract = pool;

        while (pool->blocks)
                wiping_free(pool->blocks->bytes, &abstract);
}

void *wiping_realloc(void *p, size_t size, void **abstract) {
        void *q = wiping_alloc(size, abstract);

        if (!q || !p)
                return q;
        memcpy(q, p, MIN(block_of(p)->size, size));
        wiping_free(p, abstract);
        return q;
}
