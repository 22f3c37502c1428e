/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/cleanup.h"
#include "../lab/json.h"
#include "catalogue.h"
#include "command.h"

#define HASH_SHOWN 12

typedef struct Listing {
        bool json;
        size_t count;
        size_t broken;
} Listing;

static void format_time(int64_t seconds, char *ret, size_t size) {
        time_t t = (time_t) seconds;
        struct tm tm;

        if (seconds == 0 || !gmtime_r(&t, &tm) || strftime(ret, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
                snprintf(ret, size, "-");
}

static void print_member(const char *name, const char *text) {
        printf(",\"%s\":", name);
        json_string(text, stdout);
}

static void print_json(const Entry *e) {
        char time[32];

        fputs("{\"name\":", stdout);
        json_string(e->lab.name, stdout);
        print_member("protocol", e->lab.protocol);
        print_member("hostname", e->lab.hostname);
        if (e->lab.port > 0)
                printf(",\"port\":%" PRId64, e->lab.port);
        printf(",\"max_sessions\":%" PRId64 ",\"single_use\":%s,\"read_only\":%s",
               e->lab.max_sessions, e->lab.single_use ? "true" : "false", e->lab.read_only ? "true" : "false");
        format_time(e->lab.not_before, time, sizeof time);
        if (e->lab.not_before > 0)
                print_member("not_before", time);
        format_time(e->lab.not_after, time, sizeof time);
        if (e->lab.not_after > 0)
                print_member("not_after", time);
        print_member("file", e->path);
        fputs("}", stdout);
}

static void print_line(const Entry *e) {
        char time[32];

        format_time(e->lab.not_after, time, sizeof time);
        printf("%-24s %-8s %-32s %-20s %.*s\n", e->lab.name, e->lab.protocol, e->lab.hostname, time, HASH_SHOWN,
               e->hash);
}

static int list_one(Entry *e, const SettingsError *error, void *userdata) {
        Listing *listing = userdata;

        if (!e) {
                listing->broken++;
                fprintf(stderr, "%s\n", error->text);
                return 0;
        }
        if (listing->json) {
                fputs(listing->count > 0 ? ",\n" : "", stdout);
                print_json(e);
        } else {
                if (listing->count == 0)
                        printf("%-24s %-8s %-32s %-20s %s\n", "NAME", "PROTOCOL", "HOST", "EXPIRES", "FILE");
                print_line(e);
        }
        listing->count++;
        return 0;
}

CommandStatus list_run(const Command *command, const Places *places, int argc, char **argv) {
        Listing listing = {};
        int r;

        r = command_only_json(command, argc, argv, &listing.json);
        if (r >= 0)
                return (CommandStatus) r;
        if (optind < argc)
                return command_usage(command, "takes no argument");
        fputs(listing.json ? "[" : "", stdout);
        r = catalogue_visit(places, false, list_one, &listing);
        fputs(listing.json ? "]\n" : "", stdout);
        if (r < 0)
                return command_failed(r);
        return listing.broken > 0 ? COMMAND_FAILED : COMMAND_OK;
}

/* ---- remove ---- */

typedef struct Removal {
        const char *name;
        const Places *places;
        bool json;
        size_t count;
} Removal;

/* A token that is made again with the same text is to be as good as new. */
static int forget_use(const Places *places, const char *hash) {
        _cleanup_free_ char *mark = NULL;

        if (asprintf(&mark, "%s/used/%s", places->state, hash) < 0)
                return -ENOMEM;
        return unlink(mark) < 0 && errno != ENOENT && errno != ENOTDIR ? -errno : 0;
}

static int remove_one(Entry *e, const SettingsError *error, void *userdata) {
        Removal *removal = userdata;
        int r;

        if (!e || (strcmp(e->lab.name, removal->name) != 0 && strcmp(e->hash, removal->name) != 0))
                return 0;
        if (unlink(e->path) < 0) {
                r = -errno;
                fprintf(stderr, "labgate: %s: %s\n", e->path, strerror(-r));
                return r;
        }
        if (removal->json) {
                fputs(removal->count > 0 ? "," : "", stdout);
                json_string(e->path, stdout);
        }
        removal->count++;
        return forget_use(removal->places, e->hash);
}

CommandStatus list_remove(const Command *command, const Places *places, int argc, char **argv) {
        Removal removal = { .places = places };
        int r;

        r = command_only_json(command, argc, argv, &removal.json);
        if (r >= 0)
                return (CommandStatus) r;
        if (optind + 1 != argc)
                return command_usage(command, "needs the name of one lab");
        removal.name = argv[optind];
        fputs(removal.json ? "{\"removed\":[" : "", stdout);
        r = catalogue_visit(places, false, remove_one, &removal);
        fputs(removal.json ? "]}\n" : "", stdout);
        if (r < 0)
                return command_failed(r);
        if (removal.count == 0) {
                fprintf(stderr, "labgate: no lab is named %s\n", removal.name);
                return COMMAND_FAILED;
        }
        return COMMAND_OK;
}
