/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <dlfcn.h>
#include <getopt.h>

#include "../lab/configuration.h"
#include "../lab/lab.h"
#include "../lab/loader.h"
#include "command.h"

static void describe(const LabgatePlugin *plugin, bool json) {
        if (json) {
                printf("{\"protocol\":\"%s\",\"default_port\":%u,\"settings\":", plugin->name, plugin->default_port);
                settings_print_json(plugin->settings, stdout);
                fputs(",\"common\":", stdout);
                settings_print_json(lab_settings, stdout);
                fputs("}\n", stdout);
                return;
        }
        printf("Of protocol %s (port %u):\n\n", plugin->name, plugin->default_port);
        settings_print(plugin->settings, stdout);
        puts("\nOf every protocol:\n");
        settings_print(lab_settings, stdout);
}

static void describe_configuration(bool json) {
        if (json)
                settings_print_json(configuration_settings, stdout);
        else
                settings_print(configuration_settings, stdout);
}

CommandStatus describe_run(const Command *command, const Places *places, int argc, char **argv) {
        const LabgatePlugin *plugin;
        char reason[384];
        bool json = false;
        void *handle;
        int r;

        r = command_only_json(command, argc, argv, &json);
        if (r >= 0)
                return (CommandStatus) r;
        if (optind + 1 < argc)
                return command_usage(command, "takes one protocol");
        if (optind == argc) {
                describe_configuration(json);
                return COMMAND_OK;
        }
        r = loader_open(places->plugins, argv[optind], &plugin, &handle, reason, sizeof reason);
        if (r < 0) {
                fprintf(stderr, "labgate: %s\n", reason);
                return COMMAND_FAILED;
        }
        describe(plugin, json);
        dlclose(handle);
        return COMMAND_OK;
}
