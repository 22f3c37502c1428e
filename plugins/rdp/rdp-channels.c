/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The few channels that a lab machine may speak by: clipboard, display size, graphics pipeline, sound, and RemoteApp for
 * a lab that wants one program alone. All of them are inside the library already; none is ever loaded from a file. */

#include "rdp.h"

#include <errno.h>
#include <string.h>

#include <freerdp/addin.h>
#include <freerdp/channels/channels.h>
#include <freerdp/client/channels.h>
#include <freerdp/client/cmdline.h>
#include <freerdp/event.h>

#define SOUND_SUBSYSTEM "labgate"
#define SOUND_AHEAD "1000" /* milliseconds; what comes earlier than two blocks and this, the library drops */

/* Sound has a device of ours; for the rest the library answers with what is linked into it. */
static PVIRTUALCHANNELENTRY provide(LPCSTR name, LPCSTR subsystem, LPCSTR type, DWORD flags) {
        if (name && subsystem && strcmp(name, "rdpsnd") == 0 && strcmp(subsystem, SOUND_SUBSYSTEM) == 0)
                return (PVIRTUALCHANNELENTRY) (void (*)(void)) rdp_sound_entry;
        return freerdp_channels_load_static_addin_entry(name, subsystem, type, flags);
}

int rdp_channels_warm_up(void) {
        return freerdp_register_addin_provider(provide, 0) < 0 ? -ENOMEM : 0;
}

static bool load_static(rdpContext *context, const char *name, void *data) {
        PVIRTUALCHANNELENTRY entry = freerdp_load_channel_addin_entry(
                name, NULL, NULL, FREERDP_ADDIN_CHANNEL_STATIC | FREERDP_ADDIN_CHANNEL_ENTRYEX);

        return entry && freerdp_channels_client_load_ex(context->channels, context->settings,
                                                        (PVIRTUALCHANNELENTRYEX) (void (*)(void)) entry, data) == 0;
}

static bool add_dynamic(rdpSettings *s, const char *name) {
        return freerdp_client_add_dynamic_channel(s, 1, LIBRARY_WORDS(&name));
}

static bool load_sound(rdpContext *context) {
        const char *words[] = { "rdpsnd", "sys:" SOUND_SUBSYSTEM, "latency:" SOUND_AHEAD };
        rdpSettings *s = context->settings;

        if (!freerdp_client_add_static_channel(s, ELEMENTS(words), LIBRARY_WORDS(words)) ||
            (LIBRARY_DYNAMIC_SOUND && !freerdp_client_add_dynamic_channel(s, ELEMENTS(words), LIBRARY_WORDS(words))))
                return false;
        return load_static(context, "rdpsnd", freerdp_static_channel_collection_find(context->settings, "rdpsnd"));
}

BOOL rdp_channels_load(freerdp *instance) {
        rdpContext *context = instance->context;
        rdpSettings *s = context->settings;

        if (freerdp_settings_get_bool(s, FreeRDP_RedirectClipboard) && !load_static(context, "cliprdr", NULL))
                return false;
        if (freerdp_settings_get_bool(s, FreeRDP_AudioPlayback) && !load_sound(context))
                return false;
        if (freerdp_settings_get_bool(s, FreeRDP_RemoteApplicationMode) && !load_static(context, "rail", s))
                return false;
        if (freerdp_settings_get_bool(s, FreeRDP_SupportGraphicsPipeline) && !add_dynamic(s, "rdpgfx"))
                return false;
        if (freerdp_settings_get_bool(s, FreeRDP_SupportDisplayControl) && !add_dynamic(s, "disp"))
                return false;
        return load_static(context, "drdynvc", s);
}

static void on_connected(void *userdata, LIBRARY_EVENT ChannelConnectedEventArgs *e) {
        rdpContext *context = userdata;
        Rdp *r = rdp_of(context);

        if (strcmp(e->name, RDPGFX_DVC_CHANNEL_NAME) == 0)
                graphics_attach(context, e->pInterface);
        else if (strcmp(e->name, CLIPRDR_SVC_CHANNEL_NAME) == 0)
                rdp_clipboard_attach(r, e->pInterface);
        else if (strcmp(e->name, DISP_DVC_CHANNEL_NAME) == 0)
                rdp_size_attach(r, e->pInterface);
        else if (strcmp(e->name, RAIL_SVC_CHANNEL_NAME) == 0)
                remote_app_attach(r, e->pInterface);
}

static void on_disconnected(void *userdata, LIBRARY_EVENT ChannelDisconnectedEventArgs *e) {
        rdpContext *context = userdata;
        Rdp *r = rdp_of(context);

        if (strcmp(e->name, RDPGFX_DVC_CHANNEL_NAME) == 0)
                graphics_detach(context, e->pInterface);
        else if (strcmp(e->name, CLIPRDR_SVC_CHANNEL_NAME) == 0)
                rdp_clipboard_detach(r);
        else if (strcmp(e->name, DISP_DVC_CHANNEL_NAME) == 0)
                rdp_size_detach(r);
}

void rdp_channels_subscribe(rdpContext *context) {
        PubSub_SubscribeChannelConnected(context->pubSub, on_connected);
        PubSub_SubscribeChannelDisconnected(context->pubSub, on_disconnected);
}
