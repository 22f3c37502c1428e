/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "parse.h"

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

int parse_unsigned(const char *text, size_t size, uint64_t min, uint64_t max, uint64_t *ret) {
        uint64_t n = 0;
        bool overflow = false;

        if (size == 0)
                return -EINVAL;
        for (size_t i = 0; i < size; i++) {
                if (!is_digit(text[i]))
                        return -EINVAL;
                overflow = overflow || __builtin_mul_overflow(n, 10u, &n) ||
                           __builtin_add_overflow(n, (uint64_t) (text[i] - '0'), &n);
        }
        if (overflow || n < min || n > max)
                return -ERANGE;
        *ret = n;
        return 0;
}

int parse_signed(const char *text, size_t size, int64_t min, int64_t max, int64_t *ret) {
        bool negative = size > 0 && text[0] == '-';
        uint64_t n;
        int64_t value;
        int r;

        r = parse_unsigned(text + negative, size - negative, 0, (uint64_t) INT64_MAX, &n);
        if (r < 0)
                return r;
        value = negative ? -(int64_t) n : (int64_t) n;
        if (value < min || value > max)
                return -ERANGE;
        *ret = value;
        return 0;
}

int parse_lenient(const char *text, size_t size, int64_t min, int64_t max, int64_t *ret) {
        size_t sign = size > 0 && (text[0] == '-' || text[0] == '+'), n = sign;
        int64_t value = 0;
        int r;

        while (n < size && is_digit(text[n]))
                n++;
        if (n == sign || (n < size && text[n] != '.'))
                return -EINVAL;
        r = parse_signed(text + sign, n - sign, 0, INT64_MAX, &value);
        if (r == -ERANGE)
                value = INT64_MAX;
        else if (r < 0)
                return r;
        if (sign && text[0] == '-')
                value = -value;
        *ret = value < min ? min : value > max ? max : value;
        return 0;
}

static int hex_digit(char c) {
        if (is_digit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

int parse_hex(const char *text, size_t size, uint8_t *ret, size_t capacity) {
        if (size % 2 != 0 || size / 2 > capacity)
                return -EINVAL;
        for (size_t i = 0; i < size; i += 2) {
                int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                ret[i / 2] = (uint8_t) (high << 4 | low);
        }
        return 0;
}

void format_hex(const uint8_t *bytes, size_t size, char *ret) {
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < size; i++) {
                *ret++ = digits[bytes[i] >> 4];
                *ret++ = digits[bytes[i] & 15];
        }
        *ret = 0;
}

/* Fixed-width decimal field. */
static int parse_field(const char **text, size_t width, uint64_t min, uint64_t max, int *ret) {
        uint64_t n;

        if (strnlen(*text, width) < width || parse_unsigned(*text, width, min, max, &n) < 0)
                return -EINVAL;
        *text += width;
        *ret = (int) n;
        return 0;
}

static int parse_byte(const char **text, const char *allowed) {
        if (**text == 0 || !strchr(allowed, **text))
                return -EINVAL;
        (*text)++;
        return 0;
}

static int parse_offset(const char **text, int64_t *ret_seconds) {
        int hours, minutes;
        bool negative = **text == '-';

        *ret_seconds = 0;
        if (parse_byte(text, "Zz") == 0)
                return 0;
        if (parse_byte(text, "+-") < 0 || parse_field(text, 2, 0, 23, &hours) < 0 || parse_byte(text, ":") < 0 ||
            parse_field(text, 2, 0, 59, &minutes) < 0)
                return -EINVAL;
        *ret_seconds = (negative ? -1 : 1) * (hours * 3600 + minutes * 60);
        return 0;
}

static int parse_fraction(const char **text) {
        if (**text != '.')
                return 0;
        (*text)++;
        if (!is_digit(**text))
                return -EINVAL;
        while (is_digit(**text))
                (*text)++;
        return 0;
}

int parse_time(const char *text, int64_t *ret) {
        struct tm tm = {}, normal;
        int64_t offset;
        time_t t;

        if (parse_field(&text, 4, 1970, 9999, &tm.tm_year) < 0 || parse_byte(&text, "-") < 0 ||
            parse_field(&text, 2, 1, 12, &tm.tm_mon) < 0 || parse_byte(&text, "-") < 0 ||
            parse_field(&text, 2, 1, 31, &tm.tm_mday) < 0 || parse_byte(&text, "Tt ") < 0 ||
            parse_field(&text, 2, 0, 23, &tm.tm_hour) < 0 || parse_byte(&text, ":") < 0 ||
            parse_field(&text, 2, 0, 59, &tm.tm_min) < 0 || parse_byte(&text, ":") < 0 ||
            parse_field(&text, 2, 0, 60, &tm.tm_sec) < 0 || parse_fraction(&text) < 0 ||
            parse_offset(&text, &offset) < 0 || *text)
                return -EINVAL;
        tm.tm_year -= 1900;
        tm.tm_mon -= 1;
        normal = tm;
        t = timegm(&normal);
        /* 31 February comes back as March. */
        if (normal.tm_mday != tm.tm_mday && tm.tm_sec != 60)
                return -EINVAL;
        *ret = (int64_t) t - offset;
        return 0;
}

int parse_span(const char *text, uint64_t *ret_seconds) {
        static const struct {
                char unit;
                uint64_t seconds;
        } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
        size_t size = strlen(text);
        uint64_t n;
        int r;

        if (size < 2)
                return -EINVAL;
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
                if (text[size - 1] != units[i].unit)
                        continue;
                r = parse_unsigned(text, size - 1, 1, UINT32_MAX / units[i].seconds, &n);
                if (r < 0)
                        return r;
                *ret_seconds = n * units[i].seconds;
                return 0;
        }
        return -EINVAL;
}
