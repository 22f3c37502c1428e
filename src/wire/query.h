/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The query of a URL, one decoded parameter after the other. Which names mean anything is not known here. */

#include "slice.h"

#define QUERY_NAME_MAX 64
#define QUERY_VALUE_MAX 1024

/* NUL-terminated, valid UTF-8, without control characters. */
typedef struct QueryParameter {
        char name[QUERY_NAME_MAX + 1];
        char value[QUERY_VALUE_MAX + 1];
} QueryParameter;

/* Takes the next parameter off the front of *query; false at its end. Parameters repeat. One that is too long or does
 * not decode is left out. '?' separates like '&' does: guacamole-common-js puts "?undefined" or a second query behind
 * the first. */
bool query_next(Slice *query, QueryParameter *ret);
