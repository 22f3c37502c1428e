/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "typist.h"

#include "layouts.h"

#define EXTENDED 0x100
#define SHIFT 0x2a
#define ALTGR (EXTENDED | 0x38)
#define PAUSE_KEY 0xffff /* has a sequence of its own */

typedef struct Named {
        uint32_t keysym;
        uint16_t scancode;
        bool wants_numlock;
} Named;

/* X11 keysyms of keys that are the same on every layout, in order, with their scancodes (set 1). */
static const Named named[] = {
        { 0x0020, 0x39 }, { 0xfe03, ALTGR }, { 0xff08, 0x0e }, { 0xff09, 0x0f }, { 0xff0d, 0x1c },
        { 0xff13, PAUSE_KEY },
        { 0xff14, 0x46 }, { 0xff15, 0x54 }, { 0xff1b, 0x01 }, { 0xff50, EXTENDED | 0x47 }, { 0xff51, EXTENDED | 0x4b },
        { 0xff52, EXTENDED | 0x48 }, { 0xff53, EXTENDED | 0x4d }, { 0xff54, EXTENDED | 0x50 },
        { 0xff55, EXTENDED | 0x49 }, { 0xff56, EXTENDED | 0x51 }, { 0xff57, EXTENDED | 0x4f },
        { 0xff61, EXTENDED | 0x37 }, { 0xff63, EXTENDED | 0x52 }, { 0xff67, EXTENDED | 0x5d }, { 0xff7e, ALTGR },
        { 0xff7f, 0x45 }, { 0xff8d, EXTENDED | 0x1c }, { 0xff95, 0x47 }, { 0xff96, 0x4b }, { 0xff97, 0x48 },
        { 0xff98, 0x4d }, { 0xff99, 0x50 }, { 0xff9a, 0x49 }, { 0xff9b, 0x51 }, { 0xff9c, 0x4f }, { 0xff9d, 0x4c },
        { 0xff9e, 0x52 }, { 0xff9f, 0x53 }, { 0xffaa, 0x37 }, { 0xffab, 0x4e }, { 0xffac, 0x53, true },
        { 0xffad, 0x4a },
        { 0xffae, 0x53, true }, { 0xffaf, EXTENDED | 0x35 }, { 0xffb0, 0x52, true }, { 0xffb1, 0x4f, true },
        { 0xffb2, 0x50, true }, { 0xffb3, 0x51, true }, { 0xffb4, 0x4b, true }, { 0xffb5, 0x4c, true },
        { 0xffb6, 0x4d, true }, { 0xffb7, 0x47, true }, { 0xffb8, 0x48, true }, { 0xffb9, 0x49, true },
        { 0xffbe, 0x3b },
        { 0xffbf, 0x3c }, { 0xffc0, 0x3d }, { 0xffc1, 0x3e }, { 0xffc2, 0x3f }, { 0xffc3, 0x40 }, { 0xffc4, 0x41 },
        { 0xffc5, 0x42 }, { 0xffc6, 0x43 }, { 0xffc7, 0x44 }, { 0xffc8, 0x57 }, { 0xffc9, 0x58 }, { 0xffca, 0x64 },
        { 0xffcb, 0x65 }, { 0xffcc, 0x66 }, { 0xffcd, 0x67 }, { 0xffce, 0x68 }, { 0xffcf, 0x69 }, { 0xffd0, 0x6a },
        { 0xffd1, 0x6b }, { 0xffd2, 0x6c }, { 0xffd3, 0x6d }, { 0xffd4, 0x6e }, { 0xffd5, 0x76 }, { 0xffe1, SHIFT },
        { 0xffe2, 0x36 }, { 0xffe3, 0x1d }, { 0xffe4, EXTENDED | 0x1d }, { 0xffe7, EXTENDED | 0x5b },
        { 0xffe8, EXTENDED | 0x5c }, { 0xffe9, 0x38 }, { 0xffea, EXTENDED | 0x38 }, { 0xffeb, EXTENDED | 0x5b },
        { 0xffec, EXTENDED | 0x5c }, { 0xffff, EXTENDED | 0x53 },
};

/* A letter with an accent, by the dead key and the letter that make it; the accents are combining characters. */
static const struct {
        char16_t accent;
        const char16_t *letters, *whole; /* in the same order */
} composed[] = {
        { 0x300, u"aeiouAEIOU `", u"àèìòùÀÈÌÒÙ``" },
        { 0x301, u"aeiouyAEIOUYcnszCNSZ ", u"áéíóúýÁÉÍÓÚÝćńśźĆŃŚŹ´" },
        { 0x302, u"aeiouAEIOU ", u"âêîôûÂÊÎÔÛ^" },
        { 0x303, u"anoANO ", u"ãñõÃÑÕ~" },
        { 0x308, u"aeiouyAEIOU ", u"äëïöüÿÄËÏÖÜ¨" },
        { 0x30a, u"aA ", u"åÅ°" },
        { 0x30c, u"cdenrstzCDENRSTZ ", u"čďěňřšťžČĎĚŇŘŠŤŽˇ" },
        { 0x327, u"csCS ", u"çşÇŞ¸" },
        { 0x30b, u"ouOU ", u"őűŐŰ˝" },
        { 0x328, u"aeAE ", u"ąęĄĘ˛" },
};

/* ---- what goes out ---- */

static void send_scancode(Typist *t, uint16_t scancode, bool pressed) {
        UINT16 flags = scancode & EXTENDED ? KBD_FLAGS_EXTENDED : 0;

        if (scancode == PAUSE_KEY) {
                if (pressed)
                        (void) freerdp_input_send_keyboard_pause_event(t->input);
                return;
        }
        flags |= pressed ? KBD_FLAGS_DOWN : KBD_FLAGS_RELEASE;
        (void) freerdp_input_send_keyboard_event(t->input, flags, (LibraryCode) (scancode & 0xff));
}

static void send_unit(Typist *t, uint16_t unit) {
        (void) freerdp_input_send_unicode_keyboard_event(t->input, 0, unit);
        (void) freerdp_input_send_unicode_keyboard_event(t->input, KBD_FLAGS_RELEASE, unit);
}

/* Both halves of a pair are pressed one after the other. */
static void send_unicode(Typist *t, uint32_t c) {
        if (c > 0xffff) {
                send_unit(t, (uint16_t) (0xd800 + ((c - 0x10000) >> 10)));
                send_unit(t, (uint16_t) (0xdc00 + ((c - 0x10000) & 0x3ff)));
        } else
                send_unit(t, (uint16_t) c);
}

static void set_locks(Typist *t, uint16_t locks) {
        if (t->locks == locks)
                return;
        t->locks = locks;
        (void) freerdp_input_send_synchronize_event(t->input, locks);
}

/* ---- modifiers ---- */

static bool is_down(const Typist *t, uint16_t scancode) {
        for (unsigned i = 0; i < t->n_held; i++)
                if (t->held[i].scancode == scancode)
                        return true;
        return false;
}

typedef struct Modifiers {
        bool left_shift, right_shift, altgr;
} Modifiers;

static Modifiers held_modifiers(const Typist *t) {
        return (Modifiers) { is_down(t, SHIFT), is_down(t, 0x36), is_down(t, ALTGR) };
}

static void change(Typist *t, uint16_t scancode, bool from, bool to) {
        if (from != to)
                send_scancode(t, scancode, to);
}

static void change_modifiers(Typist *t, Modifiers from, Modifiers to) {
        change(t, SHIFT, from.left_shift, to.left_shift);
        change(t, 0x36, from.right_shift, to.right_shift);
        change(t, ALTGR, from.altgr, to.altgr);
}

/* With a Shift that is down anyway, whichever it is. */
static Modifiers needed(Modifiers now, unsigned level) {
        bool shift = level == 1;

        return (Modifiers) { shift && (now.left_shift || !now.right_shift), shift && now.right_shift, level == 2 };
}

/* ---- keys ---- */

static TypistKey *find_held(Typist *t, uint32_t keysym) {
        for (unsigned i = 0; i < t->n_held; i++)
                if (t->held[i].keysym == keysym)
                        return &t->held[i];
        return NULL;
}

static void press(Typist *t, uint32_t keysym, uint16_t scancode) {
        if (!find_held(t, keysym)) {
                if (t->n_held == TYPIST_HELD_MAX)
                        return;
                t->held[t->n_held++] = (TypistKey) { keysym, scancode };
        }
        send_scancode(t, scancode, true);
}

static void release(Typist *t, uint32_t keysym) {
        TypistKey *k = find_held(t, keysym);
        uint16_t scancode;

        if (!k)
                return;
        scancode = k->scancode;
        *k = t->held[--t->n_held];
        if (!is_down(t, scancode))
                send_scancode(t, scancode, false);
}

/* The key of the layout that types c: its scancode and level. */
static bool find_key(const Typist *t, char16_t c, uint16_t *ret_scancode, unsigned *ret_level) {
        for (unsigned level = 0; level < LAYOUT_LEVELS; level++) {
                const char16_t *row = layouts[t->layout].levels[level];

                for (size_t i = 0; row[i] && i < LAYOUT_KEYS; i++)
                        if (row[i] == c && c != ' ') {
                                *ret_scancode = layout_scancodes[i];
                                *ret_level = level;
                                return true;
                        }
        }
        return false;
}

static bool press_character(Typist *t, uint32_t keysym, char16_t c) {
        Modifiers now = held_modifiers(t);
        uint16_t scancode;
        unsigned level;

        if (!find_key(t, c, &scancode, &level))
                return false;
        set_locks(t, t->locks & (uint16_t) ~KBD_SYNC_CAPS_LOCK);
        change_modifiers(t, now, needed(now, level));
        press(t, keysym, scancode);
        change_modifiers(t, needed(now, level), now);
        return true;
}

static void tap(Typist *t, uint16_t scancode, unsigned level) {
        Modifiers now = held_modifiers(t);

        change_modifiers(t, now, needed(now, level));
        send_scancode(t, scancode, true);
        send_scancode(t, scancode, false);
        change_modifiers(t, needed(now, level), now);
}

static bool tap_composed(Typist *t, uint16_t accent, unsigned accent_level, char16_t letter) {
        unsigned level = 0;
        uint16_t scancode = 0x39;

        if (letter != ' ' && !find_key(t, letter, &scancode, &level))
                return false;
        set_locks(t, t->locks & (uint16_t) ~KBD_SYNC_CAPS_LOCK);
        tap(t, accent, accent_level);
        tap(t, scancode, level);
        return true;
}

static bool type_composed(Typist *t, char16_t c) {
        uint16_t scancode;
        unsigned level;

        for (size_t i = 0; i < ELEMENTS(composed); i++) {
                if (!find_key(t, composed[i].accent, &scancode, &level))
                        continue;
                for (size_t k = 0; composed[i].whole[k]; k++)
                        if (composed[i].whole[k] == c &&
                            tap_composed(t, scancode, level, composed[i].letters[k]))
                                return true;
        }
        return false;
}

static uint32_t character_of(uint32_t keysym) {
        if ((keysym >= 0x20 && keysym <= 0x7e) || (keysym >= 0xa0 && keysym <= 0xff))
                return keysym;
        if (keysym >= 0x01000000 && keysym <= 0x0110ffff)
                return keysym & 0x1fffff;
        return 0;
}

static const Named *find_named(uint32_t keysym) {
        for (size_t i = 0; i < ELEMENTS(named); i++)
                if (named[i].keysym == keysym)
                        return &named[i];
        return NULL;
}

static void press_named(Typist *t, const Named *n) {
        bool is_keypad = n->keysym >= 0xff95 && n->keysym <= 0xffb9 && n->keysym != 0xffaa && n->keysym != 0xffab &&
                         n->keysym != 0xffad && n->keysym != 0xffaf;

        if (n->keysym == 0xff7f)
                t->locks ^= KBD_SYNC_NUM_LOCK;
        else if (n->keysym == 0xff14)
                t->locks ^= KBD_SYNC_SCROLL_LOCK;
        else if (is_keypad)
                set_locks(t, (uint16_t) ((t->locks & ~KBD_SYNC_NUM_LOCK) | (n->wants_numlock ? KBD_SYNC_NUM_LOCK : 0)));
        press(t, n->keysym, n->scancode);
}

/* ---- interface ---- */

bool typist_begin(Typist *t, rdpInput *input, int layout) {
        *t = (Typist) { .input = input, .layout = layout };
        (void) freerdp_input_send_synchronize_event(input, 0);
        return true;
}

void typist_end(Typist *t) {
        while (t->input && t->n_held > 0)
                release(t, t->held[0].keysym);
        t->input = NULL;
}

void typist_lights(Typist *t, uint16_t locks) {
        t->locks = locks;
}

void typist_key(Typist *t, uint32_t keysym, bool pressed) {
        uint32_t c = character_of(keysym);
        const Named *n = find_named(keysym);

        if (!t->input)
                return;
        if (!pressed) {
                release(t, keysym);
                return;
        }
        if (n) {
                press_named(t, n);
                return;
        }
        if (c == 0 || (c >= 0xd800 && c <= 0xdfff))
                return;
        if (c <= 0xffff && (press_character(t, keysym, (char16_t) c) || type_composed(t, (char16_t) c)))
                return;
        send_unicode(t, c);
}
