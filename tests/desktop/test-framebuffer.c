/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pixels and the changes that a worker leaves, and the queue that it takes from, without threads. */

#include <errno.h>
#include <stdlib.h>

#include "../../src/desktop/commands.h"
#include "../../src/desktop/framebuffer.h"
#include "check.h"

static Framebuffer framebuffer;
static FramebufferChange changes[BRIDGE_DAMAGE_MAX];

static void begin(int32_t width, int32_t height) {
        framebuffer_init(&framebuffer);
        CHECK_INT(framebuffer_set_size(&framebuffer, width, height), 0);
        CHECK(framebuffer_adopt(&framebuffer));
        CHECK(!framebuffer_adopt(&framebuffer));
}

TEST(sizes_at_the_edge) {
        framebuffer_init(&framebuffer);
        CHECK_INT(framebuffer_set_size(&framebuffer, 0, 0), -ERANGE);
        CHECK_INT(framebuffer_set_size(&framebuffer, 1, 0), -ERANGE);
        CHECK_INT(framebuffer_set_size(&framebuffer, -1, 5), -ERANGE);
        CHECK_INT(framebuffer_set_size(&framebuffer, 65535, 65535), -ERANGE);
        CHECK_INT(framebuffer_set_size(&framebuffer, 1, LABGATE_SIDE_MAX + 1), -ERANGE);
        CHECK_INT(framebuffer_set_size(&framebuffer, 8192, 4225), -ERANGE); /* one row over 33 megapixels */
        CHECK_INT(framebuffer_set_size(&framebuffer, 8192, 4224), 0);
        CHECK_INT(framebuffer_set_size(&framebuffer, 1, LABGATE_SIDE_MAX), 0);
        CHECK(framebuffer_adopt(&framebuffer));
        CHECK_INT(framebuffer.shown.height, LABGATE_SIDE_MAX);
        framebuffer_done(&framebuffer);
}

/* A server that does nothing but change its size leaves two pictures at most. */
TEST(sizes_that_nobody_adopts) {
        begin(64, 64);
        for (int i = 0; i < 1000; i++)
                CHECK_INT(framebuffer_set_size(&framebuffer, 1 + i, 2), 0);
        CHECK_INT(framebuffer.shown.width, 64);
        framebuffer_damage(&framebuffer, (LabgateRect) { 0, 0, 10, 10 });
        CHECK_INT(framebuffer_take(&framebuffer, changes), 0); /* they are of pixels that are not shown */
        CHECK(framebuffer_adopt(&framebuffer));
        CHECK_INT(framebuffer.shown.width, 1000);
        CHECK_INT(framebuffer_take(&framebuffer, changes), 1);
        framebuffer_done(&framebuffer);
}

TEST(damage_is_clipped_and_joined) {
        begin(100, 64);
        framebuffer_damage(&framebuffer, (LabgateRect) { 100, 0, 5, 5 });
        framebuffer_damage(&framebuffer, (LabgateRect) { INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX });
        framebuffer_damage(&framebuffer, (LabgateRect) { -50, -50, 50, 50 });
        CHECK_INT(framebuffer.n_changes, 0);
        for (int y = 0; y < 64; y += 16)
                for (int x = 0; x < 100; x += 16)
                        framebuffer_damage(&framebuffer, (LabgateRect) { x, y, 16, 16 });
        CHECK_INT(framebuffer_take(&framebuffer, changes), 1);
        CHECK_INT(changes[0].area.width, 100);
        CHECK_INT(changes[0].area.height, 64);
        CHECK_INT(framebuffer_take(&framebuffer, changes), 0);
        framebuffer_done(&framebuffer);
}

TEST(too_much_damage_is_all_of_it) {
        begin(2000, 1000);
        for (unsigned i = 0; i < BRIDGE_DAMAGE_MAX; i++)
                framebuffer_damage(&framebuffer, (LabgateRect) { (int32_t) (i % 2 * 1900), (int32_t) i * 3, 1, 1 });
        CHECK_INT(framebuffer.n_changes, BRIDGE_DAMAGE_MAX);
        framebuffer_move(&framebuffer, (LabgateRect) { 0, 0, 10, 10 }, 5, 5);
        CHECK_INT(framebuffer_take(&framebuffer, changes), 1);
        CHECK_INT(changes[0].area.width, 2000);
        CHECK(!changes[0].is_move);
        framebuffer_done(&framebuffer);
}

/* Whatever is moved wherever: afterwards the picture is what a second one, copied pixel by pixel, is. */
TEST(moves_move_pixels) {
        static uint32_t expected[32 * 24], before[32 * 24];

        begin(32, 24);
        srandom(1);
        for (int i = 0; i < 32 * 24; i++)
                expected[i] = framebuffer.worker.pixels[i] = (uint32_t) i;
        for (int i = 0; i < 5000; i++) {
                LabgateRect s = { (int32_t) (random() % 48 - 8), (int32_t) (random() % 40 - 8),
                                  (int32_t) (random() % 40), (int32_t) (random() % 30) };
                int32_t dx = (int32_t) (random() % 50 - 25), dy = (int32_t) (random() % 40 - 20);

                memcpy(before, expected, sizeof before);
                for (int32_t y = s.y; y < s.y + s.height; y++)
                        for (int32_t x = s.x; x < s.x + s.width; x++)
                                if (x >= 0 && y >= 0 && x < 32 && y < 24 && x + dx >= 0 && y + dy >= 0 &&
                                    x + dx < 32 && y + dy < 24)
                                        expected[(y + dy) * 32 + x + dx] = before[y * 32 + x];
                framebuffer_move(&framebuffer, s, dx, dy);
                CHECK(memcmp(expected, framebuffer.worker.pixels, sizeof expected) == 0);
        }
        framebuffer_move(&framebuffer, (LabgateRect) { 0, 0, 32, 24 }, INT32_MIN, INT32_MAX);
        CHECK(memcmp(expected, framebuffer.worker.pixels, sizeof expected) == 0);
        framebuffer_done(&framebuffer);
}

TEST(commands_merge_and_keep_their_order) {
        Commands c = {};
        BridgeCommand command;

        commands_key(&c, 'a', true);
        commands_mouse(&c, 1, 1, 0);
        commands_mouse(&c, 2, 2, 0);
        commands_mouse(&c, 2, 2, 1);
        commands_mouse(&c, 3, 3, 1);
        commands_mouse(&c, 3, 3, 0);
        commands_size(&c, 10, 20);
        commands_size(&c, 30, 40);
        CHECK_INT(commands_clipboard(&c, "old", 3), 0);
        CHECK_INT(commands_clipboard(&c, "new", 3), 0);
        CHECK_INT(commands_take(&c, &command), BRIDGE_CLIPBOARD);
        CHECK_TEXT(command.text, "new");
        free(command.text);
        CHECK_INT(commands_take(&c, &command), BRIDGE_SIZE);
        CHECK_INT(command.width, 30);
        CHECK_INT(commands_take(&c, &command), BRIDGE_KEY);
        CHECK_INT(commands_take(&c, &command), BRIDGE_MOUSE);
        CHECK_INT(command.x, 2);
        CHECK_INT(command.mask, 0);
        CHECK_INT(commands_take(&c, &command), BRIDGE_MOUSE);
        CHECK_INT(command.x, 3);
        CHECK_INT(command.mask, 1);
        CHECK_INT(commands_take(&c, &command), BRIDGE_MOUSE);
        CHECK_INT(command.mask, 0);
        CHECK_INT(commands_take(&c, &command), BRIDGE_NOTHING);
        commands_done(&c);
}

TEST(commands_that_nobody_takes_keep_releases) {
        static Commands c;
        BridgeCommand command;
        int pressed = 0, released = 0;

        for (unsigned i = 0; i < 10 * BRIDGE_COMMANDS_MAX; i++) {
                commands_key(&c, 'a', true);
                commands_mouse(&c, (int32_t) i, 0, i % 2 + 1);
        }
        for (unsigned i = 0; i < BRIDGE_COMMANDS_MAX; i++)
                commands_key(&c, 'a', false);
        CHECK_INT(c.n, BRIDGE_COMMANDS_MAX);
        while (commands_take(&c, &command) != BRIDGE_NOTHING)
                if (command.type == BRIDGE_KEY)
                        *(command.pressed ? &pressed : &released) += 1;
        CHECK(pressed > 0);
        CHECK(released >= pressed);
        commands_done(&c);
}
