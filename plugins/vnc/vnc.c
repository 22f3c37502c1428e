/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The vnc plugin's half on the loop: hands everything on to the bridge. Opens no file and no connection. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#include "../../src/base/cleanup.h"
#include "../../src/base/descriptor.h"
#include "../../src/base/log.h"
#include "vnc.h"

extern void rfbClientEncryptBytes(unsigned char *bytes, char *password);

static void log_library(const char *format, ...) _printf_(1, 2);

static void log_library(const char *format, ...) {
        char line[512];
        va_list ap;

        va_start(ap, format);
        vsnprintf(line, sizeof line, format, ap);
        va_end(ap);
        line[strcspn(line, "\n")] = 0;
        log_debug("libvncclient: %s", line);
}

/* What the libraries do only once, and with files, is done before the sandbox closes. */
static int warm_up(Vnc *v) {
        unsigned char block[16] = {};
        char password[9] = "warm";

        rfbClientLog = rfbClientErr = log_library;
        rfbClientEncryptBytes(block, password);
        return encryption_warm_up(v);
}

static void vnc_close(void *state) {
        Vnc *v = state;

        if (!v)
                return;
        if (!bridge_stop(v->bridge))
                return;
        encryption_done(v);
        rectangles_done(v);
        cut_text_done(v);
        bridge_free(v->bridge);
        if (v->settings->password.data)
                explicit_bzero(v->settings->password.data, v->settings->password.size);
        free(v);
}

static VncFormat choose_format(const VncSettings *s) {
        if (s->color_depth == 8)
                return VNC_FORMAT_8;
        return s->color_depth == 16 ? VNC_FORMAT_16 : VNC_FORMAT_32;
}

static int vnc_open(LabgateHost *host, const void *settings, void **ret_state) {
        Vnc *v = calloc(1, sizeof *v);
        int r;

        if (!v)
                return -ENOMEM;
        v->settings = settings;
        v->hostname = host->hostname;
        v->clipboard_size = host->clipboard_size;
        v->read_only = host->read_only;
        v->wants_clipboard = !host->disable_copy;
        v->page_width = host->width;
        v->page_height = host->height;
        v->format = choose_format(settings);
        r = vnc_settings_encodings(v->settings->encodings, v->encodings);
        v->n_encodings = r;
        if (r >= 0)
                r = warm_up(v);
        if (r >= 0)
                r = bridge_new(&v->bridge, host);
        if (r < 0) {
                vnc_close(v);
                return r;
        }
        *ret_state = v;
        return 0;
}

static int vnc_start(void *state, int upstream_fd) {
        Vnc *v = state;

        return bridge_start(v->bridge, upstream_fd, vnc_work, v);
}

static void vnc_notice(void *state, const char *text) {
        bridge_notice(((Vnc *) state)->bridge, text);
}

static void vnc_frame_begin(void *state) {
        bridge_frame_begin(((Vnc *) state)->bridge);
}

static int vnc_paint(void *state, LabgateRect area, LabgateTile *ret) {
        return bridge_paint(((Vnc *) state)->bridge, area, ret);
}

static void vnc_frame_end(void *state) {
        bridge_frame_end(((Vnc *) state)->bridge);
}

static void vnc_key(void *state, uint32_t keysym, bool pressed) {
        bridge_key(((Vnc *) state)->bridge, keysym, pressed);
}

static void vnc_mouse(void *state, int32_t x, int32_t y, unsigned mask) {
        bridge_mouse(((Vnc *) state)->bridge, x, y, mask);
}

static void vnc_resize(void *state, int32_t width, int32_t height) {
        bridge_resize(((Vnc *) state)->bridge, width, height);
}

static void vnc_clipboard(void *state, const char *text, size_t size) {
        bridge_clipboard(((Vnc *) state)->bridge, text, size);
}

static void vnc_pause(void *state, bool paused) {
        bridge_pause(((Vnc *) state)->bridge, paused);
}

static bool vnc_alive(void *state) {
        return bridge_alive(((Vnc *) state)->bridge);
}

LABGATE_EXPORT const LabgatePlugin labgate_plugin = {
        .abi = LABGATE_PLUGIN_ABI,
        .build = LABGATE_BUILD,
        .name = "vnc",
        .default_port = 5900,
        .wants_fonts = true,
        .starts_threads = true,
        .is_desktop = true,
        .settings = vnc_settings_table,
        .settings_size = sizeof(VncSettings),
        .check = vnc_settings_check,
        .open = vnc_open,
        .start = vnc_start,
        .notice = vnc_notice,
        .frame_begin = vnc_frame_begin,
        .paint = vnc_paint,
        .frame_end = vnc_frame_end,
        .key = vnc_key,
        .mouse = vnc_mouse,
        .resize = vnc_resize,
        .clipboard = vnc_clipboard,
        .pause = vnc_pause,
        .alive = vnc_alive,
        .close = vnc_close,
};
