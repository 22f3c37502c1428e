/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bridge with a real loop, a real worker and a host that writes down what it is told. */

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "../../src/base/descriptor.h"
#include "../../src/desktop/worker.h"
#include "check.h"

typedef struct Notes {
        int32_t width, height;
        unsigned damages, moves, frames, connected, cursors, sizes;
        char clipboard[64], title[64], reason[200];
        LabgateStatus status;
        uint32_t cursor_pixel;
        size_t samples;
} Notes;

static Notes notes;
static LabgateHost host;
static Bridge *bridge;
static int peer;

static int note_size(LabgateHost *h, int32_t width, int32_t height) {
        notes.width = width;
        notes.height = height;
        notes.sizes++;
        return 0;
}

static void note_damage(LabgateHost *h, LabgateRect area) {
        notes.damages++;
}

static void note_move(LabgateHost *h, LabgateRect source, int32_t dx, int32_t dy) {
        notes.moves++;
}

static void note_frame(LabgateHost *h) {
        notes.frames++;
}

static void note_cursor(LabgateHost *h, const LabgateCursor *cursor) {
        notes.cursors++;
        notes.cursor_pixel = cursor->pixels ? cursor->pixels[0] : 0;
}

static void note_clipboard(LabgateHost *h, const char *text, size_t size) {
        snprintf(notes.clipboard, sizeof notes.clipboard, "%.*s", (int) size, text);
}

static void note_title(LabgateHost *h, const char *text, size_t size) {
        snprintf(notes.title, sizeof notes.title, "%.*s", (int) size, text);
}

static void note_activity(LabgateHost *h, const char *text) {
}

static void note_connected(LabgateHost *h) {
        notes.connected++;
}

static void note_sound(LabgateHost *h, unsigned rate, unsigned channels, const int16_t *samples, size_t n) {
        notes.samples += n;
}

static void note_silence(LabgateHost *h) {
}

static int note_reconnect(LabgateHost *h);

static void note_end(LabgateHost *h, LabgateStatus status, const char *text) {
        notes.status = status;
        snprintf(notes.reason, sizeof notes.reason, "%s", text);
        sd_event_exit(h->event, 0);
}

static void begin(BridgeWork work, void *userdata) {
        int fds[2];

        notes = (Notes) {};
        host = (LabgateHost) {
                .lab_name = "lab", .width = 640, .height = 480, .dpi = 96,
                .set_size = note_size, .damage = note_damage, .move = note_move, .want_frame = note_frame,
                .set_cursor = note_cursor, .set_clipboard = note_clipboard, .set_title = note_title,
                .set_activity = note_activity, .connected = note_connected, .play = note_sound,
                .silence = note_silence, .reconnect = note_reconnect, .end = note_end,
        };
        CHECK(sd_event_new(&host.event) >= 0);
        CHECK_INT(bridge_new(&bridge, &host), 0);
        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        peer = fds[1];
        CHECK_INT(bridge_start(bridge, fds[0], work, userdata), 0);
}

static void finish(void) {
        CHECK(bridge_stop(bridge));
        bridge = bridge_free(bridge);
        host.event = sd_event_unref(host.event);
        fd_close(peer);
}

static void frame(uint32_t *ret_first) {
        LabgateTile tile = {};

        bridge_frame_begin(bridge);
        CHECK_INT(bridge_paint(bridge, (LabgateRect) { 0, 0, 1, 1 }, &tile), 0);
        if (ret_first)
                *ret_first = *(const uint32_t *) tile.pixels;
        bridge_frame_end(bridge);
}

static void work_everything(Bridge *b, void *userdata, int fd) {
        const uint32_t pixel = 0xff00ff00;
        const int16_t sound[480] = {};
        BridgePicture p;

        worker_connected(b);
        (void) worker_set_size(b, 300, 200);
        p = worker_lock(b);
        p.pixels[0] = 0x123456;
        worker_unlock(b);
        worker_damage(b, (LabgateRect) { 0, 0, 1, 1 });
        worker_move(b, (LabgateRect) { 0, 0, 10, 10 }, 20, 0);
        worker_present(b);
        worker_set_cursor(b, &(LabgateCursor) { 1, 1, 0, 0, &pixel });
        worker_set_cursor(b, &(LabgateCursor) { 65535, 65535, 0, 0, &pixel });
        worker_set_clipboard(b, "first", 5);
        worker_set_clipboard(b, "last", 4);
        worker_set_title(b, "title", 5);
        worker_play(b, 48000, 2, sound, 240);
        worker_play(b, 1, 9, sound, 240);
        worker_end(b, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "No %s.", "way");
        worker_end(b, LABGATE_STATUS_SUCCESS, "Too late.");
        fd_close(fd);
}

TEST(everything_arrives) {
        uint32_t first = 0;

        begin(work_everything, NULL);
        CHECK_INT(sd_event_loop(host.event), 0);
        CHECK_INT(notes.width, 300);
        CHECK_INT(notes.height, 200);
        CHECK_INT(notes.connected, 1);
        CHECK_INT(notes.cursors, 1);
        CHECK_INT(notes.cursor_pixel, 0xff00ff00);
        CHECK_TEXT(notes.clipboard, "last");
        CHECK_TEXT(notes.title, "title");
        CHECK_INT(notes.samples, 240);
        CHECK_INT(notes.status, LABGATE_STATUS_BROWSER_UNAUTHORIZED);
        CHECK_TEXT(notes.reason, "No way.");
        frame(&first);
        CHECK_INT(first, 0x123456);
        CHECK_INT(notes.damages, 1);
        CHECK_INT(notes.moves, 1);
        finish();
}

static void work_nothing(Bridge *b, void *userdata, int fd) {
        fd_close(fd);
}

TEST(a_worker_without_a_word) {
        begin(work_nothing, NULL);
        CHECK_INT(sd_event_loop(host.event), 0);
        CHECK_INT(notes.status, LABGATE_STATUS_UPSTREAM_ERROR);
        CHECK_TEXT(notes.reason, "lab closed the connection.");
        finish();
}

/* Draws as fast as it can, with sizes now and then; takes what it is given. */
static void work_hard(Bridge *b, void *userdata, int fd) {
        _Atomic unsigned *keys = userdata;
        BridgeCommand command;
        int32_t size = 64;

        (void) worker_set_size(b, size, size);
        for (uint32_t n = 1; !worker_is_over(b); n++) {
                BridgePicture p = worker_lock(b);

                for (int32_t i = 0; i < p.width * p.height; i++)
                        p.pixels[i] = n;
                worker_unlock(b);
                worker_damage(b, (LabgateRect) { 0, 0, size, size });
                worker_move(b, (LabgateRect) { 0, 0, 10, 10 }, 1, 1);
                worker_present(b);
                if (n % 100 == 0) {
                        size = 64 + (int32_t) (n / 100 % 64);
                        (void) worker_set_size(b, size, size);
                }
                while (worker_take(b, &command) != BRIDGE_NOTHING) {
                        if (command.type == BRIDGE_KEY)
                                atomic_fetch_add(keys, 1);
                        free(command.text);
                }
        }
        fd_close(fd);
}

TEST(frames_while_the_worker_draws) {
        _Atomic unsigned keys = 0;
        uint32_t last = 0, first;

        begin(work_hard, &keys);
        for (unsigned i = 0; i < 2000; i++) {
                CHECK(sd_event_run(host.event, i == 0 ? UINT64_MAX : 1000) >= 0);
                if (notes.width == 0)
                        continue;
                frame(&first);
                CHECK(first >= last || first == 0);
                last = first;
                bridge_key(bridge, 'a', i % 2);
                bridge_mouse(bridge, (int32_t) i, 0, 0);
                bridge_clipboard(bridge, "text", 4);
                CHECK(bridge_alive(bridge));
        }
        CHECK(last > 0);
        CHECK(notes.sizes > 1);
        CHECK(atomic_load(&keys) > 100);
        finish();
}

static void work_wait(Bridge *b, void *userdata, int fd) {
        _Atomic unsigned *seen = userdata;
        char c;

        (void) worker_set_size(b, 4, 4);
        for (;;) {
                unsigned found = worker_wait(b, fd, 10000);
                BridgeCommand command;

                if (found & WORKER_OVER)
                        break;
                if (found & WORKER_READABLE && read(fd, &c, 1) == 1)
                        atomic_fetch_or(seen, 1);
                while (worker_take(b, &command) == BRIDGE_KEY)
                        atomic_fetch_or(seen, 2);
        }
        fd_close(fd);
}

static bool wait_for(_Atomic unsigned *seen, unsigned mask, unsigned msec) {
        for (; msec > 0 && (atomic_load(seen) & mask) != mask; msec -= 10)
                poll(NULL, 0, 10);
        return (atomic_load(seen) & mask) == mask;
}

TEST(waiting_for_upstream_and_commands) {
        _Atomic unsigned seen = 0;

        begin(work_wait, &seen);
        while (notes.width == 0)
                CHECK(sd_event_run(host.event, UINT64_MAX) >= 0);
        bridge_key(bridge, 'a', true);
        CHECK(wait_for(&seen, 2, 5000));
        CHECK_INT(write(peer, "x", 1), 1);
        CHECK(wait_for(&seen, 3, 5000));

        atomic_store(&seen, 0);
        bridge_pause(bridge, true);
        bridge_key(bridge, 'a', false);
        CHECK(wait_for(&seen, 2, 5000));
        CHECK_INT(write(peer, "x", 1), 1);
        CHECK(!wait_for(&seen, 1, 100));
        bridge_pause(bridge, false);
        CHECK(wait_for(&seen, 1, 5000));
        CHECK(bridge_alive(bridge));
        finish();
}

static void work_blocked(Bridge *b, void *userdata, int fd) {
        char c;

        while (read(fd, &c, 1) > 0)
                ;
        fd_close(fd);
}

/* Who is inside the library reads what never comes, is not alive, and ends when the socket is shut down. */
TEST(a_blocked_worker) {
        begin(work_blocked, NULL);
        CHECK(bridge_alive(bridge));
        poll(NULL, 0, BRIDGE_STILL_USEC / 1000 + 100);
        CHECK(!bridge_alive(bridge));
        finish();
}

static atomic_bool may_end;

static void work_for_ever(Bridge *b, void *userdata, int fd) {
        while (!atomic_load(&may_end))
                poll(NULL, 0, 20);
        fd_close(fd);
}

/* From then on this process ends without its destructors. */
TEST(a_worker_that_does_not_end) {
        begin(work_for_ever, NULL);
        CHECK(!bridge_stop(bridge));
        atomic_store(&may_end, true);
        fflush(stdout);
}

static int note_reconnect(LabgateHost *h) {
        int fds[2];

        if (notes.frames > 0) /* the second time */
                return -EALREADY;
        notes.frames = 1;
        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        CHECK_INT(write(fds[1], "y", 1), 1);
        fd_close(fds[1]);
        return bridge_start(bridge, fds[0], NULL, NULL);
}

static void work_again(Bridge *b, void *userdata, int fd) {
        int other = worker_reconnect(b, 5000);
        char c = 0;

        (void) !read(other, &c, 1);
        fd_close(fd);
        fd_close(other);
        worker_end(b, LABGATE_STATUS_SUCCESS, "%c %d", c, worker_reconnect(b, 5000));
}

TEST(another_connection) {
        char expected[32];

        begin(work_again, NULL);
        CHECK_INT(sd_event_loop(host.event), 0);
        snprintf(expected, sizeof expected, "y %d", -EALREADY);
        CHECK_TEXT(notes.reason, expected);
        finish();
}
