/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The worker: from the connected descriptor to the end. Waits for the upstream and for commands, nothing else. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../src/base/cleanup.h"
#include "../../src/base/descriptor.h"
#include "../../src/base/utf8.h"
#include "vnc.h"

#define COMMANDS_AT_ONCE 64

static uint64_t now_usec(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000u + (uint64_t) t.tv_nsec / 1000u;
}

/* ---- why it ends ---- */

int vnc_fail(Vnc *v, LabgateStatus status, const char *format, ...) {
        char text[BRIDGE_REASON_MAX];
        va_list ap;

        va_start(ap, format);
        vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        worker_end(v->bridge, status, "%s", text);
        return -EPROTO;
}

static bool is_closed(int fd) {
        char c;
        ssize_t n = recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);

        return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

int vnc_broken(Vnc *v, const char *what) {
        const char *lab = worker_lab_name(v->bridge);

        if (is_closed(v->client->sock))
                return vnc_fail(v, LABGATE_STATUS_UPSTREAM_ERROR, "%s closed the connection.", lab);
        if (!v->is_greeted && now_usec() >= v->deadline)
                return vnc_fail(v, LABGATE_STATUS_UPSTREAM_TIMEOUT, "%s did not answer in time.", lab);
        return vnc_fail(v, LABGATE_STATUS_UPSTREAM_ERROR, "%s broke the VNC protocol: %s.", lab, what);
}

/* ---- bytes ---- */

int vnc_read(Vnc *v, void *ret, size_t size) {
        if (size == 0)
                return 0;
        if ((v->is_greeted || now_usec() < v->deadline) && ReadFromRFBServer(v->client, ret, (unsigned) size))
                return 0;
        return vnc_broken(v, "a message has no end");
}

int vnc_write(Vnc *v, const void *bytes, size_t size) {
        if (size == 0 || WriteToRFBServer(v->client, bytes, (unsigned) size))
                return 0;
        return vnc_fail(v, LABGATE_STATUS_UPSTREAM_ERROR, "%s closed the connection.", worker_lab_name(v->bridge));
}

int vnc_skip(Vnc *v, size_t size) {
        char waste[4096];
        int r = 0;

        while (size > 0 && r == 0) {
                size_t n = MIN(size, sizeof waste);

                r = vnc_read(v, waste, n);
                size -= n;
        }
        return r;
}

int vnc_read_text(Vnc *v, size_t size, size_t limit, char **ret) {
        size_t n = MIN(size, limit), mended;
        _cleanup_free_ char *text = malloc(n + 1);
        char *good;

        if (!text)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        if (vnc_read(v, text, n) < 0 || vnc_skip(v, size - n) < 0)
                return -EPROTO;
        good = utf8_mend(text, n, true, &mended);
        if (!good)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        *ret = good;
        return 0;
}

/* ---- work ---- */

static bool has_input(const Vnc *v) {
        const rfbClient *c = v->client;

        return c->buffered > 0 || (c->tlsSession && gnutls_record_check_pending(c->tlsSession) > 0);
}

int vnc_pump_orders(Vnc *v) {
        int r = 0;

        for (int i = 0; i < COMMANDS_AT_ONCE && r == 0; i++) {
                BridgeCommand command;

                if (worker_take(v->bridge, &command) == BRIDGE_NOTHING)
                        break;
                r = orders_send(v, &command);
                free_wiped(command.text, command.size);
        }
        return r;
}

static void follow(Vnc *v) {
        for (;;) {
                bool ready = has_input(v) && !worker_is_paused(v->bridge);
                unsigned found = worker_wait(v->bridge, ready ? -1 : v->client->sock, ready ? 0 : -1);

                if (found & WORKER_OVER)
                        return;
                if (found & WORKER_COMMANDS && vnc_pump_orders(v) < 0)
                        return;
                if ((ready || found & WORKER_READABLE) && messages_handle(v) < 0)
                        return;
                if (!has_input(v))
                        rectangles_trim(v);
        }
}

/* In the greeting every read has a deadline; afterwards reads and writes wait, and the watchdog looks after them. */
static int set_blocking(int fd) {
        int flags = fcntl(fd, F_GETFL);

        return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

static void describe(Vnc *v) {
        char text[300];

        snprintf(text, sizeof text, "vnc: connected to %s", worker_lab_name(v->bridge));
        worker_set_activity(v->bridge, text);
}

static void run(Vnc *v) {
        if (greeting_run(v) < 0)
                return;
        v->is_greeted = true;
        v->client->readTimeout = 0;
        if (set_blocking(v->client->sock) < 0) {
                (void) vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "The connection cannot be used.");
                return;
        }
        describe(v);
        if (messages_begin(v) == 0)
                follow(v);
}

static void leave(Vnc *v) {
        rfbClient *c = TAKE_PTR(v->client);

        free(c->rcSource);
        free(c->rcMask);
        c->frameBuffer = NULL;
        rfbClientCleanup(c);
}

void vnc_work(Bridge *b, void *userdata, int fd) {
        Vnc *v = userdata;

        v->client = rfbGetClient(8, 3, 4);
        if (!v->client) {
                fd_close(fd);
                worker_end(b, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
                return;
        }
        pthread_mutex_init(&v->client->tlsRwMutex, NULL);
        v->client->sock = fd;
        v->client->listenSpecified = TRUE;
        v->client->readTimeout = VNC_GREETING_SECONDS;
        v->deadline = now_usec() + VNC_GREETING_SECONDS * UINT64_C(1000000);
        run(v);
        leave(v);
}
