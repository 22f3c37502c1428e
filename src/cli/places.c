/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "config.h"
#include "places.h"

static const char *place(const char *variable, const char *otherwise) {
        const char *value = getenv(variable);

        return value && *value ? value : otherwise;
}

void places_done(Places *p) {
        for (char **s = p->labs; s && *s; s++)
                free(*s);
        free(p->labs);
        *p = (Places) {};
}

int places_init(Places *p) {
        _cleanup_free_ char *list = strdup(place("LABGATE_LABS", LABGATE_LAB_DIRS));
        char *rest = list, *directory;
        size_t n = 0;

        *p = (Places) {
                .plugins = place("LABGATE_PLUGINS", LABGATE_PLUGIN_DIR),
                .configuration = place("LABGATE_CONFIG", LABGATE_CONF),
                .state = place("LABGATE_STATE", LABGATE_STATE_DIR),
                .porter = place("LABGATE_PORTER", LABGATE_PORTER_SOCKET),
        };
        if (!list)
                return -ENOMEM;
        p->labs = calloc(strlen(list) + 2, sizeof *p->labs);
        while (p->labs && (directory = strsep(&rest, ":"))) {
                if (!*directory)
                        continue;
                p->labs[n] = strdup(directory);
                if (!p->labs[n++])
                        break;
        }
        if (!p->labs || (n > 0 && !p->labs[n - 1])) {
                places_done(p);
                return -ENOMEM;
        }
        return 0;
}
