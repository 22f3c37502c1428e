/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every allocation fails once: a console that has no memory says so or draws less, and stays usable. Linked with
 * --wrap, so that the allocations of our own code fail and those of libraries do not. */

#include <stdlib.h>

#include "check.h"
#include "mirror.h"

static long fail_in = -1; /* allocations until one fails; negative: none does */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

static bool fails(void) {
        return fail_in >= 0 && fail_in-- == 0;
}

void *__wrap_malloc(size_t size) {
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
        return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size) {
        return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size) {
        return fails() ? NULL : __real_reallocarray(p, n, size);
}

static void on_answer(void *userdata, const char *answer, size_t size) {
}

static void press(Mirror *m, uint32_t keysym) {
        console_key(m->console, keysym, true);
        console_key(m->console, keysym, false);
}

/* A little of everything that allocates. */
static void use(Mirror *m) {
        static const char text[] = "text e\xcc\x81 漢 \033[1mbold\r\n\033]2;title\007";
        LabgateTile tile;

        (void) console_write(m->console, text, sizeof text - 1);
        console_frame_begin(m->console);
        (void) console_paint(m->console, (LabgateRect) { 0, 0, 300, 200 }, &tile);
        console_frame_end(m->console);
        console_mouse(m->console, 5, 5, 1);
        console_mouse(m->console, 95, 45, 1);
        console_mouse(m->console, 95, 45, 0);
        console_paste(m->console, "pasted", 6);
        console_mouse(m->console, 95, 45, 2);
        console_mouse(m->console, 95, 45, 0);
        (void) console_argv(m->console, "color-scheme", "green-black");
        if (console_prompt(m->console, "ask: ", false, on_answer, NULL) >= 0) {
                press(m, 'a');
                press(m, 0xff0d);
        }
        console_frame_begin(m->console);
        (void) console_paint(m->console, (LabgateRect) { 0, 0, 300, 200 }, &tile);
        console_frame_end(m->console);
}

/* On the main screen with lines that wrap and a scrollback, then on the alternate one. */
static void change_sizes(Mirror *m) {
        static const char fill[] = "\033[?1049l\033[2J\033[31mlines that are wrapped where there is no room \r\nshort\r\n",
                          alternate[] = "\033[?1049h\033[5;5Halternate 漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢";

        for (int i = 0; i < 20; i++)
                (void) console_write(m->console, fill + (i > 0 ? 8 : 0), sizeof fill - 1 - (i > 0 ? 8 : 0));
        console_resize(m->console, 150, 300);
        (void) console_write(m->console, alternate, sizeof alternate - 1);
        console_resize(m->console, 200, 100);
        console_frame_begin(m->console);
        console_frame_end(m->console);
        (void) console_argv(m->console, "font-size", "9");
        console_resize(m->console, 300, 200);
}

/* What the program at the other end was told of the size. */
static void check_told(const Mirror *m, long n) {
        int columns = console_columns(m->console), rows = console_rows(m->console);

        if (m->resized_columns > 0 && (m->resized_columns != columns || m->resized_rows != rows))
                test_fail(__FILE__, __LINE__, "allocation %ld: told %dx%d, is %dx%d", n, m->resized_columns,
                          m->resized_rows, columns, rows);
}

static void check_usable(Mirror *m, long n) {
        static const char text[] = "\033c\033[?2026lafterwards";
        LabgateTile tile;

        if (console_write(m->console, text, sizeof text - 1) < 0)
                test_fail(__FILE__, __LINE__, "allocation %ld: no writing", n);
        console_frame_begin(m->console);
        if (console_paint(m->console, (LabgateRect) { 0, 0, 300, 200 }, &tile) < 0)
                test_fail(__FILE__, __LINE__, "allocation %ld: no picture", n);
        console_frame_end(m->console);
}

TEST(a_console_survives_any_failing_allocation) {
        bool failed = true;

        for (long n = 0; failed; n++) {
                Mirror *m = mirror_new(300, 200, NULL);

                if (!m)
                        test_skip("no DejaVu fonts");
                fail_in = n;
                use(m);
                failed = fail_in < 0;
                fail_in = -1;
                m->n_damage = 0;
                check_usable(m, n);
                mirror_free(m);
                CHECK(n < 10000);
        }
}

TEST(a_size_without_memory_is_made_up_for) {
        bool failed = true;

        for (long n = 0; failed; n++) {
                Mirror *m = mirror_new(300, 200, NULL);
                int width, height;

                if (!m)
                        test_skip("no DejaVu fonts");
                fail_in = n;
                change_sizes(m);
                failed = fail_in < 0;
                fail_in = -1;
                check_told(m, n);
                /* The host, too, needed memory. */
                if (m->host.width != 300 || m->host.height != 200)
                        console_resize(m->console, 300, 200);
                m->n_damage = 0;
                check_usable(m, n);
                check_told(m, n);
                console_pixels(m->console, &width, &height);
                if (width > 300 || height > 200 || width + width / console_columns(m->console) <= 300 ||
                    height + height / console_rows(m->console) <= 200)
                        test_fail(__FILE__, __LINE__, "allocation %ld: %dx%d pixels of 300x200", n, width, height);
                mirror_free(m);
                CHECK(n < 10000);
        }
}

TEST(a_console_is_there_or_not) {
        bool failed = true;

        for (long n = 0; failed; n++) {
                ConsoleSettings settings = { .font_size = 12 };
                Mirror *m = mirror_new(300, 200, NULL);
                ConsoleHooks hooks = {};
                Console *c = NULL;
                int r;

                if (!m)
                        test_skip("no DejaVu fonts");
                fail_in = n;
                r = console_new(&c, &m->host, &settings, &hooks, NULL);
                failed = fail_in < 0;
                fail_in = -1;
                if (failed != (r < 0) && !(failed && c))
                        test_fail(__FILE__, __LINE__, "allocation %ld: %d", n, r);
                console_free(c);
                mirror_free(m);
        }
}
