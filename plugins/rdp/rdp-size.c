/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The desktop follows the page's size, by the display control channel or by a new connection. */

#include "rdp.h"

#include <freerdp/channels/disp.h>

#define MM_PER_INCH 25.4
#define DPI_USUAL 96

/* As the protocol has it: an even width, and each side within its limits. */
void rdp_size_clamp(int32_t *width, int32_t *height) {
        *width = CLAMP(*width, RDP_SIDE_MIN, LABGATE_SIDE_MAX) & ~1;
        *height = CLAMP(*height, RDP_SIDE_MIN, LABGATE_SIDE_MAX);
}

static bool is_shown(const Rdp *r, int32_t width, int32_t height) {
        const rdpSettings *s = r->instance->context->settings;

        return freerdp_settings_get_uint32(s, FreeRDP_DesktopWidth) == (UINT32) width &&
               freerdp_settings_get_uint32(s, FreeRDP_DesktopHeight) == (UINT32) height;
}

/* With the mutex. */
static void ask(Rdp *r) {
        RdpSize *z = &r->size;
        int32_t width = z->width, height = z->height;
        DISPLAY_CONTROL_MONITOR_LAYOUT monitor = { .Flags = DISPLAY_CONTROL_MONITOR_PRIMARY };
        double dpi = r->dpi > 0 ? r->dpi : DPI_USUAL;

        if (!z->channel || !z->is_ready || !z->is_wanted)
                return;
        z->is_wanted = false;
        rdp_size_clamp(&width, &height);
        if (is_shown(r, width, height))
                return;
        monitor.Width = (UINT32) width;
        monitor.Height = (UINT32) height;
        monitor.PhysicalWidth = (UINT32) (width * MM_PER_INCH / dpi);
        monitor.PhysicalHeight = (UINT32) (height * MM_PER_INCH / dpi);
        monitor.DesktopScaleFactor = 100;
        monitor.DeviceScaleFactor = 100;
        (void) z->channel->SendMonitorLayout(z->channel, 1, &monitor);
}

static UINT on_limits(DispClientContext *channel, UINT32 monitors, UINT32 factor_a, UINT32 factor_b) {
        Rdp *r = channel->custom;

        pthread_mutex_lock(&r->size.mutex);
        r->size.is_ready = true;
        ask(r);
        pthread_mutex_unlock(&r->size.mutex);
        return CHANNEL_RC_OK;
}

void rdp_size_attach(Rdp *r, DispClientContext *channel) {
        pthread_mutex_lock(&r->size.mutex);
        channel->custom = r;
        channel->DisplayControlCaps = on_limits;
        r->size.channel = channel;
        pthread_mutex_unlock(&r->size.mutex);
}

void rdp_size_detach(Rdp *r) {
        pthread_mutex_lock(&r->size.mutex);
        r->size.channel = NULL;
        r->size.is_ready = false;
        pthread_mutex_unlock(&r->size.mutex);
}

void rdp_size_want(Rdp *r, int32_t width, int32_t height) {
        pthread_mutex_lock(&r->size.mutex);
        r->size.width = width;
        r->size.height = height;
        r->size.is_wanted = true;
        if (r->settings->resize_method == RDP_RESIZE_DISPLAY_UPDATE)
                ask(r);
        pthread_mutex_unlock(&r->size.mutex);
}

void rdp_size_follow(Rdp *r) {
        RdpSize *z = &r->size;
        int32_t width, height;

        if (r->settings->resize_method != RDP_RESIZE_RECONNECT)
                return;
        pthread_mutex_lock(&z->mutex);
        width = z->width;
        height = z->height;
        rdp_size_clamp(&width, &height);
        z->is_wanted = z->is_wanted && !is_shown(r, width, height);
        r->reconnects = z->is_wanted && rdp_again_take(&z->again, library_msec());
        pthread_mutex_unlock(&z->mutex);
}
