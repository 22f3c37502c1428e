/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../base/parse.h"
#include "../base/utf8.h"
#include "reading.h"
#include "scanner.h"
#include "settings-text.h"

/* Without memory for another one it is missed: the file is wrong all the same. */
static void append_mistake(SettingsError *error, const char *text) {
        char *others;

        if (asprintf(&others, "%s%s\n", error->others ? error->others : "", text) < 0)
                return;
        free(error->others);
        error->others = others;
}

int reading_fail(Reading *r, unsigned line, const ReadingKey *key, const char *format, ...) {
        char reason[384], text[sizeof r->error->text];
        va_list ap;

        va_start(ap, format);
        vsnprintf(reason, sizeof reason, format, ap);
        va_end(ap);
        if (key)
                snprintf(text, sizeof text, "%s:%u: %.*s: %s", r->file, line, (int) MIN(key->size, 64u), key->name,
                         reason);
        else
                snprintf(text, sizeof text, "%s:%u: %s", r->file, line, reason);
        if (r->n_mistakes++ == 0)
                strcpy(r->error->text, text);
        else
                append_mistake(r->error, text);
        return -EINVAL;
}

bool reading_goes_on(const Reading *r) {
        return r->error->every && !r->is_over && r->n_mistakes < SETTINGS_MISTAKES_MAX;
}

int reading_fail_type(Reading *r, unsigned line, const ReadingKey *key, const char *got) {
        return reading_fail(r, line, key, "expected %s, got %s", settings_text_expected(key->row), got);
}

void *reading_value(const SettingsTarget *target, const LabgateSetting *row) {
        return (char *) target->values + row->offset;
}

void reading_secret_free(LabgateSecret *secret) {
        if (secret->data)
                explicit_bzero(secret->data, secret->size);
        free(secret->data);
        *secret = (LabgateSecret) {};
}

bool reading_key_is(const ReadingKey *key, const char *name, size_t size) {
        return key->size == size && memcmp(key->name, name, size) == 0;
}

static void find_row(const Reading *r, ReadingKey *key) {
        for (size_t i = 0; i < r->n_targets; i++)
                for (const LabgateSetting *row = r->targets[i].table; row->name; row++)
                        if (reading_key_is(key, row->name, strlen(row->name))) {
                                key->row = row;
                                key->value = reading_value(&r->targets[i], row);
                                return;
                        }
}

static int fail_unknown(Reading *r, const ReadingKey *key) {
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
                return reading_fail(r, key->line, key, "no such setting, did you mean %s?", best);
        return reading_fail(r, key->line, key, "no such setting");
}

static const ReadingKey *last_key(const Reading *r) {
        return r->n_keys > 0 ? &r->keys[r->n_keys - 1] : NULL;
}

/* A word where a key should be may be the rest of a password with a quote in it: then it is not to be named. */
static bool is_assigned(const Scanner *s) {
        Scanner ahead = *s;

        return scanner_next(&ahead) == SCANNER_MARK && strchr("=:", *ahead.text);
}

static int add_key(Reading *r, const Scanner *s) {
        ReadingKey key = { .name = s->text, .size = s->size, .line = s->token_line };

        if (!is_assigned(s))
                return reading_fail(r, key.line, last_key(r), "syntax error");
        for (size_t i = 0; i < r->n_keys; i++)
                if (reading_key_is(&r->keys[i], key.name, key.size))
                        return reading_fail(r, key.line, &key, "given twice, first in line %u", r->keys[i].line);
        if (r->n_keys == SETTINGS_KEYS_MAX)
                return reading_fail(r, key.line, &key, "more than %d settings", SETTINGS_KEYS_MAX);
        find_row(r, &key);
        r->keys[r->n_keys++] = key;
        return key.row || r->ignore_unknown ? 0 : fail_unknown(r, &key);
}

static bool is_digits(const char *text, size_t size) {
        for (size_t i = 0; i < size; i++)
                if (text[i] < '0' || text[i] > '9')
                        return false;
        return size > 0;
}

/* libconfig wraps what does not fit its types: see each number as it stands. */
static int check_number(Reading *r, const Scanner *s, const ReadingKey *key) {
        size_t sign = s->text[0] == '-' || s->text[0] == '+', size = s->size;
        const LabgateSetting *row = key->row;
        bool is_long = size > 1 && s->text[size - 1] == 'L';
        int shown = (int) MIN(size, 40u), error;
        int64_t n;

        if (row->type != LABGATE_SETTING_INT && row->type != LABGATE_SETTING_INTS)
                return reading_fail_type(r, s->token_line, key, "a number or a word without quotes");
        for (int i = 0; i < 2 && size > 1 && s->text[size - 1] == 'L'; i++)
                size--;
        if (!is_digits(s->text + sign, size - sign))
                return reading_fail(r, s->token_line, key, "%.*s is not a whole decimal number", shown, s->text);
        sign = s->text[0] == '+';
        error = parse_signed(s->text + sign, size - sign, row->min, row->max, &n);
        if (error < 0)
                return reading_fail(r, s->token_line, key, "%.*s is out of range, %lld to %lld", shown, s->text,
                                    (long long) row->min, (long long) row->max);
        if (!is_long && (n > INT32_MAX || n < INT32_MIN))
                return reading_fail(r, s->token_line, key, "a number this large needs an L at its end");
        return 0;
}

/* One quoted piece of a secret; libconfig joins adjacent pieces, so do we. */
static int append_secret(Reading *r, const Scanner *s, const ReadingKey *key) {
        LabgateSecret *secret = key->value;
        size_t max = key->row->max > 0 ? (size_t) key->row->max : SETTINGS_SECRET_MAX, size;
        char *data = malloc(secret->size + s->size + 1);

        if (!data)
                return -ENOMEM;
        if (secret->data)
                memcpy(data, secret->data, secret->size);
        size = secret->size + scanner_unescape(s->text, s->size, data + secret->size);
        data[size] = 0;
        reading_secret_free(secret);
        *secret = (LabgateSecret) { data, size };
        if (size > max)
                return reading_fail(r, s->token_line, key, "longer than %zu bytes", max);
        return 0;
}

static void blank(Reading *r, const Scanner *s) {
        char *text = r->text + (s->text - r->text);

        for (size_t i = 0; i < s->size; i++)
                if (text[i] != '\n')
                        text[i] = ' ';
}

static int take_string(Reading *r, const Scanner *s, const ReadingKey *key, unsigned depth) {
        bool secret = key && key->row && key->row->type == LABGATE_SETTING_SECRET;
        int error = 0;

        if (secret && depth > 0)
                error = reading_fail_type(r, s->token_line, key, "a list or a group");
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
        bool is_lost; /* behind a mistake */
} Place;

static void leave_bracket(Place *place) {
        if (place->depth > 0 && --place->depth == 0)
                place->in_value = false;
}

static int take_mark(Reading *r, const Scanner *s, Place *place, const ReadingKey *key) {
        char mark = *s->text;

        if (strchr("([{", mark) && ++place->depth > SETTINGS_DEPTH_MAX) {
                r->is_over = true; /* libconfig goes as deep as these */
                return reading_fail(r, s->token_line, key, "more than %d brackets within each other",
                                    SETTINGS_DEPTH_MAX);
        }
        if (strchr(")]}", mark))
                leave_bracket(place);
        else if (strchr("=:", mark) && place->depth == 0)
                place->in_value = true;
        return 0;
}

static int take_token(Reading *r, const Scanner *s, ScannerToken token, Place *place) {
        const ReadingKey *key = last_key(r);
        int error = 0;

        if (token == SCANNER_MARK)
                return take_mark(r, s, place, key);
        if (token == SCANNER_NAME && place->depth == 0 && !place->in_value)
                return add_key(r, s);
        if (token == SCANNER_NUMBER && key && key->row)
                error = check_number(r, s, key);
        else if (token == SCANNER_NUMBER && !scanner_is_number(s))
                error = reading_fail(r, s->token_line, key, "a word without quotes");
        else if (token == SCANNER_STRING)
                error = take_string(r, s, key, place->depth);
        if (place->depth == 0)
                place->in_value = false;
        return error;
}

static bool is_last_in_line(const Scanner *s) {
        Scanner ahead = *s;

        return scanner_next(&ahead) == SCANNER_END || ahead.token_line > s->token_line;
}

/* Behind a mistake words may be the rest of a password that has no quotes: nothing is taken for a key until a line has
 * ended in a semicolon. */
static int pass_over(Reading *r, const Scanner *s, ScannerToken token, Place *place) {
        if (token == SCANNER_STRING)
                blank(r, s);
        if (token != SCANNER_MARK)
                return 0;
        if (strchr("([{", *s->text) && ++place->depth > SETTINGS_DEPTH_MAX)
                return -EINVAL;
        if (strchr(")]}", *s->text))
                leave_bracket(place);
        else if (*s->text == ';' && place->depth == 0 && is_last_in_line(s))
                place->is_lost = place->in_value = false;
        return 0;
}

/* Where a mistake does not end it. */
static int take_or_pass(Reading *r, const Scanner *s, ScannerToken token, Place *place) {
        int error = 0;

        if (!place->is_lost)
                error = take_token(r, s, token, place);
        if (error == -EINVAL && reading_goes_on(r)) {
                place->is_lost = true;
                if (r->n_keys > 0)
                        r->keys[r->n_keys - 1].is_wrong = true;
                error = 0;
        }
        return place->is_lost ? pass_over(r, s, token, place) : error;
}

/* libconfig stops at a NUL byte, wherever it is. */
static int check_characters(Reading *r) {
        unsigned line = 1;
        uint32_t c;
        int n;

        for (size_t i = 0; i < r->size; i += (size_t) n) {
                n = utf8_decode(r->text + i, r->size - i, &c);
                if (n <= 0)
                        return reading_fail(r, line, NULL, "not UTF-8");
                if (c == 0)
                        return reading_fail(r, line, NULL, "a NUL byte");
                if (c == '\n')
                        line++;
        }
        return 0;
}

int reading_inspect(Reading *r) {
        Scanner s;
        ScannerToken token;
        Place place = {};
        int error;

        error = check_characters(r);
        scanner_init(&s, r->text, r->size);
        while (error == 0 && (token = scanner_next(&s)) != SCANNER_END) {
                if (token == SCANNER_BAD)
                        return reading_fail(r, s.token_line, place.in_value ? last_key(r) : NULL, "%s", s.reason);
                error = take_or_pass(r, &s, token, &place);
        }
        return error;
}
