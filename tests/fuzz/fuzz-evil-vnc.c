/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A VNC server that says anything, to the worker of the vnc plugin with libvncclient under it, without its thread. The
 * first byte is the lab: colours, a password, and whether the server greets at all. The rest are pieces of what it says:
 * a byte of kind, and what that needs. Messages, rectangles and packed bytes are made as they should be, as nothing
 * comes out of random bytes behind a checksum. Whatever comes: it ends, and nothing is damaged that is not there. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../plugins/vnc/vnc.h"
#include "../../src/base/cleanup.h"
#include "../../src/base/utf8.h"
#include "../../src/desktop/framebuffer.h"

#define SAID_MAX (96u * 1024u)
#define PIXELS_MAX (2 * 1024 * 1024) /* more is as good, and slow */
#define WAITS_MAX 200000

#define REQUIRE(x)                      \
        do {                            \
                if (!(x))               \
                        abort();        \
        } while (0)

struct Bridge {
        Framebuffer framebuffer;
        unsigned waits, takes;
        bool has_ended;
        uint32_t seen; /* of all that was given, so that it is read */
};

typedef struct Input {
        const uint8_t *bytes;
        size_t size;
} Input;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t said[SAID_MAX];
static size_t n_said;

/* ---- the bridge, as far as a worker sees it ---- */

const char *worker_lab_name(const Bridge *b) {
        return "lab";
}

unsigned worker_wait(Bridge *b, int fd, int timeout_msec) {
        REQUIRE(b->waits++ < WAITS_MAX);
        return fd < 0 ? 0 : WORKER_READABLE;
}

void worker_beat(Bridge *b) {
}

bool worker_is_over(const Bridge *b) {
        return false;
}

bool worker_is_paused(const Bridge *b) {
        return false;
}

BridgeCommandType worker_take(Bridge *b, BridgeCommand *ret) {
        static const char text[] = "a\n\u20ac\U0001f600";

        *ret = (BridgeCommand) { .x = 70000, .y = -1, .mask = 0x7f, .keysym = 0x01000041, .width = 8192, .height = 1 };
        if (b->takes++ % 5 == 0)
                ret->type = (BridgeCommandType) (b->takes / 5 % (BRIDGE_CLIPBOARD + 1));
        if (ret->type == BRIDGE_CLIPBOARD) {
                ret->text = strdup(text);
                ret->size = strlen(text);
                REQUIRE(ret->text);
        }
        return ret->type;
}

int worker_set_size(Bridge *b, int32_t width, int32_t height) {
        int r = (int64_t) width * height > PIXELS_MAX ? -ERANGE
                                                      : framebuffer_set_size(&b->framebuffer, width, height);

        if (r >= 0)
                (void) framebuffer_adopt(&b->framebuffer);
        return r;
}

BridgePicture worker_lock(Bridge *b) {
        framebuffer_lock(&b->framebuffer);
        return b->framebuffer.worker;
}

void worker_unlock(Bridge *b) {
        framebuffer_unlock(&b->framebuffer);
}

static void require_inside(const Bridge *b, LabgateRect area) {
        const BridgePicture *p = &b->framebuffer.worker;

        REQUIRE(p->pixels && area.x >= 0 && area.y >= 0 && area.width >= 0 && area.height >= 0);
        REQUIRE(area.x + area.width <= p->width && area.y + area.height <= p->height);
}

void worker_damage(Bridge *b, LabgateRect area) {
        require_inside(b, area);
        framebuffer_damage(&b->framebuffer, area);
}

void worker_move(Bridge *b, LabgateRect source, int32_t dx, int32_t dy) {
        require_inside(b, source);
        require_inside(b, (LabgateRect) { source.x + dx, source.y + dy, source.width, source.height });
        framebuffer_move(&b->framebuffer, source, dx, dy);
}

void worker_present(Bridge *b) {
        FramebufferChange changes[BRIDGE_DAMAGE_MAX];

        b->seen += framebuffer_take(&b->framebuffer, changes);
}

static void look_at(Bridge *b, const void *bytes, size_t size) {
        for (size_t i = 0; i < size; i++)
                b->seen += ((const uint8_t *) bytes)[i];
}

void worker_set_cursor(Bridge *b, const LabgateCursor *c) {
        REQUIRE(c->width >= 0 && c->height >= 0 && c->width <= BRIDGE_CURSOR_SIDE_MAX &&
                c->height <= BRIDGE_CURSOR_SIDE_MAX);
        REQUIRE(!c->pixels || (c->hot_x >= 0 && c->hot_x < c->width && c->hot_y >= 0 && c->hot_y < c->height));
        if (c->pixels)
                look_at(b, c->pixels, (size_t) c->width * (size_t) c->height * 4);
}

void worker_set_clipboard(Bridge *b, const char *text, size_t size) {
        look_at(b, text, size);
}

void worker_set_title(Bridge *b, const char *text, size_t size) {
        REQUIRE(size <= VNC_NAME_MAX);
        look_at(b, text, size);
}

void worker_set_activity(Bridge *b, const char *text) {
        look_at(b, text, strlen(text));
}

void worker_connected(Bridge *b) {
}

void worker_end(Bridge *b, LabgateStatus status, const char *format, ...) {
        char text[BRIDGE_REASON_MAX];
        va_list ap;

        va_start(ap, format);
        vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        REQUIRE(status != LABGATE_STATUS_SUCCESS && *text);
        b->has_ended = true;
}

/* ---- what the server says ---- */

static void say(const void *bytes, size_t size) {
        size = MIN(size, SAID_MAX - n_said);
        memcpy(said + n_said, bytes, size);
        n_said += size;
}

static void say_number(uint32_t value, unsigned size) {
        uint8_t bytes[4];

        put32(bytes, value);
        say(bytes + 4 - size, size);
}

static unsigned take(Input *in) {
        if (in->size == 0)
                return 0;
        in->size--;
        return *in->bytes++;
}

static const uint8_t *take_some(Input *in, size_t *size) {
        const uint8_t *bytes = in->bytes;

        *size = MIN(*size, in->size);
        in->bytes += *size;
        in->size -= *size;
        return bytes;
}

static void say_rectangle(Input *in) {
        static const int32_t encodings[] = {
                RFB_RAW, RFB_COPYRECT, RFB_HEXTILE, RFB_ZLIB, RFB_TIGHT, RFB_ZRLE, RFB_RRE, 15,
                RFB_CURSOR, RFB_X_CURSOR, RFB_CURSOR_ALPHA, RFB_NEW_SIZE, RFB_DESKTOP_SIZE, RFB_DESKTOP_NAME, RFB_LAST_RECT,
                9,
        };
        unsigned what = take(in);

        for (int i = 0; i < 4; i++)
                say_number(take(in) * (what & 0x80 && i > 1 ? 257 : 1), 2);
        say_number((uint32_t) encodings[what % ELEMENTS(encodings)], 4);
}

/* Stored, not deflated: what a decoder gets is what the input has. */
static void say_packed(Input *in, unsigned kind) {
        uint8_t block[2 + 5 + 2048] = { 0x78, 0x01, 0 };
        size_t size = take(in) * 8u, n = kind & 1 ? 2 : 0;
        const uint8_t *bytes = take_some(in, &size);

        block[n] = 0;
        block[n + 1] = (uint8_t) size;
        block[n + 2] = (uint8_t) (size >> 8);
        block[n + 3] = (uint8_t) ~size;
        block[n + 4] = (uint8_t) (~size >> 8);
        if (size > 0)
                memcpy(block + n + 5, bytes, size);
        n += 5 + size;
        if (kind & 2) { /* the lengths of Tight */
                say_number((n & 127) | 128, 1);
                say_number((uint32_t) n >> 7 & 127, 1);
        } else
                say_number((uint32_t) n, 4);
        say(block, n);
}

static void say_filled(Input *in) {
        size_t n = take(in) * 64u;
        uint8_t byte = (uint8_t) take(in);

        for (size_t i = 0; i < n; i++)
                say(&byte, 1);
}

static void say_raw(Input *in) {
        size_t size = take(in);
        const uint8_t *bytes = take_some(in, &size);

        if (size > 0)
                say(bytes, size);
}

static void say_piece(Input *in) {
        unsigned kind = take(in) % 8;

        switch (kind) {
        case 0:
                return say_raw(in);
        case 1:
                say_number(RFB_UPDATE, 2);
                return say_number(take(in), 2);
        case 2:
                return say_rectangle(in);
        case 3:
                return say_filled(in);
        default:
                return say_packed(in, kind & 3);
        }
}

static void say_greeting(bool password) {
        static const uint8_t desktop[] = { 1, 0, 0, 200, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0 };

        say("RFB 003.008\n\1", 13);
        say(password ? "\2" : "\1", 1);
        if (password)
                say("0123456789abcdef", 16);
        say_number(0, 4);
        say(desktop, sizeof desktop);
        say("\0\0\0\1n", 5);
}

/* ---- running it ---- */

/* What the worker says goes nowhere, so that it never waits for a reader. */
rfbBool WriteToRFBServer(rfbClient *client, const char *bytes, unsigned size) {
        Bridge b = {};

        look_at(&b, bytes, size);
        return TRUE;
}

static void log_nothing(const char *format, ...) {
}

static void warm_up(Vnc *v) {
        static Vnc warm;

        if (!warm.certificates)
                REQUIRE(encryption_warm_up(&warm) >= 0);
        v->certificates = warm.certificates;
        v->anonymous = warm.anonymous;
}

static void begin(Vnc *v, unsigned how, VncSettings *s) {
        static const char encodings[] = "copyrect tight zrle hextile zlib rre raw";
        static char password[] = "secret12";

        rfbClientLog = rfbClientErr = log_nothing;
        *s = (VncSettings) { .encodings = (char *) (uintptr_t) encodings, .compress_level = -1, .quality_level = 5 };
        if (how & 4)
                s->password = (LabgateSecret) { password, strlen(password) };
        s->swap_red_blue = how & 16;
        s->clipboard_encoding = (how >> 5) % 3;
        v->settings = s;
        v->format = how % 3;
        v->clipboard_size = 1000;
        v->wants_clipboard = true;
        v->page_width = 320;
        v->page_height = 200;
        v->n_encodings = vnc_settings_encodings(s->encodings, v->encodings);
        REQUIRE(v->n_encodings > 0);
        warm_up(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Input in = { data, size };
        unsigned how = take(&in);
        VncSettings settings;
        Bridge bridge = {};
        Vnc *v = calloc(1, sizeof *v);
        int fds[2];

        REQUIRE(v && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        framebuffer_init(&bridge.framebuffer);
        v->bridge = &bridge;
        begin(v, how, &settings);
        n_said = 0;
        if (!(how & 8))
                say_greeting(how & 4);
        while (in.size > 0)
                say_piece(&in);
        REQUIRE(write(fds[1], said, n_said) == (ssize_t) n_said && shutdown(fds[1], SHUT_WR) == 0);
        REQUIRE(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
        vnc_work(&bridge, v, fds[0]);
        REQUIRE(bridge.has_ended);
        rectangles_done(v);
        cut_text_done(v);
        framebuffer_done(&bridge.framebuffer);
        free(v);
        close(fds[1]);
        return 0;
}
