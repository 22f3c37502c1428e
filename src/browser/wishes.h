/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the page asks for in its query: the token, and wishes about the picture. Only the names in CONTRACT's list have
 * any effect (also with guacamole's GUAC_ prefix); nothing here grants anything. */

#include <stdbool.h>
#include <stdint.h>

#include "../wire/slice.h"

#define WISHES_TOKEN_MAX 128
#define WISHES_TIMEZONE_MAX 63

#define WISHES_DPI_MIN 32
#define WISHES_DPI_MAX 768

typedef struct Wishes {
        char token[WISHES_TOKEN_MAX + 1]; /* of A-Z a-z 0-9 _ -; empty if there is none that could be one */
        char timezone[WISHES_TIMEZONE_MAX + 1]; /* an IANA name by its looks; empty if absent */
        int32_t width, height, dpi; /* clamped to LABGATE_SIDE_MAX and LABGATE_PIXELS_MAX; 0 if absent */
        uint16_t port;      /* 0 if absent */
        bool port_is_wrong; /* a port was named that is none: refuse rather than fall back */
        bool read_only;
        bool webp;          /* the page said that it decodes image/webp */
        bool audio_l16, audio_l8;
} Wishes;

/* token_parameters: NULL-terminated names that a token may come by, NULL for "token". The first usable value of a
 * parameter counts. */
void wishes_parse(Wishes *ret, Slice query, char *const *token_parameters);
