/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/descriptor.h"
#include "../base/log.h"
#include "lookup.h"

#define DIRECTORIES_MAX 16

static const struct {
        const char *protocol;
        uint16_t port;
} default_ports[] = { { "ssh", 22 }, { "vnc", 5900 }, { "rdp", 3389 } };

static int split(const char *list, char ***ret) {
        _cleanup_free_ char *copy = strdup(list);
        char **parts = calloc(DIRECTORIES_MAX + 1, sizeof *parts), *state = NULL;
        size_t n = 0;

        if (!copy || !parts) {
                free(parts);
                return -ENOMEM;
        }
        for (char *p = strtok_r(copy, ":", &state); p && n < DIRECTORIES_MAX; p = strtok_r(NULL, ":", &state))
                parts[n++] = strdup(p);
        *ret = parts;
        return 0;
}

static int open_used(const char *state) {
        _cleanup_close_ int fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int used;

        if (fd < 0)
                return -errno;
        if (mkdirat(fd, "used", 0700) < 0 && errno != EEXIST)
                return -errno;
        used = openat(fd, "used", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        return used < 0 ? -errno : used;
}

int shelf_init(Shelf *ret, const char *directories, const char *state) {
        int r;

        *ret = (Shelf) { .used_fd = -1 };
        r = split(directories, &ret->directories);
        if (r < 0)
                return r;
        r = open_used(state);
        if (r < 0)
                log_warning_errno(r, "%s: labs with single_use are refused", state);
        else
                ret->used_fd = r;
        return 0;
}

void shelf_done(Shelf *s) {
        for (char **d = s->directories; d && *d; d++)
                free(*d);
        free(s->directories);
        s->directories = NULL;
        s->used_fd = fd_close(s->used_fd);
}

void found_lab_done(FoundLab *found) {
        settings_free(lab_settings, &found->settings);
        free(found->path);
        found->path = NULL;
        found->fd = fd_close(found->fd);
}

static uint16_t find_port(const LabSettings *lab) {
        if (lab->port > 0)
                return (uint16_t) lab->port;
        for (size_t i = 0; i < ELEMENTS(default_ports); i++)
                if (strcmp(lab->protocol, default_ports[i].protocol) == 0)
                        return default_ports[i].port;
        return 0;
}

static int parse(FoundLab *found, SettingsError *error) {
        SettingsTarget target = { lab_settings, &found->settings };
        char *text = NULL;
        size_t size = 0;
        int r;

        r = lab_read(found->fd, &text, &size);
        if (r < 0) {
                snprintf(error->text, sizeof error->text, "%s: %s", found->path, strerror(-r));
                return r;
        }
        r = settings_parse(found->path, text, size, &target, 1, true, error);
        explicit_bzero(text, size);
        free(text);
        if (r < 0)
                return r;
        r = lab_check(&found->settings, found->path, error);
        if (r < 0)
                return r;
        found->port = find_port(&found->settings);
        if (found->port == 0) {
                snprintf(error->text, sizeof error->text, "%s: port: \"%s\" has no default port", found->path,
                         found->settings.protocol);
                return -EINVAL;
        }
        return 0;
}

int lookup_hash(const Shelf *s, const char *hash, FoundLab *ret) {
        FoundLab found = { .fd = -1 };
        SettingsError error = {};
        int r;

        r = lab_open((const char *const *) s->directories, hash, &found.fd, &found.path, &error);
        if (r == -ENOENT)
                return LOOKUP_NOTHING;
        if (r >= 0)
                r = fstat(found.fd, &found.stat) < 0 ? -errno : parse(&found, &error);
        if (r < 0) {
                found_lab_done(&found);
                if (r == -ENOMEM)
                        return r;
                log_error("Broken lab: %s", error.text[0] ? error.text : strerror(-r));
                return LOOKUP_BROKEN;
        }
        memcpy(found.hash, hash, sizeof found.hash);
        *ret = found;
        return LOOKUP_OK;
}

int lookup_token(const Shelf *s, const char *token, FoundLab *ret) {
        char hash[TOKEN_HASH_SIZE + 1];
        size_t size = strlen(token);

        if (!token_is_valid(token, size))
                return LOOKUP_NOTHING;
        token_hash(token, size, hash);
        return lookup_hash(s, hash, ret);
}

LookupVerdict lookup_may_enter(const Shelf *s, const FoundLab *found, int64_t now) {
        const LabSettings *lab = &found->settings;

        if (lab->not_before > 0 && now < lab->not_before)
                return LOOKUP_EARLY;
        if (lab->not_after > 0 && now >= lab->not_after)
                return LOOKUP_EXPIRED;
        if (lab->single_use && s->used_fd >= 0 && faccessat(s->used_fd, found->hash, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return LOOKUP_USED;
        return LOOKUP_OK;
}

int lookup_mark_used(const Shelf *s, const FoundLab *found) {
        _cleanup_close_ int fd = -1;

        if (!found->settings.single_use)
                return 0;
        if (s->used_fd < 0)
                return -EROFS;
        fd = openat(s->used_fd, found->hash, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        /* A power failure must not make the token new again. Blocks for a disk's few milliseconds, as reading labs does:
         * less than the service manager takes for the session that waits for it. */
        return fsync(fd) < 0 || fsync(s->used_fd) < 0 ? -errno : 0;
}

int lookup_stat(const Shelf *s, const char *hash, struct stat *ret) {
        char path[4096];
        int r = -ENOENT;

        for (char **d = s->directories; *d; d++) {
                if ((size_t) snprintf(path, sizeof path, "%s/%s.conf", *d, hash) >= sizeof path)
                        continue;
                if (lstat(path, ret) >= 0)
                        return 0;
                if (errno != ENOENT && errno != ENOTDIR)
                        r = -errno;
        }
        return r;
}

int lookup_compare(const Shelf *s, const char *hash, const struct stat *before) {
        struct stat now;
        int r = lookup_stat(s, hash, &now);

        if (r < 0)
                return r;
        return now.st_ino != before->st_ino || now.st_dev != before->st_dev || now.st_size != before->st_size ||
               now.st_ctim.tv_sec != before->st_ctim.tv_sec || now.st_ctim.tv_nsec != before->st_ctim.tv_nsec;
}

void lookup_sweep_used(const Shelf *s) {
        int fd = s->used_fd < 0 ? -1 : openat(s->used_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *e;
        struct stat st;

        if (!d) {
                fd_close(fd);
                return;
        }
        while ((e = readdir(d)))
                if (strlen(e->d_name) == TOKEN_HASH_SIZE && lookup_stat(s, e->d_name, &st) == -ENOENT)
                        (void) unlinkat(s->used_fd, e->d_name, 0);
        closedir(d);
}
