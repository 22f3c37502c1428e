/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two passes over a text: reading_inspect(), then libconfig, whose values store() moves into the structs. */

#include <assert.h>
#include <errno.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/utf8.h"
#include "reading.h"
#include "settings-text.h"
#include "settings.h"

/* ---- owning values ---- */

static int64_t *ints_free(int64_t *ints) {
        free(ints);
        return NULL;
}
DEFINE_CLEANUP(int64_t *, ints_free);

static char **strings_free(char **strings) {
        for (char **s = strings; s && *s; s++)
                free(*s);
        free(strings);
        return NULL;
}
DEFINE_CLEANUP(char **, strings_free);

static void value_free(const LabgateSetting *row, void *value) {
        switch (row->type) {
        case LABGATE_SETTING_BOOL:
                *(bool *) value = false;
                break;
        case LABGATE_SETTING_INT:
        case LABGATE_SETTING_TIME:
                *(int64_t *) value = 0;
                break;
        case LABGATE_SETTING_CHOICE:
                *(int *) value = 0;
                break;
        case LABGATE_SETTING_STRING:
                free(*(char **) value);
                *(char **) value = NULL;
                break;
        case LABGATE_SETTING_SECRET:
                reading_secret_free(value);
                break;
        case LABGATE_SETTING_STRINGS:
                *(char ***) value = strings_free(*(char ***) value);
                break;
        case LABGATE_SETTING_INTS:
                *(int64_t **) value = ints_free(*(int64_t **) value);
                break;
        default:
                assert(false);
        }
}

void settings_free(const LabgateSetting *table, void *values) {
        for (const LabgateSetting *row = table; row->name; row++)
                value_free(row, reading_value(&(SettingsTarget) { table, values }, row));
}

static int set_fallback(const LabgateSetting *row, void *value) {
        if (row->type == LABGATE_SETTING_BOOL)
                *(bool *) value = row->fallback != 0;
        else if (row->type == LABGATE_SETTING_INT)
                *(int64_t *) value = row->fallback;
        else if (row->type == LABGATE_SETTING_CHOICE)
                *(int *) value = (int) row->fallback;
        else if (row->type == LABGATE_SETTING_STRING && row->fallback_text)
                *(char **) value = strdup(row->fallback_text);
        else
                return 0;
        return row->type == LABGATE_SETTING_STRING && !*(char **) value ? -ENOMEM : 0;
}

static int set_fallbacks(const SettingsTarget *targets, size_t n) {
        int r = 0;

        for (size_t i = 0; i < n; i++)
                for (const LabgateSetting *row = targets[i].table; row->name && r == 0; row++)
                        r = set_fallback(row, reading_value(&targets[i], row));
        return r;
}

const LabgateSetting *settings_find(const LabgateSetting *table, const char *name) {
        for (const LabgateSetting *row = table; row->name; row++)
                if (strcmp(row->name, name) == 0)
                        return row;
        return NULL;
}

/* ---- values from libconfig ---- */

static const char *type_name(const config_setting_t *setting) {
        switch (config_setting_type(setting)) {
        case CONFIG_TYPE_GROUP:
                return "a group";
        case CONFIG_TYPE_LIST:
        case CONFIG_TYPE_ARRAY:
                return "a list";
        case CONFIG_TYPE_STRING:
                return "a text";
        case CONFIG_TYPE_BOOL:
                return "true or false without quotes";
        default:
                return "a number";
        }
}

static int check_string(Reading *r, const ReadingKey *key, const config_setting_t *setting, const char **ret) {
        size_t max = key->row->max > 0 ? (size_t) key->row->max : SETTINGS_STRING_MAX;
        unsigned line = setting->name ? key->line : setting->line;
        const char *text = config_setting_get_string(setting);

        if (!text)
                return reading_fail_type(r, line, key, type_name(setting));
        if (strlen(text) > max)
                return reading_fail(r, line, key, "longer than %zu bytes", max);
        if (!utf8_is_valid(text, strlen(text)))
                return reading_fail(r, line, key, "not UTF-8");
        *ret = text;
        return 0;
}

static bool is_number(const config_setting_t *setting) {
        return config_setting_type(setting) == CONFIG_TYPE_INT || config_setting_type(setting) == CONFIG_TYPE_INT64;
}

static int64_t number_of(const config_setting_t *setting) {
        return config_setting_type(setting) == CONFIG_TYPE_INT ? config_setting_get_int(setting) :
                                                                 config_setting_get_int64(setting);
}

/* A list's i-th value, or the only one. */
static config_setting_t *element(config_setting_t *setting, size_t i) {
        return config_setting_is_array(setting) || config_setting_is_list(setting) ?
                       config_setting_get_elem(setting, (unsigned) i) : setting;
}

static int count_elements(Reading *r, const ReadingKey *key, const config_setting_t *setting, size_t *ret) {
        size_t n = 1;

        if (config_setting_is_array(setting) || config_setting_is_list(setting))
                n = (size_t) config_setting_length(setting);
        if (n > SETTINGS_LIST_MAX)
                return reading_fail(r, key->line, key, "more than %d values", SETTINGS_LIST_MAX);
        *ret = n;
        return 0;
}

static int store_strings(Reading *r, const ReadingKey *key, config_setting_t *setting) {
        _cleanup_(strings_freep) char **strings = NULL;
        const char *text;
        size_t n;
        int error;

        error = count_elements(r, key, setting, &n);
        if (error < 0)
                return error;
        strings = calloc(n + 1, sizeof *strings);
        if (!strings)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                error = check_string(r, key, element(setting, i), &text);
                if (error < 0)
                        return error;
                strings[i] = strdup(text);
                if (!strings[i])
                        return -ENOMEM;
        }
        if (n > 0)
                *(char ***) key->value = TAKE_PTR(strings);
        return 0;
}

static int store_ints(Reading *r, const ReadingKey *key, config_setting_t *setting) {
        _cleanup_(ints_freep) int64_t *ints = NULL;
        size_t n;
        int error;

        error = count_elements(r, key, setting, &n);
        if (error < 0)
                return error;
        ints = calloc(n + 1, sizeof *ints);
        if (!ints)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                const config_setting_t *e = element(setting, i);

                if (!is_number(e))
                        return reading_fail_type(r, e->name ? key->line : e->line, key, type_name(e));
                ints[i] = number_of(e);
        }
        ints[n] = -1;
        if (n > 0)
                *(int64_t **) key->value = TAKE_PTR(ints);
        return 0;
}

static int store_string(Reading *r, const ReadingKey *key, const config_setting_t *setting) {
        const char *text;
        char *copy;
        int error;

        error = check_string(r, key, setting, &text);
        if (error < 0)
                return error;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        value_free(key->row, key->value);
        *(char **) key->value = copy;
        return 0;
}

/* CHOICE and TIME are texts with a meaning. */
static int store_meaning(Reading *r, const ReadingKey *key, const config_setting_t *setting) {
        char why[256];
        const char *text;
        int error;

        error = check_string(r, key, setting, &text);
        if (error < 0)
                return error;
        if (key->row->type == LABGATE_SETTING_TIME)
                error = settings_text_time(text, key->value, why, sizeof why);
        else
                error = settings_text_choice(key->row, text, key->value, why, sizeof why);
        return error < 0 ? reading_fail(r, key->line, key, "%s", why) : 0;
}

static int store(Reading *r, const ReadingKey *key, config_setting_t *setting) {
        int type = config_setting_type(setting);

        switch (key->row->type) {
        case LABGATE_SETTING_BOOL:
                if (type != CONFIG_TYPE_BOOL)
                        break;
                *(bool *) key->value = config_setting_get_bool(setting) == CONFIG_TRUE;
                return 0;
        case LABGATE_SETTING_INT:
                if (!is_number(setting))
                        break;
                *(int64_t *) key->value = number_of(setting);
                return 0;
        case LABGATE_SETTING_SECRET:
                if (type != CONFIG_TYPE_STRING)
                        break;
                return 0;
        case LABGATE_SETTING_STRING:
                return store_string(r, key, setting);
        case LABGATE_SETTING_CHOICE:
        case LABGATE_SETTING_TIME:
                return store_meaning(r, key, setting);
        case LABGATE_SETTING_STRINGS:
                return store_strings(r, key, setting);
        case LABGATE_SETTING_INTS:
                return store_ints(r, key, setting);
        default:
                assert(false);
        }
        return reading_fail_type(r, key->line, key, type_name(setting));
}

/* What libconfig says of a text whose mistakes have been told are these again. */
static int fail_shape(Reading *r, const ReadingKey *key) {
        return r->n_mistakes > 0 ? -EINVAL : reading_fail(r, key ? key->line : 1, key, "can be read in two ways");
}

static int fail_syntax(Reading *r, const config_t *config) {
        unsigned line = (unsigned) MAX(config_error_line(config), 1);
        const ReadingKey *key = NULL;

        if (r->n_mistakes > 0)
                return -EINVAL;
        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].line <= line)
                        key = &r->keys[i];
        return reading_fail(r, line, key, "%s", config_error_text(config) ? config_error_text(config) : "syntax error");
}

static void config_destroyp(config_t *config) {
        config_destroy(config);
}

static int read_values(Reading *r) {
        _cleanup_(config_destroyp) config_t config;
        config_setting_t *root;
        int error = 0;

        config_init(&config);
        if (config_read_string(&config, r->text) != CONFIG_TRUE)
                return fail_syntax(r, &config);
        root = config_root_setting(&config);
        if ((size_t) config_setting_length(root) != r->n_keys)
                return fail_shape(r, NULL);
        for (size_t i = 0; i < r->n_keys && error == 0; i++) {
                config_setting_t *setting = config_setting_get_elem(root, (unsigned) i);

                if (!setting || !reading_key_is(&r->keys[i], setting->name, strlen(setting->name)))
                        return fail_shape(r, &r->keys[i]);
                if (r->keys[i].row && !r->keys[i].is_wrong)
                        error = store(r, &r->keys[i], setting);
                if (error == -EINVAL && reading_goes_on(r))
                        error = 0;
        }
        return error;
}

/* ---- the whole ---- */

static bool has_key(const Reading *r, const LabgateSetting *row) {
        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].row == row)
                        return true;
        return false;
}

static int check_required(Reading *r) {
        for (size_t i = 0; i < r->n_targets; i++)
                for (const LabgateSetting *row = r->targets[i].table; row->name; row++)
                        if (row->flags & LABGATE_SETTING_REQUIRED && !has_key(r, row)) {
                                ReadingKey key = { .name = row->name, .size = strlen(row->name) };

                                reading_fail(r, 1, &key, "missing, every such file needs it");
                                if (!reading_goes_on(r))
                                        return -EINVAL;
                        }
        return 0;
}

static int read_all(Reading *r) {
        int error;

        error = set_fallbacks(r->targets, r->n_targets);
        if (error == 0)
                error = reading_inspect(r);
        if (error == 0)
                error = read_values(r);
        if (error == 0)
                error = check_required(r);
        return error == 0 && r->n_mistakes > 0 ? -EINVAL : error;
}

static Reading *reading_free(Reading *r) {
        if (r && r->text)
                explicit_bzero(r->text, r->size);
        if (r)
                free(r->text);
        free(r);
        return NULL;
}
DEFINE_CLEANUP(Reading *, reading_free);

void settings_error_done(SettingsError *error) {
        free(error->others);
        *error = (SettingsError) {};
}

int settings_parse(const char *file, const char *text, size_t size, const SettingsTarget *targets, size_t n_targets,
                   bool ignore_unknown, SettingsError *error) {
        _cleanup_(reading_freep) Reading *r = calloc(1, sizeof *r);
        int result;

        assert(n_targets <= SETTINGS_TABLES_MAX);
        if (!r)
                return -ENOMEM;
        *r = (Reading) { .file = file, .error = error, .targets = targets, .n_targets = n_targets,
                         .ignore_unknown = ignore_unknown };
        if (size > SETTINGS_FILE_MAX)
                return reading_fail(r, 1, NULL, "larger than %u bytes", SETTINGS_FILE_MAX);
        r->text = malloc(size + 2);
        if (!r->text)
                return -ENOMEM;
        /* libconfig takes no comment in a last line that has no end. */
        memcpy(r->text, text, size);
        memcpy(r->text + size, "\n", 2);
        r->size = size + 1;
        result = read_all(r);
        for (size_t i = 0; result < 0 && i < n_targets; i++)
                settings_free(targets[i].table, targets[i].values);
        return result;
}
