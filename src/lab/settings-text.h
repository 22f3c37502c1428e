/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Settings as people read and write them: words for types, choices and times, and the names they mistype. */

#include "settings.h"

#define SETTINGS_TYPOS_MAX 2

/* "a whole number", "a text in quotes", ... */
const char *settings_text_expected(const LabgateSetting *row);

/* Changes of one character between the two, at most SETTINGS_TYPOS_MAX + 1. */
size_t settings_text_distance(const char *name, size_t size, const char *other);

/* 0, -EINVAL with why (one line, without the key). */
int settings_text_choice(const LabgateSetting *row, const char *text, int *ret, char *why, size_t why_size);
int settings_text_time(const char *text, int64_t *ret, char *why, size_t why_size);
