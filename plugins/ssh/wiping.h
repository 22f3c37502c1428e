/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Memory for libssh2: overwritten before it goes back, because libssh2 copies passwords and keys into packets and
 * frees them as they are (and 1.10 forgets some); and bounded, because a host decides how much libssh2 keeps. */

#include <stddef.h>

/* What libssh2's abstract pointer points to, the first member of whatever else it is. */
typedef struct WipingPool {
        size_t used, limit;
        struct WipingBlock *blocks;
} WipingPool;

/* Gives back what libssh2 forgot. */
void wiping_done(WipingPool *pool);

void *wiping_alloc(size_t size, void **abstract);
void *wiping_realloc(void *p, size_t size, void **abstract);
void wiping_free(void *p, void **abstract);
