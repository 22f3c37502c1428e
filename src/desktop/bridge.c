/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The loop's half: starts and ends the worker, hands commands over, and brings what the worker posted to the session.
 * Waits for nothing but the lock of the pixels, and at the end for the worker. */

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../base/log.h"
#include "inside.h"

#define STACK_SIZE (1024u * 1024u)

uint64_t bridge_now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000u + (uint64_t) t.tv_nsec / 1000u;
}

struct timespec bridge_time_in(uint64_t usec) {
        uint64_t then = bridge_now() + usec;

        return (struct timespec) { .tv_sec = (time_t) (then / 1000000u), .tv_nsec = (long) (then % 1000000u * 1000u) };
}

void bridge_wake(int fd) {
        const uint64_t one = 1;

        (void) !write(fd, &one, sizeof one);
}

/* ---- notices ---- */

static void console_sends(void *userdata, const char *bytes, size_t size) {
}

static void console_resized(void *userdata, int columns, int rows) {
}

static int open_console(Bridge *b) {
        static const ConsoleHooks hooks = { .send = console_sends, .resized = console_resized };
        static const ConsoleSettings look = { .font_size = 12, .backspace = 127 };

        int r = console_new(&b->console, b->host, &look, &hooks, b);

        return r == -ENOENT ? 0 : r; /* without a font there is no text to show */
}

static void close_console(Bridge *b) {
        b->console = console_free(b->console);
        free(b->console_pixels);
        b->console_pixels = NULL;
}

void bridge_notice(Bridge *b, const char *text) {
        static const char clear[] = "\033[?25l\033[H\033[2J";

        if (!b->console || console_write(b->console, clear, sizeof clear - 1) < 0)
                return;
        (void) console_write(b->console, text, strlen(text));
}

/* The session takes a desktop's pictures as words. */
static int paint_console(Bridge *b, LabgateRect area, LabgateTile *ret) {
        size_t width = (size_t) area.width, n = width * (size_t) area.height;
        LabgateTile tile;
        uint32_t *to;
        int r = console_paint(b->console, area, &tile);

        if (r < 0 || tile.format == LABGATE_PIXELS_XRGB32) {
                *ret = tile;
                return r;
        }
        to = reallocarray(b->console_pixels, MAX(n, (size_t) 1), sizeof *to);
        if (!to)
                return -ENOMEM;
        b->console_pixels = to;
        for (int32_t y = 0; y < area.height; y++) {
                const uint8_t *from = (const uint8_t *) tile.pixels + (size_t) y * tile.stride;

                for (size_t x = 0; x < width; x++)
                        *to++ = from[x] < tile.n_palette ? tile.palette[from[x]] : 0;
        }
        *ret = (LabgateTile) { .pixels = b->console_pixels, .stride = width * sizeof *to };
        return 0;
}

/* ---- what the worker posted ---- */

static void adopt_picture(Bridge *b) {
        int r;

        if (!framebuffer_adopt(&b->framebuffer))
                return;
        close_console(b);
        b->has_picture = true;
        r = b->host->set_size(b->host, b->framebuffer.shown.width, b->framebuffer.shown.height);
        if (r < 0)
                b->host->end(b->host, LABGATE_STATUS_SERVER_ERROR, "The lab machine's screen cannot be shown.");
}

static void ask_again(Bridge *b) {
        int r = b->host->reconnect(b->host);

        if (r >= 0)
                return;
        pthread_mutex_lock(&b->mutex);
        b->reconnect_error = r;
        pthread_cond_signal(&b->changed);
        pthread_mutex_unlock(&b->mutex);
}

static void deliver_sound(Bridge *b, const Posts *p) {
        if (p->silence)
                b->host->silence(b->host);
        if (buffer_size(&p->sound) > 0)
                b->host->play(b->host, p->rate, p->channels, (const int16_t *) (const void *) buffer_bytes(&p->sound),
                              buffer_size(&p->sound) / (sizeof(int16_t) * p->channels));
}

static void deliver(Bridge *b, const Posts *p) {
        LabgateHost *h = b->host;

        if (p->activity_is_new)
                h->set_activity(h, p->activity);
        if (p->connected)
                h->connected(h);
        if (p->title_is_new)
                h->set_title(h, p->title, p->title_size);
        if (p->cursor_is_new)
                h->set_cursor(h, &p->cursor);
        if (p->clipboard_is_new)
                h->set_clipboard(h, p->clipboard, p->clipboard_size);
        deliver_sound(b, p);
        if (p->frame)
                h->want_frame(h);
        if (p->reconnect)
                ask_again(b);
        if (p->has_end)
                h->end(h, p->status, p->reason);
}

static void posts_done(Posts *p) {
        free(p->cursor_pixels);
        free_wiped(p->clipboard, p->clipboard_size);
        buffer_done(&p->sound);
        *p = (Posts) {};
}

static int on_posts(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Bridge *b = userdata;
        uint64_t n;
        Posts posts;

        (void) !read(fd, &n, sizeof n);
        atomic_store(&b->loop_is_woken, false);
        adopt_picture(b);
        pthread_mutex_lock(&b->mutex);
        posts = b->posts;
        b->posts = (Posts) {};
        pthread_mutex_unlock(&b->mutex);
        deliver(b, &posts);
        posts_done(&posts);
        return 0;
}

/* ---- life ---- */

static void init_locks(Bridge *b) {
        pthread_condattr_t clock;

        pthread_condattr_init(&clock);
        pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
        pthread_cond_init(&b->changed, &clock);
        pthread_condattr_destroy(&clock);
        pthread_mutex_init(&b->mutex, NULL);
        framebuffer_init(&b->framebuffer);
}

int bridge_new(Bridge **ret, LabgateHost *host) {
        Bridge *b = calloc(1, sizeof *b);
        int r;

        if (!b)
                return -ENOMEM;
        b->host = host;
        snprintf(b->lab_name, sizeof b->lab_name, "%s", host->lab_name);
        b->guard_fd = b->work_fd = b->next_fd = -1;
        init_locks(b);
        b->loop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (b->loop_fd < 0 || b->wake_fd < 0)
                r = -errno;
        else
                r = sd_event_add_io(host->event, &b->source, b->loop_fd, EPOLLIN, on_posts, b);
        if (r >= 0)
                r = open_console(b);
        if (r < 0) {
                bridge_free(b);
                return r;
        }
        bridge_notice(b, "Connecting ...");
        *ret = b;
        return 0;
}

Bridge *bridge_free(Bridge *b) {
        if (!b)
                return NULL;
        sd_event_source_disable_unref(b->source);
        close_console(b);
        fd_close(b->guard_fd);
        fd_close(b->work_fd);
        fd_close(b->next_fd);
        fd_close(b->loop_fd);
        fd_close(b->wake_fd);
        posts_done(&b->posts);
        commands_done(&b->commands);
        framebuffer_done(&b->framebuffer);
        pthread_cond_destroy(&b->changed);
        pthread_mutex_destroy(&b->mutex);
        free(b);
        return NULL;
}

static void *run(void *userdata) {
        Bridge *b = userdata;

        b->work(b, b->userdata, TAKE_FD(b->work_fd));
        worker_end(b, LABGATE_STATUS_UPSTREAM_ERROR, "%s closed the connection.", b->lab_name);
        worker_rest(b, true);
        pthread_mutex_lock(&b->mutex);
        b->is_done = true;
        pthread_cond_signal(&b->changed);
        pthread_mutex_unlock(&b->mutex);
        return NULL;
}

static int start_thread(Bridge *b) {
        pthread_attr_t attributes;
        sigset_t all, before;
        int r;

        sigfillset(&all);
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, STACK_SIZE);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&b->thread, &attributes, run, b);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        pthread_attr_destroy(&attributes);
        return -r;
}

static int hand_over(Bridge *b, int fd) {
        pthread_mutex_lock(&b->mutex);
        fd_close(b->next_fd);
        b->next_fd = fd;
        pthread_cond_signal(&b->changed);
        pthread_mutex_unlock(&b->mutex);
        return 0;
}

int bridge_start(Bridge *b, int fd, BridgeWork work, void *userdata) {
        int r;

        fd_close(b->guard_fd);
        b->received = 0;
        b->guard_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (b->guard_fd < 0 || b->is_stopped) {
                r = b->is_stopped ? -ESHUTDOWN : -errno;
                fd_close(fd);
                return r;
        }
        if (b->is_started)
                return hand_over(b, fd);
        b->work = work;
        b->userdata = userdata;
        b->work_fd = fd;
        worker_beat(b);
        r = start_thread(b);
        b->is_started = r >= 0;
        return r;
}

static void leave(int status, void *userdata) {
        _exit(status);
}

/* Once the work is done the thread has nothing left that could wait. */
static bool join(Bridge *b) {
        struct timespec until = bridge_time_in(BRIDGE_JOIN_USEC);
        bool is_done;

        pthread_mutex_lock(&b->mutex);
        while (!b->is_done && pthread_cond_timedwait(&b->changed, &b->mutex, &until) != ETIMEDOUT)
                ;
        is_done = b->is_done;
        pthread_mutex_unlock(&b->mutex);
        if (is_done)
                pthread_join(b->thread, NULL);
        return is_done;
}

bool bridge_stop(Bridge *b) {
        if (!b || b->is_stopped)
                return true;
        b->is_stopped = true;
        (void) sd_event_source_set_enabled(b->source, SD_EVENT_OFF);
        if (!b->is_started)
                return true;
        pthread_mutex_lock(&b->mutex);
        atomic_store(&b->over, true);
        pthread_cond_signal(&b->changed);
        pthread_mutex_unlock(&b->mutex);
        if (b->guard_fd >= 0)
                (void) shutdown(b->guard_fd, SHUT_RDWR);
        bridge_wake(b->wake_fd);
        if (join(b))
                return true;
        log_warning("The worker stands still, leaving it behind");
        (void) on_exit(leave, NULL);
        return false;
}

/* ---- the session's calls ---- */

void bridge_frame_begin(Bridge *b) {
        FramebufferChange changes[BRIDGE_DAMAGE_MAX];
        LabgateHost *h = b->host;
        unsigned n;

        if (!b->has_picture) {
                if (b->console)
                        console_frame_begin(b->console);
                return;
        }
        framebuffer_lock(&b->framebuffer);
        n = framebuffer_take(&b->framebuffer, changes);
        for (unsigned i = 0; i < n; i++)
                if (changes[i].is_move)
                        h->move(h, changes[i].area, changes[i].dx, changes[i].dy);
                else
                        h->damage(h, changes[i].area);
}

int bridge_paint(Bridge *b, LabgateRect area, LabgateTile *ret) {
        const BridgePicture *p = &b->framebuffer.shown;

        if (!b->has_picture)
                return paint_console(b, area, ret);
        *ret = (LabgateTile) {
                .format = LABGATE_PIXELS_XRGB32,
                .pixels = p->pixels + (size_t) area.y * (size_t) p->width + (size_t) area.x,
                .stride = p->stride,
        };
        return 0;
}

void bridge_frame_end(Bridge *b) {
        if (b->has_picture)
                framebuffer_unlock(&b->framebuffer);
        else if (b->console)
                console_frame_end(b->console);
}

static void wake_worker(Bridge *b) {
        if (b->is_started)
                bridge_wake(b->wake_fd);
}

void bridge_key(Bridge *b, uint32_t keysym, bool pressed) {
        if (!b->has_picture)
                return;
        pthread_mutex_lock(&b->mutex);
        commands_key(&b->commands, keysym, pressed);
        pthread_mutex_unlock(&b->mutex);
        wake_worker(b);
}

void bridge_mouse(Bridge *b, int32_t x, int32_t y, unsigned mask) {
        if (!b->has_picture)
                return;
        pthread_mutex_lock(&b->mutex);
        commands_mouse(&b->commands, x, y, mask);
        pthread_mutex_unlock(&b->mutex);
        wake_worker(b);
}

void bridge_resize(Bridge *b, int32_t width, int32_t height) {
        if (b->console)
                console_resize(b->console, width, height);
        pthread_mutex_lock(&b->mutex);
        commands_size(&b->commands, width, height);
        pthread_mutex_unlock(&b->mutex);
        wake_worker(b);
}

void bridge_clipboard(Bridge *b, const char *text, size_t size) {
        int r;

        pthread_mutex_lock(&b->mutex);
        r = commands_clipboard(&b->commands, text, size);
        pthread_mutex_unlock(&b->mutex);
        if (r < 0)
                log_warning_errno(r, "Failed to pass the clipboard on, ignoring");
        wake_worker(b);
}

void bridge_pause(Bridge *b, bool paused) {
        atomic_store(&b->paused, paused);
        wake_worker(b);
}

/* A library that reads a large picture over a slow line gives no sign for long, but its bytes do. */
static bool has_received(Bridge *b) {
        struct tcp_info info = {};
        socklen_t size = sizeof info;
        bool more;

        if (b->guard_fd < 0 || getsockopt(b->guard_fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
                return false;
        more = info.tcpi_bytes_received > b->received;
        b->received = info.tcpi_bytes_received;
        return more;
}

bool bridge_alive(Bridge *b) {
        bool more = has_received(b);

        return !b->is_started || more || atomic_load(&b->resting) ||
               bridge_now() - atomic_load(&b->last_beat) < BRIDGE_STILL_USEC;
}
