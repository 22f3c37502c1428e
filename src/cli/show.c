/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "../lab/json.h"
#include "catalogue.h"
#include "command.h"

typedef struct Showing {
        const char *name;
        bool json;
        size_t count;
        size_t broken;
} Showing;

/* A default out of the row's range stands for none. */
static void print_int(const LabgateSetting *row, int64_t n) {
        if (n >= row->min && n <= row->max)
                printf("%" PRId64, n);
        else
                fputs("null", stdout);
}

static void print_time(int64_t seconds) {
        time_t t = (time_t) seconds;
        char text[32];
        struct tm tm;

        if (seconds > 0 && gmtime_r(&t, &tm) && strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%SZ\"", &tm) > 0)
                fputs(text, stdout);
        else
                fputs("null", stdout);
}

static void print_text(const char *text) {
        if (text)
                json_string(text, stdout);
        else
                fputs("null", stdout);
}

static void print_texts(char *const *texts) {
        fputs("[", stdout);
        for (size_t i = 0; texts && texts[i]; i++) {
                fputs(i > 0 ? ", " : "", stdout);
                json_string(texts[i], stdout);
        }
        fputs("]", stdout);
}

static void print_ints(const int64_t *ints) {
        fputs("[", stdout);
        for (size_t i = 0; ints && ints[i] >= 0; i++)
                printf("%s%" PRId64, i > 0 ? ", " : "", ints[i]);
        fputs("]", stdout);
}

/* Of a secret only whether there is one. */
static void print_value(const LabgateSetting *row, const void *value) {
        switch (row->type) {
        case LABGATE_SETTING_BOOL:
                fputs(*(const bool *) value ? "true" : "false", stdout);
                break;
        case LABGATE_SETTING_INT:
                print_int(row, *(const int64_t *) value);
                break;
        case LABGATE_SETTING_TIME:
                print_time(*(const int64_t *) value);
                break;
        case LABGATE_SETTING_CHOICE:
                print_text(row->choices[*(const int *) value]);
                break;
        case LABGATE_SETTING_STRING:
                print_text(*(char *const *) value);
                break;
        case LABGATE_SETTING_STRINGS:
                print_texts(*(char **const *) value);
                break;
        case LABGATE_SETTING_INTS:
                print_ints(*(int64_t *const *) value);
                break;
        case LABGATE_SETTING_SECRET:
                fputs(((const LabgateSecret *) value)->data ? "\"set\"" : "null", stdout);
                break;
        }
}

static void print_table(const LabgateSetting *table, const void *values, bool json) {
        for (const LabgateSetting *row = table; row->name; row++) {
                printf(json ? ",\"%s\":" : "%s = ", row->name);
                print_value(row, (const char *) values + row->offset);
                fputs(json ? "" : "\n", stdout);
        }
}

static int show_one(Entry *e, const SettingsError *error, void *userdata) {
        Showing *showing = userdata;

        if (!e) {
                showing->broken++;
                fprintf(stderr, "%s\n", error->text);
                return 0;
        }
        if (strcmp(e->lab.name, showing->name) != 0 && strcmp(e->hash, showing->name) != 0)
                return 0;
        fputs(showing->count++ == 0 ? "" : showing->json ? ",\n" : "\n", stdout);
        fputs(showing->json ? "{\"file\":" : "# ", stdout);
        if (showing->json)
                json_string(e->path, stdout);
        else
                puts(e->path);
        print_table(lab_settings, &e->lab, showing->json);
        print_table(e->plugin->settings, e->values, showing->json);
        fputs(showing->json ? "}" : "", stdout);
        return 0;
}

CommandStatus show_run(const Command *command, const Places *places, int argc, char **argv) {
        Showing showing = {};
        int r;

        r = command_only_json(command, argc, argv, &showing.json);
        if (r >= 0)
                return (CommandStatus) r;
        if (optind + 1 != argc)
                return command_usage(command, "needs the name of one lab");
        showing.name = argv[optind];
        fputs(showing.json ? "[" : "", stdout);
        r = catalogue_visit(places, true, show_one, &showing);
        fputs(showing.json ? "]\n" : "", stdout);
        if (r < 0)
                return command_failed(r);
        if (showing.count == 0) {
                fprintf(stderr, "labgate: no %slab is named %s\n", showing.broken > 0 ? "readable " : "", showing.name);
                return COMMAND_FAILED;
        }
        return COMMAND_OK;
}
