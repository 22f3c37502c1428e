/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/utf8.h"
#include "keyboard.h"
#include "prompt.h"
#include "width.h"

struct Prompt {
        Terminal *terminal;
        bool secret, refused;
        ConsoleAnswer answer;
        void *userdata;
        int end;                              /* column behind what is shown; the number of columns at the edge */
        size_t size, n;
        char text[PROMPT_ANSWER_MAX + 1];
        struct {
                uint16_t column;              /* where the character stands */
                uint8_t size, width;
        } characters[PROMPT_ANSWER_MAX];
};

Prompt *prompt_free(Prompt *p) {
        if (!p)
                return NULL;
        explicit_bzero(p, sizeof *p);
        free(p);
        return NULL;
}

static void show(const Prompt *p, const char *text, size_t size) {
        (void) terminal_write(p->terminal, text, size);
}

static void show_lines(const Prompt *p, const char *text, size_t size) {
        for (size_t i = 0, end; i < size; i = end + 1) {
                const char *newline = memchr(text + i, '\n', size - i);

                end = newline ? (size_t) (newline - text) : size;
                show(p, text + i, end - i);
                if (newline)
                        show(p, "\r\n", 2);
        }
}

int prompt_new(Prompt **ret, Terminal *t, const char *text, bool secret, ConsoleAnswer answer, void *userdata) {
        _cleanup_free_ char *clean = NULL;
        size_t size;
        Prompt *p;

        clean = utf8_mend(text, strlen(text), true, &size);
        if (!clean)
                return -ENOMEM;
        p = calloc(1, sizeof *p);
        if (!p)
                return -ENOMEM;
        p->terminal = t;
        p->secret = secret;
        p->answer = answer;
        p->userdata = userdata;
        show_lines(p, clean, size);
        p->end = terminal_cursor(t).column;
        *ret = p;
        return 0;
}

static void add(Prompt *p, uint32_t code_point) {
        int width = width_of(code_point);
        char bytes[4];
        size_t size = utf8_encode(code_point, bytes);

        if (p->size + size > PROMPT_ANSWER_MAX)
                return;
        memcpy(p->text + p->size, bytes, size);
        p->size += size;
        if (p->end + width > terminal_columns(p->terminal))
                p->end = 0;
        p->characters[p->n].column = (uint16_t) p->end;
        p->characters[p->n].size = (uint8_t) size;
        p->characters[p->n++].width = (uint8_t) width;
        if (!p->secret) {
                p->end += width;
                show(p, bytes, size);
        }
        explicit_bzero(bytes, sizeof bytes);
}

/* The character that ends the line, with what combines with it. Its row is the one above if the line broke at it. */
static void erase(Prompt *p) {
        char sequence[32];
        int column = 0, width = 0, n;

        while (p->n > 0 && width == 0) {
                p->n--;
                p->size -= p->characters[p->n].size;
                width = p->characters[p->n].width;
                column = p->characters[p->n].column;
        }
        explicit_bzero(p->text + p->size, sizeof p->text - p->size);
        if (p->secret || width == 0)
                return;
        n = snprintf(sequence, sizeof sequence, "%s\033[%dG\033[K", column < p->end ? "" : "\033[A", column + 1);
        show(p, sequence, (size_t) n);
        p->end = column;
}

bool prompt_key(Prompt *p, uint32_t keysym, unsigned modifiers) {
        uint32_t code_point = keyboard_code_point(keysym);

        if (keysym == KEYSYM_RETURN || keysym == KEYSYM_KP_ENTER)
                return true;
        if (keysym == KEYSYM_BACKSPACE)
                erase(p);
        if (modifiers & KEYBOARD_CONTROL) {
                switch (code_point | 0x20) {
                case 'u':
                        while (p->n > 0)
                                erase(p);
                        break;
                case 'h':
                        erase(p);
                        break;
                case 'j': case 'm':
                        return true;
                case 'c':
                        p->refused = true;
                        break;
                case 'd':
                        p->refused = p->size == 0;
                }
                return p->refused;
        }
        if (code_point != 0 && !(modifiers & (KEYBOARD_ALT | KEYBOARD_META)))
                add(p, code_point);
        return false;
}

bool prompt_paste(Prompt *p, const char *text, size_t size) {
        for (size_t i = 0; i < size;) {
                uint32_t code_point;
                int n = utf8_decode(text + i, size - i, &code_point);

                if (n <= 0)
                        break;
                if (code_point == '\n' || code_point == '\r')
                        return true;
                if (code_point >= ' ' && (code_point < 0x7f || code_point > 0x9f))
                        add(p, code_point);
                i += (size_t) n;
        }
        return false;
}

void prompt_finish(Prompt *p) {
        show(p, "\r\n", 2);
        p->answer(p->userdata, p->refused ? NULL : p->text, p->refused ? 0 : p->size);
        prompt_free(p);
}
