/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libssh2's allocator. The size of a block stands before it. Overwriting costs a running session about a microsecond a
 * packet, so there is no switch to forget. */

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "wiping.h"

#define HEAD alignof(max_align_t)

void *wiping_alloc(size_t size, void **abstract) {
        WipingPool *pool = *abstract;
        char *block;

        if (size > pool->limit - pool->used)
                return NULL;
        block = malloc(size + HEAD);
        if (!block)
                return NULL;
        memcpy(block, &size, sizeof size);
        pool->used += size;
        return block + HEAD;
}

void wiping_free(void *p, void **abstract) {
        WipingPool *pool = *abstract;
        char *block;
        size_t size;

        if (!p)
                return;
        block = (char *) p - HEAD;
        memcpy(&size, block, sizeof size);
        pool->used -= size;
        explicit_bzero(block, size + HEAD);
        free(block);
}

void *wiping_realloc(void *p, size_t size, void **abstract) {
        void *q = wiping_alloc(size, abstract);
        size_t old;

        if (!q || !p)
                return q;
        memcpy(&old, (char *) p - HEAD, sizeof old);
        memcpy(q, p, MIN(old, size));
        wiping_free(p, abstract);
        return q;
}
