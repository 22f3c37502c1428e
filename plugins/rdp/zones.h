/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Time zones by their IANA names, as generate-zones found them where this was built. */

typedef struct Zone {
        const char *name;
        const char *rule; /* for TZ, by POSIX */
} Zone;

extern const Zone zones[]; /* ended by one without a name */
