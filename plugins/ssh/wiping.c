/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libssh2's allocator. Overwriting costs a running session about a microsecond a packet, so there is no switch to
 * forget. */

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "wiping.h"

/* The public point of an ECDSA key (EC_MAX_POINT_LEN). libssh2 1.11 allocates it here and gives it to free() itself
 * (libssh2 #2543), so blocks of this size are malloc()'s own, without a header. */
#define POINT_SIZE 133

typedef struct WipingBlock {
        struct WipingBlock *previous, *next;
        size_t size;
        alignas(max_align_t) char bytes[];
} WipingBlock;

static WipingBlock *block_of(void *p) {
        return (WipingBlock *) (void *) ((char *) p - offsetof(WipingBlock, bytes));
}

/* True if there was one there; what libssh2 has freed itself turns up here again with its address. */
static bool forget_point(WipingPool *pool, const void *p) {
        for (size_t i = 0; i < WIPING_POINTS_MAX; i++)
                if (pool->points[i] == p) {
                        pool->points[i] = NULL;
                        return true;
                }
        return false;
}

static void *point_alloc(WipingPool *pool) {
        for (size_t i = 0; i < WIPING_POINTS_MAX; i++)
                if (!pool->points[i]) {
                        void *p = malloc(POINT_SIZE);

                        (void) forget_point(pool, p);
                        return pool->points[i] = p;
                }
        return NULL;
}

static size_t size_of(const WipingPool *pool, void *p) {
        for (size_t i = 0; i < WIPING_POINTS_MAX; i++)
                if (pool->points[i] == p)
                        return POINT_SIZE;
        return block_of(p)->size;
}

void *wiping_alloc(size_t size, void **abstract) {
        WipingPool *pool = *abstract;
        WipingBlock *b;

        if (size > pool->limit - pool->used)
                return NULL;
        if (size == POINT_SIZE) {
                void *p = point_alloc(pool);

                if (p)
                        return p;
        }
        b = malloc(sizeof *b + size);
        if (!b)
                return NULL;
        *b = (WipingBlock) { .next = pool->blocks, .size = size };
        if (b->next)
                b->next->previous = b;
        pool->blocks = b;
        pool->used += size;
        (void) forget_point(pool, b->bytes);
        return b->bytes;
}

void wiping_free(void *p, void **abstract) {
        WipingPool *pool = *abstract;
        WipingBlock *b;

        if (!p)
                return;
        if (forget_point(pool, p)) {
                explicit_bzero(p, POINT_SIZE);
                free(p);
                return;
        }
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

        /* Of points nobody knows whether they are still there; they are public. */
        while (pool->blocks)
                wiping_free(pool->blocks->bytes, &abstract);
}

void *wiping_realloc(void *p, size_t size, void **abstract) {
        void *q = wiping_alloc(size, abstract);

        if (!q || !p)
                return q;
        memcpy(q, p, MIN(size_of(*abstract, p), size));
        wiping_free(p, abstract);
        return q;
}
