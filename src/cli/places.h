/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the installation keeps its things, and where the environment says instead (for tests and development). */

typedef struct Places {
        char **labs;         /* directories, the lasting one first; NULL-terminated */
        const char *plugins;
        const char *configuration;
        const char *state;   /* of the porter */
        const char *porter;  /* its socket */
} Places;

int places_init(Places *p);
void places_done(Places *p);
