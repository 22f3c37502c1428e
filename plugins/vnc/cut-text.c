/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The clipboard, both ways: by the extended clipboard, in UTF-8, where the upstream has it; else as RFC 6143 has it, in
 * Latin-1 or what the lab says. Towards the upstream the text waits here until it is asked for. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../src/base/cleanup.h"
#include "../../src/base/utf8.h"
#include "vnc.h"

#define CAPS_MAX 256u

enum {
        CLIP_TEXT    = 1u << 0,
        CLIP_CAPS    = 1u << 24,
        CLIP_REQUEST = 1u << 25,
        CLIP_PEEK    = 1u << 26,
        CLIP_NOTIFY  = 1u << 27,
        CLIP_PROVIDE = 1u << 28,
};

void cut_text_done(Vnc *v) {
        free_wiped(v->clipboard.text, v->clipboard.size);
        v->clipboard = (VncClipboard) {};
}

/* ---- the old way ---- */

/* Windows-1252 where it differs from Latin-1, 0x80 to 0x9f. */
static const uint16_t cp1252[32] = {
        0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd,
        0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
        0x0153, 0xfffd, 0x017e, 0x0178,
};

static uint32_t byte_to_code_point(const Vnc *v, uint8_t byte) {
        bool special = v->settings->clipboard_encoding == VNC_CLIPBOARD_CP1252 && byte >= 0x80 && byte < 0xa0;

        return special ? cp1252[byte - 0x80] : byte;
}

static uint8_t code_point_to_byte(const Vnc *v, uint32_t code_point) {
        if (v->settings->clipboard_encoding == VNC_CLIPBOARD_CP1252)
                for (unsigned i = 0; i < ELEMENTS(cp1252); i++)
                        if (cp1252[i] == code_point && code_point != UTF8_REPLACEMENT)
                                return (uint8_t) (0x80 + i);
        return code_point <= 0xff ? (uint8_t) code_point : '?';
}

static void give(Vnc *v, const char *text, size_t size) {
        if (v->wants_clipboard)
                worker_set_clipboard(v->bridge, text, MIN(size, utf8_prefix(text, size, v->clipboard_size)));
}

/* Lines end with LF here, and with CR LF only in between. */
static size_t drop_returns(char *text, size_t size) {
        size_t n = 0;

        for (size_t i = 0; i < size; i++)
                if (text[i] != '\r' || i + 1 == size || text[i + 1] != '\n')
                        text[n++] = text[i];
        return n;
}

static int receive_plain(Vnc *v, size_t size) {
        size_t n = MIN(size, v->clipboard_size), m = 0;
        _cleanup_free_ char *bytes = malloc(n + 1);
        _cleanup_free_ char *text = malloc(4 * n + 1);

        if (!bytes || !text)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        if (vnc_read(v, bytes, n) < 0 || vnc_skip(v, size - n) < 0)
                return -EPROTO;
        if (v->settings->clipboard_encoding == VNC_CLIPBOARD_UTF8) {
                give(v, bytes, n); /* the session mends it */
                return 0;
        }
        for (size_t i = 0; i < n; i++)
                m += utf8_encode(byte_to_code_point(v, (uint8_t) bytes[i]), text + m);
        give(v, text, m);
        return 0;
}

static int send_plain(Vnc *v, const char *text, size_t size) {
        _cleanup_free_ uint8_t *message = malloc(8 + size);
        size_t n = 8;

        if (!message)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        memset(message, 0, 8);
        message[0] = RFB_CLIENT_CUT_TEXT;
        if (v->settings->clipboard_encoding == VNC_CLIPBOARD_UTF8) {
                memcpy(message + n, text, size);
                n += size;
        } else
                for (size_t i = 0; i < size;) {
                        uint32_t code_point = '?';
                        int length = utf8_decode(text + i, size - i, &code_point);

                        message[n++] = code_point_to_byte(v, length > 0 ? code_point : '?');
                        i += length > 0 ? (size_t) length : 1;
                }
        put32(message + 4, (uint32_t) (n - 8));
        return vnc_write(v, message, n);
}

/* ---- the extended way ---- */

static int send_extended(Vnc *v, uint32_t flags, const void *bytes, size_t size) {
        uint8_t head[12] = { RFB_CLIENT_CUT_TEXT };

        put32(head + 4, (uint32_t) -(int32_t) (4 + size));
        put32(head + 8, flags);
        return vnc_write(v, head, sizeof head) < 0 ? -EPROTO : vnc_write(v, bytes, size);
}

static int send_caps(Vnc *v) {
        uint8_t limit[4];

        put32(limit, (uint32_t) v->clipboard_size);
        return send_extended(v, CLIP_CAPS | CLIP_REQUEST | CLIP_PEEK | CLIP_NOTIFY | CLIP_PROVIDE | CLIP_TEXT, limit,
                             sizeof limit);
}

static int receive_caps(Vnc *v, uint32_t flags, size_t size) {
        bool is_first = !v->clipboard.is_extended;

        if (size > CAPS_MAX || vnc_skip(v, size) < 0)
                return size > CAPS_MAX ? vnc_broken(v, "its clipboard can too much") : -EPROTO;
        if (!(flags & CLIP_TEXT))
                return 0;
        v->clipboard.is_extended = true;
        v->clipboard.actions = flags;
        return is_first ? send_caps(v) : 0;
}

/* As much of the text as the lab takes; NULL if it is none. The length in front counts the NUL behind. */
static char *inflate_text(const uint8_t *bytes, size_t size, size_t limit, size_t *ret) {
        z_stream z = { .next_in = (Bytef *) (uintptr_t) bytes, .avail_in = (uInt) size };
        _cleanup_free_ char *text = malloc(limit + 4);
        size_t n, length;

        if (!text || inflateInit(&z) != Z_OK)
                return NULL;
        z.next_out = (Bytef *) text;
        z.avail_out = (uInt) (limit + 4);
        (void) inflate(&z, Z_SYNC_FLUSH);
        n = limit + 4 - z.avail_out;
        (void) inflateEnd(&z);
        if (n < 4)
                return NULL;
        length = MIN((size_t) get32((const uint8_t *) text), n - 4);
        memmove(text, text + 4, length);
        *ret = length > 0 && text[length - 1] == 0 ? length - 1 : length;
        return TAKE_PTR(text);
}

static int receive_provided(Vnc *v, uint32_t flags, size_t size) {
        _cleanup_free_ uint8_t *bytes = malloc(size + 1);
        _cleanup_free_ char *text = NULL;
        size_t n = 0;

        if (!bytes)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        if (vnc_read(v, bytes, size) < 0)
                return -EPROTO;
        if (!(flags & CLIP_TEXT))
                return 0;
        text = inflate_text(bytes, size, 2 * v->clipboard_size + 1, &n);
        if (!text)
                return vnc_broken(v, "its clipboard cannot be read");
        give(v, text, drop_returns(text, n));
        return 0;
}

static size_t add_returns(char *to, const char *text, size_t size) {
        size_t n = 0;

        for (size_t i = 0; i < size; i++) {
                if (text[i] == '\n')
                        to[n++] = '\r';
                to[n++] = text[i];
        }
        to[n++] = 0;
        return n;
}

/* Flushed and not finished, as others do: libvncserver takes the end of a stream for an error. */
static int deflate_text(const char *text, size_t size, Bytef **ret, size_t *ret_size) {
        z_stream z = { .next_in = (Bytef *) (uintptr_t) text, .avail_in = (uInt) size };
        size_t capacity;
        int r;

        if (deflateInit(&z, Z_BEST_SPEED) != Z_OK)
                return -ENOMEM;
        capacity = deflateBound(&z, size) + 16;
        z.next_out = *ret = malloc(capacity);
        z.avail_out = (uInt) capacity;
        r = *ret && deflate(&z, Z_SYNC_FLUSH) == Z_OK && z.avail_in == 0 ? 0 : -ENOMEM;
        *ret_size = capacity - z.avail_out;
        (void) deflateEnd(&z);
        return r;
}

static int provide(Vnc *v) {
        size_t size = v->clipboard.size, packed_size = 0;
        _cleanup_free_ char *text = malloc(2 * size + 8);
        _cleanup_free_ Bytef *packed = NULL;
        size_t n;

        if (!v->clipboard.text)
                return 0;
        if (!text)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        n = add_returns(text + 4, v->clipboard.text, size);
        put32((uint8_t *) text, (uint32_t) n);
        if (deflate_text(text, n + 4, &packed, &packed_size) < 0)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        return send_extended(v, CLIP_PROVIDE | CLIP_TEXT, packed, packed_size);
}

static int notify(Vnc *v) {
        return send_extended(v, CLIP_NOTIFY | (v->clipboard.text ? CLIP_TEXT : 0), NULL, 0);
}

static int receive_extended(Vnc *v, size_t size) {
        uint8_t bytes[4];
        uint32_t flags;

        if (size < 4)
                return vnc_broken(v, "its clipboard has no kind");
        if (vnc_read(v, bytes, sizeof bytes) < 0)
                return -EPROTO;
        flags = get32(bytes);
        size -= 4;
        if (flags & CLIP_CAPS)
                return receive_caps(v, flags, size);
        if (flags & CLIP_PROVIDE)
                return receive_provided(v, flags, size);
        if (vnc_skip(v, size) < 0)
                return -EPROTO;
        if (flags & CLIP_REQUEST)
                return provide(v);
        if (flags & CLIP_PEEK)
                return notify(v);
        if (flags & CLIP_NOTIFY && flags & CLIP_TEXT && v->wants_clipboard)
                return send_extended(v, CLIP_REQUEST | CLIP_TEXT, NULL, 0);
        return 0;
}

int cut_text_receive(Vnc *v) {
        uint8_t head[7];
        int64_t size;

        if (vnc_read(v, head, sizeof head) < 0)
                return -EPROTO;
        size = (int32_t) get32(head + 3);
        if (size > VNC_CUT_TEXT_MAX || size < -(int64_t) VNC_CUT_TEXT_MAX)
                return vnc_broken(v, "its clipboard is too large");
        return size >= 0 ? receive_plain(v, (size_t) size) : receive_extended(v, (size_t) -size);
}

static bool is_latin1(const char *text, size_t size) {
        for (size_t i = 0; i < size; i++)
                if ((uint8_t) text[i] > 0xc3) /* the first byte of U+0100 and beyond */
                        return false;
        return true;
}

int cut_text_send(Vnc *v, const char *text, size_t size) {
        VncClipboard *c = &v->clipboard;
        char *copy;

        /* libvncserver says that it can, and its programs, x11vnc among them, may know nothing of it. */
        if (!(c->actions & CLIP_NOTIFY) && send_plain(v, text, size) < 0)
                return -EPROTO;
        if (!c->is_extended || (!(c->actions & CLIP_NOTIFY) && is_latin1(text, size)))
                return 0;
        copy = malloc(size + 1);
        if (!copy)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        memcpy(copy, text, size);
        free_wiped(c->text, c->size);
        c->text = copy;
        c->size = size;
        return c->actions & CLIP_NOTIFY ? notify(v) : provide(v);
}
