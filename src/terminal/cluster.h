/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Base characters with what combines onto them, each combination once, so that equal cells have equal bits. Entries
 * that no row shows any more are found by marking all rows and swept when the table is full. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terminal.h"

#define CLUSTER_SWEEP_INTERVAL 8192 /* requests of a full table between two sweeps, which walk the whole scrollback */

typedef struct Cluster {
        uint32_t code_points[TERMINAL_CLUSTER_MAX]; /* 0 behind the last; first is 0 in a free entry */
} Cluster;

typedef struct ClusterTable {
        Cluster *entries;
        uint32_t *slots;       /* hash table of index + 1, twice as many as entries */
        bool *marked;
        size_t capacity, used, next_free;
        unsigned refused;      /* since the last sweep */
} ClusterTable;

void cluster_done(ClusterTable *t);

/* The index of this combination, entered if it is new. -ENOMEM; -ENOSPC if the table is full and a sweep may help;
 * -EBUSY if it was swept just now and is full. */
int cluster_enter(ClusterTable *t, const Cluster *cluster);

const Cluster *cluster_get(const ClusterTable *t, uint32_t index); /* NULL if there is none */

void cluster_mark(ClusterTable *t, uint32_t index);
void cluster_sweep(ClusterTable *t); /* frees what is not marked, unmarks the rest */
