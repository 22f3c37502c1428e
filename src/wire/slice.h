/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text that lies in somebody else's memory: no NUL behind it, gone when its owner goes. data is NULL if there is none,
 * which is not the same as empty. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

typedef struct Slice {
        const char *data;
        size_t size;
} Slice;

#define SLICE(literal) ((Slice) { (literal), sizeof(literal) - 1 })

static inline bool slice_equal(Slice s, const char *text) {
        return s.data && s.size == strlen(text) && memcmp(s.data, text, s.size) == 0;
}

static inline bool slice_equal_fold(Slice s, const char *text) {
        return s.data && s.size == strlen(text) && strncasecmp(s.data, text, s.size) == 0;
}
