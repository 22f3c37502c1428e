/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "units.h"

#define MANAGER "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"

sd_bus *units_open(void) {
        sd_bus *bus = NULL;

        return sd_bus_default_system(&bus) < 0 ? NULL : bus;
}

char *units_property(sd_bus *bus, const char *unit, const char *interface, const char *property) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        char full[64], *text = NULL;
        const char *path;

        if (!bus || sd_bus_call_method(bus, MANAGER, "LoadUnit", &error, &answer, "s", unit) < 0 ||
            sd_bus_message_read(answer, "o", &path) < 0)
                return NULL;
        snprintf(full, sizeof full, "org.freedesktop.systemd1.%s", interface);
        if (sd_bus_get_property_string(bus, "org.freedesktop.systemd1", path, full, property, NULL, &text) < 0)
                return NULL;
        return text;
}

void units_names_free(char **names) {
        for (char **name = names; name && *name; name++)
                free(*name);
        free(names);
}

static int append_name(char ***names, size_t *n, const char *name) {
        char **more = reallocarray(*names, *n + 2, sizeof *more);

        if (!more)
                return -ENOMEM;
        *names = more;
        more[*n] = strdup(name);
        more[*n + 1] = NULL;
        return more[(*n)++] ? 0 : -ENOMEM;
}

int units_sessions(sd_bus *bus, char ***ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        char **names = calloc(1, sizeof *names);
        const char *name;
        size_t n = 0;
        int r;

        if (!names)
                return -ENOMEM;
        r = sd_bus_call_method(bus, MANAGER, "ListUnitsByPatterns", NULL, &answer, "asas", 0, 1, "labgate@*.service");
        if (r >= 0)
                r = sd_bus_message_enter_container(answer, 'a', "(ssssssouso)");
        while (r >= 0 && (r = sd_bus_message_read(answer, "(ssssssouso)", &name, NULL, NULL, NULL, NULL, NULL, NULL,
                                                  NULL, NULL, NULL)) > 0)
                r = append_name(&names, &n, name);
        if (r < 0) {
                units_names_free(names);
                return r;
        }
        *ret = names;
        return 0;
}

int units_stop(sd_bus *bus, const char *unit) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        return sd_bus_call_method(bus, MANAGER, "StopUnit", &error, NULL, "ss", unit, "replace");
}
