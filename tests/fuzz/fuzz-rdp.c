/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rdp plugin's whole worker against a lab machine that says anything. An input that begins with 0 is all that the
 * lab machine ever says; any other follows a conversation that has led to a desktop (rdp-prelude, as xrdp held it
 * without encryption). The bridge is one of our own, which checks what it is given. */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../plugins/rdp/rdp.h"

#define PRELUDE_MAX 4096
#define SENT_MAX (128 * 1024) /* what a socket takes that nobody reads yet */

struct Bridge {
        uint32_t *pixels;
        int32_t width, height;
        pthread_mutex_t mutex;
        bool is_ended;
};

static uint8_t prelude[PRELUDE_MAX];
static size_t prelude_size;
static int wake_fd;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Instead of libc's: the library sleeps a tenth of a second where the lab machine's answer might come later, and here
 * all of it is there. */
int usleep(useconds_t usec) {
        const struct timespec t = { 0, usec < 10000 ? (long) usec * 1000 : 0 };

        return nanosleep(&t, NULL);
}

#define MUST(condition)          \
        do {                     \
                if (!(condition)) \
                        abort(); \
        } while (0)

/* ---- the bridge ---- */

int worker_wake_fd(const Bridge *b) {
        return wake_fd;
}

void worker_rest(Bridge *b, bool resting) {
}

void worker_beat(Bridge *b) {
}

bool worker_is_over(const Bridge *b) {
        return b->is_ended;
}

bool worker_is_paused(const Bridge *b) {
        return false;
}

BridgeCommandType worker_take(Bridge *b, BridgeCommand *ret) {
        return BRIDGE_NOTHING;
}

int worker_set_size(Bridge *b, int32_t width, int32_t height) {
        uint32_t *pixels;

        if (width < 1 || height < 1 || width > 2048 || height > 2048)
                return -ERANGE;
        pixels = calloc((size_t) width * (size_t) height, sizeof *pixels);
        MUST(pixels);
        pthread_mutex_lock(&b->mutex);
        free(b->pixels);
        b->pixels = pixels;
        b->width = width;
        b->height = height;
        pthread_mutex_unlock(&b->mutex);
        return 0;
}

BridgePicture worker_lock(Bridge *b) {
        pthread_mutex_lock(&b->mutex);
        return (BridgePicture) { b->pixels, b->width, b->height, (size_t) b->width * sizeof *b->pixels };
}

void worker_unlock(Bridge *b) {
        pthread_mutex_unlock(&b->mutex);
}

static void check_area(const Bridge *b, LabgateRect a) {
        MUST(a.x >= 0 && a.y >= 0 && a.width >= 0 && a.height >= 0);
        MUST(a.x + a.width <= b->width && a.y + a.height <= b->height);
}

void worker_damage(Bridge *b, LabgateRect area) {
        check_area(b, area);
}

void worker_move(Bridge *b, LabgateRect source, int32_t dx, int32_t dy) {
        check_area(b, source);
        source.x += dx;
        source.y += dy;
        check_area(b, source);
}

void worker_present(Bridge *b) {
}

void worker_set_cursor(Bridge *b, const LabgateCursor *c) {
        uint32_t sum = 0;

        for (int32_t i = 0; c->pixels && i < c->width * c->height; i++)
                sum += c->pixels[i];
        MUST(c->width <= BRIDGE_CURSOR_SIDE_MAX && c->height <= BRIDGE_CURSOR_SIDE_MAX && sum <= UINT32_MAX);
}

void worker_set_clipboard(Bridge *b, const char *text, size_t size) {
        MUST(size == 0 || memchr(text, 0, size) == NULL || size <= 1000);
}

void worker_set_activity(Bridge *b, const char *text) {
}

void worker_play(Bridge *b, unsigned rate, unsigned channels, const int16_t *samples, size_t n) {
}

void worker_silence(Bridge *b) {
}

void worker_connected(Bridge *b) {
}

int worker_reconnect(Bridge *b, unsigned timeout_msec) {
        return -ECANCELED;
}

void worker_end(Bridge *b, LabgateStatus status, const char *format, ...) {
        b->is_ended = true;
}

/* ---- */

static void warm_up(void) {
        FILE *f = fopen(RDP_PRELUDE, "re");

        MUST(f);
        prelude_size = fread(prelude, 1, sizeof prelude, f);
        fclose(f);
        MUST(prelude_size > 100);
        wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        MUST(library_warm_up("UTC") >= 0 && rdp_channels_warm_up() >= 0);
}

static void say(int fd, const uint8_t *bytes, size_t size) {
        MUST(size == 0 || send(fd, bytes, size, MSG_NOSIGNAL) == (ssize_t) size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const RdpSettings settings = {
                .security = RDP_SECURITY_RDP, .ignore_cert = true, .color_depth = 32,
                .resize_method = RDP_RESIZE_DISPLAY_UPDATE, .preconnection_id = -1,
                .client_name = (char[]) { "labgate" },
        };
        Bridge b = { .mutex = PTHREAD_MUTEX_INITIALIZER };
        Rdp r = {
                .settings = &settings, .bridge = &b, .security = RDP_SECURITY_RDP, .lab_name = (char[]) { "lab" },
                .hostname = (char[]) { "lab" }, .copies = true, .pastes = true, .plays_sound = true,
                .clipboard_size = 1000, .clipboard.mutex = PTHREAD_MUTEX_INITIALIZER,
                .size = { .mutex = PTHREAD_MUTEX_INITIALIZER, .width = 320, .height = 240 },
        };
        int room = SENT_MAX, fds[2];

        if (prelude_size == 0)
                warm_up();
        if (size < 1 || size > SENT_MAX - PRELUDE_MAX)
                return 0;
        MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        MUST(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
        rdp_sound_listen(&r);
        if (data[0] != 0)
                say(fds[1], prelude, prelude_size);
        say(fds[1], data + 1, size - 1);
        (void) shutdown(fds[1], SHUT_WR);
        talk(&b, &r, fds[0]);
        close(fds[1]);
        free(b.pixels);
        free(r.clipboard.text);
        return 0;
}
