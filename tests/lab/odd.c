/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plugin with a setting of every type and a check of its own; opens no session. */

#include <stdio.h>
#include <string.h>

#include "../../plugins/plugin.h"
#include "config.h"

typedef struct Settings {
        bool flag;
        int64_t number, when;
        char *username;
        LabgateSecret password, private_key;
        int choice;
        char **host_key;
        int64_t *list;
} Settings;

static const char *const choices[] = { "red", "green", NULL };

#define AT(field) .offset = offsetof(Settings, field)

static const LabgateSetting settings[] = {
        { "username", LABGATE_SETTING_STRING, AT(username), .help = "who logs in" },
        { "password", LABGATE_SETTING_SECRET, AT(password), .help = "password" },
        { "private_key", LABGATE_SETTING_SECRET, AT(private_key), .help = "private key" },
        { "host_key", LABGATE_SETTING_STRINGS, AT(host_key), .help = "host keys" },
        { "flag", LABGATE_SETTING_BOOL, AT(flag), .help = "a flag" },
        { "number", LABGATE_SETTING_INT, AT(number), .fallback = 5, .max = 1000, .help = "a number" },
        { "when", LABGATE_SETTING_TIME, AT(when), .help = "a time" },
        { "choice", LABGATE_SETTING_CHOICE, AT(choice), .choices = choices, .help = "a choice" },
        { "list", LABGATE_SETTING_INTS, AT(list), .max = 9, .help = "numbers" },
        {},
};

static int check(const void *values, char *reason, size_t size) {
        const Settings *s = values;

        if (s->number != 13)
                return 0;
        snprintf(reason, size, "number: 13 brings bad luck");
        return -1;
}

extern const LabgatePlugin labgate_plugin;
LABGATE_EXPORT const LabgatePlugin labgate_plugin = {
        .abi = LABGATE_PLUGIN_ABI + ODD_ABI_OFFSET,
        .build = LABGATE_BUILD ODD_BUILD_SUFFIX,
        .name = "odd",
        .default_port = 4711,
        .settings = settings,
        .settings_size = sizeof(Settings),
        .check = check,
};
