/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* OSC 0, 2 (title), 4, 10, 11, 12 (colours), 104, 110, 111, 112 (colours back), 52 (clipboard, write only). A question
 * ("?") is no colour and so changes nothing; there are no answers because they would carry what the program sent. */

#include <stdlib.h>
#include <string.h>

#include "../base/base64.h"
#include "../base/cleanup.h"
#include "../base/parse.h"
#include "../base/utf8.h"
#include "osc.h"

#define COLOUR_SET 0x01000000u

/* Cuts the first field off *text. */
static bool next_field(const char **text, size_t *size, const char **ret_field, size_t *ret_size) {
        const char *end;
        size_t n;

        if (!*text)
                return false;

        end = memchr(*text, ';', *size);
        n = end ? (size_t) (end - *text) : *size;
        *ret_field = *text;
        *ret_size = n;
        *text = end ? end + 1 : NULL;
        *size = end ? *size - n - 1 : 0;
        return true;
}

/* One component of n hexadecimal digits, scaled to 8 bits by its first two. */
static int parse_component(const char *text, size_t n, uint8_t *ret) {
        char digits[2];
        uint8_t unused;

        if (n < 1 || n > 4)
                return -1;

        for (size_t i = 2; i < n; i++) {
                char rest[2] = { '0', text[i] };

                if (parse_hex(rest, 2, &unused, 1) < 0)
                        return -1;
        }
        digits[0] = text[0];
        digits[1] = n == 1 ? text[0] : text[1];
        return parse_hex(digits, 2, ret, 1);
}

/* #rgb and its longer forms */
static int parse_hash(const char *text, size_t size, uint8_t rgb[static 3]) {
        size_t n = size / 3;

        if (size % 3 != 0)
                return -1;

        for (size_t i = 0; i < 3; i++)
                if (parse_component(text + i * n, n, &rgb[i]) < 0)
                        return -1;
        return 0;
}

/* r/g/b behind "rgb:" */
static int parse_slashes(const char *text, size_t size, uint8_t rgb[static 3]) {
        for (size_t i = 0; i < 3; i++) {
                const char *slash = memchr(text, '/', size);
                size_t n = slash ? (size_t) (slash - text) : size;

                if (!slash != (i == 2) || parse_component(text, n, &rgb[i]) < 0)
                        return -1;
                if (slash) {
                        text = slash + 1;
                        size -= n + 1;
                }
        }
        return 0;
}

static int parse_colour(const char *text, size_t size, uint32_t *ret) {
        uint8_t rgb[3];
        int r = -1;

        if (size > 1 && text[0] == '#')
                r = parse_hash(text + 1, size - 1, rgb);
        else if (size > 4 && memcmp(text, "rgb:", 4) == 0)
                r = parse_slashes(text + 4, size - 4, rgb);
        if (r < 0)
                return r;

        *ret = COLOUR_SET | (uint32_t) rgb[0] << 16 | (uint32_t) rgb[1] << 8 | rgb[2];
        return 0;
}

static void set_colour(Terminal *t, size_t index, uint32_t colour) {
        if (!t->colours && colour == 0)
                return;
        if (!t->colours)
                t->colours = calloc(TERMINAL_COLOURS, sizeof *t->colours);
        if (!t->colours || t->colours[index] == colour)
                return;

        t->colours[index] = colour;
        t->colour_generation++;
        t->changes++;
}

void osc_forget_colours(Terminal *t) {
        for (size_t i = 0; t->colours && i < TERMINAL_COLOURS; i++)
                set_colour(t, i, 0);
}

static void osc_title(Terminal *t, size_t first, const char *text, size_t size) {
        _cleanup_free_ char *mended = NULL;
        size_t n;

        if (!t->hooks.title || !text)
                return;

        mended = utf8_mend(text, size, true, &n);
        if (mended)
                t->hooks.title(t->userdata, mended, n);
}

static void osc_palette(Terminal *t, size_t first, const char *text, size_t size) {
        const char *index_text, *spec;
        size_t index_size, spec_size;
        uint64_t index;
        uint32_t colour;

        while (next_field(&text, &size, &index_text, &index_size) && next_field(&text, &size, &spec, &spec_size))
                if (parse_unsigned(index_text, index_size, 0, 255, &index) == 0 &&
                    parse_colour(spec, spec_size, &colour) == 0)
                        set_colour(t, index, colour);
}

/* One after the other from the colour that the command is about. */
static void osc_special(Terminal *t, size_t first, const char *text, size_t size) {
        const char *spec;
        size_t spec_size;
        uint32_t colour;

        for (size_t i = first; i < TERMINAL_COLOURS && next_field(&text, &size, &spec, &spec_size); i++)
                if (parse_colour(spec, spec_size, &colour) == 0)
                        set_colour(t, i, colour);
}

static void osc_palette_back(Terminal *t, size_t first, const char *text, size_t size) {
        const char *field;
        size_t field_size;
        uint64_t index;

        if (!text || size == 0) {
                for (size_t i = 0; i < 256; i++)
                        set_colour(t, i, 0);
                return;
        }

        while (next_field(&text, &size, &field, &field_size))
                if (parse_unsigned(field, field_size, 0, 255, &index) == 0)
                        set_colour(t, index, 0);
}

static void osc_special_back(Terminal *t, size_t first, const char *text, size_t size) {
        set_colour(t, first, 0);
}

static void osc_clipboard(Terminal *t, size_t first, const char *text, size_t size) {
        _cleanup_free_ char *raw = NULL, *mended = NULL;
        const char *targets;
        size_t targets_size, n;
        ssize_t length;

        if (!t->parser.clipboard || !t->hooks.clipboard || !next_field(&text, &size, &targets, &targets_size) || !text)
                return;

        raw = malloc(size / 4 * 3 + 1);
        if (!raw)
                return;

        length = base64_decode(text, size, raw);
        if (length <= 0 || (size_t) length > TERMINAL_CLIPBOARD_MAX)
                return;

        mended = utf8_mend(raw, (size_t) length, true, &n);
        if (mended)
                t->hooks.clipboard(t->userdata, mended, n);
}

static const struct {
        uint16_t number;
        void (*run)(Terminal *t, size_t first, const char *text, size_t size);
        size_t first;
} commands[] = {
        { 0,   osc_title },
        { 2,   osc_title },
        { 4,   osc_palette },
        { 10,  osc_special,      TERMINAL_COLOUR_FOREGROUND },
        { 11,  osc_special,      TERMINAL_COLOUR_BACKGROUND },
        { 12,  osc_special,      TERMINAL_COLOUR_CURSOR },
        { 52,  osc_clipboard },
        { 104, osc_palette_back },
        { 110, osc_special_back, TERMINAL_COLOUR_FOREGROUND },
        { 111, osc_special_back, TERMINAL_COLOUR_BACKGROUND },
        { 112, osc_special_back, TERMINAL_COLOUR_CURSOR },
};

void osc_run(Terminal *t, const char *text, size_t size) {
        const char *field;
        size_t field_size;
        uint64_t number;

        if (!next_field(&text, &size, &field, &field_size) ||
            parse_unsigned(field, field_size, 0, UINT16_MAX, &number) < 0)
                return;

        for (size_t i = 0; i < ELEMENTS(commands); i++)
                if (commands[i].number == number)
                        commands[i].run(t, commands[i].first, text, size);
}
