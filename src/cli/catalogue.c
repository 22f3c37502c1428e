/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/descriptor.h"
#include "../lab/loader.h"
#include "catalogue.h"

void catalogue_entry_done(Entry *e) {
        settings_free(lab_settings, &e->lab);
        if (e->values)
                settings_free(e->plugin->settings, e->values);
        free(e->values);
        if (e->handle)
                dlclose(e->handle);
        free(e->path);
        *e = (Entry) {};
}

static int parse_common(Entry *e, const char *text, size_t size, SettingsError *error) {
        const SettingsTarget target = { lab_settings, &e->lab };
        int r;

        r = settings_parse(e->path, text, size, &target, 1, true, error);
        return r < 0 ? r : lab_check(&e->lab, e->path, error);
}

static int check_plugin(const Entry *e, SettingsError *error) {
        char reason[384] = "";

        if (!e->plugin->check || e->plugin->check(e->values, reason, sizeof reason) == 0)
                return 0;
        snprintf(error->text, sizeof error->text, "%s:1: %s", e->path, reason);
        return -EINVAL;
}

static int parse_with_plugin(Entry *e, const char *text, size_t size, SettingsError *error) {
        SettingsTarget targets[] = { { lab_settings, &e->lab }, { e->plugin->settings, NULL } };
        int r;

        e->values = calloc(1, e->plugin->settings_size + 1);
        if (!e->values)
                return -ENOMEM;
        targets[1].values = e->values;
        r = settings_parse(e->path, text, size, targets, ELEMENTS(targets), false, error);
        if (r == 0)
                r = lab_check(&e->lab, e->path, error);
        return r < 0 ? r : check_plugin(e, error);
}

/* The protocol alone, whatever else is wrong with the file. Sets plugin if it can, and says nothing. */
static void find_plugin(Entry *e, const char *text, size_t size, const Places *places) {
        static const LabgateSetting table[] = { { "protocol", LABGATE_SETTING_STRING, .max = LAB_PROTOCOL_SIZE_MAX },
                                                {} };
        _cleanup_free_ char *protocol = NULL;
        SettingsError error = {};
        char reason[384];

        (void) settings_parse(e->path, text, size, &(SettingsTarget) { table, &protocol }, 1, true, &error);
        if (protocol)
                (void) loader_open(places->plugins, protocol, &e->plugin, &e->handle, reason, sizeof reason);
}

int catalogue_parse_whole(Entry *e, const char *text, size_t size, const Places *places, SettingsError *error) {
        char reason[384];
        int r;

        find_plugin(e, text, size, places);
        if (e->plugin)
                return parse_with_plugin(e, text, size, error);
        r = parse_common(e, text, size, error);
        if (r < 0)
                return r;
        r = loader_open(places->plugins, e->lab.protocol, &e->plugin, &e->handle, reason, sizeof reason);
        snprintf(error->text, sizeof error->text, "%s:1: protocol: %s", e->path, reason);
        return r == -ENOMEM ? r : -EINVAL;
}

static int read_entry(Entry *e, int fd, const Places *places, SettingsError *error) {
        char *text;
        size_t size;
        int r;

        r = lab_read(fd, &text, &size);
        if (r < 0) {
                snprintf(error->text, sizeof error->text, "%s:1: %s", e->path, strerror(-r));
                return -EINVAL;
        }
        r = places ? catalogue_parse_whole(e, text, size, places, error) : parse_common(e, text, size, error);
        explicit_bzero(text, size);
        free(text);
        return r;
}

int catalogue_read(Entry *e, int fd, SettingsError *error) {
        return read_entry(e, fd, NULL, error);
}

int catalogue_read_whole(Entry *e, int fd, const Places *places, SettingsError *error) {
        return read_entry(e, fd, places, error);
}

/* ---- all of them ---- */

static int is_visible(const struct dirent *entry) {
        return *entry->d_name != '.';
}

static struct dirent **names_free(struct dirent **names) {
        for (struct dirent **n = names; n && *n; n++)
                free(*n);
        free(names);
        return NULL;
}
DEFINE_CLEANUP(struct dirent **, names_free);

static bool is_hash_name(const char *name) {
        return strlen(name) == TOKEN_HASH_SIZE + strlen(".conf") && strcmp(name + TOKEN_HASH_SIZE, ".conf") == 0 &&
               strspn(name, "0123456789abcdef") == TOKEN_HASH_SIZE;
}

static int open_entry(Entry *e, const char *directory, const char *name, int *ret_fd, SettingsError *error) {
        const char *const directories[] = { directory, NULL };

        if (!is_hash_name(name)) {
                snprintf(error->text, sizeof error->text, "%s/%s:1: not named by a token's hash, no token opens it",
                         directory, name);
                return -EINVAL;
        }
        memcpy(e->hash, name, TOKEN_HASH_SIZE);
        return lab_open(directories, e->hash, ret_fd, &e->path, error);
}

static int visit(const Places *places, bool whole, const char *directory, const char *name, CatalogueVisitor visitor,
                 void *userdata) {
        _cleanup_(catalogue_entry_done) Entry entry = {};
        _cleanup_close_ int fd = -1;
        _cleanup_(settings_error_done) SettingsError error = { .every = whole };
        int r;

        r = open_entry(&entry, directory, name, &fd, &error);
        if (r == -ENOENT) /* just removed */
                return 0;
        if (r == 0)
                r = read_entry(&entry, fd, whole ? places : NULL, &error);
        if (r < 0 && r != -EINVAL)
                return r;
        return visitor(r == 0 ? &entry : NULL, &error, userdata);
}

static int visit_directory(const Places *places, bool whole, const char *directory, CatalogueVisitor visitor,
                           void *userdata) {
        _cleanup_(names_freep) struct dirent **names = NULL;
        struct dirent **all = NULL;
        int n = scandir(directory, &all, is_visible, alphasort), r = 0;

        if (n < 0 && errno == ENOENT)
                return 0;
        if (n < 0)
                return -errno;
        names = reallocarray(all, (size_t) n + 1, sizeof *names);
        if (!names)
                return -ENOMEM;
        names[n] = NULL;
        for (int i = 0; i < n && r >= 0; i++)
                r = visit(places, whole, directory, names[i]->d_name, visitor, userdata);
        return r;
}

int catalogue_visit(const Places *places, bool whole, CatalogueVisitor visitor, void *userdata) {
        int r = 0;

        for (char **directory = places->labs; *directory && r >= 0; directory++)
                r = visit_directory(places, whole, *directory, visitor, userdata);
        return r;
}
