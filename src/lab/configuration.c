/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "configuration.h"
#include "lab.h"

#define PARAMETER_SIZE_MAX 32
#define DAY (24 * 60 * 60)

#define AT(field) .offset = offsetof(Configuration, field)

const LabgateSetting configuration_settings[] = {
        { "allowed_origins", LABGATE_SETTING_STRINGS, AT(allowed_origins), .max = 300,
          .help = "Origins of pages that may connect (https://host or https://host:port), all if none is named" },
        { "token_parameters", LABGATE_SETTING_STRINGS, AT(token_parameters), .max = PARAMETER_SIZE_MAX,
          .help = "Parameters of the query that may hold the token, token if none is named" },
        { "public_url", LABGATE_SETTING_STRING, AT(public_url), .max = 1024,
          .help = "Address of the page, for labgate add to print with the token" },
        { "max_sessions", LABGATE_SETTING_INT, AT(max_sessions), .fallback = 0, .min = 0, .max = 100000,
          .help = "Sessions of all labs at the same time, 0 for no limit but systemd's" },
        { "font_name", LABGATE_SETTING_STRING, AT(font_name), .fallback_text = "monospace", .max = 256,
          .help = "Font family of texts where a lab names none" },
        { "font_size", LABGATE_SETTING_INT, AT(font_size), .fallback = 12, .min = 4, .max = 128,
          .help = "Font size in points where a lab names none" },
        { "idle_timeout", LABGATE_SETTING_INT, AT(idle_timeout), .fallback = 0, .min = 0, .max = 30 * DAY,
          .help = "Seconds without input after which a session ends where its lab names none, 0 for none" },
        { "time_limit", LABGATE_SETTING_INT, AT(time_limit), .fallback = 0, .min = 0, .max = 30 * DAY,
          .help = "Seconds after which a session ends where its lab names none, 0 for none" },
        {},
};

static int refuse(SettingsError *error, const char *file, const char *reason) {
        snprintf(error->text, sizeof error->text, "%s:1: %s", file, reason);
        return -EINVAL;
}

static bool is_parameter(const char *text) {
        static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

        return *text && strspn(text, set) == strlen(text);
}

/* The scheme and what is behind it; NULL for anything else. */
static const char *behind_scheme(const char *text) {
        static const char *const schemes[] = { "https://", "http://" };

        for (size_t i = 0; i < ELEMENTS(schemes); i++)
                if (strncmp(text, schemes[i], strlen(schemes[i])) == 0)
                        return text + strlen(schemes[i]);
        return NULL;
}

/* As a browser writes it: no path, not even a slash; nothing else would ever match. */
static bool is_origin(const char *text) {
        const char *host = behind_scheme(text);

        return host && *host && strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.:[]_-") == strlen(host);
}

static int check(const Configuration *c, const char *file, SettingsError *error) {
        for (char **s = c->token_parameters; s && *s; s++)
                if (!is_parameter(*s))
                        return refuse(error, file, "token_parameters: a name is of A-Z a-z 0-9 _ -");
        for (char **s = c->allowed_origins; s && *s; s++)
                if (!is_origin(*s))
                        return refuse(error, file, "allowed_origins: an origin is https://host or https://host:port, "
                                                   "in small letters and without a path");
        if (c->public_url && !behind_scheme(c->public_url))
                return refuse(error, file, "public_url: does not begin with https:// or http://");
        return 0;
}

static int set_token_parameters(Configuration *c) {
        if (c->token_parameters)
                return 0;
        c->token_parameters = calloc(2, sizeof *c->token_parameters);
        if (!c->token_parameters)
                return -ENOMEM;
        c->token_parameters[0] = strdup("token");
        return c->token_parameters[0] ? 0 : -ENOMEM;
}

void configuration_done(Configuration *c) {
        settings_free(configuration_settings, c);
}

int configuration_load(Configuration *ret, int fd, const char *file, SettingsError *error) {
        _cleanup_(configuration_done) Configuration c = {};
        const SettingsTarget target = { configuration_settings, &c };
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        int r = 0;

        if (fd >= 0)
                r = lab_read(fd, &text, &size);
        if (r < 0)
                return refuse(error, file, r == -EFBIG ? "larger than 65536 bytes" : "cannot be read");
        r = settings_parse(file, text ? text : "", size, &target, 1, false, error);
        if (r == 0)
                r = check(&c, file, error);
        if (r == 0)
                r = set_token_parameters(&c);
        if (r < 0)
                return r;
        *ret = c;
        c = (Configuration) {};
        return 0;
}
