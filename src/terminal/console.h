/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A terminal as a person uses it: what a text plugin drives. Owns a Terminal and adds pixels (glyphs from font
 * descriptors), the view into the scrollback, the keyboard and mouse in Guacamole's terms, selection, paste, the
 * scheme. Knows the host only by LabgateHost: it calls damage(), move(), want_frame(), set_cursor(),
 * set_clipboard(), set_title(), set_argv() and set_size(), and hands everything that is to go upstream to send(). */

#include "../../plugins/plugin.h"
#include "terminal.h"

typedef struct Console Console;

typedef struct ConsoleSettings {
        const char *color_scheme;  /* guacd's: a name or "foreground: …; background: …; colorN: …"; NULL: grey on black */
        const char *font_name;     /* what set_argv() reports; the files come by descriptors */
        int64_t font_size;         /* points at the display's dpi, 4..128 */
        int64_t scrollback;        /* rows */
        int64_t backspace;         /* 127 or 8 */
        bool vt100_keys;           /* func_keys_and_keypad = "vt100" */
        bool allow_osc52;
} ConsoleSettings;

typedef struct ConsoleHooks {
        void (*send)(void *userdata, const char *bytes, size_t size);   /* upstream */
        void (*resized)(void *userdata, int columns, int rows);         /* tell the host's pty */
} ConsoleHooks;

/* Opens the faces from host->fonts, takes host->width, height and dpi. 0, -ENOMEM, -ENOENT without a usable regular
 * font, -EINVAL for a scheme that does not parse (see console_check_scheme()). */
int console_new(Console **ret, LabgateHost *host, const ConsoleSettings *settings, const ConsoleHooks *hooks,
                void *userdata);
Console *console_free(Console *c);

/* 0, or -EINVAL with a reason, for LabgatePlugin.check. */
int console_check_scheme(const char *text, char *reason, size_t size);

int console_write(Console *c, const void *bytes, size_t size); /* from upstream, or our own texts */
int console_columns(const Console *c);
int console_rows(const Console *c);
void console_pixels(const Console *c, int *ret_width, int *ret_height); /* of the text area, for the pty */

/* The plugin's own entry points, same meanings as in LabgatePlugin. */
void console_frame_begin(Console *c);
int console_paint(Console *c, LabgateRect area, LabgateTile *ret);
void console_frame_end(Console *c);
void console_key(Console *c, uint32_t keysym, bool pressed);
void console_mouse(Console *c, int32_t x, int32_t y, unsigned mask);
void console_resize(Console *c, int32_t width, int32_t height);
void console_paste(Console *c, const char *text, size_t size);
int console_argv(Console *c, const char *name, const char *value);

/* A prompt that the plugin itself puts into the terminal ("login as:", a password, a keyboard-interactive question):
 * keys go to answer() instead of send() until Return; nothing of a secret is shown. Ctrl-C or Ctrl-D on an empty line
 * answers NULL. One at a time. */
typedef void (*ConsoleAnswer)(void *userdata, const char *answer, size_t size);
int console_prompt(Console *c, const char *text, bool secret, ConsoleAnswer answer, void *userdata);
