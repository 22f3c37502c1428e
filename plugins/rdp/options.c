/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lab's settings as the library's. What is not named here stays off: no drive, printer, smartcard, port, microphone
 * or other host is ever offered to a lab machine. */

#include "rdp.h"

#include <string.h>

#include <freerdp/settings.h>

#include "layouts.h"

/* The library counts its looks at the connection, and takes each for a tenth of a second; the real limit is rdp.c's. */
#define ACTIVATION_MSEC 600000

typedef struct Flag {
        size_t id;
        bool value;
} Flag;

static bool set_flags(rdpSettings *s, const Flag *flags, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (!freerdp_settings_set_bool(s, flags[i].id, flags[i].value))
                        return false;
        return true;
}

static bool set_text(rdpSettings *s, size_t id, const char *text) {
        return !text || freerdp_settings_set_string(s, id, text);
}

static bool set_security(const Rdp *r, rdpSettings *s) {
        bool can_nla = r->settings->username && r->settings->password.data;
        bool is_any = r->security == RDP_SECURITY_ANY;
        const Flag flags[] = {
                { FreeRDP_NlaSecurity, r->security == RDP_SECURITY_NLA || (is_any && can_nla) },
                { FreeRDP_TlsSecurity, r->security == RDP_SECURITY_TLS || is_any },
                { FreeRDP_RdpSecurity, r->security == RDP_SECURITY_RDP },
                { FreeRDP_UseRdpSecurityLayer, r->security == RDP_SECURITY_RDP },
                { FreeRDP_ExtSecurity, false },
                { FreeRDP_NegotiateSecurityLayer, true },
                { FreeRDP_ExternalCertificateManagement, true },
                { FreeRDP_IgnoreCertificate, false },
                { FreeRDP_AutoAcceptCertificate, false },
        };

        return set_flags(s, flags, ELEMENTS(flags));
}

bool options_tell_login(const Rdp *r, rdpSettings *s) {
        const RdpSettings *lab = r->settings;

        return set_text(s, FreeRDP_Username, lab->username) && set_text(s, FreeRDP_Domain, lab->domain) &&
               set_text(s, FreeRDP_Password, lab->password.data);
}

/* Without TLS there is no certificate, and nothing to wait for. */
static bool set_program(const Rdp *r, rdpSettings *s) {
        const RdpSettings *lab = r->settings;

        return (r->security != RDP_SECURITY_RDP || options_tell_login(r, s)) &&
               set_text(s, FreeRDP_ClientHostname, lab->client_name) &&
               set_text(s, FreeRDP_AlternateShell, lab->initial_program) &&
               freerdp_settings_set_bool(s, FreeRDP_ConsoleSession, lab->console);
}

static bool set_broker(const Rdp *r, rdpSettings *s) {
        const RdpSettings *lab = r->settings;

        if (lab->load_balance_info && !library_set_load_balance_info(s, lab->load_balance_info))
                return false;
        if (lab->preconnection_id < 0 && !lab->preconnection_blob)
                return true;
        return freerdp_settings_set_bool(s, FreeRDP_SendPreconnectionPdu, TRUE) &&
               freerdp_settings_set_uint32(s, FreeRDP_PreconnectionId,
                                           (UINT32) MAX(lab->preconnection_id, (int64_t) 0)) &&
               set_text(s, FreeRDP_PreconnectionBlob, lab->preconnection_blob);
}

static bool set_picture(Rdp *r, rdpSettings *s) {
        const RdpSettings *lab = r->settings;
        bool has_gfx = !lab->disable_gfx && lab->color_depth == 32;
        const Flag flags[] = {
                { FreeRDP_SoftwareGdi, true },
                { FreeRDP_SupportGraphicsPipeline, has_gfx },
                { FreeRDP_GfxThinClient, false },
                { FreeRDP_GfxSmallCache, false },
                { FreeRDP_GfxProgressive, has_gfx },
                { FreeRDP_GfxH264, has_gfx },
                /* Both lose, and never the same way twice: text that scrolls is then new text in each frame. */
                { FreeRDP_RemoteFxCodec, false },
                { FreeRDP_NSCodec, false },
                { FreeRDP_SurfaceFrameMarkerEnabled, true },
                { FreeRDP_FrameMarkerCommandEnabled, true },
                { FreeRDP_FastPathInput, true },
                { FreeRDP_FastPathOutput, true },
                { FreeRDP_BitmapCacheEnabled, !lab->disable_bitmap_caching },
                { FreeRDP_DesktopResize, true },
                { FreeRDP_DisableWallpaper, !lab->enable_wallpaper },
                { FreeRDP_DisableThemes, !lab->enable_theming },
                { FreeRDP_AllowFontSmoothing, lab->enable_font_smoothing },
                { FreeRDP_DisableFullWindowDrag, !lab->enable_full_window_drag },
                { FreeRDP_AllowDesktopComposition, lab->enable_desktop_composition },
                { FreeRDP_DisableMenuAnims, !lab->enable_menu_animations },
        };
        int32_t width, height;

        pthread_mutex_lock(&r->size.mutex);
        width = r->size.width;
        height = r->size.height;
        r->size.is_wanted = false;
        pthread_mutex_unlock(&r->size.mutex);
        rdp_size_clamp(&width, &height);
        if (!set_flags(s, flags, ELEMENTS(flags)))
                return false;
        freerdp_performance_flags_make(s);
        return freerdp_settings_set_uint32(s, FreeRDP_DesktopWidth, (UINT32) width) &&
               freerdp_settings_set_uint32(s, FreeRDP_DesktopHeight, (UINT32) height) &&
               freerdp_settings_set_uint32(s, FreeRDP_ColorDepth, (UINT32) lab->color_depth) &&
               freerdp_settings_set_uint32(s, FreeRDP_OffscreenSupportLevel, !lab->disable_offscreen_caching) &&
               freerdp_settings_set_uint32(s, FreeRDP_KeyboardLayout, layouts[lab->server_layout].id) &&
               freerdp_settings_set_bool(s, FreeRDP_UnicodeInput, TRUE);
}

static bool set_channels(const Rdp *r, rdpSettings *s) {
        const RdpSettings *lab = r->settings;
        const Flag flags[] = {
                { FreeRDP_SupportDynamicChannels, true },
                { FreeRDP_SupportDisplayControl, lab->resize_method == RDP_RESIZE_DISPLAY_UPDATE },
                { FreeRDP_RedirectClipboard, r->copies || r->pastes },
                { FreeRDP_AudioPlayback, r->plays_sound },
                { FreeRDP_AudioCapture, false },
                { FreeRDP_RemoteConsoleAudio, false },
                { FreeRDP_DeviceRedirection, false },
                { FreeRDP_RedirectDrives, false },
                { FreeRDP_RedirectHomeDrive, false },
                { FreeRDP_RedirectSmartCards, false },
                { FreeRDP_RedirectPrinters, false },
                { FreeRDP_RedirectSerialPorts, false },
                { FreeRDP_RedirectParallelPorts, false },
                { FreeRDP_NetworkAutoDetect, false },
                { FreeRDP_SupportHeartbeatPdu, false },
                { FreeRDP_SupportMultitransport, false },
                { FreeRDP_AutoReconnectionEnabled, false },
                /* A lab machine that takes nothing must not hold the worker in a write. */
                { FreeRDP_WaitForOutputBufferFlush, false },
        };

        /* FreeRDP 3 offers UDP even so, and a lab machine that asks for it then has no channel to ask by. */
        return set_flags(s, flags, ELEMENTS(flags)) && freerdp_settings_set_uint32(s, FreeRDP_MultitransportFlags, 0);
}

static bool set_remote_app(const Rdp *r, rdpSettings *s) {
        const RdpSettings *lab = r->settings;

        if (!lab->remote_app)
                return true;
        return freerdp_settings_set_bool(s, FreeRDP_RemoteApplicationMode, TRUE) &&
               freerdp_settings_set_bool(s, FreeRDP_RemoteAppLanguageBarSupported, TRUE) &&
               freerdp_settings_set_bool(s, FreeRDP_Workarea, TRUE) &&
               freerdp_settings_set_bool(s, FreeRDP_DisableWallpaper, TRUE) &&
               freerdp_settings_set_bool(s, FreeRDP_DisableFullWindowDrag, TRUE) &&
               set_text(s, FreeRDP_RemoteApplicationProgram, lab->remote_app) &&
               set_text(s, FreeRDP_ShellWorkingDirectory, lab->remote_app_dir) &&
               set_text(s, FreeRDP_RemoteApplicationCmdLine, lab->remote_app_args);
}

bool options_apply(Rdp *r, rdpSettings *s, int fd) {
        /* A name of one bar means a connected descriptor in place of a port. talk.c gives the name back before it can
         * matter to anybody. */
        return freerdp_settings_set_string(s, FreeRDP_ServerHostname, "|") &&
               freerdp_settings_set_uint32(s, FreeRDP_ServerPort, (UINT32) fd) &&
               freerdp_settings_set_uint32(s, FreeRDP_TcpAckTimeout, ACTIVATION_MSEC) && library_set_places(s) &&
               set_security(r, s) && set_program(r, s) && set_broker(r, s) && set_picture(r, s) &&
               set_channels(r, s) && set_remote_app(r, s);
}
