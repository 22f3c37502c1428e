/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Settings tables (LabgateSetting of plugin.h) at work: libconfig text into structs, errors with file, line and key,
 * wiping, listing. The only place that touches libconfig. */

#include <stdio.h>

#include "../../plugins/plugin.h"

#define SETTINGS_FILE_MAX (64u * 1024u)
#define SETTINGS_TABLES_MAX 4
#define SETTINGS_KEYS_MAX 128   /* in one file; libconfig's time grows with their square */
#define SETTINGS_LIST_MAX 128   /* values of one setting */
#define SETTINGS_DEPTH_MAX 4    /* of brackets, all of which but one are refused by type anyway */
#define SETTINGS_STRING_MAX 4096  /* bytes, where a row names no other limit */
#define SETTINGS_SECRET_MAX 32768
#define SETTINGS_MISTAKES_MAX 20  /* of one file, where every one is asked for */

/* What is wrong with a file, for its administrator; never for the page. "FILE:LINE: KEY: reason". Zeroed by the caller,
 * who calls settings_error_done() if every is set. */
typedef struct SettingsError {
        char text[512]; /* the first mistake */
        bool every;     /* asks for those behind it, too: reading goes on as far as sense can be made of the file */
        char *others;   /* each in a line that ends in a newline; NULL: none */
} SettingsError;

void settings_error_done(SettingsError *error);

/* A table and the struct that its rows' offsets point into. */
typedef struct SettingsTarget {
        const LabgateSetting *table; /* ended by a row without name */
        void *values;                /* zeroed by the caller; filled with fallbacks and what the file says */
} SettingsTarget;

/* Parses text (size at most SETTINGS_FILE_MAX, no NUL, no @include, no integer beyond 64 bits, each value in range)
 * into all targets. Keys that no table knows are refused, unless ignore_unknown (the porter knows only the common
 * settings). libconfig never sees a secret. file is a name for the error. 0, -EINVAL with error, -ENOMEM.
 * On failure the targets are as after settings_free(). */
int settings_parse(const char *file, const char *text, size_t size, const SettingsTarget *targets, size_t n_targets,
                   bool ignore_unknown, SettingsError *error);

/* Wipes secrets, frees what the rows own, zeroes the values. */
void settings_free(const LabgateSetting *table, void *values);

/* Finds a row; NULL. */
const LabgateSetting *settings_find(const LabgateSetting *table, const char *name);

/* One value as a lab file writes it ("name = value;\n"), escaped; for `labgate add`. text is checked against the row.
 * -EINVAL with a reason in error. */
int settings_format(const LabgateSetting *row, const char *text, FILE *out, SettingsError *error);

/* A table for people and for programs. */
void settings_print(const LabgateSetting *table, FILE *out);
void settings_print_json(const LabgateSetting *table, FILE *out);
