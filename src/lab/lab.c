/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/cleanup.h"
#include "../base/descriptor.h"
#include "../base/utf8.h"
#include "lab.h"

#define LAB_NAME_SIZE_MAX 128
#define LAB_HOSTNAME_SIZE_MAX 253
#define LAB_CLIPBOARD_DEFAULT (256 * 1024)
#define LAB_CLIPBOARD_MAX (50 * 1024 * 1024)
#define DAY (24 * 60 * 60)

#define AT(field) .offset = offsetof(LabSettings, field)

const LabgateSetting lab_settings[] = {
        { "name", LABGATE_SETTING_STRING, LABGATE_SETTING_REQUIRED, AT(name), .max = LAB_NAME_SIZE_MAX,
          .help = "What people and the journal call the lab" },
        { "protocol", LABGATE_SETTING_STRING, LABGATE_SETTING_REQUIRED, AT(protocol), .max = LAB_PROTOCOL_SIZE_MAX,
          .help = "How to speak to the lab machine: ssh, vnc, rdp" },
        { "hostname", LABGATE_SETTING_STRING, LABGATE_SETTING_REQUIRED, AT(hostname), .max = LAB_HOSTNAME_SIZE_MAX,
          .help = "Name, IPv4 or IPv6 address of the lab machine" },
        { "port", LABGATE_SETTING_INT, AT(port), .fallback = 0, .min = 1, .max = 65535,
          .help = "TCP port of the lab machine, if it is not the protocol's own" },
        { "ports", LABGATE_SETTING_INTS, AT(ports), .min = 1, .max = 65535,
          .help = "Ports that the page may ask for instead" },
        { "timeout", LABGATE_SETTING_INT, AT(timeout), .fallback = 10, .min = 1, .max = 120,
          .help = "Seconds for one round of connection attempts" },
        { "wait", LABGATE_SETTING_INT, AT(wait), .fallback = 0, .min = 0, .max = 3600,
          .help = "Seconds to keep trying a machine that is still booting" },
        { "read_only", LABGATE_SETTING_BOOL, AT(read_only), .help = "People watch, their input goes nowhere" },
        { "not_before", LABGATE_SETTING_TIME, AT(not_before), .help = "The token opens nothing before" },
        { "not_after", LABGATE_SETTING_TIME, AT(not_after),
          .help = "The token opens nothing from then on, sessions end" },
        { "single_use", LABGATE_SETTING_BOOL, AT(single_use), .help = "The token opens one session, once" },
        { "max_sessions", LABGATE_SETTING_INT, AT(max_sessions), .fallback = 0, .min = 0, .max = 10000,
          .help = "Sessions at the same time, 0 for no limit" },
        { "idle_timeout", LABGATE_SETTING_INT, AT(idle_timeout), .fallback = LAB_UNSET, .min = 0, .max = 30 * DAY,
          .help = "Seconds without input after which a session ends, 0 for none; labgate.conf's if left out" },
        { "time_limit", LABGATE_SETTING_INT, AT(time_limit), .fallback = LAB_UNSET, .min = 0, .max = 30 * DAY,
          .help = "Seconds after which a session ends, 0 for none; labgate.conf's if left out" },
        { "disable_copy", LABGATE_SETTING_BOOL, AT(disable_copy), .help = "Nothing is copied from the lab machine" },
        { "disable_paste", LABGATE_SETTING_BOOL, AT(disable_paste), .help = "Nothing is pasted into the lab machine" },
        { "clipboard_buffer_size", LABGATE_SETTING_INT, AT(clipboard_buffer_size), .fallback = LAB_CLIPBOARD_DEFAULT,
          .min = 1024, .max = LAB_CLIPBOARD_MAX,
          .help = "Longest text of the clipboard in bytes, longer ones are cut" },
        { "width", LABGATE_SETTING_INT, AT(width), .fallback = 0, .min = 0, .max = LABGATE_SIDE_MAX,
          .help = "Width in pixels, 0 for what the page has" },
        { "height", LABGATE_SETTING_INT, AT(height), .fallback = 0, .min = 0, .max = LABGATE_SIDE_MAX,
          .help = "Height in pixels, 0 for what the page has" },
        { "dpi", LABGATE_SETTING_INT, AT(dpi), .fallback = 0, .min = 0, .max = 600,
          .help = "Pixels per inch, 0 for what the page has" },
        { "font_name", LABGATE_SETTING_STRING, AT(font_name), .max = 256,
          .help = "Font family of texts, if not labgate.conf's" },
        {},
};

static _printf_(3, 4) int refuse(SettingsError *error, const char *file, const char *format, ...) {
        char reason[256];
        va_list ap;

        va_start(ap, format);
        vsnprintf(reason, sizeof reason, format, ap);
        va_end(ap);
        snprintf(error->text, sizeof error->text, "%s:1: %s", file, reason);
        return -EINVAL;
}

static bool is_all_of(const char *text, size_t size_max, const char *set) {
        size_t size = strlen(text);

        return size > 0 && size <= size_max && strspn(text, set) == size;
}

bool lab_protocol_is_valid(const char *protocol) {
        return is_all_of(protocol, LAB_PROTOCOL_SIZE_MAX, "abcdefghijklmnopqrstuvwxyz0123456789");
}

/* ---- opening ---- */

static int check_file(int fd, const char *path, SettingsError *error) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return refuse(error, path, "cannot be looked at: %s", strerror(errno));
        if (!S_ISREG(st.st_mode))
                return refuse(error, path, "not a regular file");
        if (st.st_uid != 0 && st.st_uid != geteuid())
                return refuse(error, path, "belongs to uid %u, not to root", st.st_uid);
        if (st.st_mode & (S_IWGRP | S_IWOTH))
                return refuse(error, path, "writable by group or others (mode %04o)", st.st_mode & 07777u);
        if (st.st_size > (off_t) SETTINGS_FILE_MAX)
                return refuse(error, path, "larger than %u bytes", SETTINGS_FILE_MAX);
        return 0;
}

/* An open and checked descriptor, -ENOENT, -EINVAL. O_NOFOLLOW is enough for a name of one component. Not openat2():
 * systemd's RestrictSUIDSGID= answers it with ENOSYS, because its filter cannot look at the mode. */
static int open_checked(int directory, const char *name, const char *path, SettingsError *error) {
        _cleanup_close_ int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        int r;

        if (fd >= 0) {
                r = check_file(fd, path, error);
                return r < 0 ? r : TAKE_FD(fd);
        }
        if (errno == ENOENT)
                return -ENOENT;
        if (errno == ELOOP)
                return refuse(error, path, "a symbolic link");
        if (errno == ENXIO)
                return refuse(error, path, "not a regular file");
        return refuse(error, path, "cannot be opened: %s", strerror(errno));
}

static int open_in(const char *directory, const char *name, int *ret_fd, char **ret_path, SettingsError *error) {
        _cleanup_close_ int directory_fd = -1;
        _cleanup_free_ char *path = NULL;
        int fd;

        if (asprintf(&path, "%s/%s", directory, name) < 0)
                return -ENOMEM;
        directory_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory_fd < 0)
                return errno == ENOENT ? -ENOENT : refuse(error, path, "cannot be opened: %s", strerror(errno));
        fd = open_checked(directory_fd, name, path, error);
        if (fd < 0)
                return fd;
        *ret_fd = fd;
        *ret_path = TAKE_PTR(path);
        return 0;
}

int lab_open_path(const char *path, int *ret_fd, SettingsError *error) {
        int fd = open_checked(AT_FDCWD, path, path, error);

        if (fd == -ENOENT)
                return refuse(error, path, "no such file");
        if (fd < 0)
                return fd;
        *ret_fd = fd;
        return 0;
}

int lab_open(const char *const *directories, const char *hash, int *ret_fd, char **ret_path, SettingsError *error) {
        char name[TOKEN_HASH_SIZE + sizeof ".conf"];
        int r = -ENOENT;

        if (strlen(hash) != TOKEN_HASH_SIZE || !is_all_of(hash, TOKEN_HASH_SIZE, "0123456789abcdef"))
                return -ENOENT;
        snprintf(name, sizeof name, "%s.conf", hash);
        for (; r == -ENOENT && *directories; directories++)
                r = open_in(*directories, name, ret_fd, ret_path, error);
        return r;
}

int lab_read(int fd, char **ret_text, size_t *ret_size) {
        size_t capacity = SETTINGS_FILE_MAX + 2, size = 0;
        char *text = malloc(capacity);
        ssize_t n = 1;

        if (!text)
                return -ENOMEM;
        while (n != 0 && size <= SETTINGS_FILE_MAX) {
                n = pread(fd, text + size, capacity - 1 - size, (off_t) size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        break;
                size += (size_t) n;
        }
        if (n < 0 || size > SETTINGS_FILE_MAX) {
                int r = n < 0 ? -errno : -EFBIG;

                explicit_bzero(text, size);
                free(text);
                return r;
        }
        text[size] = 0;
        *ret_text = text;
        *ret_size = size;
        return 0;
}

/* ---- checking ---- */

/* Printable, so that it can stand in titles and logs as it is. */
static bool is_printable(const char *text) {
        _cleanup_free_ char *mended = NULL;
        size_t size;

        mended = utf8_mend(text, strlen(text), true, &size);
        return mended && strcmp(mended, text) == 0 && !strpbrk(text, "\t\n");
}

/* What may be a name or an address; whether it is one is for the resolver. */
static bool is_hostname(const char *text) {
        return is_all_of(text, LAB_HOSTNAME_SIZE_MAX,
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_%-") && *text != '-';
}

int lab_check(const LabSettings *lab, const char *file, SettingsError *error) {
        if (*lab->name == 0 || !is_printable(lab->name))
                return refuse(error, file, "name: empty or with control characters");
        if (!lab_protocol_is_valid(lab->protocol))
                return refuse(error, file, "protocol: not a word of a-z and 0-9");
        if (!is_hostname(lab->hostname))
                return refuse(error, file, "hostname: no host name or address");
        if (lab->not_before > 0 && lab->not_after > 0 && lab->not_before >= lab->not_after)
                return refuse(error, file, "not_after: not later than not_before");
        return 0;
}
