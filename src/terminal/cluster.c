/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of combinations. Grows by doubling up to TERMINAL_CLUSTERS_MAX, never shrinks while the terminal lives. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "cluster.h"

#define CLUSTER_CAPACITY_MIN 64u

static size_t hash(const Cluster *c) {
        uint64_t h = 0xcbf29ce484222325u;

        for (size_t i = 0; i < TERMINAL_CLUSTER_MAX; i++)
                h = (h ^ c->code_points[i]) * 0x9e3779b97f4a7c15u;

        return (size_t) (h >> 32);
}

static void slot_enter(ClusterTable *t, size_t index) {
        size_t mask = t->capacity * 2 - 1, i = hash(&t->entries[index]) & mask;

        while (t->slots[i] != 0)
                i = (i + 1) & mask;
        t->slots[i] = (uint32_t) index + 1;
}

static void slots_rebuild(ClusterTable *t) {
        memset(t->slots, 0, t->capacity * 2 * sizeof *t->slots);
        for (size_t i = 0; i < t->capacity; i++)
                if (t->entries[i].code_points[0] != 0)
                        slot_enter(t, i);
}

static int table_grow(ClusterTable *t) {
        size_t capacity = MAX(t->capacity * 2, (size_t) CLUSTER_CAPACITY_MIN);
        _cleanup_free_ Cluster *entries = calloc(capacity, sizeof *entries);
        _cleanup_free_ uint32_t *slots = calloc(capacity * 2, sizeof *slots);
        _cleanup_free_ bool *marked = calloc(capacity, sizeof *marked);

        if (!entries || !slots || !marked)
                return -ENOMEM;

        if (t->capacity > 0)
                memcpy(entries, t->entries, t->capacity * sizeof *entries);
        t->next_free = t->capacity;
        t->capacity = capacity;
        free(t->entries);
        free(t->slots);
        free(t->marked);
        t->entries = TAKE_PTR(entries);
        t->slots = TAKE_PTR(slots);
        t->marked = TAKE_PTR(marked);
        slots_rebuild(t);
        return 0;
}

static int lookup(const ClusterTable *t, const Cluster *c) {
        size_t mask = t->capacity * 2 - 1;

        if (t->capacity == 0)
                return -ENOENT;

        for (size_t i = hash(c) & mask; t->slots[i] != 0; i = (i + 1) & mask)
                if (memcmp(&t->entries[t->slots[i] - 1], c, sizeof *c) == 0)
                        return (int) t->slots[i] - 1;

        return -ENOENT;
}

int cluster_enter(ClusterTable *t, const Cluster *cluster) {
        int r = lookup(t, cluster);

        if (r >= 0)
                return r;

        if (t->used == t->capacity) {
                if (t->capacity >= TERMINAL_CLUSTERS_MAX)
                        return ++t->refused >= CLUSTER_SWEEP_INTERVAL ? -ENOSPC : -EBUSY;
                r = table_grow(t);
                if (r < 0)
                        return r;
        }

        while (t->entries[t->next_free].code_points[0] != 0)
                t->next_free = (t->next_free + 1) & (t->capacity - 1);
        t->entries[t->next_free] = *cluster;
        t->used++;
        slot_enter(t, t->next_free);
        return (int) t->next_free;
}

const Cluster *cluster_get(const ClusterTable *t, uint32_t index) {
        return index < t->capacity && t->entries[index].code_points[0] != 0 ? &t->entries[index] : NULL;
}

void cluster_mark(ClusterTable *t, uint32_t index) {
        if (index < t->capacity)
                t->marked[index] = true;
}

void cluster_sweep(ClusterTable *t) {
        t->used = 0;
        for (size_t i = 0; i < t->capacity; i++) {
                if (!t->marked[i])
                        t->entries[i] = (Cluster) {};
                else
                        t->used++;
                t->marked[i] = false;
        }
        t->next_free = 0;
        t->refused = 0;
        slots_rebuild(t);
}

void cluster_done(ClusterTable *t) {
        free(t->entries);
        free(t->slots);
        free(t->marked);
        *t = (ClusterTable) {};
}
