/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Labs as their administrator has them: all of those in the directories, read with and without their plugin. */

#include "../lab/lab.h"
#include "places.h"

/* One lab file. */
typedef struct Entry {
        char *path;
        char hash[TOKEN_HASH_SIZE + 1];
        LabSettings lab;
        /* Only after catalogue_read_whole(): */
        const LabgatePlugin *plugin;
        void *handle;
        void *values; /* the plugin's */
} Entry;

void catalogue_entry_done(Entry *e);

/* The common settings from an open file. -EINVAL with error. */
int catalogue_read(Entry *e, int fd, SettingsError *error);

/* All settings: with the plugin's, and what the plugin itself checks. The handle stays open as long as the entry. */
int catalogue_read_whole(Entry *e, int fd, const Places *places, SettingsError *error);
int catalogue_parse_whole(Entry *e, const char *text, size_t size, const Places *places, SettingsError *error);

/* Calls with each lab of each directory, in order of their file names. entry is NULL and error set for a file that
 * cannot be read. Below 0 from the function ends it. */
typedef int (*CatalogueVisitor)(Entry *entry, const SettingsError *error, void *userdata);
int catalogue_visit(const Places *places, bool whole, CatalogueVisitor visitor, void *userdata);
