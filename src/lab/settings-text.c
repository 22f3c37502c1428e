/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/parse.h"
#include "../base/utf8.h"
#include "json.h"
#include "settings-text.h"

#define NAME_SIZE_MAX 64
#define VALUE_SHOWN_MAX 40

static const char *const type_words[] = {
        [LABGATE_SETTING_BOOL] = "bool",     [LABGATE_SETTING_INT] = "int",         [LABGATE_SETTING_STRING] = "text",
        [LABGATE_SETTING_SECRET] = "secret", [LABGATE_SETTING_CHOICE] = "choice",   [LABGATE_SETTING_STRINGS] = "texts",
        [LABGATE_SETTING_INTS] = "ints",     [LABGATE_SETTING_TIME] = "time",
};

const char *settings_text_expected(const LabgateSetting *row) {
        static const char *const expected[] = {
                [LABGATE_SETTING_BOOL] = "true or false",
                [LABGATE_SETTING_INT] = "a whole number",
                [LABGATE_SETTING_STRING] = "a text in quotes",
                [LABGATE_SETTING_SECRET] = "a text in quotes",
                [LABGATE_SETTING_CHOICE] = "a word in quotes",
                [LABGATE_SETTING_STRINGS] = "a text in quotes or a list of them",
                [LABGATE_SETTING_INTS] = "a whole number or a list of them",
                [LABGATE_SETTING_TIME] = "a time in quotes such as \"2026-12-01T12:00:00Z\"",
        };

        return expected[row->type];
}

/* Levenshtein's distance, row by row. */
size_t settings_text_distance(const char *name, size_t size, const char *other) {
        size_t n = strlen(other), cost[NAME_SIZE_MAX + 1];

        if (n > NAME_SIZE_MAX || size > n + SETTINGS_TYPOS_MAX || n > size + SETTINGS_TYPOS_MAX)
                return SETTINGS_TYPOS_MAX + 1;
        for (size_t j = 0; j <= n; j++)
                cost[j] = j;
        for (size_t i = 1; i <= size; i++) {
                size_t diagonal = cost[0];

                cost[0] = i;
                for (size_t j = 1; j <= n; j++) {
                        size_t change = diagonal + (name[i - 1] != other[j - 1]);
                        size_t insert = MIN(cost[j], cost[j - 1]) + 1;

                        diagonal = cost[j];
                        cost[j] = MIN(change, insert);
                }
        }
        return MIN(cost[n], (size_t) SETTINGS_TYPOS_MAX + 1);
}

/* A value as an error may show it: short, and on one line. */
static void show(const char *text, char ret[static VALUE_SHOWN_MAX + 4]) {
        size_t size = strlen(text), n = utf8_prefix(text, size, VALUE_SHOWN_MAX);

        for (size_t i = 0; i < n; i++)
                ret[i] = (unsigned char) text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
        strcpy(ret + n, n < size ? "..." : "");
}

int settings_text_choice(const LabgateSetting *row, const char *text, int *ret, char *why, size_t why_size) {
        char shown[VALUE_SHOWN_MAX + 4];
        size_t n = 0;

        for (int i = 0; row->choices[i]; i++)
                if (strcmp(row->choices[i], text) == 0) {
                        *ret = i;
                        return 0;
                }
        show(text, shown);
        n = (size_t) snprintf(why, why_size, "\"%s\" is none of", shown);
        for (size_t i = 0; row->choices[i] && n < why_size; i++)
                n += (size_t) snprintf(why + n, why_size - n, "%s %s", i > 0 ? "," : "", row->choices[i]);
        return -EINVAL;
}

int settings_text_time(const char *text, int64_t *ret, char *why, size_t why_size) {
        char shown[VALUE_SHOWN_MAX + 4];

        if (parse_time(text, ret) == 0)
                return 0;
        show(text, shown);
        snprintf(why, why_size, "\"%s\" is no time such as 2026-12-01T12:00:00Z", shown);
        return -EINVAL;
}

/* ---- writing a lab file ---- */

static void write_string(const char *text, size_t size, FILE *out) {
        static const char codes[] = "nrtf\\\"", bytes[] = "\n\r\t\f\\\"";

        fputc('"', out);
        for (size_t i = 0; i < size; i++) {
                const char *code = strchr(bytes, text[i]);

                if (code)
                        fprintf(out, "\\%c", codes[code - bytes]);
                else if ((unsigned char) text[i] < 0x20 || text[i] == 0x7f)
                        fprintf(out, "\\x%02x", (unsigned) text[i]);
                else
                        fputc(text[i], out);
        }
        fputc('"', out);
}

static int refuse(const LabgateSetting *row, SettingsError *error, const char *why) {
        snprintf(error->text, sizeof error->text, "%s: %s", row->name, why);
        return -EINVAL;
}

static int format_int(const LabgateSetting *row, const char *text, size_t size, FILE *out, SettingsError *error) {
        char why[128];
        int64_t n;
        int r;

        r = parse_signed(text, size, row->min, row->max, &n);
        if (r == -ERANGE) {
                snprintf(why, sizeof why, "%.*s is out of range, %" PRId64 " to %" PRId64, (int) MIN(size, 40u), text,
                         row->min, row->max);
                return refuse(row, error, why);
        }
        if (r < 0)
                return refuse(row, error, "expected a whole number");
        fprintf(out, "%" PRId64 "%s", n, n > INT32_MAX || n < INT32_MIN ? "L" : "");
        return 0;
}

static int format_string(const LabgateSetting *row, const char *text, size_t size, FILE *out, SettingsError *error) {
        size_t fallback = row->type == LABGATE_SETTING_SECRET ? SETTINGS_SECRET_MAX : SETTINGS_STRING_MAX;
        size_t max = row->max > 0 ? (size_t) row->max : fallback;
        char why[64];

        if (size > max) {
                snprintf(why, sizeof why, "longer than %zu bytes", max);
                return refuse(row, error, why);
        }
        if (!utf8_is_valid(text, size))
                return refuse(row, error, "not UTF-8");
        write_string(text, size, out);
        return 0;
}

/* Several values come separated: by newlines, numbers by commas as well. */
static int format_list(const LabgateSetting *row, const char *text, FILE *out, SettingsError *error) {
        const char *separator = row->type == LABGATE_SETTING_INTS ? ",\n" : "\n";
        size_t n = 0;
        int r = 0;

        fputs("[ ", out);
        for (const char *at = text;; n++) {
                size_t size = strcspn(at, separator);

                if (n == SETTINGS_LIST_MAX)
                        return refuse(row, error, "too many values");
                fputs(n > 0 ? ", " : "", out);
                if (row->type == LABGATE_SETTING_INTS)
                        r = format_int(row, at, size, out, error);
                else
                        r = format_string(row, at, size, out, error);
                if (r < 0)
                        return r;
                if (!at[size])
                        break;
                at += size + 1;
        }
        fputs(" ]", out);
        return 0;
}

static int format_meaning(const LabgateSetting *row, const char *text, FILE *out, SettingsError *error) {
        char why[256];
        int64_t seconds;
        int index, r;

        if (row->type == LABGATE_SETTING_TIME)
                r = settings_text_time(text, &seconds, why, sizeof why);
        else
                r = settings_text_choice(row, text, &index, why, sizeof why);
        if (r < 0)
                return refuse(row, error, why);
        write_string(text, strlen(text), out);
        return 0;
}

static int format_value(const LabgateSetting *row, const char *text, FILE *out, SettingsError *error) {
        switch (row->type) {
        case LABGATE_SETTING_BOOL:
                if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
                        return refuse(row, error, "expected true or false");
                fputs(text, out);
                return 0;
        case LABGATE_SETTING_INT:
                return format_int(row, text, strlen(text), out, error);
        case LABGATE_SETTING_STRING:
        case LABGATE_SETTING_SECRET:
                return format_string(row, text, strlen(text), out, error);
        case LABGATE_SETTING_STRINGS:
        case LABGATE_SETTING_INTS:
                return format_list(row, text, out, error);
        default:
                return format_meaning(row, text, out, error);
        }
}

int settings_format(const LabgateSetting *row, const char *text, FILE *out, SettingsError *error) {
        int r;

        fprintf(out, "%s = ", row->name);
        r = format_value(row, text, out, error);
        if (r < 0)
                return r;
        fputs(";\n", out);
        return ferror(out) ? -EIO : 0;
}

/* ---- listings ---- */

static void write_range(const LabgateSetting *row, FILE *out) {
        switch (row->type) {
        case LABGATE_SETTING_BOOL:
                fputs("true, false", out);
                break;
        case LABGATE_SETTING_INT:
        case LABGATE_SETTING_INTS:
                fprintf(out, "%" PRId64 " to %" PRId64, row->min, row->max);
                break;
        case LABGATE_SETTING_CHOICE:
                for (size_t i = 0; row->choices[i]; i++)
                        fprintf(out, "%s%s", i > 0 ? ", " : "", row->choices[i]);
                break;
        case LABGATE_SETTING_TIME:
                fputs("RFC 3339", out);
                break;
        default:
                if (row->max > 0)
                        fprintf(out, "up to %" PRId64 " bytes", row->max);
        }
}

/* A number out of its own range stands for "none": what the code that uses it makes of it. */
static bool has_number_fallback(const LabgateSetting *row) {
        return row->type == LABGATE_SETTING_INT && row->fallback >= row->min && row->fallback <= row->max;
}

static void write_fallback(const LabgateSetting *row, FILE *out) {
        if (row->flags & LABGATE_SETTING_REQUIRED)
                fputs("(required)", out);
        else if (row->type == LABGATE_SETTING_BOOL)
                fputs(row->fallback ? "true" : "false", out);
        else if (has_number_fallback(row))
                fprintf(out, "%" PRId64, row->fallback);
        else if (row->type == LABGATE_SETTING_CHOICE)
                fputs(row->choices[row->fallback], out);
        else if (row->type == LABGATE_SETTING_STRING && row->fallback_text)
                fputs(row->fallback_text, out);
}

typedef void (*Writer)(const LabgateSetting *row, FILE *out);

static char *column(const LabgateSetting *row, Writer writer) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        if (!out)
                return NULL;
        writer(row, out);
        if (fclose(out) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static int width_of(const LabgateSetting *table, Writer writer, int most) {
        int width = 0;

        for (const LabgateSetting *row = table; row->name; row++) {
                _cleanup_free_ char *text = column(row, writer);

                width = MAX(width, text ? (int) strlen(text) : 0);
        }
        return MIN(width, most);
}

static void write_name(const LabgateSetting *row, FILE *out) {
        fputs(row->name, out);
}

void settings_print(const LabgateSetting *table, FILE *out) {
        int names = width_of(table, write_name, 32), fallbacks = width_of(table, write_fallback, 24);
        int ranges = width_of(table, write_range, 40);

        for (const LabgateSetting *row = table; row->name; row++) {
                _cleanup_free_ char *fallback = column(row, write_fallback), *range = column(row, write_range);

                fprintf(out, "%-*s  %-6s  %-*s  %-*s  %s%s\n", names, row->name, type_words[row->type], fallbacks,
                        fallback ? fallback : "", ranges, range ? range : "", row->help ? row->help : "",
                        row->flags & LABGATE_SETTING_LIVE ? " (the page may change it)" : "");
        }
}

static void print_row_json(const LabgateSetting *row, FILE *out) {
        fputs("{\"name\":", out);
        json_string(row->name, out);
        fprintf(out, ",\"type\":\"%s\",\"required\":%s,\"live\":%s", type_words[row->type],
                row->flags & LABGATE_SETTING_REQUIRED ? "true" : "false",
                row->flags & LABGATE_SETTING_LIVE ? "true" : "false");
        if (row->type == LABGATE_SETTING_INT || row->type == LABGATE_SETTING_INTS)
                fprintf(out, ",\"min\":%" PRId64 ",\"max\":%" PRId64, row->min, row->max);
        if (has_number_fallback(row))
                fprintf(out, ",\"default\":%" PRId64, row->fallback);
        else if (row->type == LABGATE_SETTING_BOOL)
                fprintf(out, ",\"default\":%s", row->fallback ? "true" : "false");
        else if (row->type == LABGATE_SETTING_CHOICE || row->fallback_text) {
                fputs(",\"default\":", out);
                json_string(row->fallback_text ? row->fallback_text : row->choices[row->fallback], out);
        }
        for (size_t i = 0; row->type == LABGATE_SETTING_CHOICE && row->choices[i]; i++) {
                fputs(i == 0 ? ",\"choices\":[" : ",", out);
                json_string(row->choices[i], out);
        }
        fputs(row->type == LABGATE_SETTING_CHOICE ? "],\"help\":" : ",\"help\":", out);
        json_string(row->help ? row->help : "", out);
        fputs("}", out);
}

void settings_print_json(const LabgateSetting *table, FILE *out) {
        fputs("[", out);
        for (const LabgateSetting *row = table; row->name; row++) {
                fputs(row == table ? "" : ",", out);
                print_row_json(row, out);
        }
        fputs("]\n", out);
}
