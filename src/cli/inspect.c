/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* labgate check: every mistake by file, line, key and reason, as far as sense can be made of a file; if asked, whether
 * the lab machines are there and who they are. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/descriptor.h"
#include "../lab/configuration.h"
#include "../lab/json.h"
#include "catalogue.h"
#include "command.h"
#include "probe.h"

const CommandOption inspect_options[] = {
        { "connect", 'c', NULL, "also connect to the lab machines and print who they are" },
        { "json", 'j', NULL, "say it in JSON" },
        {},
};

typedef struct Inspection {
        const Places *places;
        bool json, connect;
        FILE *reached; /* JSON of what was connected to, printed behind the mistakes */
        size_t count;
        size_t mistakes;
} Inspection;

static void tell(Inspection *inspection, const char *text) {
        if (inspection->json) {
                fputs(inspection->mistakes > 0 ? "," : "", stdout);
                json_string(text, stdout);
        } else {
                puts(text);
        }
        inspection->mistakes++;
}

static void tell_all(Inspection *inspection, const SettingsError *error) {
        char *rest = error->others, *line;

        tell(inspection, error->text);
        while ((line = strsep(&rest, "\n")) && *line)
                tell(inspection, line);
}

static void print_reached(const Entry *e, const Probe *p) {
        printf("%s: %s: %s answers\n", e->path, e->lab.name, p->address);
        for (size_t i = 0; i < p->n_identities; i++)
                printf("        %s = [ \"%s\" ]; # %s%s\n", p->setting, p->identities[i].text, p->identities[i].type,
                       p->identities[i].is_pinned ? ", pinned" : "");
        if (p->n_identities > 0 && !p->has_pins)
                puts("        # nothing is pinned yet: compare with what the machine itself says, then pin one");
        if (!p->setting)
                puts("        # this protocol shows no identity before the login");
}

static void print_reached_json(Inspection *inspection, const Entry *e, const Probe *p) {
        FILE *out = inspection->reached;

        fputs(ftell(out) > 0 ? "," : "", out);
        fputs("{\"file\":", out);
        json_string(e->path, out);
        fputs(",\"lab\":", out);
        json_string(e->lab.name, out);
        fprintf(out, ",\"address\":\"%s\",\"setting\":", p->address);
        fputs(p->setting ? "\"" : "", out);
        fputs(p->setting ? p->setting : "null", out);
        fputs(p->setting ? "\",\"identities\":[" : ",\"identities\":[", out);
        for (size_t i = 0; i < p->n_identities; i++) {
                fputs(i > 0 ? ",{\"type\":" : "{\"type\":", out);
                json_string(p->identities[i].type, out);
                fprintf(out, ",\"value\":\"%s\",\"pinned\":%s}", p->identities[i].text,
                        p->identities[i].is_pinned ? "true" : "false");
        }
        fputs("]}", out);
}

static void connect_one(Inspection *inspection, const Entry *e) {
        SettingsError error = {};
        Probe probe;
        int r;

        r = probe_lab(e, &probe);
        if (inspection->json && probe.n_identities + (r == 0) > 0)
                print_reached_json(inspection, e, &probe);
        else if (!inspection->json && (r == 0 || probe.n_identities > 0))
                print_reached(e, &probe);
        if (r == 0)
                return;
        snprintf(error.text, sizeof error.text, "%s: %s: %s", e->path, e->lab.name, probe.reason);
        tell(inspection, error.text);
}

static int inspect_one(Entry *e, const SettingsError *error, void *userdata) {
        Inspection *inspection = userdata;

        inspection->count++;
        if (!e)
                tell_all(inspection, error);
        else if (inspection->connect)
                connect_one(inspection, e);
        return 0;
}

static int inspect_file(Inspection *inspection, const Places *places, const char *path) {
        _cleanup_(catalogue_entry_done) Entry entry = { .path = strdup(path) };
        _cleanup_(settings_error_done) SettingsError error = { .every = true };
        _cleanup_close_ int fd = -1;
        int r;

        if (!entry.path)
                return -ENOMEM;
        r = lab_open_path(path, &fd, &error);
        if (r == 0)
                r = catalogue_read_whole(&entry, fd, places, &error);
        if (r < 0 && r != -EINVAL)
                return r;
        inspect_one(r == 0 ? &entry : NULL, &error, inspection);
        /* All that is wrong may be that nothing is pinned: to find out what to pin is what this is for. */
        if (r < 0 && inspection->connect && entry.values && entry.lab.hostname)
                connect_one(inspection, &entry);
        return 0;
}

static int inspect_configuration(Inspection *inspection, const char *path) {
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        _cleanup_(settings_error_done) SettingsError error = { .every = true };
        _cleanup_(configuration_done) Configuration c = {};
        int r;

        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0) {
                snprintf(error.text, sizeof error.text, "%s:1: %s", path, strerror(errno));
                r = -EINVAL;
        } else {
                r = configuration_load(&c, fd, path, &error);
        }
        inspection->count++;
        if (r == -EINVAL)
                tell_all(inspection, &error);
        return r == -EINVAL ? 0 : r;
}

static int inspect_all(Inspection *inspection, const Places *places) {
        int r;

        r = inspect_configuration(inspection, places->configuration);
        return r < 0 ? r : catalogue_visit(places, true, inspect_one, inspection);
}

static int inspect_named(Inspection *inspection, int argc, char **argv) {
        int r = 0;

        for (; optind < argc && r >= 0; optind++)
                r = inspect_file(inspection, inspection->places, argv[optind]);
        return r;
}

static CommandStatus inspect(Inspection *inspection, int argc, char **argv) {
        _cleanup_free_ char *reached = NULL;
        size_t size;
        int r;

        inspection->reached = open_memstream(&reached, &size);
        if (!inspection->reached)
                return command_failed(-errno);
        fputs(inspection->json ? "{\"mistakes\":[" : "", stdout);
        r = optind == argc ? inspect_all(inspection, inspection->places) : inspect_named(inspection, argc, argv);
        fclose(inspection->reached);
        if (inspection->json && inspection->connect)
                printf("],\"reached\":[%s", reached ? reached : "");
        if (inspection->json)
                printf("],\"files\":%zu}\n", inspection->count);
        if (r < 0)
                return command_failed(r);
        return inspection->mistakes > 0 ? COMMAND_FAILED : COMMAND_OK;
}

CommandStatus inspect_run(const Command *command, const Places *places, int argc, char **argv) {
        Inspection inspection = { .places = places };
        const CommandOption *option;
        int more;

        while ((more = command_next_option(command, argc, argv, &option)) != -1) {
                if (more != COMMAND_MORE)
                        return (CommandStatus) more;
                if (option->key == 'c')
                        inspection.connect = true;
                else
                        inspection.json = true;
        }
        return inspect(&inspection, argc, argv);
}
