/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the porter's parts share. */

#include "../lab/configuration.h"
#include "fonts.h"
#include "lookup.h"
#include "visit.h"
#include "watch.h"
#include "workers.h"

#define VISITS_MAX 4096 /* connections at the same time; more wait in the socket's backlog */

struct Porter {
        sd_event *event;
        int listen_fd;
        sd_event_source *accepting;
        sd_event_source *accept_again; /* after descriptors or memory ran out */
        const char *configuration_path;
        Configuration configuration;
        struct stat configuration_stat; /* of what configuration was read from; zero: defaults */
        Shelf shelf;
        Workers *resolvers;
        Fonts *fonts;
        Watch *watch;
        Visit *visits;
        size_t n_visits;
        uint64_t last_serial;
};

/* How many have a lab; of one lab, if hash is given. */
size_t porter_count(const Porter *p, const char *hash);

/* labgate.conf, read-only; -1 if there is none. Takes notice of changes. */
int porter_open_configuration(Porter *p);

/* A visit came or went, or was given its lab. */
void porter_visits_changed(Porter *p);
