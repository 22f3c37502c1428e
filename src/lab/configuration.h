/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* labgate.conf: what holds for the whole service. */

#include "settings.h"

typedef struct Configuration {
        char **allowed_origins;     /* NULL: any */
        char **token_parameters;    /* default: token */
        char *public_url;           /* what `labgate add` prints with the token; NULL: none */
        int64_t max_sessions;       /* of the whole service, 0: only systemd's MaxConnections */
        char *font_name;            /* default where a lab names none */
        int64_t font_size;
        int64_t idle_timeout, time_limit; /* where a lab says nothing; 0: none */
} Configuration;

extern const LabgateSetting configuration_settings[];

/* fd < 0: all defaults. 0, -EINVAL with error, -ENOMEM. */
int configuration_load(Configuration *ret, int fd, const char *file, SettingsError *error);
void configuration_done(Configuration *c);
