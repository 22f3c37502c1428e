/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The upstream's messages (RFC 6143, section 7.6, and the extensions that we asked for). What we did not ask for ends
 * the session. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "vnc.h"

#define PSEUDO_MAX 16
#define FENCE_REQUEST (1u << 31)
#define FENCE_BEFORE_AND_AFTER 3u

enum {
        SIZE_BY_US = 1, /* why a size is as it is */
        SIZE_PROHIBITED = 1,
};

/* ---- what we want ---- */

static int set_pixel_format(Vnc *v) {
        static const struct {
                uint8_t bits, depth, maxima[3], shifts[3];
        } formats[] = {
                [VNC_FORMAT_32] = { 32, 24, { 255, 255, 255 }, { 16, 8, 0 } },
                [VNC_FORMAT_16] = { 16, 16, { 31, 63, 31 }, { 11, 5, 0 } },
                [VNC_FORMAT_8]  = { 8, 8, { 7, 7, 3 }, { 5, 2, 0 } },
        };
        const uint8_t *m = formats[v->format].maxima, *s = formats[v->format].shifts;
        rfbPixelFormat *f = &v->client->format;
        uint8_t message[20] = { RFB_SET_PIXEL_FORMAT };

        *f = (rfbPixelFormat) {
                .bitsPerPixel = formats[v->format].bits, .depth = formats[v->format].depth, .trueColour = 1,
                .bigEndian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
                .redMax = m[0], .greenMax = m[1], .blueMax = m[2],
                .redShift = s[0], .greenShift = s[1], .blueShift = s[2],
        };
        v->client->si.format = *f;
        message[4] = f->bitsPerPixel;
        message[5] = f->depth;
        message[6] = f->bigEndian;
        message[7] = f->trueColour;
        for (int i = 0; i < 3; i++) {
                put16(message + 8 + 2 * i, m[i]);
                message[14 + i] = s[i];
        }
        return vnc_write(v, message, sizeof message);
}

static bool asks_for(const Vnc *v, int32_t encoding) {
        for (int i = 0; i < v->n_encodings; i++)
                if (v->encodings[i] == encoding)
                        return true;
        return encoding == RFB_RAW; /* which every server may send */
}

static int list_pseudo_encodings(const Vnc *v, int32_t ret[static PSEUDO_MAX]) {
        const VncSettings *s = v->settings;
        int n = 0;

        if (asks_for(v, RFB_TIGHT))
                ret[n++] = RFB_LAST_RECT;
        if (s->compress_level >= 0)
                ret[n++] = RFB_COMPRESS_0 + (int32_t) s->compress_level;
        if (s->quality_level >= 0)
                ret[n++] = RFB_QUALITY_0 + (int32_t) s->quality_level;
        if (s->cursor == VNC_CURSOR_LOCAL) {
                ret[n++] = RFB_CURSOR_ALPHA;
                ret[n++] = RFB_CURSOR;
                ret[n++] = RFB_X_CURSOR;
        }
        ret[n++] = RFB_DESKTOP_NAME;
        ret[n++] = RFB_NEW_SIZE;
        ret[n++] = RFB_DESKTOP_SIZE;
        ret[n++] = RFB_FENCE;
        ret[n++] = RFB_CONTINUOUS;
        ret[n++] = RFB_EXTENDED_CLIPBOARD;
        return n;
}

static int set_encodings(Vnc *v) {
        uint8_t message[4 + 4 * (VNC_ENCODINGS_MAX + PSEUDO_MAX)] = { RFB_SET_ENCODINGS };
        int32_t pseudo[PSEUDO_MAX];
        int n = v->n_encodings, n_pseudo = list_pseudo_encodings(v, pseudo);

        for (int i = 0; i < n; i++)
                put32(message + 4 + 4 * i, (uint32_t) v->encodings[i]);
        for (int i = 0; i < n_pseudo; i++)
                put32(message + 4 + 4 * (n + i), (uint32_t) pseudo[i]);
        put16(message + 2, (uint32_t) (n + n_pseudo));
        return vnc_write(v, message, 4u + 4u * (size_t) (n + n_pseudo));
}

static int request_update(Vnc *v, bool only_changes) {
        uint8_t message[10] = { RFB_UPDATE_REQUEST, only_changes };

        put16(message + 6, v->client->si.framebufferWidth);
        put16(message + 8, v->client->si.framebufferHeight);
        return vnc_write(v, message, sizeof message);
}

static int let_updates_flow(Vnc *v) {
        uint8_t message[10] = { RFB_CONTINUOUS_UPDATES, 1 };

        v->updates_flow = true;
        put16(message + 6, v->client->si.framebufferWidth);
        put16(message + 8, v->client->si.framebufferHeight);
        return vnc_write(v, message, sizeof message);
}

int messages_begin(Vnc *v) {
        if (set_pixel_format(v) < 0 || set_encodings(v) < 0)
                return -EPROTO;
        return request_update(v, false);
}

/* ---- sizes ---- */

int messages_set_size(Vnc *v, int32_t width, int32_t height) {
        int r = worker_set_size(v->bridge, width, height);

        if (r == -ERANGE)
                return vnc_fail(v, LABGATE_STATUS_UPSTREAM_ERROR, "%s has a desktop of %dx%d, which cannot be shown.",
                                worker_lab_name(v->bridge), (int) width, (int) height);
        if (r < 0)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        v->client->si.framebufferWidth = (uint16_t) width;
        v->client->si.framebufferHeight = (uint16_t) height;
        return 0;
}

static int follow_size(Vnc *v, LabgateRect area) {
        if (area.width == v->client->si.framebufferWidth && area.height == v->client->si.framebufferHeight)
                return 0;
        if (messages_set_size(v, area.width, area.height) < 0)
                return -EPROTO;
        if (v->updates_flow && let_updates_flow(v) < 0)
                return -EPROTO;
        return request_update(v, false);
}

/* Whose wish it was is in x, what came of it in y. */
static int extended_size(Vnc *v, LabgateRect area) {
        uint8_t head[4], screen[16];
        bool is_first = !v->size.can_set;

        if (vnc_read(v, head, sizeof head) < 0)
                return -EPROTO;
        for (unsigned i = 0; i < head[0]; i++) {
                if (vnc_read(v, screen, sizeof screen) < 0)
                        return -EPROTO;
                if (i == 0) {
                        v->size.screen_id = get32(screen);
                        v->size.screen_flags = get32(screen + 12);
                }
        }
        v->size.can_set = true;
        if (area.x == SIZE_BY_US)
                v->size.was_asked = false;
        if (area.x == SIZE_BY_US && area.y == SIZE_PROHIBITED)
                v->size.can_set = false;
        if ((area.x != SIZE_BY_US || area.y == 0) && follow_size(v, area) < 0)
                return -EPROTO;
        if (is_first && v->size.wanted_width == 0)
                return orders_desktop_size(v, v->page_width, v->page_height);
        return v->size.wanted_width > 0 ? orders_desktop_size(v, v->size.wanted_width, v->size.wanted_height) : 0;
}

static int new_name(Vnc *v) {
        _cleanup_free_ char *name = NULL;
        uint8_t size[4];

        if (vnc_read(v, size, sizeof size) < 0)
                return -EPROTO;
        if (get32(size) > VNC_NAME_MAX)
                return vnc_broken(v, "its name is too long");
        if (vnc_read_text(v, get32(size), BRIDGE_TITLE_MAX, &name) < 0)
                return -EPROTO;
        worker_set_title(v->bridge, name, strlen(name));
        return 0;
}

/* ---- updates ---- */

static int unwanted_pointer(Vnc *v) {
        return vnc_broken(v, "a mouse pointer that nobody asked for");
}

static int handle_rectangle(Vnc *v, LabgateRect area, int32_t encoding) {
        bool has_cursor = v->settings->cursor == VNC_CURSOR_LOCAL;

        switch (encoding) {
        case RFB_NEW_SIZE:
                return follow_size(v, area);
        case RFB_DESKTOP_SIZE:
                return extended_size(v, area);
        case RFB_DESKTOP_NAME:
                return new_name(v);
        case RFB_CURSOR_ALPHA:
                return has_cursor ? cursor_alpha(v, area) : unwanted_pointer(v);
        case RFB_CURSOR:
                return has_cursor ? cursor_masked(v, area) : unwanted_pointer(v);
        case RFB_X_CURSOR:
                return has_cursor ? cursor_two_colours(v, area) : unwanted_pointer(v);
        default:
                return asks_for(v, encoding) ? rectangles_handle(v, area, encoding)
                                             : vnc_broken(v, "a picture in an encoding that nobody asked for");
        }
}

static int handle_update(Vnc *v) {
        uint8_t head[3], rect[12];
        int r = 0;

        if (vnc_read(v, head, sizeof head) < 0)
                return -EPROTO;
        for (unsigned i = 0; i < get16(head + 1) && r == 0; i++) {
                LabgateRect area;

                if (vnc_read(v, rect, sizeof rect) < 0)
                        return -EPROTO;
                area = (LabgateRect) { get16(rect), get16(rect + 2), get16(rect + 4), get16(rect + 6) };
                if ((int32_t) get32(rect + 8) == RFB_LAST_RECT && asks_for(v, RFB_TIGHT))
                        break;
                r = handle_rectangle(v, area, (int32_t) get32(rect + 8));
                worker_beat(v->bridge);
                if (r == 0)
                        r = vnc_pump_orders(v);
                if (worker_is_over(v->bridge))
                        return -ECANCELED;
        }
        if (r < 0)
                return r;
        worker_present(v->bridge);
        return v->updates_flow ? 0 : request_update(v, true);
}

/* ---- the rest ---- */

/* An answer in our order of things is all that a fence wants. */
static int handle_fence(Vnc *v) {
        uint8_t message[8 + 1 + VNC_FENCE_MAX] = { RFB_CLIENT_FENCE }, *head = message;
        uint32_t flags;

        if (vnc_read(v, head + 1, 8) < 0)
                return -EPROTO;
        if (head[8] > VNC_FENCE_MAX)
                return vnc_broken(v, "a fence is too long");
        if (vnc_read(v, head + 9, head[8]) < 0)
                return -EPROTO;
        flags = get32(head + 4);
        if (!(flags & FENCE_REQUEST))
                return 0;
        put32(head + 4, flags & FENCE_BEFORE_AND_AFTER);
        return vnc_write(v, message, 9u + head[8]);
}

/* Said once for "I can", and later as an end. */
static int handle_end_of_continuous(Vnc *v) {
        if (!v->updates_flow)
                return let_updates_flow(v);
        v->updates_flow = false;
        return request_update(v, true);
}

int messages_handle(Vnc *v) {
        char text[80];
        uint8_t type;

        if (vnc_read(v, &type, 1) < 0)
                return -EPROTO;
        switch (type) {
        case RFB_UPDATE:
                return handle_update(v);
        case RFB_BELL:
                return 0;
        case RFB_SERVER_CUT_TEXT:
                return cut_text_receive(v);
        case RFB_SERVER_FENCE:
                return handle_fence(v);
        case RFB_END_OF_CONTINUOUS:
                return handle_end_of_continuous(v);
        default:
                snprintf(text, sizeof text, "a message of type %u, which nobody asked for", type);
                return vnc_broken(v, text);
        }
}
