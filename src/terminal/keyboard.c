/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdio.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/utf8.h"
#include "keyboard.h"

/* Keys with a final letter: CSI letter, SS3 letter in application mode, CSI 1;mod letter with modifiers. */
typedef struct LetterKey {
        uint32_t keysym, keypad_keysym;
        char letter;
        bool always_ss3; /* F1 to F4, as on a VT100 */
} LetterKey;

static const LetterKey letter_keys[] = {
        { 0xff52, 0xff97, 'A' }, /* Up */
        { 0xff54, 0xff99, 'B' }, /* Down */
        { 0xff53, 0xff98, 'C' }, /* Right */
        { 0xff51, 0xff96, 'D' }, /* Left */
        { 0xff50, 0xff95, 'H' }, /* Home */
        { 0xff57, 0xff9c, 'F' }, /* End */
        { 0xff58, 0xff9d, 'E' }, /* Begin */
        { 0xffbe, 0xff91, 'P', true }, /* F1 */
        { 0xffbf, 0xff92, 'Q', true },
        { 0xffc0, 0xff93, 'R', true },
        { 0xffc1, 0xff94, 'S', true }, /* F4 */
};

/* Keys with a number: CSI number ~, CSI number;mod ~ with modifiers. */
typedef struct NumberKey {
        uint32_t keysym, keypad_keysym;
        int number;
} NumberKey;

static const NumberKey number_keys[] = {
        { KEYSYM_INSERT,    KEYSYM_KP_INSERT,    2 },
        { 0xffff,           0xff9f,              3 }, /* Delete */
        { KEYSYM_PAGE_UP,   KEYSYM_KP_PAGE_UP,   5 },
        { KEYSYM_PAGE_DOWN, KEYSYM_KP_PAGE_DOWN, 6 },
        { 0xff60,           0,                   4 }, /* Select */
        { 0xff68,           0,                   1 }, /* Find */
        { 0xff6a,           0,                   28 }, /* Help */
        { 0xff67,           0,                   29 }, /* Menu */
};

/* F5 onwards. */
static const int function_numbers[] = {
        15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34,
};
#define FUNCTION_FIRST 0xffc2u

/* A modifier key's bit in held; the right twin sits eight bits higher. */
static unsigned modifier_bit(uint32_t keysym) {
        switch (keysym) {
        case 0xffe1: return KEYBOARD_SHIFT;
        case 0xffe2: return KEYBOARD_SHIFT << 8;
        case 0xffe3: return KEYBOARD_CONTROL;
        case 0xffe4: return KEYBOARD_CONTROL << 8;
        case 0xffe7: return KEYBOARD_META;
        case 0xffe8: return KEYBOARD_META << 8;
        case 0xffe9: return KEYBOARD_ALT;
        case 0xffea: return KEYBOARD_ALT << 8;
        default:     return 0;
        }
}

bool keyboard_track(Keyboard *k, uint32_t keysym, bool pressed) {
        unsigned bit = modifier_bit(keysym);

        if (bit == 0)
                return false;
        k->held = pressed ? k->held | bit : k->held & ~bit;
        return true;
}

unsigned keyboard_modifiers(const Keyboard *k) {
        return (k->held | k->held >> 8) & 0xffu;
}

uint32_t keyboard_code_point(uint32_t keysym) {
        uint32_t unicode = keysym - 0x01000000u;

        if ((keysym >= 0x20 && keysym <= 0x7e) || (keysym >= 0xa0 && keysym <= 0xff))
                return keysym;
        if (keysym >= 0x01000020u && unicode <= 0x10ffff && unicode != 0x7f && (unicode < 0xd800 || unicode > 0xdfff))
                return unicode;
        if (keysym >= 0xffaa && keysym <= 0xffb9) /* keypad: * + , - . / 0 .. 9 */
                return keysym - 0xff80;
        if (keysym == 0xff80) /* keypad space */
                return ' ';
        return keysym == 0xffbd ? '=' : 0;
}

/* What Ctrl makes of a character; -1: nothing, it is sent as it is. */
static int control_code(uint32_t c) {
        if (c >= 'a' && c <= 'z')
                return (int) (c - 'a' + 1);
        if (c >= '@' && c <= '_')
                return (int) (c - '@');
        switch (c) {
        case ' ': case '2': return 0x00;
        case '3':           return 0x1b;
        case '4':           return 0x1c;
        case '5':           return 0x1d;
        case '6':           return 0x1e;
        case '7': case '/': return 0x1f;
        case '8': case '?': return 0x7f;
        default:            return -1;
        }
}

static size_t put(char *ret, bool escape, const char *bytes, size_t size) {
        if (escape)
                ret[0] = 0x1b;
        memcpy(ret + escape, bytes, size);
        return size + escape;
}

static size_t encode_letter(const LetterKey *key, bool application, unsigned modifiers, char *ret) {
        if (modifiers > 0)
                return (size_t) snprintf(ret, KEYBOARD_BYTES_MAX, "\033[1;%u%c", modifiers + 1, key->letter);
        return (size_t) snprintf(ret, KEYBOARD_BYTES_MAX, "\033%c%c", application || key->always_ss3 ? 'O' : '[',
                                 key->letter);
}

static size_t encode_number(int number, unsigned modifiers, char *ret) {
        if (modifiers > 0)
                return (size_t) snprintf(ret, KEYBOARD_BYTES_MAX, "\033[%d;%u~", number, modifiers + 1);
        return (size_t) snprintf(ret, KEYBOARD_BYTES_MAX, "\033[%d~", number);
}

static size_t encode_function(const TerminalModes *modes, uint32_t keysym, unsigned modifiers, char *ret) {
        for (size_t i = 0; i < ELEMENTS(letter_keys); i++)
                if (keysym == letter_keys[i].keysym || keysym == letter_keys[i].keypad_keysym)
                        return encode_letter(letter_keys + i, modes->application_cursor, modifiers, ret);
        for (size_t i = 0; i < ELEMENTS(number_keys); i++)
                if (keysym == number_keys[i].keysym || (keysym != 0 && keysym == number_keys[i].keypad_keysym))
                        return encode_number(number_keys[i].number, modifiers, ret);
        if (keysym >= FUNCTION_FIRST && keysym - FUNCTION_FIRST < ELEMENTS(function_numbers))
                return encode_number(function_numbers[keysym - FUNCTION_FIRST], modifiers, ret);
        return 0;
}

/* Keys that send one control character, by themselves or with modifiers. */
static size_t encode_control_key(const Keyboard *k, const TerminalModes *modes, uint32_t keysym, char *ret) {
        unsigned modifiers = keyboard_modifiers(k);
        bool escape = modifiers & (KEYBOARD_ALT | KEYBOARD_META);
        char c;

        switch (keysym) {
        case KEYSYM_BACKSPACE:
                c = k->backspace;
                if (modifiers & KEYBOARD_CONTROL)
                        c = c == 0x7f ? 0x08 : 0x7f;
                return put(ret, escape, &c, 1);
        case 0xff09: /* Tab */
        case 0xff89: /* keypad Tab */
                return modifiers & KEYBOARD_SHIFT ? put(ret, escape, "\033[Z", 3) : put(ret, escape, "\t", 1);
        case 0xfe20: /* ISO_Left_Tab */
                return put(ret, escape, "\033[Z", 3);
        case KEYSYM_KP_ENTER:
                if (k->vt100_keys && modes->application_keypad)
                        return put(ret, escape, "\033OM", 3);
                return put(ret, escape, "\r\n", modes->newline ? 2 : 1);
        case KEYSYM_RETURN:
                return put(ret, escape, "\r\n", modes->newline ? 2 : 1);
        case 0xff0a: /* Linefeed */
                return put(ret, escape, "\n", 1);
        case 0xff1b: /* Escape */
                return put(ret, escape, "\033", 1);
        default:
                return 0;
        }
}

static size_t encode_text(uint32_t code_point, unsigned modifiers, char *ret) {
        bool escape = modifiers & (KEYBOARD_ALT | KEYBOARD_META);
        char bytes[4];

        if (modifiers & KEYBOARD_CONTROL) {
                int code = control_code(code_point);

                if (code >= 0)
                        return put(ret, escape, (char[]) { (char) code }, 1);
        }
        return put(ret, escape, bytes, utf8_encode(code_point, bytes));
}

size_t keyboard_encode(const Keyboard *k, const TerminalModes *modes, uint32_t keysym,
                       char ret[static KEYBOARD_BYTES_MAX]) {
        unsigned modifiers = keyboard_modifiers(k);
        uint32_t code_point = keyboard_code_point(keysym);
        size_t n;

        n = encode_control_key(k, modes, keysym, ret);
        if (n > 0)
                return n;
        if (code_point == 0)
                return encode_function(modes, keysym, modifiers, ret);
        if (keysym >= 0xffaa && keysym <= 0xffb9 && k->vt100_keys && modes->application_keypad && modifiers == 0)
                return put(ret, false, (char[]) { 0x1b, 'O', (char) (code_point + 'p' - '0') }, 3);
        return encode_text(code_point, modifiers, ret);
}

size_t keyboard_arrow(const TerminalModes *modes, char final, char ret[static KEYBOARD_BYTES_MAX]) {
        return encode_letter(&(LetterKey) { .letter = final }, modes->application_cursor, 0, ret);
}
