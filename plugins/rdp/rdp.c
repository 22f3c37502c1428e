/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rdp plugin on the session's loop: what the session calls, handed on to the worker, and the time limit of a
 * connection. Speaks to no lab machine. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "config.h"

#include "../../src/base/cleanup.h"
#include "../../src/desktop/bridge.h"
#include "library.h"
#include "rdp.h"

#define DEADLINE_STEP_USEC UINT64_C(1000000)

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        Rdp *r = userdata;
        unsigned until = atomic_load(&r->connecting_until);
        char text[256];

        if (until != 0 && library_seconds() >= until) {
                snprintf(text, sizeof text, "%s did not answer in time.", r->lab_name);
                r->host->end(r->host, LABGATE_STATUS_UPSTREAM_TIMEOUT, text);
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        }
        (void) sd_event_source_set_time_relative(source, DEADLINE_STEP_USEC);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void free_state(Rdp *r) {
        sd_event_source_disable_unref(r->deadline);
        bridge_free(r->bridge);
        pthread_mutex_destroy(&r->clipboard.mutex);
        pthread_mutex_destroy(&r->size.mutex);
        free_wiped(r->clipboard.text, r->clipboard.size);
        free(r->lab_name);
        free(r->hostname);
        free(r);
}

static int fill_state(Rdp *r, LabgateHost *host, const RdpSettings *settings) {
        int e;

        *r = (Rdp) {
                .host = host,
                .settings = settings,
                .security = (RdpSecurity) settings->security,
                .dpi = host->dpi,
                .copies = !host->disable_copy,
                .pastes = !host->disable_paste && !host->read_only,
                .plays_sound = host->plays_sound && !settings->disable_audio,
                .clipboard_size = host->clipboard_size,
        };
        pthread_mutex_init(&r->clipboard.mutex, NULL);
        pthread_mutex_init(&r->size.mutex, NULL);
        r->lab_name = strdup(host->lab_name);
        r->hostname = strdup(host->hostname);
        if (!r->lab_name || !r->hostname)
                return -ENOMEM;
        e = bridge_new(&r->bridge, host);
        if (e < 0)
                return e;
        return sd_event_add_time_relative(host->event, &r->deadline, CLOCK_MONOTONIC, DEADLINE_STEP_USEC, 0,
                                          on_deadline, r);
}

static int rdp_open(LabgateHost *host, const void *settings, void **ret_state) {
        Rdp *r = calloc(1, sizeof *r);
        int e;

        if (!r)
                return -ENOMEM;
        e = fill_state(r, host, settings);
        if (e >= 0)
                e = library_warm_up(r->settings->timezone ? r->settings->timezone : host->timezone);
        if (e >= 0)
                e = rdp_channels_warm_up();
        if (e < 0) {
                free_state(r);
                return e;
        }
        rdp_sound_listen(r);
        *ret_state = r;
        return 0;
}

static int rdp_start(void *state, int upstream_fd) {
        Rdp *r = state;

        if (atomic_load(&r->connecting_until) == 0)
                atomic_store(&r->connecting_until, (unsigned) library_seconds() + RDP_CONNECT_SECONDS);
        if (r->size.width == 0) {
                r->size.width = r->host->width;
                r->size.height = r->host->height;
        }
        return bridge_start(r->bridge, upstream_fd, talk, r);
}

static void rdp_notice(void *state, const char *text) {
        bridge_notice(((Rdp *) state)->bridge, text);
}

static void rdp_frame_begin(void *state) {
        bridge_frame_begin(((Rdp *) state)->bridge);
}

static int rdp_paint(void *state, LabgateRect area, LabgateTile *ret) {
        return bridge_paint(((Rdp *) state)->bridge, area, ret);
}

static void rdp_frame_end(void *state) {
        bridge_frame_end(((Rdp *) state)->bridge);
}

static void rdp_key(void *state, uint32_t keysym, bool pressed) {
        bridge_key(((Rdp *) state)->bridge, keysym, pressed);
}

static void rdp_mouse(void *state, int32_t x, int32_t y, unsigned mask) {
        bridge_mouse(((Rdp *) state)->bridge, x, y, mask);
}

static void rdp_resize(void *state, int32_t width, int32_t height) {
        bridge_resize(((Rdp *) state)->bridge, width, height);
}

static void rdp_clipboard(void *state, const char *text, size_t size) {
        bridge_clipboard(((Rdp *) state)->bridge, text, size);
}

static void rdp_pause(void *state, bool paused) {
        bridge_pause(((Rdp *) state)->bridge, paused);
}

static bool rdp_alive(void *state) {
        return bridge_alive(((Rdp *) state)->bridge);
}

static void rdp_close(void *state) {
        Rdp *r = state;

        if (!r)
                return;
        (void) sd_event_source_set_enabled(r->deadline, SD_EVENT_OFF);
        if (r->settings->password.data)
                explicit_bzero(r->settings->password.data, r->settings->password.size);
        if (bridge_stop(r->bridge))
                free_state(r);
}

LABGATE_EXPORT const LabgatePlugin labgate_plugin = {
        .abi = LABGATE_PLUGIN_ABI,
        .build = LABGATE_BUILD,
        .name = "rdp",
        .default_port = 3389,
        .wants_fonts = true,
        .starts_threads = true,
        .is_desktop = true,
        .settings = rdp_settings_table,
        .settings_size = sizeof(RdpSettings),
        .check = rdp_settings_check,
        .open = rdp_open,
        .start = rdp_start,
        .notice = rdp_notice,
        .frame_begin = rdp_frame_begin,
        .paint = rdp_paint,
        .frame_end = rdp_frame_end,
        .key = rdp_key,
        .mouse = rdp_mouse,
        .resize = rdp_resize,
        .clipboard = rdp_clipboard,
        .pause = rdp_pause,
        .alive = rdp_alive,
        .close = rdp_close,
};
