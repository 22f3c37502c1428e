/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One vnc session. Everything but vnc.c runs in the worker. libvncclient moves bytes and decodes rectangles; which
 * messages and rectangles there may be, who the upstream is and how the login goes is decided here, as the library
 * takes whatever comes, cannot pin a certificate, and opens files.
 *
 * Functions that talk to the upstream answer 0, or -EPROTO after vnc_fail() or vnc_broken() told why it all ends. */

#include <gnutls/gnutls.h>
#include <rfb/rfbclient.h>

#include "../../src/base/buffer.h"
#include "../../src/desktop/worker.h"
#include "rfb.h"
#include "vnc-settings.h"

#define VNC_GREETING_SECONDS 20u
#define VNC_NAME_MAX (1024u * 1024u)        /* of a desktop, as it is sent; the title is shorter */
#define VNC_REASON_MAX 400u                 /* of a refusal, as it is shown */
#define VNC_CUT_TEXT_MAX (16u * 1024u * 1024u) /* one message of a clipboard, as it is sent */
#define VNC_RECT_PIXELS_MAX (10u * 1024u * 1024u) /* of one compressed rectangle, on top of the picture */
#define VNC_SCRATCH_KEPT (4u * 1024u * 1024u) /* bytes that a decoded rectangle leaves allocated */
#define VNC_CURSOR_SIDE_MAX 1024            /* a larger mouse pointer breaks the protocol */
#define VNC_FENCE_MAX 64u

typedef enum VncFormat {
        VNC_FORMAT_32, /* the framebuffer's own */
        VNC_FORMAT_16, /* 5, 6, 5 bits */
        VNC_FORMAT_8,  /* 3, 3, 2 bits */
} VncFormat;

/* The desktop's size, and what the upstream lets us do about it. */
typedef struct VncSize {
        bool can_set;
        bool was_asked;             /* the page's wish is on its way */
        uint32_t screen_id, screen_flags;
        int32_t wanted_width, wanted_height; /* by the page */
        int32_t asked_width, asked_height;   /* of the upstream, the last time */
} VncSize;

typedef struct VncClipboard {
        bool is_extended;           /* the upstream has said what it can */
        uint32_t actions;           /* that it takes */
        char *text;                 /* of the page, until the upstream asks for it */
        size_t size;
} VncClipboard;

typedef struct Vnc {
        Bridge *bridge;
        const VncSettings *settings;
        const char *hostname;
        size_t clipboard_size;
        bool read_only, wants_clipboard;
        int32_t page_width, page_height; /* when the session began */

        rfbClient *client;
        int32_t encodings[VNC_ENCODINGS_MAX];
        int n_encodings;
        VncFormat format;
        unsigned mask;              /* mouse buttons that the upstream believes to be pressed */
        int minor;                  /* of protocol 3 */
        uint64_t deadline;          /* of the greeting */
        bool is_greeted;
        bool updates_flow;          /* by themselves, without requests */
        bool has_login;             /* a password or name was sent: a refusal means it */
        uint32_t *scratch;          /* the rectangle that the library decodes */
        size_t scratch_size;
        char held[RFB_BUF_SIZE + 17];  /* the library's input, where a header is put back in front of it */
        gnutls_certificate_credentials_t certificates;
        gnutls_anon_client_credentials_t anonymous;
        VncSize size;
        VncClipboard clipboard;
} Vnc;

/* vnc-worker.c: bytes, and why it ends */
int vnc_read(Vnc *v, void *ret, size_t size);
int vnc_write(Vnc *v, const void *bytes, size_t size);
int vnc_skip(Vnc *v, size_t size);
int vnc_read_text(Vnc *v, size_t size, size_t limit, char **ret); /* mended, cut at limit; the rest is skipped */
int vnc_fail(Vnc *v, LabgateStatus status, const char *format, ...) _printf_(3, 4);
int vnc_broken(Vnc *v, const char *what); /* by what the connection knows, or else "what" breaks the protocol */
int vnc_pump_orders(Vnc *v); /* a few of those that wait */
void vnc_work(Bridge *b, void *userdata, int fd);

/* greeting.c: from the first byte to the desktop's size */
int greeting_run(Vnc *v);
int greeting_result(Vnc *v);
int greeting_vnc_password(Vnc *v);

/* encryption.c */
int encryption_warm_up(Vnc *v);
int encryption_vencrypt(Vnc *v, uint32_t *ret_type);
int encryption_anonymous(Vnc *v);
void encryption_done(Vnc *v);

/* rfb-messages.c */
int messages_begin(Vnc *v); /* formats, encodings, the first request */
int messages_handle(Vnc *v);
int messages_set_size(Vnc *v, int32_t width, int32_t height);

/* rectangles.c */
int rectangles_handle(Vnc *v, LabgateRect area, int32_t encoding);
void rectangles_trim(Vnc *v);
void rectangles_convert(const Vnc *v, uint32_t *to, const uint8_t *from, size_t n); /* of the wire's format */
void rectangles_done(Vnc *v);

/* rfb-cursor.c */
int cursor_alpha(Vnc *v, LabgateRect area);
int cursor_masked(Vnc *v, LabgateRect area);
int cursor_two_colours(Vnc *v, LabgateRect area);

/* cut-text.c */
int cut_text_receive(Vnc *v);
int cut_text_send(Vnc *v, const char *text, size_t size);
void cut_text_done(Vnc *v);

/* orders.c: what the page wants */
int orders_send(Vnc *v, const BridgeCommand *command);
int orders_desktop_size(Vnc *v, int32_t width, int32_t height);

/* ---- numbers on the wire ---- */

static inline uint16_t get16(const uint8_t *p) {
        return (uint16_t) (p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p) {
        return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static inline void put16(uint8_t *p, uint32_t value) {
        p[0] = (uint8_t) (value >> 8);
        p[1] = (uint8_t) value;
}

static inline void put32(uint8_t *p, uint32_t value) {
        put16(p, value >> 16);
        put16(p + 2, value & 0xffff);
}
