/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A lab: the file a token opens. What every protocol has in common; the plugin's own settings go beside it. */

#include "settings.h"
#include "token.h"

#define LAB_PROTOCOL_SIZE_MAX 16
#define LAB_UNSET (-1) /* the file says nothing: labgate.conf decides */

typedef struct LabSettings {
        char *name;
        char *protocol;          /* "ssh", "vnc", "rdp": [a-z0-9]{1,16}, names the plugin's file */
        char *hostname;
        int64_t port;            /* 0: the plugin's default */
        int64_t *ports;          /* what the page's query may ask for instead */
        int64_t timeout;         /* seconds for one round of connection attempts */
        int64_t wait;            /* seconds to keep trying a host that is still booting */
        bool read_only;
        int64_t not_before, not_after; /* seconds since the epoch, 0: none */
        bool single_use;
        int64_t max_sessions;    /* 0: no limit */
        int64_t idle_timeout;    /* seconds without input, 0: none, LAB_UNSET */
        int64_t time_limit;      /* seconds, 0: none, LAB_UNSET */
        bool disable_copy, disable_paste;
        int64_t clipboard_buffer_size;
        int64_t width, height, dpi; /* 0: the page's */
        char *font_name;         /* common, because the porter resolves it */
} LabSettings;

extern const LabgateSetting lab_settings[];

/* Opens DIRECTORY/<token's hash>.conf with every check CONTRACT asks for (no symlink, regular, at most 64 KiB, not
 * writable by group or others, owner root or the caller) and never blocks. 0 with an open descriptor, -ENOENT,
 * -EINVAL with error. Tries directories in turn. */
int lab_open(const char *const *directories, const char *hash, int *ret_fd, char **ret_path, SettingsError *error);

/* The same for any path, links refused only as its last part; for checking a file that is not a lab yet. */
int lab_open_path(const char *path, int *ret_fd, SettingsError *error);

/* Reads at most SETTINGS_FILE_MAX bytes from an open lab file from its beginning (pread). NUL-terminated, in memory
 * that the caller wipes and frees. -EFBIG. */
int lab_read(int fd, char **ret_text, size_t *ret_size);

/* A word of a-z and 0-9, at most LAB_PROTOCOL_SIZE_MAX of them: safe in a file name. */
bool lab_protocol_is_valid(const char *protocol);

/* Checks beyond the table: protocol's alphabet, hostname's shape, not_before < not_after. */
int lab_check(const LabSettings *lab, const char *file, SettingsError *error);
