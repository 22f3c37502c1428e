/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* labgate check: every mistake by file, line, key and reason, one of each file. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#include "../base/descriptor.h"
#include "../lab/configuration.h"
#include "../lab/json.h"
#include "catalogue.h"
#include "command.h"

typedef struct Inspection {
        bool json;
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

static int inspect_one(Entry *e, const SettingsError *error, void *userdata) {
        Inspection *inspection = userdata;

        inspection->count++;
        if (!e)
                tell(inspection, error->text);
        return 0;
}

static int inspect_file(Inspection *inspection, const Places *places, const char *path) {
        _cleanup_(catalogue_entry_done) Entry entry = { .path = strdup(path) };
        _cleanup_close_ int fd = -1;
        SettingsError error = {};
        int r;

        if (!entry.path)
                return -ENOMEM;
        r = lab_open_path(path, &fd, &error);
        if (r == 0)
                r = catalogue_read_whole(&entry, fd, places, &error);
        return r < 0 && r != -EINVAL ? r : inspect_one(r == 0 ? &entry : NULL, &error, inspection);
}

static int inspect_configuration(Inspection *inspection, const char *path) {
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        _cleanup_(configuration_done) Configuration c = {};
        SettingsError error = {};
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
                tell(inspection, error.text);
        return r == -EINVAL ? 0 : r;
}

static int inspect_all(Inspection *inspection, const Places *places) {
        int r;

        r = inspect_configuration(inspection, places->configuration);
        return r < 0 ? r : catalogue_visit(places, true, inspect_one, inspection);
}

CommandStatus inspect_run(const Command *command, const Places *places, int argc, char **argv) {
        Inspection inspection = {};
        int r;

        r = command_only_json(command, argc, argv, &inspection.json);
        if (r >= 0)
                return (CommandStatus) r;
        fputs(inspection.json ? "{\"mistakes\":[" : "", stdout);
        r = optind == argc ? inspect_all(&inspection, places) : 0;
        for (; optind < argc && r >= 0; optind++)
                r = inspect_file(&inspection, places, argv[optind]);
        if (inspection.json)
                printf("],\"files\":%zu}\n", inspection.count);
        if (r < 0)
                return command_failed(r);
        return inspection.mistakes > 0 ? COMMAND_FAILED : COMMAND_OK;
}
