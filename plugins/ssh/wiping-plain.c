/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The allocator for libssh2 1.11 and later, which gives some of its blocks to free() itself: they are malloc()'s own,
 * without a header. Keeps no list, for nobody would tell it what is gone; what libssh2 freed itself stays counted, some
 * hundred bytes of public key for each agreement on keys. */

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "wiping.h"

void *wiping_alloc(size_t size, void **abstract) {
        WipingPool *pool = *abstract;
        void *p;

        if (pool->used > pool->limit || size > pool->limit - pool->used)
                return NULL;
        p = malloc(size);
        if (p)
                pool->used += malloc_usable_size(p);
        return p;
}

void wiping_free(void *p, void **abstract) {
        WipingPool *pool = *abstract;
        size_t size = p ? malloc_usable_size(p) : 0;

        if (!p)
                return;
        pool->used -= MIN(size, pool->used);
        explicit_bzero(p, size);
        free(p);
}

void *wiping_realloc(void *p, size_t size, void **abstract) {
        void *q = wiping_alloc(size, abstract);

        if (!q || !p)
                return q;
        memcpy(q, p, MIN(malloc_usable_size(p), size));
        wiping_free(p, abstract);
        return q;
}

void wiping_done(WipingPool *pool) {
        pool->used = 0;
}
