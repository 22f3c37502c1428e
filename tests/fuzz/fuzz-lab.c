/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as a lab file: a lab or an error with its line, never a look at another file, and what was read reads the
 * same when it is written again. Input: a byte (odd: unknown keys are let through), then the file. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "../../src/lab/settings.h"

#define REQUIRE(x)                      \
        do {                            \
                if (!(x))               \
                        abort();        \
        } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 loses its half of a tree on syntax errors. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void) {
        return "leak:libconfig\n";
}

static bool in_parser;

/* In place of libc's: libconfig would open an included file by one of them. */
static FILE *guarded_open(const char *path, const char *mode) {
        int fd;

        REQUIRE(!in_parser);
        fd = open(path, *mode == 'r' ? O_RDONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        return fd < 0 ? NULL : fdopen(fd, mode);
}

#define GUARD __attribute__((visibility("default")))
FILE *guard_fopen(const char *path, const char *mode) __asm__("fopen");
FILE *guard_fopen64(const char *path, const char *mode) __asm__("fopen64");

GUARD FILE *guard_fopen(const char *path, const char *mode) {
        return guarded_open(path, mode);
}

GUARD FILE *guard_fopen64(const char *path, const char *mode) {
        return guarded_open(path, mode);
}

typedef struct Values {
        bool flag;
        int64_t port, large, when;
        char *text, *hostname;
        LabgateSecret password;
        int choice;
        char **keys;
        int64_t *ports;
} Values;

static const char *const choices[] = { "red", "green", NULL };

#define AT(field) .offset = offsetof(Values, field)

static const LabgateSetting table[] = {
        { "flag", LABGATE_SETTING_BOOL, AT(flag) },
        { "port", LABGATE_SETTING_INT, AT(port), .fallback = 22, .min = 1, .max = 65535 },
        { "large", LABGATE_SETTING_INT, AT(large), .min = INT64_MIN, .max = INT64_MAX },
        { "when", LABGATE_SETTING_TIME, AT(when) },
        { "text", LABGATE_SETTING_STRING, AT(text) },
        { "hostname", LABGATE_SETTING_STRING, AT(hostname), .fallback_text = "h", .max = 20 },
        { "password", LABGATE_SETTING_SECRET, AT(password), .max = 1000 },
        { "choice", LABGATE_SETTING_CHOICE, AT(choice), .choices = choices },
        { "keys", LABGATE_SETTING_STRINGS, AT(keys) },
        { "ports", LABGATE_SETTING_INTS, AT(ports), .min = 1, .max = 65535 },
        {},
};

static int parse(const char *text, size_t size, bool ignore_unknown, Values *values, SettingsError *error) {
        int r;

        in_parser = true;
        r = settings_parse("f", text, size, &(SettingsTarget) { table, values }, 1, ignore_unknown, error);
        in_parser = false;
        return r;
}

static void check_error(const Values *values, const SettingsError *error) {
        static const Values none;
        static const char two[] = ": can be read in two ways";
        size_t digits = strspn(error->text + 2, "0123456789"), size = strlen(error->text);

        REQUIRE(memcmp(values, &none, sizeof none) == 0);
        REQUIRE(strncmp(error->text, "f:", 2) == 0 && digits > 0 && error->text[2 + digits] == ':');
        REQUIRE(size > digits + 4);
        /* Our reading of the text is libconfig's. */
        REQUIRE(size < strlen(two) || strcmp(error->text + size - strlen(two), two) != 0);
}

static void check_values(const Values *v) {
        REQUIRE(v->port >= 1 && v->port <= 65535);
        REQUIRE(v->choice >= 0 && v->choice <= 1);
        REQUIRE(v->hostname && strlen(v->hostname) <= 20);
        REQUIRE(!v->password.data || (v->password.size <= 1000 && strlen(v->password.data) == v->password.size));
        for (int64_t *n = v->ports; n && *n >= 0; n++)
                REQUIRE(*n >= 1 && *n <= 65535);
}

static void write_row(const char *name, const char *text, FILE *out) {
        SettingsError error = {};

        if (text)
                REQUIRE(settings_format(settings_find(table, name), text, out, &error) == 0);
}

static bool same(const char *a, const char *b) {
        return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_again(const Values *v) {
        _cleanup_free_ char *text = NULL;
        SettingsError error = {};
        Values again = {};
        char number[32];
        size_t size;
        FILE *out = open_memstream(&text, &size);

        REQUIRE(out);
        snprintf(number, sizeof number, "%lld", (long long) v->large);
        /* INT64_MIN has no positive counterpart to be read by. */
        write_row("large", v->large == INT64_MIN ? NULL : number, out);
        write_row("flag", v->flag ? "true" : "false", out);
        write_row("text", v->text, out);
        write_row("hostname", v->hostname, out);
        write_row("choice", choices[v->choice], out);
        REQUIRE(fclose(out) == 0);
        if (size <= SETTINGS_FILE_MAX) {
                REQUIRE(parse(text, size, false, &again, &error) == 0);
                REQUIRE(same(v->text, again.text) && same(v->hostname, again.hostname));
                REQUIRE(v->flag == again.flag && v->choice == again.choice);
                REQUIRE(v->large == again.large || v->large == INT64_MIN);
        }
        settings_free(table, &again);
}

/* Who asks for every mistake gets the same verdict and the same first one, and each of the others in its form. */
static void check_every(const char *text, size_t size, bool ignore_unknown, int verdict, const char *first) {
        _cleanup_(settings_error_done) SettingsError error = { .every = true };
        Values values = {};
        size_t count = 1;

        REQUIRE(parse(text, size, ignore_unknown, &values, &error) == verdict);
        REQUIRE(strcmp(error.text, first) == 0);
        for (char *at = error.others; at && *at; at = strchr(at, '\n') + 1, count++)
                REQUIRE(strncmp(at, "f:", 2) == 0 && at[2] >= '1' && at[2] <= '9' && strchr(at, '\n'));
        REQUIRE(count <= SETTINGS_MISTAKES_MAX);
        settings_free(table, &values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        SettingsError error = {};
        Values values = {};
        int r;

        if (size == 0)
                return 0;
        r = parse((const char *) data + 1, size - 1, data[0] & 1, &values, &error);
        REQUIRE(r == 0 || r == -EINVAL);
        check_every((const char *) data + 1, size - 1, data[0] & 1, r, error.text);
        if (r < 0) {
                check_error(&values, &error);
                return 0;
        }
        check_values(&values);
        check_again(&values);
        settings_free(table, &values);
        return 0;
}
