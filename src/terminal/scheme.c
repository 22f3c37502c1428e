/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/parse.h"
#include "colour-names.h"
#include "scheme.h"

typedef struct Slice {
        const char *text;
        size_t size;
} Slice;

/* guacd's, softer than xterm's. */
static const uint32_t first_colours[16] = {
        0x000000, 0x993e3e, 0x3e993e, 0x99993e, 0x3e3e99, 0x993e99, 0x3e9999, 0x999999,
        0x3e3e3e, 0xff6767, 0x67ff67, 0xffff67, 0x6767ff, 0xff67ff, 0x67ffff, 0xffffff,
};

static const struct {
        const char *name, *text;
} named[] = {
        { "gray-black",  "foreground: color7; background: color0"  },
        { "black-white", "foreground: color0; background: color15" },
        { "green-black", "foreground: color2; background: color0"  },
        { "white-black", "foreground: color15; background: color0" },
};

/* A component of the 6x6x6 cube that xterm puts behind the first 16 colours. */
static uint32_t cube(unsigned step) {
        return step > 0 ? 55 + step * 40 : 0;
}

static void set_defaults(Scheme *s) {
        memcpy(s->palette, first_colours, sizeof first_colours);
        for (unsigned i = 0; i < 216; i++)
                s->palette[16 + i] = cube(i / 36) << 16 | cube(i / 6 % 6) << 8 | cube(i % 6);
        for (unsigned i = 0; i < 24; i++)
                s->palette[232 + i] = (8 + i * 10) * 0x010101u;
        s->foreground = s->palette[7];
        s->background = s->palette[0];
}

static bool is_blank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static Slice trim(Slice s) {
        while (s.size > 0 && is_blank(s.text[0])) {
                s.text++;
                s.size--;
        }
        while (s.size > 0 && is_blank(s.text[s.size - 1]))
                s.size--;
        return s;
}

static bool slice_is(Slice s, const char *text) {
        return s.size == strlen(text) && memcmp(s.text, text, s.size) == 0;
}

/* colorN */
static int parse_number(Slice s, unsigned *ret) {
        uint64_t number;
        int r;

        if (s.size < 5 || memcmp(s.text, "color", 5) != 0)
                return -EINVAL;
        r = parse_unsigned(s.text + 5, s.size - 5, 0, 255, &number);
        if (r < 0)
                return -EINVAL;
        *ret = (unsigned) number;
        return 0;
}

/* One to four hexadecimal digits, scaled to eight bits as guacd does: short ones are shifted, long ones cut. */
static int parse_component(Slice s, uint32_t *ret) {
        static const char zeros[] = "0000";
        uint8_t bytes[2];
        char digits[4];
        int r;

        if (s.size < 1 || s.size > 4)
                return -EINVAL;
        memcpy(digits, s.text, s.size);
        memcpy(digits + s.size, zeros, 4 - s.size);
        r = parse_hex(digits, 4, bytes, sizeof bytes);
        if (r < 0)
                return -EINVAL;
        *ret = bytes[0];
        return 0;
}

/* rgb:r/g/b */
static int parse_rgb(Slice s, uint32_t *ret) {
        uint32_t rgb = 0;

        if (s.size < 4 || memcmp(s.text, "rgb:", 4) != 0)
                return -EINVAL;
        s.text += 4;
        s.size -= 4;
        for (int i = 0; i < 3; i++) {
                const char *slash = i < 2 ? memchr(s.text, '/', s.size) : s.text + s.size;
                uint32_t component;

                if (!slash || parse_component((Slice) { s.text, (size_t) (slash - s.text) }, &component) < 0)
                        return -EINVAL;
                rgb = rgb << 8 | component;
                s.size -= MIN((size_t) (slash - s.text) + 1, s.size);
                s.text = slash + 1;
        }
        *ret = rgb;
        return 0;
}

static int parse_value(const Scheme *s, Slice value, uint32_t *ret) {
        unsigned number;

        if (parse_number(value, &number) >= 0) {
                *ret = s->palette[number];
                return 0;
        }
        if (parse_rgb(value, ret) >= 0)
                return 0;
        return value.size > 0 && colour_names_find(value.text, value.size, ret) ? 0 : -EINVAL;
}

static uint32_t *find_target(Scheme *s, Slice name) {
        unsigned number;

        if (slice_is(name, "foreground"))
                return &s->foreground;
        if (slice_is(name, "background"))
                return &s->background;
        return parse_number(name, &number) >= 0 ? &s->palette[number] : NULL;
}

_printf_(4, 5)
static int refuse(char *reason, size_t size, Slice about, const char *format, ...) {
        char what[96];
        va_list ap;

        va_start(ap, format);
        vsnprintf(what, sizeof what, format, ap);
        va_end(ap);
        if (size > 0)
                snprintf(reason, size, "color_scheme: %s at \"%.*s\"", what, (int) MIN(about.size, 40u), about.text);
        return -EINVAL;
}

static int parse_pair(Scheme *s, Slice pair, char *reason, size_t size) {
        const char *colon = memchr(pair.text, ':', pair.size);
        uint32_t *target, rgb;
        Slice name, value;

        if (!colon)
                return refuse(reason, size, pair, "expected \"name: colour\"");
        name = trim((Slice) { pair.text, (size_t) (colon - pair.text) });
        value = trim((Slice) { colon + 1, pair.size - (size_t) (colon + 1 - pair.text) });

        target = find_target(s, name);
        if (!target)
                return refuse(reason, size, pair, "expected foreground, background or color0 to color255");
        if (parse_value(s, value, &rgb) < 0)
                return refuse(reason, size, pair, "expected rgb:RR/GG/BB, an X11 colour name or color0 to color255");
        *target = rgb;
        return 0;
}

int scheme_parse(const char *text, Scheme *ret, char *reason, size_t size) {
        Slice rest;
        Scheme s;

        text = text ?: "";
        for (size_t i = 0; i < ELEMENTS(named); i++)
                if (strcmp(text, named[i].name) == 0)
                        text = named[i].text;

        rest = (Slice) { text, strnlen(text, SCHEME_TEXT_MAX + 1) };
        if (rest.size > SCHEME_TEXT_MAX)
                return refuse(reason, size, rest, "longer than %d bytes", SCHEME_TEXT_MAX);

        set_defaults(&s);
        while (rest.size > 0) {
                const char *end = memchr(rest.text, ';', rest.size) ?: rest.text + rest.size;
                Slice pair = trim((Slice) { rest.text, (size_t) (end - rest.text) });
                int r;

                r = pair.size > 0 ? parse_pair(&s, pair, reason, size) : 0;
                if (r < 0)
                        return r;
                rest.size -= MIN((size_t) (end - rest.text) + 1, rest.size);
                rest.text = end + 1;
        }
        *ret = s;
        return 0;
}
