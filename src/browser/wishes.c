/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "../../plugins/plugin.h"
#include "../base/cleanup.h"
#include "../base/parse.h"
#include "../wire/query.h"
#include "wishes.h"

static bool is_token_byte(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static void take_token(Wishes *w, const char *value) {
        size_t size = strlen(value);

        if (w->token[0] || size > WISHES_TOKEN_MAX)
                return;
        for (size_t i = 0; i < size; i++)
                if (!is_token_byte(value[i]))
                        return;
        memcpy(w->token, value, size + 1);
}

/* Names as in the IANA database: words of letters, digits, '_', '+', '-' between slashes, none of which begins with
 * anything but a letter. No dots, so that no path leads out of where timezones are kept. */
static void take_timezone(Wishes *w, const char *value) {
        size_t size = strlen(value);
        bool begins = true;

        if (w->timezone[0] || size > WISHES_TIMEZONE_MAX || (size > 0 && value[size - 1] == '/'))
                return;
        for (size_t i = 0; i < size; i++) {
                char c = value[i];
                bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

                if (!letter && (begins || !(c == '/' || c == '+' || is_token_byte(c))))
                        return;
                begins = c == '/';
        }
        memcpy(w->timezone, value, size + 1);
}

static void take_number(int32_t *ret, const char *value, int64_t min, int64_t max) {
        int64_t n;

        if (*ret == 0 && parse_lenient(value, strlen(value), min, max, &n) >= 0)
                *ret = (int32_t) n;
}

static void take_port(Wishes *w, const char *value) {
        static const char *const nothing[] = { "", "undefined", "null", "None" };
        uint64_t n;

        for (size_t i = 0; i < ELEMENTS(nothing); i++)
                if (strcmp(value, nothing[i]) == 0)
                        return;
        if (w->port != 0 || parse_unsigned(value, strlen(value), 1, UINT16_MAX, &n) < 0)
                w->port_is_wrong = true;
        else
                w->port = (uint16_t) n;
}

/* May only take rights away: whatever does not clearly say no says yes. */
static void take_read_only(Wishes *w, const char *value) {
        static const char *const no[] = { "", "0", "false", "no", "off", "undefined", "null", "none" };

        for (size_t i = 0; i < ELEMENTS(no); i++)
                if (strcasecmp(value, no[i]) == 0)
                        return;
        w->read_only = true;
}

static void take_audio(Wishes *w, const char *value) {
        w->audio_l8 = w->audio_l8 || strcmp(value, "audio/L8") == 0;
        w->audio_l16 = w->audio_l16 || strcmp(value, "audio/L16") == 0;
}

static bool is_one_of(const char *name, char *const *names) {
        if (!names)
                return strcmp(name, "token") == 0;
        for (; *names; names++)
                if (strcmp(name, *names) == 0)
                        return true;
        return false;
}

/* Guacamole's web application says GUAC_WIDTH where other pages say width. */
static bool is_name(const char *name, const char *expected) {
        if (strcmp(name, expected) == 0)
                return true;
        return strncmp(name, "GUAC_", 5) == 0 && strcasecmp(name + 5, expected) == 0;
}

static void take_parameter(Wishes *w, const QueryParameter *p, char *const *token_parameters) {
        if (is_one_of(p->name, token_parameters))
                take_token(w, p->value);
        else if (is_name(p->name, "width"))
                take_number(&w->width, p->value, 1, LABGATE_SIDE_MAX);
        else if (is_name(p->name, "height"))
                take_number(&w->height, p->value, 1, LABGATE_SIDE_MAX);
        else if (is_name(p->name, "dpi"))
                take_number(&w->dpi, p->value, WISHES_DPI_MIN, WISHES_DPI_MAX);
        else if (is_name(p->name, "timezone"))
                take_timezone(w, p->value);
        else if (is_name(p->name, "image"))
                w->webp = w->webp || strcmp(p->value, "image/webp") == 0;
        else if (is_name(p->name, "audio"))
                take_audio(w, p->value);
        else if (strcmp(p->name, "read_only") == 0)
                take_read_only(w, p->value);
        else if (strcmp(p->name, "port") == 0)
                take_port(w, p->value);
}

void wishes_parse(Wishes *ret, Slice query, char *const *token_parameters) {
        QueryParameter p;

        *ret = (Wishes) {};
        while (query_next(&query, &p))
                take_parameter(ret, &p, token_parameters);
        if (ret->width > 0)
                ret->height = MIN(ret->height, (int32_t) (LABGATE_PIXELS_MAX / (uint32_t) ret->width));
}
