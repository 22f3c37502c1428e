/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The first pass over a settings text, before libconfig may see it: finds the keys, refuses what libconfig would get
 * wrong (numbers that it wraps, @include), takes secrets out and blanks them. No secret is ever in an error, nor any
 * value of a key that no table knows: it may be a misspelt password. */

#include "../base/cleanup.h"
#include "settings.h"

typedef struct ReadingKey {
        const char *name; /* in Reading.text, not terminated */
        size_t size;
        unsigned line;
        const LabgateSetting *row; /* NULL: no table knows it */
        void *value;
        bool is_wrong; /* and told to be */
} ReadingKey;

typedef struct Reading {
        const char *file;
        SettingsError *error;
        const SettingsTarget *targets;
        size_t n_targets;
        bool ignore_unknown;
        char *text; /* our copy, which ends in a newline; after reading_inspect() without secrets */
        size_t size;
        ReadingKey keys[SETTINGS_KEYS_MAX];
        size_t n_keys;
        size_t n_mistakes;
        bool is_over; /* nothing sensible can follow the last mistake */
} Reading;

/* Writes the error, or the next of its others, answers -EINVAL. key may be NULL. */
int reading_fail(Reading *r, unsigned line, const ReadingKey *key, const char *format, ...) _printf_(4, 5);
int reading_fail_type(Reading *r, unsigned line, const ReadingKey *key, const char *got);

/* Whether to look for what else is wrong. */
bool reading_goes_on(const Reading *r);

/* Fills keys and the values of secrets. 0 (with n_mistakes, if it went on behind them), -EINVAL with error, -ENOMEM. */
int reading_inspect(Reading *r);

bool reading_key_is(const ReadingKey *key, const char *name, size_t size);
void *reading_value(const SettingsTarget *target, const LabgateSetting *row);
void reading_secret_free(LabgateSecret *secret);
