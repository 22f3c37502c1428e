/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Brings the parts of a terminal together: engine, view, picture, painter, keyboard, mouse, prompt. Decides what is for
 * the program and what is for us. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../base/buffer.h"
#include "../base/cleanup.h"
#include "../base/parse.h"
#include "../base/utf8.h"
#include "console.h"
#include "hold.h"
#include "keyboard.h"
#include "paste.h"
#include "picture.h"
#include "pointer.h"
#include "prompt.h"

#define DOUBLE_CLICK_USEC (400u * 1000u)
#define WHEEL_ROWS 3
#define FONT_SIZE_MIN 4
#define FONT_SIZE_MAX 128
#define DEFAULT_SCHEME "gray-black"
#define DEFAULT_FONT "monospace"

struct Console {
        LabgateHost *host;
        const ConsoleHooks *hooks;
        void *userdata;

        Terminal *terminal;
        Scheme scheme;
        char *scheme_text, *font_name;
        int64_t font_size;
        int width, height;             /* pixels of the desktop */

        Glyphs *glyphs;
        Painter *painter;
        View view;
        Picture picture;
        Selection selection;
        Keyboard keyboard;
        Prompt *prompt;
        Buffer clipboard;              /* what pastes: the page's text or the last selection */

        Hold hold;

        unsigned mask, reported;       /* mouse buttons held; those whose press went to the program */
        int column, row;               /* of the mouse */
        bool selecting;
        unsigned clicks;
        uint64_t clicked_at;
        SelectionPoint clicked;
};

static uint64_t now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000u + (uint64_t) t.tv_nsec / 1000u;
}

static void send_upstream(Console *c, const char *bytes, size_t size) {
        c->hooks->send(c->userdata, bytes, size);
}

/* ---- what programs do ---- */

static void on_reply(void *userdata, const char *bytes, size_t size) {
        send_upstream(userdata, bytes, size);
}

static void on_title(void *userdata, const char *text, size_t size) {
        Console *c = userdata;

        c->host->set_title(c->host, text, size);
}

static void on_clipboard(void *userdata, const char *text, size_t size) {
        Console *c = userdata;

        c->host->set_clipboard(c->host, text, size);
}

static const TerminalHooks terminal_hooks = { .reply = on_reply, .title = on_title, .clipboard = on_clipboard };

int console_write(Console *c, const void *bytes, size_t size) {
        int r;

        r = terminal_write(c->terminal, bytes, size);
        hold_update(&c->hold, terminal_modes(c->terminal)->synchronized);
        c->host->want_frame(c->host);
        return r;
}

/* ---- size ---- */

int console_columns(const Console *c) {
        return terminal_columns(c->terminal);
}

int console_rows(const Console *c) {
        return terminal_rows(c->terminal);
}

void console_pixels(const Console *c, int *ret_width, int *ret_height) {
        const GlyphsMetrics *m = glyphs_metrics(c->glyphs);

        *ret_width = terminal_columns(c->terminal) * m->width;
        *ret_height = terminal_rows(c->terminal) * m->height;
}

static void find_size(const Console *c, int *ret_columns, int *ret_rows) {
        const GlyphsMetrics *m = glyphs_metrics(c->glyphs);
        int columns = c->width / m->width, rows = c->height / m->height;

        *ret_columns = CLAMP(columns, 1, TERMINAL_COLUMNS_MAX);
        *ret_rows = CLAMP(rows, 1, TERMINAL_ROWS_MAX);
}

static bool fits(const Console *c, int columns, int rows) {
        return columns == terminal_columns(c->terminal) && rows == terminal_rows(c->terminal);
}

/* After the desktop or the cells changed their size. A terminal that found no memory for its rows may have lost some of
 * them or kept its size; then the next frame tries again. */
static void fit_terminal(Console *c) {
        int columns, rows;

        find_size(c, &columns, &rows);
        if (fits(c, columns, rows))
                return;
        c->picture.stale = true;
        selection_clear(&c->selection);
        c->view.offset = 0;
        hold_break(&c->hold);
        (void) terminal_resize(c->terminal, columns, rows);
        if (fits(c, columns, rows))
                c->hooks->resized(c->userdata, columns, rows);
}

static int set_desktop(Console *c, int32_t width, int32_t height) {
        int height_max, r;

        width = CLAMP(width, 1, LABGATE_SIDE_MAX);
        height_max = (int) (LABGATE_PIXELS_MAX / (unsigned) width);
        height_max = MIN(height_max, LABGATE_SIDE_MAX);
        height = CLAMP(height, 1, height_max);
        r = c->host->set_size(c->host, width, height);
        if (r < 0)
                return r;
        c->width = width;
        c->height = height;
        return 0;
}

void console_resize(Console *c, int32_t width, int32_t height) {
        if (set_desktop(c, width, height) < 0)
                return;
        c->picture.stale = true;
        fit_terminal(c);
        c->host->want_frame(c->host);
}

/* ---- frames ---- */

void console_frame_begin(Console *c) {
        fit_terminal(c);
        if (hold_stands(&c->hold) && !c->picture.stale)
                return;
        if (c->picture.columns != terminal_columns(c->terminal) || c->picture.rows != terminal_rows(c->terminal))
                if (picture_resize(&c->picture, terminal_columns(c->terminal), terminal_rows(c->terminal)) < 0)
                        return;

        selection_check(&c->selection, c->terminal);
        if (!view_update(&c->view)) {
                glyphs_clear(c->glyphs);
                c->picture.stale = true;
        }
        picture_update(&c->picture, &c->view, c->host, glyphs_metrics(c->glyphs));
}

int console_paint(Console *c, LabgateRect area, LabgateTile *ret) {
        PainterGrid grid = picture_grid(&c->picture, &c->view);

        if (area.x < 0 || area.y < 0 || area.width <= 0 || area.height <= 0 || area.width > c->width - area.x ||
            area.height > c->height - area.y)
                return -EINVAL;
        return painter_paint(c->painter, &grid, c->glyphs, area, ret);
}

void console_frame_end(Console *c) {
        painter_rest(c->painter);
}

/* ---- clipboard ---- */

static void finish_prompt(Console *c) {
        prompt_finish(TAKE_PTR(c->prompt));
}

static void scroll_view(Console *c, int rows) {
        if (view_scroll(&c->view, rows))
                c->host->want_frame(c->host);
}

/* What a person sends is answered where the program writes. */
static void return_view(Console *c) {
        if (c->view.offset > 0)
                scroll_view(c, -c->view.offset);
}

static void remember_clipboard(Console *c, const char *text, size_t size) {
        size_t limit = c->host->clipboard_size;

        buffer_wipe(&c->clipboard);
        buffer_trim(&c->clipboard, 0);
        (void) buffer_append(&c->clipboard, text, utf8_prefix(text, size, limit));
}

void console_paste(Console *c, const char *text, size_t size) {
        if (!c->host->disable_paste)
                remember_clipboard(c, text, size);
}

static void paste_clipboard(Console *c) {
        Buffer out = {};
        const char *text = (const char *) buffer_bytes(&c->clipboard);
        size_t size = buffer_size(&c->clipboard);

        if (size == 0)
                return;
        return_view(c);
        if (c->prompt) {
                if (prompt_paste(c->prompt, text, size))
                        finish_prompt(c);
                c->host->want_frame(c->host);
                return;
        }
        if (paste_encode(text, size, terminal_modes(c->terminal)->bracketed_paste, &out) >= 0)
                send_upstream(c, (const char *) buffer_bytes(&out), buffer_size(&out));
        buffer_wipe(&out);
        buffer_done(&out);
}

static void copy_selection(Console *c) {
        Buffer text = { .limit = c->host->clipboard_size };

        if (c->selection.active && selection_text(&c->selection, c->terminal, &text) >= 0 && buffer_size(&text) > 0) {
                const char *bytes = (const char *) buffer_bytes(&text);

                c->host->set_clipboard(c->host, bytes, buffer_size(&text));
                remember_clipboard(c, bytes, buffer_size(&text));
        }
        buffer_done(&text);
}

/* ---- keys ---- */

/* Keys that are ours, not the program's. */
static bool local_key(Console *c, uint32_t keysym, unsigned modifiers) {
        int page = MAX(terminal_rows(c->terminal) - 1, 1);

        if (modifiers == KEYBOARD_SHIFT) {
                if (keysym == KEYSYM_PAGE_UP || keysym == KEYSYM_KP_PAGE_UP)
                        return scroll_view(c, page), true;
                if (keysym == KEYSYM_PAGE_DOWN || keysym == KEYSYM_KP_PAGE_DOWN)
                        return scroll_view(c, -page), true;
                if (keysym == KEYSYM_INSERT || keysym == KEYSYM_KP_INSERT)
                        return paste_clipboard(c), true;
        }
        if (modifiers == (KEYBOARD_SHIFT | KEYBOARD_CONTROL)) {
                if (keysym == 'C' || keysym == 'c')
                        return copy_selection(c), true;
                if (keysym == 'V' || keysym == 'v')
                        return paste_clipboard(c), true;
        }
        return false;
}

void console_key(Console *c, uint32_t keysym, bool pressed) {
        unsigned modifiers = keyboard_modifiers(&c->keyboard);
        char bytes[KEYBOARD_BYTES_MAX];
        size_t n;

        if (keyboard_track(&c->keyboard, keysym, pressed) || !pressed || local_key(c, keysym, modifiers))
                return;
        if (c->prompt) {
                return_view(c);
                if (prompt_key(c->prompt, keysym, modifiers))
                        finish_prompt(c);
                c->host->want_frame(c->host);
                return;
        }
        n = keyboard_encode(&c->keyboard, terminal_modes(c->terminal), keysym, bytes);
        if (n == 0)
                return;
        return_view(c);
        send_upstream(c, bytes, n);
        explicit_bzero(bytes, sizeof bytes);
}

/* ---- mouse ---- */

static bool report(Console *c, PointerAction action, int button) {
        PointerEvent e = {
                .action = action, .button = button, .modifiers = keyboard_modifiers(&c->keyboard),
                .column = c->column, .row = c->row,
        };
        char bytes[POINTER_BYTES_MAX];
        size_t n;

        n = pointer_report(terminal_modes(c->terminal), &e, bytes);
        if (n > 0)
                send_upstream(c, bytes, n);
        return n > 0;
}

static bool is_reporting(const Console *c) {
        return terminal_modes(c->terminal)->mouse != TERMINAL_MOUSE_NONE && !c->prompt &&
               !(keyboard_modifiers(&c->keyboard) & KEYBOARD_SHIFT);
}

static SelectionPoint selection_point(const Console *c) {
        return (SelectionPoint) { view_row_number(&c->view, c->row), c->column };
}

static void start_selection(Console *c) {
        SelectionPoint at = selection_point(c);
        bool again = at.row == c->clicked.row && at.column == c->clicked.column;
        uint64_t time = now();

        c->clicks = again && time - c->clicked_at < DOUBLE_CLICK_USEC ? c->clicks % 3 + 1 : 1;
        c->clicked_at = time;
        c->clicked = at;
        c->selecting = true;
        selection_start(&c->selection, c->terminal, at, (SelectionUnit) (c->clicks - 1));
        c->host->want_frame(c->host);
}

static void press(Console *c, unsigned bit, int button) {
        if (is_reporting(c)) {
                if (report(c, POINTER_PRESS, button))
                        c->reported |= bit;
        } else if (bit == LABGATE_MOUSE_LEFT)
                start_selection(c);
        else if (bit == LABGATE_MOUSE_MIDDLE)
                paste_clipboard(c);
}

/* A press that a program saw is followed by the release that it waits for, whatever was switched in between. */
static void release(Console *c, unsigned bit, int button) {
        if (c->reported & bit) {
                c->reported &= ~bit;
                (void) report(c, POINTER_RELEASE, button);
        } else if (bit == LABGATE_MOUSE_LEFT && c->selecting) {
                c->selecting = false;
                copy_selection(c);
        }
}

static void extend_selection(Console *c) {
        selection_extend(&c->selection, c->terminal, selection_point(c));
        c->host->want_frame(c->host);
}

static void wheel(Console *c, bool up) {
        const TerminalModes *modes = terminal_modes(c->terminal);
        char bytes[KEYBOARD_BYTES_MAX];
        size_t n;

        if (is_reporting(c))
                (void) report(c, POINTER_PRESS, up ? POINTER_WHEEL_UP : POINTER_WHEEL_DOWN);
        else if (!modes->alternate_screen || c->prompt) {
                scroll_view(c, up ? WHEEL_ROWS : -WHEEL_ROWS);
                if (c->selecting)
                        extend_selection(c);
        } else {
                n = keyboard_arrow(modes, up ? 'A' : 'B', bytes);
                for (int i = 0; i < WHEEL_ROWS; i++)
                        send_upstream(c, bytes, n);
        }
}

static void drag(Console *c) {
        int button = POINTER_NONE;

        for (int i = POINTER_RIGHT; i >= POINTER_LEFT; i--)
                if (c->reported & 1u << i)
                        button = i;
        if (c->selecting)
                extend_selection(c);
        else if (is_reporting(c))
                (void) report(c, POINTER_MOTION, button);
}

void console_mouse(Console *c, int32_t x, int32_t y, unsigned mask) {
        const GlyphsMetrics *m = glyphs_metrics(c->glyphs);
        int column = CLAMP(x / m->width, 0, terminal_columns(c->terminal) - 1);
        int row = CLAMP(y / m->height, 0, terminal_rows(c->terminal) - 1);
        bool same_place = column == c->column && row == c->row;
        unsigned pressed = mask & ~c->mask, released = c->mask & ~mask;

        c->column = column;
        c->row = row;
        c->mask = mask;
        if (!same_place)
                drag(c);
        for (int button = POINTER_LEFT; button <= POINTER_RIGHT; button++) {
                if (released & 1u << button)
                        release(c, 1u << button, button);
                if (pressed & 1u << button)
                        press(c, 1u << button, button);
        }
        if (pressed & LABGATE_MOUSE_WHEEL_UP)
                wheel(c, true);
        if (pressed & LABGATE_MOUSE_WHEEL_DOWN)
                wheel(c, false);
}

/* ---- settings ---- */

int console_check_scheme(const char *text, char *reason, size_t size) {
        Scheme scheme;

        return scheme_parse(text, &scheme, reason, size);
}

static void tell_settings(const Console *c) {
        char size[24];

        snprintf(size, sizeof size, "%lld", (long long) c->font_size);
        c->host->set_argv(c->host, "color-scheme", c->scheme_text);
        c->host->set_argv(c->host, "font-name", c->font_name);
        c->host->set_argv(c->host, "font-size", size);
}

static int change_scheme(Console *c, const char *value) {
        char reason[1];
        Scheme scheme;
        char *text;
        int r;

        r = scheme_parse(value, &scheme, reason, 0);
        if (r < 0)
                return r;
        text = strdup(value);
        if (!text)
                return -ENOMEM;
        free(c->scheme_text);
        c->scheme_text = text;
        c->scheme = scheme;
        view_set_scheme(&c->view, &c->scheme);
        return 0;
}

static int change_font_size(Console *c, const char *value) {
        uint64_t points;
        int r;

        if (parse_unsigned(value, strlen(value), FONT_SIZE_MIN, FONT_SIZE_MAX, &points) < 0)
                return -EINVAL;
        r = glyphs_set_size(c->glyphs, (int64_t) points, c->host->dpi);
        if (r < 0) {
                (void) glyphs_set_size(c->glyphs, c->font_size, c->host->dpi);
                return r;
        }
        c->font_size = (int64_t) points;
        (void) set_desktop(c, c->width, c->height);
        c->picture.stale = true;
        fit_terminal(c);
        return 0;
}

int console_argv(Console *c, const char *name, const char *value) {
        int r;

        if (strcmp(name, "color-scheme") == 0 || strcmp(name, "color_scheme") == 0)
                r = change_scheme(c, value);
        else if (strcmp(name, "font-size") == 0 || strcmp(name, "font_size") == 0)
                r = change_font_size(c, value);
        else if (strcmp(name, "font-name") == 0 || strcmp(name, "font_name") == 0)
                r = strcmp(value, c->font_name) == 0 ? 0 : -EINVAL;
        else
                r = -EINVAL;
        if (r < 0)
                return r;
        tell_settings(c);
        c->host->want_frame(c->host);
        return 0;
}

int console_prompt(Console *c, const char *text, bool secret, ConsoleAnswer answer, void *userdata) {
        int r;

        if (c->prompt)
                return -EBUSY;
        r = prompt_new(&c->prompt, c->terminal, text, secret, answer, userdata);
        c->host->want_frame(c->host);
        return r;
}

/* ---- life ---- */

Console *console_free(Console *c) {
        if (!c)
                return NULL;
        hold_done(&c->hold);
        prompt_free(c->prompt);
        buffer_wipe(&c->clipboard);
        buffer_done(&c->clipboard);
        selection_done(&c->selection);
        picture_done(&c->picture);
        view_done(&c->view);
        painter_free(c->painter);
        glyphs_free(c->glyphs);
        terminal_free(c->terminal);
        free(c->scheme_text);
        free(c->font_name);
        free(c);
        return NULL;
}

DEFINE_CLEANUP(Console *, console_free)

static int open_terminal(Console *c, const ConsoleSettings *settings) {
        TerminalConfig config = {
                .scrollback_rows = (size_t) CLAMP(settings->scrollback, INT64_C(0), (int64_t) UINT32_MAX),
                .allow_clipboard = settings->allow_osc52,
                .hooks = &terminal_hooks,
                .userdata = c,
        };
        int r;

        find_size(c, &config.columns, &config.rows);
        r = terminal_new(&c->terminal, &config);
        if (r < 0)
                return r;
        view_init(&c->view, c->terminal, &c->scheme, &c->selection);
        return picture_resize(&c->picture, config.columns, config.rows);
}

static int take_settings(Console *c, const ConsoleSettings *settings) {
        const char *scheme = settings->color_scheme;
        char reason[1];

        if (!scheme || scheme[0] == 0)
                scheme = DEFAULT_SCHEME;
        c->keyboard.backspace = settings->backspace == 8 ? 0x08 : 0x7f;
        c->keyboard.vt100_keys = settings->vt100_keys;
        c->font_size = CLAMP(settings->font_size, (int64_t) FONT_SIZE_MIN, (int64_t) FONT_SIZE_MAX);
        c->scheme_text = strdup(scheme);
        c->font_name = strdup(settings->font_name ?: DEFAULT_FONT);
        if (!c->scheme_text || !c->font_name)
                return -ENOMEM;
        return scheme_parse(scheme, &c->scheme, reason, 0);
}

int console_new(Console **ret, LabgateHost *host, const ConsoleSettings *settings, const ConsoleHooks *hooks,
                void *userdata) {
        _cleanup_(console_freep) Console *c = NULL;
        int r;

        c = calloc(1, sizeof *c);
        if (!c)
                return -ENOMEM;
        c->host = host;
        c->hooks = hooks;
        c->userdata = userdata;
        hold_init(&c->hold, host);
        r = take_settings(c, settings);
        if (r < 0)
                return r;
        r = glyphs_new(&c->glyphs, host->fonts, host->n_fonts, c->font_size, host->dpi);
        if (r < 0)
                return r;
        r = painter_new(&c->painter);
        if (r < 0)
                return r;
        r = set_desktop(c, host->width, host->height);
        if (r < 0)
                return r;
        r = open_terminal(c, settings);
        if (r < 0)
                return r;

        pointer_show(host);
        tell_settings(c);
        host->want_frame(host);
        *ret = TAKE_PTR(c);
        return 0;
}
