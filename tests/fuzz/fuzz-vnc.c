/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The vnc plugin's worker against any bytes of a server. Input: a byte of settings, then what the server says; if the
 * byte's top bit is not set, behind a greeting that is right. What the worker says goes nowhere. Whatever comes, it
 * ends, says why, and leaves the bridge usable. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "../../plugins/vnc/vnc.h"

#define INPUT_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
rfbBool __wrap_WriteToRFBServer(rfbClient *client, const char *bytes, unsigned n);

static bool has_ended;

rfbBool __wrap_WriteToRFBServer(rfbClient *client, const char *bytes, unsigned n) {
        return TRUE;
}

static int ignore_size(LabgateHost *h, int32_t width, int32_t height) {
        return 0;
}

static void ignore_area(LabgateHost *h, LabgateRect area) {
}

static void ignore_move(LabgateHost *h, LabgateRect source, int32_t dx, int32_t dy) {
}

static void ignore(LabgateHost *h) {
}

static void ignore_cursor(LabgateHost *h, const LabgateCursor *cursor) {
        uint32_t sum = 0;

        for (int32_t i = 0; cursor->pixels && i < cursor->width * cursor->height; i++)
                sum += cursor->pixels[i];
        if (sum == 1)
                has_ended = false;
}

static void ignore_text(LabgateHost *h, const char *text, size_t size) {
}

static void ignore_line(LabgateHost *h, const char *text) {
}

static void note_end(LabgateHost *h, LabgateStatus status, const char *text) {
        has_ended = true;
}

static const uint8_t greeting[] =
        "RFB 003.008\n\1\1\0\0\0\0\0\100\0\60\40\30\0\1\0\377\0\377\0\377\20\10\0\0\0\0\0\0\0\4fuzz";

static const char *const encodings[] = {
        "copyrect tight zrle hextile zlib rre raw", "tight", "zrle", "hextile raw",
};

static int fill(const uint8_t *data, size_t size) {
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
                abort();
        (void) setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &(int) { 4 * INPUT_MAX }, sizeof(int));
        if (!(data[0] & 0x80) && send(fds[0], greeting, sizeof greeting - 1, 0) < 0)
                abort();
        if (size > 1 && send(fds[0], data + 1, size - 1, MSG_DONTWAIT) != (ssize_t) size - 1)
                abort();
        close(fds[0]);
        return fds[1];
}

static void warm_up(Vnc *v) {
        static gnutls_certificate_credentials_t certificates;
        static gnutls_anon_client_credentials_t anonymous;

        if (!certificates) {
                if (encryption_warm_up(v) < 0)
                        abort();
                certificates = v->certificates;
                anonymous = v->anonymous;
        }
        v->certificates = certificates;
        v->anonymous = anonymous;
}

static void be_quiet(const char *format, ...) {
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static LabgateHost host = {
                .lab_name = "fuzz", .width = 64, .height = 48, .dpi = 96,
                .set_size = ignore_size, .damage = ignore_area, .move = ignore_move,
                .want_frame = ignore, .set_cursor = ignore_cursor, .set_clipboard = ignore_text,
                .set_title = ignore_text, .set_activity = ignore_line, .connected = ignore, .end = note_end,
        };
        VncSettings settings = { .compress_level = 1, .quality_level = -1 };
        static Vnc v;

        if (size < 1 || size > INPUT_MAX)
                return 0;
        rfbClientLog = rfbClientErr = be_quiet;
        memset(&v, 0, sizeof v);
        v = (Vnc) { .settings = &settings, .clipboard_size = 4096, .wants_clipboard = true, .page_width = 64,
                    .page_height = 48, .format = (VncFormat) ((data[0] & 3) % 3) };
        v.n_encodings = vnc_settings_encodings(encodings[data[0] >> 2 & 3], v.encodings);
        settings.clipboard_encoding = (data[0] >> 4 & 3) % 3;
        settings.swap_red_blue = data[0] & 0x40;
        warm_up(&v);
        has_ended = false;
        if (sd_event_new(&host.event) < 0 || bridge_new(&v.bridge, &host) < 0)
                abort();

        vnc_work(v.bridge, &v, fill(data, size));
        if (sd_event_run(host.event, 0) < 0 || !has_ended)
                abort();

        if (!bridge_stop(v.bridge))
                abort();
        rectangles_done(&v);
        cut_text_done(&v);
        bridge_free(v.bridge);
        sd_event_unref(host.event);
        return 0;
}
