/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The property that everything else rests on: what a browser shows after any sequence of frames, from move() and the
 * rectangles that were damaged, is what the console would paint anew. */

#include <errno.h>
#include <stdlib.h>
#include <systemd/sd-event.h>

#include "../../src/base/cleanup.h"
#include "../../src/base/utf8.h"
#include "../../src/terminal/view.h"
#include "check.h"
#include "mirror.h"

#define MAYBE(m) do { if (!(m)) test_skip("no DejaVu fonts"); } while (0)

DEFINE_CLEANUP(Mirror *, mirror_free)

static uint32_t state;

static unsigned draw(unsigned n) {
        state = state * 1664525u + 1013904223u;
        return (state >> 8) % n;
}

static void write_text(Mirror *m) {
        static const char *const pieces[] = {
                "plain ", "x", "\r\n", "\n", "漢字", "e\xcc\x81", "┌──┐", "▀▄", "\t", "\b\b", "   ",
                "\xf0\x9f\x98\x80", "é",
        };

        for (unsigned i = draw(30); i > 0; i--)
                mirror_write(m, pieces[draw(ELEMENTS(pieces))]);
}

static void write_sequence(Mirror *m) {
        static const char finals[] = "ABCDGHJKLMPSTX@bdfr";
        static const char *const others[] = {
                "\033M", "\033D", "\033E", "\0337", "\0338", "\033c", "\033[?1049h", "\033[?1049l",
                "\033[?5h", "\033[?5l", "\033[?25l", "\033[?25h", "\033[2 q", "\033[4 q", "\033[6 q", "\033[r", "\033[2J",
                "\033[3J", "\033[?7l", "\033[?7h",
                "\033]11;#123456\033\\", "\033]111\033\\", "\033]4;1;rgb:ff/00/80\033\\", "\033]104\033\\",
                "\033]12;#ff0000\033\\", "\033]12;#00ff00\033\\",
                "\033[?2026h", "\033[?2026l", "\033[4h", "\033[4l",
        };
        char text[64];

        if (draw(4) == 0)
                mirror_write(m, others[draw(ELEMENTS(others))]);
        else if (draw(2) == 0) {
                snprintf(text, sizeof text, "\033[%u;%u;%um", draw(50), 30 + draw(18), 40 + draw(8));
                mirror_write(m, text);
        } else {
                snprintf(text, sizeof text, "\033[%u;%u%c", draw(25), draw(60), finals[draw(sizeof finals - 1)]);
                mirror_write(m, text);
        }
}

static void touch_mouse(Mirror *m) {
        static const unsigned masks[] = { 0, 1, 1, 1, 8, 16, 0, 2 };
        int32_t x = (int32_t) draw((unsigned) m->host.width), y = (int32_t) draw((unsigned) m->host.height);

        console_mouse(m->console, x, y, masks[draw(ELEMENTS(masks))]);
}

static void touch_keys(Mirror *m) {
        console_key(m->console, 0xffe1, true);
        console_key(m->console, draw(2) ? 0xff55 : 0xff56, true);
        console_key(m->console, 0xffe1, false);
        if (draw(8) == 0)
                console_key(m->console, 'x', true);
}

static void change(Mirror *m) {
        static const char *const schemes[] = { "gray-black", "black-white", "background: rgb:10/20/30", "green-black" };

        switch (draw(3)) {
        case 0:
                console_resize(m->console, (int32_t) draw(600) + 1, (int32_t) draw(300) + 1);
                break;
        case 1:
                (void) console_argv(m->console, "color-scheme", schemes[draw(ELEMENTS(schemes))]);
                break;
        default:
                (void) console_argv(m->console, "font-size", draw(2) ? "9" : "12");
        }
}

static void step(Mirror *m) {
        unsigned what = draw(1000);

        if (what < 400)
                write_text(m);
        else if (what < 800)
                write_sequence(m);
        else if (what < 900)
                touch_mouse(m);
        else if (what < 990)
                touch_keys(m);
        else
                change(m);
}

/* Paint answers from what the console believes to have drawn; a console of the same state that draws everything anew
 * must come to the same. */
static bool equals_redraw(Mirror *m) {
        size_t size;
        uint32_t *kept;
        bool same;

        mirror_write(m, "\033[?2026l");
        mirror_frame(m);
        size = (size_t) m->host.width * (size_t) m->host.height * sizeof *kept;
        kept = malloc(size);
        memcpy(kept, m->pixels, size);
        console_resize(m->console, m->host.width, m->host.height);
        mirror_frame(m);
        same = memcmp(kept, m->pixels, size) == 0;
        free(kept);
        return same;
}

static void run_random(uint32_t seed, unsigned frames) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(403, 205, NULL);
        uint64_t whole = 0;

        MAYBE(m);
        state = seed;
        mirror_frame(m);
        for (unsigned frame = 0; frame < frames; frame++) {
                uint64_t before = m->painted;
                size_t differs;

                for (unsigned i = draw(12); i > 0; i--)
                        step(m);
                mirror_frame(m);
                whole += m->painted > before;
                differs = mirror_compare(m);
                if (differs > 0)
                        test_fail(__FILE__, __LINE__, "seed %u frame %u: pixel %zu,%zu differs", seed, frame,
                                  (differs - 1) % (size_t) m->host.width, (differs - 1) / (size_t) m->host.width);
                if (draw(10) == 0 && !equals_redraw(m))
                        test_fail(__FILE__, __LINE__, "seed %u frame %u: drawn anew it differs", seed, frame);
        }
        CHECK(whole > 0);
}

TEST(mirror_equals_full_paint) {
        const char *frames = getenv("LABGATE_TEST_FRAMES");

        for (uint32_t seed = 1; seed <= 8; seed++)
                run_random(seed, frames ? (unsigned) atoi(frames) : 500);
}

static void fill_screen(Mirror *m, int lines) {
        char text[64];

        for (int i = 0; i < lines; i++) {
                snprintf(text, sizeof text, "%sline %d of many", i ? "\r\n" : "", i);
                mirror_write(m, text);
        }
        mirror_frame(m);
        m->n_moves = 0;
        m->painted = 0;
}

TEST(a_new_line_moves_the_rest) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);

        MAYBE(m);
        fill_screen(m, 60);
        mirror_write(m, "\r\nnext");
        mirror_frame(m);
        CHECK_INT(m->n_moves, 1);
        CHECK(m->painted < 800 * 400 / 10);
        CHECK_INT(mirror_compare(m), 0);
}

TEST(a_scroll_region_moves_alone) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);

        MAYBE(m);
        fill_screen(m, 20);
        mirror_write(m, "\033[5;15r\033[15H\n");
        mirror_frame(m);
        CHECK_INT(m->n_moves, 1);
        mirror_write(m, "\033[2;8H\033[2M\033[14H\033[L");
        mirror_frame(m);
        CHECK(m->n_moves >= 1);
        CHECK_INT(mirror_compare(m), 0);
}

TEST(scrolling_back_moves) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);

        MAYBE(m);
        fill_screen(m, 60);
        console_mouse(m->console, 5, 5, 8);
        console_mouse(m->console, 5, 5, 0);
        mirror_frame(m);
        CHECK_INT(m->n_moves, 1);
        CHECK_INT(mirror_compare(m), 0);
}

TEST(typing_paints_little) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(1280, 800, NULL);

        MAYBE(m);
        fill_screen(m, 10);
        mirror_write(m, "x");
        mirror_frame(m);
        CHECK(m->painted <= 10 * 19 * 8);
        CHECK_INT(m->n_tiles, m->n_indexed);
}

static bool shows(const Mirror *m, uint32_t colour) {
        for (int i = 0; i < m->host.width * m->host.height; i++)
                if (m->pixels[i] == colour)
                        return true;
        return false;
}

TEST(cursors_change_shape_and_colour) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);
        static const char *const shapes[] = { "\033[2 q", "\033[4 q", "\033[6 q" };

        MAYBE(m);
        fill_screen(m, 3);
        for (size_t i = 0; i < ELEMENTS(shapes); i++) {
                mirror_write(m, shapes[i]);
                mirror_write(m, "\033]12;#00ff00\033\\");
                mirror_frame(m);
                CHECK(shows(m, 0x00ff00));
                mirror_write(m, "\033]12;#ff00ff\033\\");
                mirror_frame(m);
                CHECK(!shows(m, 0x00ff00));
                CHECK(shows(m, 0xff00ff));
                mirror_write(m, shapes[(i + 1) % ELEMENTS(shapes)]);
                mirror_frame(m);
                CHECK(equals_redraw(m));
        }
        mirror_write(m, "\033[?25l");
        mirror_frame(m);
        CHECK(!shows(m, 0xff00ff));
}

TEST(nothing_new_paints_nothing) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);

        MAYBE(m);
        fill_screen(m, 10);
        mirror_write(m, "\033[H\033[Kline 0 of many\033[10;15H");
        mirror_frame(m);
        CHECK_INT(m->painted, 0);
}

TEST(many_colours_are_true_colours) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);
        char text[64];

        MAYBE(m);
        mirror_frame(m);
        m->n_tiles = m->n_indexed = 0;
        for (int i = 0; i < 600; i++) {
                snprintf(text, sizeof text, "\033[48;2;%d;%d;0m ", i % 256, i / 256);
                mirror_write(m, text);
        }
        mirror_frame(m);
        CHECK(m->n_indexed < m->n_tiles || m->n_tiles > 3);
        CHECK_INT(mirror_compare(m), 0);
}

/* More different glyphs than the cache holds, several times over. */
TEST(a_full_cache_starts_over) {
        ConsoleSettings settings = { .font_size = 60 };
        _cleanup_(mirror_freep) Mirror *m = mirror_new(1600, 900, &settings);
        uint32_t code_point = 0x4e00;

        MAYBE(m);
        for (int i = 0; i < 40; i++) {
                for (int j = 0; j < 40; j++) {
                        char bytes[5] = "";

                        utf8_encode(code_point++, bytes);
                        mirror_write(m, bytes);
                }
                mirror_frame(m);
                CHECK_INT(mirror_compare(m), 0);
        }
        CHECK(equals_redraw(m));
}

/* More different combinations than a view remembers. */
TEST(forgotten_clusters_are_drawn_again) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);

        MAYBE(m);
        for (uint32_t i = 0; i < 3 * VIEW_CLUSTERS_MAX; i++) {
                char bytes[13] = "";
                size_t n = utf8_encode('A' + i % 50, bytes);

                n += utf8_encode(0x300 + i / 50 % 16, bytes + n);
                n += utf8_encode(0x320 + i / 800 % 16, bytes + n);
                bytes[n] = 0;
                mirror_write(m, bytes);
                if (i % 997 != 0)
                        continue;
                mirror_frame(m);
                CHECK_INT(mirror_compare(m), 0);
        }
        CHECK(equals_redraw(m));
        mirror_frame(m);
        CHECK(equals_redraw(m));
}

TEST(held_pictures_stand_still) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);

        MAYBE(m);
        fill_screen(m, 10);
        mirror_write(m, "\033[?2026hnot yet");
        mirror_frame(m);
        CHECK_INT(m->painted, 0);
        mirror_write(m, "\033[?2026l");
        mirror_frame(m);
        CHECK(m->painted > 0);
}

TEST(nobody_holds_a_picture_for_ever) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);

        MAYBE(m);
        fill_screen(m, 10);
        mirror_write(m, "\033[?2026hnot yet");
        m->frames_wanted = 0;
        for (int i = 0; i < 10 && m->frames_wanted == 0; i++)
                CHECK(sd_event_run(m->host.event, 100000) >= 0);
        CHECK(m->frames_wanted > 0);
        mirror_frame(m);
        CHECK(m->painted > 0);
}

TEST(sizes_are_exact_and_bounded) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(805, 403, NULL);
        int width, height;

        MAYBE(m);
        CHECK_INT(m->host.width, 805);
        CHECK_INT(m->host.height, 403);
        CHECK_INT(console_columns(m->console), 80);
        CHECK_INT(console_rows(m->console), 403 / 19);
        console_pixels(m->console, &width, &height);
        CHECK_INT(width, 800);

        console_resize(m->console, 1, 1);
        CHECK_INT(console_columns(m->console), 1);
        CHECK_INT(console_rows(m->console), 1);
        CHECK_INT(m->resized_columns, 1);
        mirror_frame(m);
        CHECK_INT(mirror_compare(m), 0);

        console_resize(m->console, -5, 100000);
        CHECK_INT(m->host.width, 1);
        CHECK_INT(m->host.height, 8192);
        console_resize(m->console, 8192, 8192);
        CHECK((uint64_t) m->host.width * (uint64_t) m->host.height <= LABGATE_PIXELS_MAX);
}

TEST(paint_stays_within_the_desktop) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(100, 100, NULL);
        static const LabgateRect bad[] = {
                { -1, 0, 5, 5 }, { 0, -1, 5, 5 }, { 0, 0, 0, 5 }, { 0, 0, 5, 0 }, { 0, 0, 101, 5 }, { 0, 96, 5, 5 },
                { 100, 0, 1, 1 }, { 0, 0, INT32_MAX, 1 }, { INT32_MAX, 0, 1, 1 },
        };
        LabgateTile tile;

        MAYBE(m);
        mirror_frame(m);
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                CHECK_INT(console_paint(m->console, bad[i], &tile), -EINVAL);
        CHECK_INT(console_paint(m->console, (LabgateRect) { 99, 99, 1, 1 }, &tile), 0);
}

TEST(settings_change_live) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 400, NULL);

        MAYBE(m);
        CHECK(buffer_append(&m->argv, "", 1) >= 0);
        CHECK_TEXT((char *) buffer_bytes(&m->argv), "color-scheme=gray-black\nfont-name=monospace\nfont-size=12\n");
        CHECK_INT(console_argv(m->console, "font_size", "24"), 0);
        CHECK_INT(console_columns(m->console), 800 / 19);
        CHECK_INT(console_argv(m->console, "font-size", "3"), -EINVAL);
        CHECK_INT(console_argv(m->console, "font-size", "4"), 0);
        CHECK_INT(console_argv(m->console, "font-size", "128"), 0);
        CHECK_INT(console_argv(m->console, "font-size", "129"), -EINVAL);
        CHECK_INT(console_argv(m->console, "font-size", "big"), -EINVAL);
        CHECK_INT(console_argv(m->console, "font-name", "monospace"), 0);
        CHECK_INT(console_argv(m->console, "font_name", "Comic Sans"), -EINVAL);
        CHECK_INT(console_argv(m->console, "color_scheme", "no such"), -EINVAL);
        CHECK_INT(console_argv(m->console, "color_scheme", "background: navy"), 0);
        CHECK_INT(console_argv(m->console, "password", "x"), -EINVAL);
        mirror_frame(m);
        CHECK_INT(m->pixels[(size_t) m->host.width * 300 + 700], 0x000080);
}

TEST(without_a_font_there_is_no_console) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(100, 100, NULL);
        ConsoleSettings settings = { .font_size = 12 };
        ConsoleHooks hooks = {};
        Console *c = NULL;

        MAYBE(m);
        m->host.n_fonts = 0;
        CHECK_INT(console_new(&c, &m->host, &settings, &hooks, NULL), -ENOENT);
        settings.color_scheme = "nonsense";
        CHECK_INT(console_new(&c, &m->host, &settings, &hooks, NULL), -EINVAL);
}

TEST(titles_and_replies) {
        _cleanup_(mirror_freep) Mirror *m = mirror_new(800, 380, NULL);

        MAYBE(m);
        mirror_frame(m);
        mirror_write(m, "\033]2;a title\007\033[6n");
        CHECK_TEXT((char *) buffer_bytes(&m->title), "a title");
        CHECK_TEXT(mirror_sent(m), "\033[1;1R");
}
