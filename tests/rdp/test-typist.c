/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Types on every layout and reads what the lab machine's keyboard would make of it: the scancodes go through the same
 * layout backwards, with the modifiers that are down at that moment. */

#include <stdio.h>
#include <string.h>

#include "../../plugins/rdp/layouts.h"
#include "../../plugins/rdp/typist.h"
#include "check.h"

#define SHIFT_LEFT 0x2a
#define SHIFT_RIGHT 0x36
#define ALTGR 0x138

static char seen[65536];     /* one word per event */
static char16_t text[4096];  /* what it types */
static size_t n_text;
static bool down[0x200];
static const Layout *layout;

static void note(const char *what, unsigned number) {
        size_t n = strlen(seen);

        snprintf(seen + n, sizeof seen - n, "%s%x ", what, number);
}

static unsigned level_now(void) {
        return down[ALTGR] ? 2 : down[SHIFT_LEFT] || down[SHIFT_RIGHT] ? 1 : 0;
}

static void read_key(unsigned scancode) {
        const char16_t *row = layout ? layout->levels[level_now()] : u"";

        for (size_t i = 0; row[i]; i++)
                if (layout_scancodes[i] == scancode && n_text < ELEMENTS(text))
                        text[n_text++] = row[i];
}

BOOL freerdp_input_send_keyboard_event(rdpInput *input, UINT16 flags, LibraryCode code) {
        unsigned scancode = code | (flags & KBD_FLAGS_EXTENDED);
        bool pressed = !(flags & KBD_FLAGS_RELEASE);

        note(pressed ? "+" : "-", scancode);
        down[scancode & 0x1ff] = pressed;
        if (pressed)
                read_key(scancode);
        return TRUE;
}

BOOL freerdp_input_send_unicode_keyboard_event(rdpInput *input, UINT16 flags, UINT16 code) {
        if (!(flags & KBD_FLAGS_RELEASE))
                note("u", code);
        return TRUE;
}

BOOL freerdp_input_send_keyboard_pause_event(rdpInput *input) {
        note("pause", 0);
        return TRUE;
}

BOOL freerdp_input_send_synchronize_event(rdpInput *input, UINT32 flags) {
        note("locks", flags);
        return TRUE;
}

static int find_layout(const char *name) {
        for (int i = 0; i < LAYOUTS; i++)
                if (strcmp(layouts[i].name, name) == 0)
                        return i;
        CHECK(false);
        return 0;
}

static Typist begin(const char *name) {
        Typist t;
        int i = find_layout(name);

        layout = &layouts[i];
        memset(down, 0, sizeof down);
        CHECK(typist_begin(&t, (rdpInput *) 1, i));
        seen[0] = 0;
        n_text = 0;
        return t;
}

static void tap(Typist *t, uint32_t keysym) {
        typist_key(t, keysym, true);
        typist_key(t, keysym, false);
}

static void expect(const char *expected) {
        CHECK_TEXT(seen, expected);
        seen[0] = 0;
}

static uint32_t keysym_of(char16_t c) {
        return c < 0x100 ? c : 0x01000000u + c;
}

TEST(letters_and_shift) {
        Typist t = begin("en-us-qwerty");

        tap(&t, 'a');
        expect("+1e -1e ");
        tap(&t, 'A');
        expect("+2a +1e -2a -1e ");
        typist_key(&t, 0xffe1, true);
        tap(&t, 'A');
        typist_key(&t, 0xffe1, false);
        expect("+2a +1e -1e -2a ");
        typist_key(&t, 0xffe2, true);
        tap(&t, 'a');
        expect("+36 -36 +1e +36 -1e ");
        typist_end(&t);
}

TEST(altgr_of_another_keyboard) {
        Typist t = begin("en-us-qwerty");

        typist_key(&t, 0xfe03, true);
        tap(&t, '@');
        typist_key(&t, 0xfe03, false);
        expect("+138 +2a -138 +3 -2a +138 -3 -138 ");
        t = begin("de-de-qwertz");
        tap(&t, '@');
        expect("+138 +10 -138 -10 ");
        tap(&t, 0x010020ac);
        expect("+138 +12 -138 -12 ");
}

TEST(a_dead_key_and_a_letter) {
        Typist t = begin("de-de-qwertz");

        tap(&t, 0xe9);
        expect("+d -d +12 -12 ");
        tap(&t, 0xc8);
        expect("+2a +d -d -2a +2a +12 -12 -2a ");
        tap(&t, '^');
        expect("+29 -29 +39 -39 ");
}

TEST(anything_else_is_unicode) {
        Typist t = begin("en-us-qwerty");

        tap(&t, 0x0100043f);
        tap(&t, 0x010065e5);
        tap(&t, 0x0101f600);
        expect("u43f u65e5 ud83d ude00 ");
        t = begin("failsafe");
        tap(&t, 'a');
        expect("u61 ");
        t = begin("ru-ru-qwerty");
        tap(&t, 0x0100043f);
        expect("+22 -22 ");
        tap(&t, 0x0100d800);
        tap(&t, 0x01110000);
        tap(&t, 0);
        expect("");
}

TEST(locks_are_what_keysyms_need) {
        Typist t = begin("en-us-qwerty");

        tap(&t, 0xffe5);
        expect("");
        tap(&t, 0xffb1);
        expect("locks2 +4f -4f ");
        tap(&t, 0xffb2);
        expect("+50 -50 ");
        tap(&t, 0xff9c);
        expect("locks0 +4f -4f ");
        typist_lights(&t, KBD_SYNC_CAPS_LOCK);
        tap(&t, 'A');
        expect("locks0 +2a +1e -2a -1e ");
        tap(&t, 0xff13);
        expect("pause0 ");
}

TEST(nothing_stays_down) {
        Typist t = begin("en-us-qwerty");

        for (uint32_t c = 'a'; c <= 'z'; c++)
                typist_key(&t, c, true);
        for (uint32_t c = 0xffbe; c < 0xffbe + 20; c++)
                typist_key(&t, c, true);
        typist_end(&t);
        for (size_t i = 0; i < ELEMENTS(down); i++)
                CHECK(!down[i]);
        typist_key(&t, 'a', true);
}

/* Each character of each layout comes out as itself, whatever modifiers the page holds. */
TEST(every_key_of_every_layout) {
        static const uint32_t held[] = { 0, 0xffe1, 0xffe2, 0xfe03 };

        for (int i = 0; i < LAYOUTS; i++)
                for (unsigned level = 0; level < LAYOUT_LEVELS; level++)
                        for (const char16_t *c = layouts[i].levels[level]; *c; c++)
                                for (size_t k = 0; k < ELEMENTS(held); k++) {
                                        Typist t;

                                        if (*c == ' ' || (*c >= 0x300 && *c < 0x370))
                                                continue;
                                        t = begin(layouts[i].name);
                                        if (held[k])
                                                typist_key(&t, held[k], true);
                                        n_text = 0;
                                        tap(&t, keysym_of(*c));
                                        CHECK_INT(n_text, 1);
                                        CHECK_INT(text[0], *c);
                                        typist_end(&t);
                                }
}

TEST(rows_have_no_more_keys_than_there_are) {
        for (int i = 0; i < LAYOUTS; i++)
                for (unsigned level = 0; level < LAYOUT_LEVELS; level++) {
                        size_t n = 0;

                        while (layouts[i].levels[level][n])
                                n++;
                        CHECK(n <= LAYOUT_KEYS);
                }
}
