/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* labgate add: composes a lab from options, reads it back as a session would, and only then puts it in place, whole or
 * not at all. Secrets come from standard input and files, never from an argument. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/cleanup.h"
#include "../base/descriptor.h"
#include "../base/parse.h"
#include "../lab/configuration.h"
#include "../lab/json.h"
#include "../lab/loader.h"
#include "catalogue.h"
#include "command.h"
#include "probe.h"

#define ADD_VALUES_MAX 64
#define ADD_GROUP "labgate-porter"

enum { OPTION_PASSWORD = 256, OPTION_KEY_FILE, OPTION_SET, OPTION_SET_FILE, OPTION_EXPIRES, OPTION_RUN, OPTION_TOKEN,
       OPTION_JSON, OPTION_SETTING };

/* OPTION_SETTING: stands for the setting of its name, '-' for '_'. */
const CommandOption add_options[] = {
        { "name", OPTION_SETTING, "NAME", "what people and the journal call the lab" },
        { "hostname", OPTION_SETTING, "HOST", "name or address of the lab machine" },
        { "port", OPTION_SETTING, "PORT", "its port, if not the protocol's own" },
        { "username", OPTION_SETTING, "NAME", "who logs in" },
        { "password-stdin", OPTION_PASSWORD, NULL, "read the password from standard input" },
        { "private-key", OPTION_KEY_FILE, "FILE", "read the private key from FILE" },
        { "host-key", OPTION_SETTING, "KEY", "host key or fingerprint that is accepted; may be given again" },
        { "set", OPTION_SET, "KEY=VALUE", "any other setting that is no secret" },
        { "set-file", OPTION_SET_FILE, "KEY=FILE", "any setting, its value read from FILE" },
        { "expires", OPTION_EXPIRES, "SPAN", "the token opens nothing after a time such as 30m, 4h or 7d" },
        { "single-use", OPTION_SETTING, NULL, "the token opens one session, once" },
        { "max-sessions", OPTION_SETTING, "NUMBER", "sessions at the same time" },
        { "run", OPTION_RUN, NULL, "keep the lab only until the next boot" },
        { "token", OPTION_TOKEN, "TOKEN", "use this token instead of a new random one" },
        { "json", OPTION_JSON, NULL, "say it in JSON" },
        {},
};

typedef struct Value {
        char *key;
        char *text; /* lists: values separated by newlines */
        bool repeated;
        bool is_public; /* came as an argument, which shows in ps */
} Value;

typedef struct Addition {
        const Places *places;
        Value values[ADD_VALUES_MAX];
        size_t n_values;
        const char *token;
        bool run, json;
        char *text; /* the lab file */
        size_t size;
        char *path;
} Addition;

static void secret_text_free(char **text) {
        if (*text)
                explicit_bzero(*text, strlen(*text));
        free(*text);
        *text = NULL;
}

static void addition_done(Addition *a) {
        for (size_t i = 0; i < a->n_values; i++) {
                free(a->values[i].key);
                secret_text_free(&a->values[i].text);
        }
        secret_text_free(&a->text);
        free(a->path);
}

static _printf_(1, 2) int complain(const char *format, ...) {
        va_list ap;

        fputs("labgate add: ", stderr);
        va_start(ap, format);
        vfprintf(stderr, format, ap);
        va_end(ap);
        fputs("\n", stderr);
        return -EINVAL;
}

/* ---- collecting ---- */

static int append(Value *value, const char *text) {
        char *both;

        if (asprintf(&both, "%s\n%s", value->text, text) < 0)
                return -ENOMEM;
        secret_text_free(&value->text);
        value->text = both;
        value->repeated = true;
        return 0;
}

static Value *find_value(Addition *a, const char *key) {
        for (size_t i = 0; i < a->n_values; i++)
                if (strcmp(a->values[i].key, key) == 0)
                        return &a->values[i];
        return NULL;
}

static int add_value(Addition *a, const char *name, size_t name_size, const char *text, bool is_public) {
        _cleanup_free_ char *key = strndup(name, name_size);
        Value *value;

        if (!key)
                return -ENOMEM;
        for (char *c = key; *c; c++)
                *c = *c == '-' ? '_' : *c;
        value = find_value(a, key);
        if (value) {
                value->is_public = value->is_public || is_public;
                return append(value, text);
        }
        if (a->n_values == ADD_VALUES_MAX)
                return -E2BIG;
        value = &a->values[a->n_values];
        *value = (Value) { .text = strdup(text), .is_public = is_public };
        if (!value->text)
                return -ENOMEM;
        value->key = TAKE_PTR(key);
        a->n_values++;
        return 0;
}

/* A whole stream. One newline at its end goes if asked: it is the terminal's, not the password's. */
static int read_text(int fd, bool strip, char **ret) {
        char *text = calloc(1, SETTINGS_FILE_MAX + 2);
        size_t size = 0;
        ssize_t n = 1;

        if (!text)
                return -ENOMEM;
        while (n > 0 && size <= SETTINGS_FILE_MAX) {
                n = read(fd, text + size, SETTINGS_FILE_MAX + 1 - size);
                size += n > 0 ? (size_t) n : 0;
        }
        if (n < 0 || size > SETTINGS_FILE_MAX || memchr(text, 0, size)) {
                int r = n < 0 ? -errno : size > SETTINGS_FILE_MAX ? -EFBIG : -EINVAL;

                explicit_bzero(text, size);
                free(text);
                return r;
        }
        if (strip && size > 0 && text[size - 1] == '\n')
                text[size - 1] = 0;
        *ret = text;
        return 0;
}

static int add_file(Addition *a, const char *key, size_t key_size, const char *path) {
        _cleanup_(secret_text_free) char *text = NULL;
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        int r;

        r = fd < 0 ? -errno : read_text(fd, false, &text);
        if (r < 0)
                return complain("%s: %s", path, strerror(-r));
        return add_value(a, key, key_size, text, false);
}

static int add_password(Addition *a) {
        _cleanup_(secret_text_free) char *text = NULL;
        int r;

        if (isatty(STDIN_FILENO))
                return complain("standard input is a terminal, which would show the password: use a pipe or a file");
        r = read_text(STDIN_FILENO, true, &text);
        if (r < 0)
                return complain("standard input: %s", strerror(-r));
        return add_value(a, "password", strlen("password"), text, false);
}

static int add_expiry(Addition *a, const char *span) {
        uint64_t seconds;
        char text[32];
        struct tm tm;
        time_t t;

        if (parse_span(span, &seconds) < 0)
                return complain("--expires: %s is no span such as 30m, 4h or 7d", span);
        t = time(NULL) + (time_t) seconds;
        if (!gmtime_r(&t, &tm) || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
                return -ERANGE;
        return add_value(a, "not_after", strlen("not_after"), text, true);
}

/* KEY=REST */
static int add_pair(Addition *a, const char *pair, bool is_file) {
        const char *equals = strchr(pair, '=');

        if (!equals || equals == pair)
                return complain("%s: needs KEY=VALUE", is_file ? "--set-file" : "--set");
        if (is_file)
                return add_file(a, pair, (size_t) (equals - pair), equals + 1);
        return add_value(a, pair, (size_t) (equals - pair), equals + 1, true);
}

static int take_option(Addition *a, const CommandOption *option, const char *argument) {
        switch (option->key) {
        case OPTION_PASSWORD:
                return add_password(a);
        case OPTION_KEY_FILE:
                return add_file(a, "private_key", strlen("private_key"), argument);
        case OPTION_SET:
        case OPTION_SET_FILE:
                return add_pair(a, argument, option->key == OPTION_SET_FILE);
        case OPTION_EXPIRES:
                return add_expiry(a, argument);
        case OPTION_RUN:
                a->run = true;
                return 0;
        case OPTION_TOKEN:
                a->token = argument;
                return 0;
        case OPTION_JSON:
                a->json = true;
                return 0;
        default:
                return add_value(a, option->name, strlen(option->name), argument ? argument : "true", true);
        }
}

/* ---- composing ---- */

static int format_value(const LabgatePlugin *plugin, const Value *value, FILE *out) {
        const LabgateSetting *row = settings_find(lab_settings, value->key);
        SettingsError error = {};

        if (!row)
                row = settings_find(plugin->settings, value->key);
        if (!row)
                return complain("%s: no such setting, see labgate settings %s", value->key, plugin->name);
        if (row->type == LABGATE_SETTING_SECRET && value->is_public)
                return complain("%s: secret, so not from an argument: use --set-file or --password-stdin", row->name);
        if (value->repeated && row->type != LABGATE_SETTING_STRINGS && row->type != LABGATE_SETTING_INTS)
                return complain("%s: given twice", row->name);
        return settings_format(row, value->text, out, &error) < 0 ? complain("%s", error.text) : 0;
}

static int compose(Addition *a, const LabgatePlugin *plugin) {
        FILE *out = open_memstream(&a->text, &a->size);
        int r = 0;

        if (!out)
                return -errno;
        fprintf(out, "protocol = \"%s\";\n", plugin->name);
        for (size_t i = 0; i < a->n_values && r == 0; i++)
                r = format_value(plugin, &a->values[i], out);
        return fclose(out) != 0 && r == 0 ? -ENOMEM : r;
}

/* Who the machine says it is, where the lab may not leave that open. */
static void tell_certificate(const Entry *e) {
        Probe probe;

        if (probe_lab(e, &probe) < 0)
                complain("%s", probe.reason);
        else if (probe.n_identities > 0)
                complain("%s shows the certificate below; compare it with what the machine itself says, then add\n"
                         "        --set cert_fingerprints=%s", probe.address, probe.identities[0].text);
}

/* What is written is what a session can read. */
static int check(Addition *a) {
        _cleanup_(catalogue_entry_done) Entry entry = { .path = strdup("lab") };
        SettingsError error = {};
        int r;

        if (!entry.path)
                return -ENOMEM;
        r = catalogue_parse_whole(&entry, a->text, a->size, a->places, &error);
        if (r != -EINVAL)
                return r;
        /* Without the place in a file that there is not. */
        complain("%s", strstr(error.text, ": ") + 2);
        if (entry.values && entry.lab.hostname && strstr(error.text, "cert_fingerprints") &&
            !find_value(a, "cert_fingerprints") && !find_value(a, "ca"))
                tell_certificate(&entry);
        return r;
}

/* Such a lab is right, but nobody gets in. */
static void warn_of_identity(Addition *a, const LabgatePlugin *plugin) {
        static const struct {
                const char *pin, *waiver, *advice;
        } identities[] = {
                { "host_key", "host_key_policy", "labgate check --connect shows what the machine has" },
        };

        for (size_t i = 0; i < ELEMENTS(identities); i++)
                if (settings_find(plugin->settings, identities[i].pin) && !find_value(a, identities[i].pin) &&
                    !find_value(a, identities[i].waiver))
                        fprintf(stderr, "labgate add: warning: no %s is given, so every session will be refused (%s)\n",
                                identities[i].pin, identities[i].advice);
}

static int compose_checked(Addition *a, const char *protocol) {
        const LabgatePlugin *plugin;
        char reason[384];
        void *handle;
        int r;

        r = loader_open(a->places->plugins, protocol, &plugin, &handle, reason, sizeof reason);
        if (r < 0)
                return complain("%s", reason);
        /* Stays loaded: check() needs it again, and the process ends soon. */
        r = compose(a, plugin);
        if (r == 0)
                r = check(a);
        if (r == 0)
                warn_of_identity(a, plugin);
        return r;
}

/* ---- putting in place ---- */

static int write_all(int fd, const char *text, size_t size) {
        while (size > 0) {
                ssize_t n = write(fd, text, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                text += n;
                size -= (size_t) n;
        }
        return 0;
}

/* The porter reads by its group. Without that group (development) the file stays the caller's. */
static int give_to_porter(int fd) {
        const struct group *group = getgrnam(ADD_GROUP);

        if (group && fchown(fd, (uid_t) -1, group->gr_gid) < 0 && errno != EPERM)
                return -errno;
        return fchmod(fd, 0640) < 0 ? -errno : 0;
}

static int write_file(const Addition *a, int directory, const char *temporary) {
        _cleanup_close_ int fd = -1;
        int r;

        fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, a->text, a->size);
        if (r == 0)
                r = give_to_porter(fd);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        return r;
}

static int put(const Addition *a, const char *directory_path, const char *name) {
        _cleanup_close_ int directory = open(directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char temporary[32];
        uint64_t number;
        int r;

        if (directory < 0)
                return -errno;
        if (getrandom(&number, sizeof number, 0) != sizeof number)
                return -EIO;
        snprintf(temporary, sizeof temporary, ".new-%016llx", (unsigned long long) number);
        r = write_file(a, directory, temporary);
        if (r == 0 && renameat2(directory, temporary, directory, name, RENAME_NOREPLACE) < 0)
                r = -errno;
        if (r < 0)
                unlinkat(directory, temporary, 0);
        else if (fsync(directory) < 0)
                r = -errno;
        return r;
}

static const char *directory_for(const Addition *a) {
        char **directory = a->places->labs;

        /* The first lasts, the last does not. */
        while (a->run && directory[0] && directory[1])
                directory++;
        return *directory;
}

static bool is_taken(const Addition *a, const char *name) {
        for (char **directory = a->places->labs; *directory; directory++) {
                _cleanup_free_ char *path = NULL;

                if (asprintf(&path, "%s/%s", *directory, name) < 0 || access(path, F_OK) == 0)
                        return true;
        }
        return false;
}

static int place(Addition *a, const char *token) {
        char hash[TOKEN_HASH_SIZE + 1], name[TOKEN_HASH_SIZE + sizeof ".conf"];
        const char *directory = directory_for(a);
        int r;

        if (!directory)
                return complain("%s", "no directory for labs");
        token_hash(token, strlen(token), hash);
        snprintf(name, sizeof name, "%s.conf", hash);
        if (is_taken(a, name))
                return complain("%s", "this token opens a lab already");
        if (asprintf(&a->path, "%s/%s", directory, name) < 0)
                return -ENOMEM;
        r = put(a, directory, name);
        return r < 0 ? complain("%s: %s", directory, strerror(-r)) : 0;
}

/* ---- telling ---- */

/* Behind '#', because a browser sends that part to nobody: it reaches no log. */
static int page_url(const Places *places, const char *token, char **ret) {
        _cleanup_close_ int fd = open(places->configuration, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        _cleanup_(configuration_done) Configuration c = {};
        SettingsError error = {};
        int r;

        r = configuration_load(&c, fd, places->configuration, &error);
        if (r == -EINVAL)
                fprintf(stderr, "%s\n", error.text);
        if (r < 0 || !c.public_url)
                return 0;
        return asprintf(ret, "%s#token=%s", c.public_url, token) < 0 ? -ENOMEM : 0;
}

static void print_result(const Addition *a, const char *token, const char *url) {
        if (!a->json) {
                puts(token);
                if (url)
                        puts(url);
                return;
        }
        printf("{\"token\":\"%s\",\"url\":", token);
        if (url)
                json_string(url, stdout);
        else
                fputs("null", stdout);
        fputs(",\"file\":", stdout);
        json_string(a->path, stdout);
        fputs("}\n", stdout);
}

static int finish(Addition *a) {
        char token[TOKEN_SIZE_MAX + 1] = "";
        _cleanup_free_ char *url = NULL;
        int r = 0;

        if (a->token && !token_is_valid(a->token, strlen(a->token)))
                return complain("%s", "a token is 1 to 128 of A-Z a-z 0-9 _ -");
        if (a->token)
                strcpy(token, a->token);
        else
                r = token_generate(token);
        if (r == 0)
                r = place(a, token);
        if (r == 0)
                r = page_url(a->places, token, &url);
        if (r == 0)
                print_result(a, token, url);
        return r;
}

static int add(Addition *a, const char *protocol) {
        int r;

        r = compose_checked(a, protocol);
        return r < 0 ? r : finish(a);
}

CommandStatus add_run(const Command *command, const Places *places, int argc, char **argv) {
        _cleanup_(addition_done) Addition a = { .places = places };
        const CommandOption *option;
        int more, r = 0;

        while (r == 0 && (more = command_next_option(command, argc, argv, &option)) != -1) {
                if (more != COMMAND_MORE)
                        return (CommandStatus) more;
                r = take_option(&a, option, optarg);
        }
        if (r == 0 && optind + 1 != argc)
                return command_usage(command, "needs one protocol");
        if (r == 0 && (!find_value(&a, "name") || !find_value(&a, "hostname")))
                return command_usage(command, "needs --name and --hostname");
        if (r == 0)
                r = add(&a, argv[optind]);
        if (r < 0 && r != -EINVAL) /* which has been told */
                return command_failed(r);
        return r < 0 ? COMMAND_FAILED : COMMAND_OK;
}
