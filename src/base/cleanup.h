/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Ownership of locals, systemd's way: _cleanup_ gives back at the end of scope, TAKE_* hands over. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _const_ __attribute__((const))
#define _pure_ __attribute__((pure))
#define _unused_ __attribute__((unused))

#define ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ({ typeof(a) min_a = (a); typeof(b) min_b = (b); min_a < min_b ? min_a : min_b; })
#define MAX(a, b) ({ typeof(a) max_a = (a); typeof(b) max_b = (b); max_a > max_b ? max_a : max_b; })
#define CLAMP(x, low, high) MIN(MAX(x, low), high)

#define TAKE_PTR(p) ({ typeof(p) take_p = (p); (p) = NULL; take_p; })

/* DEFINE_CLEANUP(Type *, type_free) makes type_freep() for _cleanup_(type_freep). */
#define DEFINE_CLEANUP(type, function)                       \
        static inline void function##p(type *p) {            \
                if (*p)                                      \
                        *p = function(*p);                   \
        }

static inline void freep(void *p) {
        free(*(void **) p);
}

#define _cleanup_free_ _cleanup_(freep)

/* For what may be a person's secret: size bytes of it are wiped. p may be NULL. */
static inline void *free_wiped(void *p, size_t size) {
        if (p)
                explicit_bzero(p, size);
        free(p);
        return NULL;
}
