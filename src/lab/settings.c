/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two passes over a text. inspect() reads it word by word: finds the keys, refuses what libconfig would get wrong
 * (numbers that it wraps, @include), takes secrets out and blanks them. Then libconfig reads what is left, and store()
 * moves its values into the structs. No secret is ever in an error, nor any value of a key that we do not know: it may
 * be a misspelt password. */

#include <assert.h>
#include <errno.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/parse.h"
#include "../base/utf8.h"
#include "scanner.h"
#include "settings-text.h"
#include "settings.h"

typedef struct Key {
        const char *name; /* in Reading.text, not terminated */
        size_t size;
        unsigned line;
        const LabgateSetting *row; /* NULL: no table knows it */
        void *value;
} Key;

typedef struct Reading {
        const char *file;
        SettingsError *error;
        const SettingsTarget *targets;
        size_t n_targets;
        bool ignore_unknown;
        char *text; /* our copy, which ends in a newline */
        size_t size;
        Key keys[SETTINGS_KEYS_MAX];
        size_t n_keys;
} Reading;

static _printf_(4, 5) int fail(Reading *r, unsigned line, const Key *key, const char *format, ...) {
        char reason[384];
        va_list ap;

        va_start(ap, format);
        vsnprintf(reason, sizeof reason, format, ap);
        va_end(ap);
        if (key)
                snprintf(r->error->text, sizeof r->error->text, "%s:%u: %.*s: %s", r->file, line,
                         (int) MIN(key->size, 64u), key->name, reason);
        else
                snprintf(r->error->text, sizeof r->error->text, "%s:%u: %s", r->file, line, reason);
        return -EINVAL;
}

static void *value_of(const SettingsTarget *target, const LabgateSetting *row) {
        return (char *) target->values + row->offset;
}

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

static void secret_free(LabgateSecret *secret) {
        if (secret->data)
                explicit_bzero(secret->data, secret->size);
        free(secret->data);
        *secret = (LabgateSecret) {};
}

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
                secret_free(value);
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
                value_free(row, value_of(&(SettingsTarget) { table, values }, row));
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
                        r = set_fallback(row, value_of(&targets[i], row));
        return r;
}

/* ---- finding rows ---- */

const LabgateSetting *settings_find(const LabgateSetting *table, const char *name) {
        for (const LabgateSetting *row = table; row->name; row++)
                if (strcmp(row->name, name) == 0)
                        return row;
        return NULL;
}

static bool key_is(const Key *key, const char *name, size_t size) {
        return key->size == size && memcmp(key->name, name, size) == 0;
}

static void find_row(const Reading *r, Key *key) {
        for (size_t i = 0; i < r->n_targets; i++)
                for (const LabgateSetting *row = r->targets[i].table; row->name; row++)
                        if (key_is(key, row->name, strlen(row->name))) {
                                key->row = row;
                                key->value = value_of(&r->targets[i], row);
                                return;
                        }
}

static int fail_unknown(Reading *r, const Key *key) {
        const SettingsTarget *t = r->targets;
        const char *best = NULL;
        size_t distance, least = SIZE_MAX;

        for (; t < r->targets + r->n_targets; t++)
                for (const LabgateSetting *row = t->table; row->name; row++) {
                        distance = settings_text_distance(key->name, key->size, row->name);
                        if (distance < least) {
                                least = distance;
                                best = row->name;
                        }
                }
        if (best && least <= SETTINGS_TYPOS_MAX && least < strlen(best))
                return fail(r, key->line, key, "no such setting, did you mean %s?", best);
        return fail(r, key->line, key, "no such setting");
}

/* A word where a key should be may be the rest of a password with a quote in it: then it is not to be named. */
static bool is_assigned(const Scanner *s) {
        Scanner ahead = *s;

        return scanner_next(&ahead) == SCANNER_MARK && strchr("=:", *ahead.text);
}

static int add_key(Reading *r, const Scanner *s) {
        Key key = { .name = s->text, .size = s->size, .line = s->token_line };

        if (!is_assigned(s))
                return fail(r, key.line, r->n_keys > 0 ? &r->keys[r->n_keys - 1] : NULL, "syntax error");
        for (size_t i = 0; i < r->n_keys; i++)
                if (key_is(&r->keys[i], key.name, key.size))
                        return fail(r, key.line, &key, "given twice, first in line %u", r->keys[i].line);
        if (r->n_keys == SETTINGS_KEYS_MAX)
                return fail(r, key.line, &key, "more than %d settings", SETTINGS_KEYS_MAX);
        find_row(r, &key);
        if (!key.row && !r->ignore_unknown)
                return fail_unknown(r, &key);
        r->keys[r->n_keys++] = key;
        return 0;
}

/* ---- first pass ---- */

static bool is_digits(const char *text, size_t size) {
        for (size_t i = 0; i < size; i++)
                if (text[i] < '0' || text[i] > '9')
                        return false;
        return size > 0;
}

static int fail_type(Reading *r, unsigned line, const Key *key, const char *got) {
        return fail(r, line, key, "expected %s, got %s", settings_text_expected(key->row), got);
}

/* libconfig wraps what does not fit its types: see each number as it stands. */
static int check_number(Reading *r, const Scanner *s, const Key *key) {
        size_t sign = s->text[0] == '-' || s->text[0] == '+', size = s->size;
        const LabgateSetting *row = key->row;
        bool is_long = size > 1 && s->text[size - 1] == 'L';
        int64_t n;
        int error;

        if (row->type != LABGATE_SETTING_INT && row->type != LABGATE_SETTING_INTS)
                return fail_type(r, s->token_line, key, "a number or a word without quotes");
        for (int i = 0; i < 2 && size > 1 && s->text[size - 1] == 'L'; i++)
                size--;
        if (!is_digits(s->text + sign, size - sign))
                return fail(r, s->token_line, key, "%.*s is not a whole decimal number", (int) MIN(s->size, 40u), s->text);
        sign = s->text[0] == '+';
        error = parse_signed(s->text + sign, size - sign, row->min, row->max, &n);
        if (error < 0)
                return fail(r, s->token_line, key, "%.*s is out of range, %lld to %lld", (int) MIN(s->size, 40u), s->text,
                            (long long) row->min, (long long) row->max);
        if (!is_long && (n > INT32_MAX || n < INT32_MIN))
                return fail(r, s->token_line, key, "a number this large needs an L at its end");
        return 0;
}

/* One quoted piece of a secret; libconfig joins adjacent pieces, so do we. */
static int append_secret(Reading *r, const Scanner *s, const Key *key) {
        LabgateSecret *secret = key->value;
        size_t max = key->row->max > 0 ? (size_t) key->row->max : SETTINGS_SECRET_MAX, size;
        char *data = malloc(secret->size + s->size + 1);

        if (!data)
                return -ENOMEM;
        if (secret->data)
                memcpy(data, secret->data, secret->size);
        size = secret->size + scanner_unescape(s->text, s->size, data + secret->size);
        data[size] = 0;
        secret_free(secret);
        *secret = (LabgateSecret) { data, size };
        if (size > max)
                return fail(r, s->token_line, key, "longer than %zu bytes", max);
        return 0;
}

static void blank(Reading *r, const Scanner *s) {
        char *text = r->text + (s->text - r->text);

        for (size_t i = 0; i < s->size; i++)
                if (text[i] != '\n')
                        text[i] = ' ';
}

static int take_string(Reading *r, const Scanner *s, const Key *key, unsigned depth) {
        bool secret = key && key->row && key->row->type == LABGATE_SETTING_SECRET;
        int error = 0;

        if (secret && depth > 0)
                error = fail_type(r, s->token_line, key, "a list or a group");
        else if (secret)
                error = append_secret(r, s, key);
        if (secret || !key || !key->row)
                blank(r, s);
        return error;
}

/* Where in the text the scanner is: 'name = value' at depth 0, anything within brackets. */
typedef struct Place {
        unsigned depth;
        bool in_value;
} Place;

static int take_mark(Reading *r, const Scanner *s, Place *place, const Key *key) {
        char mark = *s->text;

        if (strchr("([{", mark) && ++place->depth > SETTINGS_DEPTH_MAX)
                return fail(r, s->token_line, key, "more than %d brackets within each other", SETTINGS_DEPTH_MAX);
        if (strchr(")]}", mark) && place->depth > 0 && --place->depth == 0)
                place->in_value = false;
        else if (strchr("=:", mark) && place->depth == 0)
                place->in_value = true;
        return 0;
}

static int take_token(Reading *r, const Scanner *s, ScannerToken token, Place *place) {
        const Key *key = r->n_keys > 0 ? &r->keys[r->n_keys - 1] : NULL;
        int error = 0;

        if (token == SCANNER_MARK)
                return take_mark(r, s, place, key);
        if (token == SCANNER_NAME && place->depth == 0 && !place->in_value)
                return add_key(r, s);
        if (token == SCANNER_NUMBER && key && key->row)
                error = check_number(r, s, key);
        else if (token == SCANNER_STRING)
                error = take_string(r, s, key, place->depth);
        if (place->depth == 0)
                place->in_value = false;
        return error;
}

static int inspect(Reading *r) {
        Scanner s;
        ScannerToken token;
        Place place = {};
        int error = 0;

        scanner_init(&s, r->text, r->size);
        while (error == 0 && (token = scanner_next(&s)) != SCANNER_END) {
                if (token == SCANNER_BAD)
                        return fail(r, s.token_line, r->n_keys > 0 && place.in_value ? &r->keys[r->n_keys - 1] : NULL,
                                    "%s", s.reason);
                error = take_token(r, &s, token, &place);
        }
        return error;
}

/* ---- second pass ---- */

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

static int check_string(Reading *r, const Key *key, const config_setting_t *setting, const char **ret) {
        size_t max = key->row->max > 0 ? (size_t) key->row->max : SETTINGS_STRING_MAX;
        unsigned line = setting->name ? key->line : setting->line;
        const char *text = config_setting_get_string(setting);

        if (!text)
                return fail_type(r, line, key, type_name(setting));
        if (strlen(text) > max)
                return fail(r, line, key, "longer than %zu bytes", max);
        if (!utf8_is_valid(text, strlen(text)))
                return fail(r, line, key, "not UTF-8");
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

static int count_elements(Reading *r, const Key *key, const config_setting_t *setting, size_t *ret) {
        size_t n = 1;

        if (config_setting_is_array(setting) || config_setting_is_list(setting))
                n = (size_t) config_setting_length(setting);
        if (n > SETTINGS_LIST_MAX)
                return fail(r, key->line, key, "more than %d values", SETTINGS_LIST_MAX);
        *ret = n;
        return 0;
}

static int store_strings(Reading *r, const Key *key, config_setting_t *setting) {
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

static int store_ints(Reading *r, const Key *key, config_setting_t *setting) {
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
                        return fail_type(r, e->name ? key->line : e->line, key, type_name(e));
                ints[i] = number_of(e);
        }
        ints[n] = -1;
        if (n > 0)
                *(int64_t **) key->value = TAKE_PTR(ints);
        return 0;
}

static int store_string(Reading *r, const Key *key, const config_setting_t *setting) {
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
static int store_meaning(Reading *r, const Key *key, const config_setting_t *setting) {
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
        return error < 0 ? fail(r, key->line, key, "%s", why) : 0;
}

static int store(Reading *r, const Key *key, config_setting_t *setting) {
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
        return fail_type(r, key->line, key, type_name(setting));
}

static int fail_syntax(Reading *r, const config_t *config) {
        unsigned line = (unsigned) MAX(config_error_line(config), 1);
        const Key *key = NULL;

        for (size_t i = 0; i < r->n_keys; i++)
                if (r->keys[i].line <= line)
                        key = &r->keys[i];
        return fail(r, line, key, "%s", config_error_text(config) ? config_error_text(config) : "syntax error");
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
        for (size_t i = 0; i < r->n_keys && error == 0; i++) {
                config_setting_t *setting = config_setting_get_elem(root, (unsigned) i);

                if (!setting || !key_is(&r->keys[i], setting->name, strlen(setting->name)))
                        return fail(r, r->keys[i].line, &r->keys[i], "syntax error");
                if (r->keys[i].row)
                        error = store(r, &r->keys[i], setting);
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
                        if ((row->flags & LABGATE_SETTING_REQUIRED) && !has_key(r, row)) {
                                snprintf(r->error->text, sizeof r->error->text, "%s:1: %s: missing, every such file needs it",
                                         r->file, row->name);
                                return -EINVAL;
                        }
        return 0;
}

static int check_utf8(Reading *r) {
        unsigned line = 1;
        uint32_t c;
        int n;

        for (size_t i = 0; i < r->size; i += (size_t) n) {
                n = utf8_decode(r->text + i, r->size - i, &c);
                if (n <= 0)
                        return fail(r, line, NULL, "not UTF-8");
                if (c == '\n')
                        line++;
        }
        return 0;
}

static int read_all(Reading *r) {
        int error;

        error = check_utf8(r);
        if (error == 0)
                error = set_fallbacks(r->targets, r->n_targets);
        if (error == 0)
                error = inspect(r);
        if (error == 0)
                error = read_values(r);
        if (error == 0)
                error = check_required(r);
        return error;
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
                return fail(r, 1, NULL, "larger than %u bytes", SETTINGS_FILE_MAX);
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
