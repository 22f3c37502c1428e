/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The worker's half: everything here leaves something for the loop and wakes it, or takes what the loop left. Calls
 * nothing of the session. */

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../base/utf8.h"
#include "inside.h"

#define CLIPBOARD_MAX (50u * 1024u * 1024u) /* the session cuts at the lab's own limit */

static void wake_loop(Bridge *b) {
        if (!atomic_exchange(&b->loop_is_woken, true))
                bridge_wake(b->loop_fd);
}

static Posts *begin_post(Bridge *b) {
        pthread_mutex_lock(&b->mutex);
        return &b->posts;
}

static void end_post(Bridge *b) {
        pthread_mutex_unlock(&b->mutex);
        wake_loop(b);
}

/* ---- waiting ---- */

const char *worker_lab_name(const Bridge *b) {
        return b->lab_name;
}

int worker_wake_fd(const Bridge *b) {
        return b->wake_fd;
}

void worker_beat(Bridge *b) {
        atomic_store_explicit(&b->last_beat, bridge_now(), memory_order_relaxed);
}

void worker_rest(Bridge *b, bool resting) {
        worker_beat(b);
        atomic_store(&b->resting, resting);
}

bool worker_is_over(const Bridge *b) {
        return atomic_load(&b->over);
}

bool worker_is_paused(const Bridge *b) {
        return atomic_load(&b->paused);
}

static bool has_commands(const Commands *c) {
        return c->n > 0 || c->size.type != BRIDGE_NOTHING || c->clipboard.type != BRIDGE_NOTHING;
}

/* With the mutex: wake_fd is readable as long as there is something to do. */
static void settle_wake_fd(Bridge *b) {
        uint64_t n;

        if (!has_commands(&b->commands) && !worker_is_over(b))
                (void) !read(b->wake_fd, &n, sizeof n);
}

static unsigned look(Bridge *b) {
        unsigned found = 0;

        pthread_mutex_lock(&b->mutex);
        settle_wake_fd(b);
        if (has_commands(&b->commands))
                found |= WORKER_COMMANDS;
        pthread_mutex_unlock(&b->mutex);
        return worker_is_over(b) ? found | WORKER_OVER : found;
}

unsigned worker_wait(Bridge *b, int fd, int timeout_msec) {
        struct pollfd fds[] = { { b->wake_fd, POLLIN, 0 }, { worker_is_paused(b) ? -1 : fd, POLLIN, 0 } };
        unsigned found = look(b);

        worker_rest(b, true);
        (void) poll(fds, 2, found != 0 ? 0 : timeout_msec);
        worker_rest(b, false);
        if (fds[1].revents != 0)
                found |= WORKER_READABLE;
        return found | look(b);
}

BridgeCommandType worker_take(Bridge *b, BridgeCommand *ret) {
        BridgeCommandType type;

        pthread_mutex_lock(&b->mutex);
        type = commands_take(&b->commands, ret);
        settle_wake_fd(b);
        pthread_mutex_unlock(&b->mutex);
        return type;
}

/* ---- pictures ---- */

int worker_set_size(Bridge *b, int32_t width, int32_t height) {
        int r = framebuffer_set_size(&b->framebuffer, width, height);

        if (r >= 0)
                wake_loop(b);
        return r;
}

BridgePicture worker_lock(Bridge *b) {
        framebuffer_lock(&b->framebuffer);
        return b->framebuffer.worker;
}

void worker_unlock(Bridge *b) {
        framebuffer_unlock(&b->framebuffer);
        worker_beat(b);
}

void worker_damage(Bridge *b, LabgateRect area) {
        framebuffer_lock(&b->framebuffer);
        framebuffer_damage(&b->framebuffer, area);
        framebuffer_unlock(&b->framebuffer);
}

void worker_move(Bridge *b, LabgateRect source, int32_t dx, int32_t dy) {
        framebuffer_lock(&b->framebuffer);
        framebuffer_move(&b->framebuffer, source, dx, dy);
        framebuffer_unlock(&b->framebuffer);
        worker_beat(b);
}

void worker_present(Bridge *b) {
        begin_post(b)->frame = true;
        end_post(b);
}

/* ---- everything else that the loop is to know ---- */

void worker_set_cursor(Bridge *b, const LabgateCursor *cursor) {
        size_t n = (size_t) cursor->width * (size_t) cursor->height;
        uint32_t *copy = NULL;
        Posts *p;

        if (cursor->width < 0 || cursor->height < 0 || cursor->width > BRIDGE_CURSOR_SIDE_MAX ||
            cursor->height > BRIDGE_CURSOR_SIDE_MAX)
                return;
        if (n > 0 && cursor->pixels) {
                copy = malloc(n * sizeof *copy);
                if (!copy)
                        return;
                memcpy(copy, cursor->pixels, n * sizeof *copy);
        }
        p = begin_post(b);
        free(p->cursor_pixels);
        p->cursor_pixels = copy;
        p->cursor = copy ? *cursor : (LabgateCursor) {};
        p->cursor.pixels = copy;
        p->cursor_is_new = true;
        end_post(b);
}

void worker_set_clipboard(Bridge *b, const char *text, size_t size) {
        char *copy;
        Posts *p;

        size = MIN(size, (size_t) CLIPBOARD_MAX);
        copy = malloc(size + 1);
        if (!copy)
                return;
        memcpy(copy, text, size);
        copy[size] = 0;
        p = begin_post(b);
        free_wiped(p->clipboard, p->clipboard_size);
        p->clipboard = copy;
        p->clipboard_size = size;
        p->clipboard_is_new = true;
        end_post(b);
}

void worker_set_title(Bridge *b, const char *text, size_t size) {
        Posts *p = begin_post(b);

        p->title_size = utf8_prefix(text, size, sizeof p->title);
        memcpy(p->title, text, p->title_size);
        p->title_is_new = true;
        end_post(b);
}

void worker_set_activity(Bridge *b, const char *text) {
        Posts *p = begin_post(b);

        snprintf(p->activity, sizeof p->activity, "%s", text);
        p->activity_is_new = true;
        end_post(b);
}

void worker_play(Bridge *b, unsigned rate, unsigned channels, const int16_t *samples, size_t n) {
        Posts *p;

        if (rate < 8000 || rate > 48000 || channels < 1 || channels > 2 || n > BRIDGE_SOUND_MAX)
                return;
        p = begin_post(b);
        if (p->rate != rate || p->channels != channels) {
                p->silence = p->silence || p->rate != 0;
                buffer_clear(&p->sound);
        }
        p->rate = rate;
        p->channels = channels;
        p->sound.limit = BRIDGE_SOUND_MAX;
        (void) buffer_append(&p->sound, samples, n * channels * sizeof *samples);
        end_post(b);
}

void worker_silence(Bridge *b) {
        Posts *p = begin_post(b);

        p->silence = true;
        buffer_clear(&p->sound);
        end_post(b);
}

void worker_connected(Bridge *b) {
        begin_post(b)->connected = true;
        end_post(b);
}

/* With the mutex. */
static int wait_for_connection(Bridge *b, const struct timespec *until) {
        while (b->next_fd < 0 && b->reconnect_error == 0 && !worker_is_over(b))
                if (pthread_cond_timedwait(&b->changed, &b->mutex, until) == ETIMEDOUT)
                        return -ETIMEDOUT;
        if (worker_is_over(b))
                return -ECANCELED;
        return b->reconnect_error != 0 ? b->reconnect_error : TAKE_FD(b->next_fd);
}

int worker_reconnect(Bridge *b, unsigned timeout_msec) {
        struct timespec until = bridge_time_in((uint64_t) timeout_msec * 1000u);
        int r;

        worker_rest(b, true);
        pthread_mutex_lock(&b->mutex);
        b->reconnect_error = 0;
        b->posts.reconnect = true;
        wake_loop(b);
        r = wait_for_connection(b, &until);
        pthread_mutex_unlock(&b->mutex);
        worker_rest(b, false);
        return r;
}

void worker_end(Bridge *b, LabgateStatus status, const char *format, ...) {
        Posts *p = begin_post(b);
        va_list ap;

        if (!b->has_ended) {
                b->has_ended = p->has_end = true;
                p->status = status;
                va_start(ap, format);
                vsnprintf(p->reason, sizeof p->reason, format, ap);
                va_end(ap);
        }
        end_post(b);
}
