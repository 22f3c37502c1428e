/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One connection to a lab machine: all its addresses in turn, staggered (RFC 8305), in rounds under one time limit
 * each, repeated while the lab may still be booting. Hands over a connected socket and never reads from it. */

#include <stdint.h>

#include "../../plugins/plugin.h"
#include "workers.h"

typedef struct Connector Connector;

typedef struct ConnectorTarget {
        const char *lab;      /* for texts */
        const char *hostname;
        uint16_t port;
        int64_t timeout, wait; /* seconds */
} ConnectorTarget;

/* All from the loop, never from connector_new(). connected() and failed() are the last and may free the connector. */
typedef struct ConnectorEvents {
        void (*waiting)(void *userdata, const char *text);
        void (*connected)(void *userdata, int fd, const char *address); /* fd is theirs */
        void (*failed)(void *userdata, LabgateStatus status, const char *text);
} ConnectorEvents;

int connector_new(Connector **ret, sd_event *event, Workers *workers, const ConnectorTarget *target,
                  const ConnectorEvents *events, void *userdata);
Connector *connector_free(Connector *c);
DEFINE_CLEANUP(Connector *, connector_free)
