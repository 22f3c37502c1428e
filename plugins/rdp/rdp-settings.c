/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The settings of an rdp lab: their table, and what the table cannot check. Never looks at the network. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../src/desktop/certificate.h"
#include "layouts.h"
#include "rdp-settings.h"

#define NAME_MAX_BYTES 256
#define CLIENT_NAME_MAX 15 /* characters of a computer's name in the protocol */
#define PATH_MAX_BYTES 260
#define BLOB_MAX_BYTES 1024

static const char *const securities[] = { "any", "nla", "tls", "rdp", NULL };
static const char *const policies[] = { "pinned", "insecure-accept-any", NULL };
static const char *const resize_methods[] = { "none", "display-update", "reconnect", NULL };

static const char *const line_ends[] = { "windows", "unix", "preserve", NULL };

/* In the order of layouts[], which a test compares. */
static const char *const layout_names[] = {
        "en-us-qwerty", "en-gb-qwerty", "de-de-qwertz", "de-ch-qwertz", "fr-fr-azerty", "fr-ch-qwertz", "fr-be-azerty",
        "fr-ca-qwerty", "ca-multi-qwerty", "it-it-qwerty", "es-es-qwerty", "es-es-dvorak", "es-latam-qwerty",
        "pt-br-qwerty", "pt-pt-qwerty", "da-dk-qwerty", "no-no-qwerty", "sv-se-qwerty", "hu-hu-qwertz", "cs-cz-qwertz",
        "pl-pl-qwerty", "ro-ro-qwerty", "tr-tr-qwerty", "ru-ru-qwerty", "ja-jp-qwerty", "failsafe", NULL
};
_Static_assert(sizeof layout_names / sizeof layout_names[0] == LAYOUTS + 1, "a name for each layout");

#define AT(member) .offset = offsetof(RdpSettings, member)

const LabgateSetting rdp_settings_table[] = {
        { "username", LABGATE_SETTING_STRING, AT(username), .max = NAME_MAX_BYTES, .help = "Name to log in with" },
        { "password", LABGATE_SETTING_SECRET, AT(password), .max = 1024, .help = "Password to log in with" },
        { "domain", LABGATE_SETTING_STRING, AT(domain), .max = NAME_MAX_BYTES, .help = "Domain of the username" },
        { "security", LABGATE_SETTING_CHOICE, AT(security), .choices = securities, .fallback = RDP_SECURITY_ANY,
          .help = "Protection of the connection; any: nla or tls, as the lab machine has it" },
        { "cert_fingerprints", LABGATE_SETTING_STRINGS, AT(cert_fingerprints), .max = 128,
          .help = "Certificates to trust: SHA-256 in hex, as openssl x509 -fingerprint -sha256 prints it" },
        { "ca", LABGATE_SETTING_STRING, AT(ca), .max = 65536,
          .help = "Certificates in PEM that may have signed the lab machine's, which then must name the hostname" },
        { "cert_policy", LABGATE_SETTING_CHOICE, AT(cert_policy), .choices = policies, .fallback = RDP_POLICY_PINNED,
          .help = "pinned: only cert_fingerprints and ca; insecure-accept-any: whoever answers gets the login" },
        { "ignore_cert", LABGATE_SETTING_BOOL, AT(ignore_cert),
          .help = "The same as cert_policy = \"insecure-accept-any\"" },
        { "color_depth", LABGATE_SETTING_INT, AT(color_depth), .fallback = 32, .min = 8, .max = 32,
          .help = "Bits of a pixel: 8, 15, 16, 24 or 32; fewer than 32 switch the graphics pipeline off" },
        { "resize_method", LABGATE_SETTING_CHOICE, AT(resize_method), .choices = resize_methods,
          .fallback = RDP_RESIZE_DISPLAY_UPDATE,
          .help = "How the desktop follows the page's size; reconnect for machines that know no display-update" },
        { "server_layout", LABGATE_SETTING_CHOICE, AT(server_layout), .choices = layout_names,
          .help = "Keyboard layout of the lab machine; what it has no key for is sent as Unicode" },
        { "timezone", LABGATE_SETTING_STRING, AT(timezone), .max = 63,
          .help = "Time zone to tell the lab machine, for example Europe/Vienna; the browser's if left out" },
        { "disable_gfx", LABGATE_SETTING_BOOL, AT(disable_gfx), .help = "Do without the graphics pipeline" },
        { "disable_audio", LABGATE_SETTING_BOOL, AT(disable_audio), .help = "No sound" },
        { "normalize_clipboard", LABGATE_SETTING_CHOICE, AT(normalize_clipboard), .choices = line_ends,
          .help = "Line ends of text that is pasted into the lab machine: CR LF, LF, or as they are" },
        { "enable_wallpaper", LABGATE_SETTING_BOOL, AT(enable_wallpaper), .help = "Show the desktop's wallpaper" },
        { "enable_theming", LABGATE_SETTING_BOOL, AT(enable_theming), .help = "Show themes" },
        { "enable_font_smoothing", LABGATE_SETTING_BOOL, AT(enable_font_smoothing), .help = "Smooth text" },
        { "enable_full_window_drag", LABGATE_SETTING_BOOL, AT(enable_full_window_drag),
          .help = "Show the contents of windows while they are dragged" },
        { "enable_desktop_composition", LABGATE_SETTING_BOOL, AT(enable_desktop_composition),
          .help = "Allow desktop composition" },
        { "enable_menu_animations", LABGATE_SETTING_BOOL, AT(enable_menu_animations), .help = "Animate menus" },
        { "disable_bitmap_caching", LABGATE_SETTING_BOOL, AT(disable_bitmap_caching), .help = "No bitmap cache" },
        { "disable_offscreen_caching", LABGATE_SETTING_BOOL, AT(disable_offscreen_caching),
          .help = "No cache of pictures outside the screen" },
        { "console", LABGATE_SETTING_BOOL, AT(console), .help = "Connect to the console (administrator's) session" },
        { "initial_program", LABGATE_SETTING_STRING, AT(initial_program), .max = PATH_MAX_BYTES,
          .help = "Program to start instead of the desktop" },
        { "client_name", LABGATE_SETTING_STRING, AT(client_name), .fallback_text = "labgate", .max = CLIENT_NAME_MAX,
          .help = "What the lab machine takes this computer's name to be" },
        { "remote_app", LABGATE_SETTING_STRING, AT(remote_app), .max = PATH_MAX_BYTES,
          .help = "RemoteApp to start, for example ||notepad" },
        { "remote_app_dir", LABGATE_SETTING_STRING, AT(remote_app_dir), .max = PATH_MAX_BYTES,
          .help = "Working directory of remote_app" },
        { "remote_app_args", LABGATE_SETTING_STRING, AT(remote_app_args), .max = BLOB_MAX_BYTES,
          .help = "Arguments of remote_app" },
        { "load_balance_info", LABGATE_SETTING_STRING, AT(load_balance_info), .max = BLOB_MAX_BYTES,
          .help = "What a load balancer or connection broker is told" },
        { "preconnection_id", LABGATE_SETTING_INT, AT(preconnection_id), .fallback = -1, .min = -1, .max = UINT32_MAX,
          .help = "Number sent before the connection (RDP source of Hyper-V and others), -1 for none" },
        { "preconnection_blob", LABGATE_SETTING_STRING, AT(preconnection_blob), .max = BLOB_MAX_BYTES,
          .help = "Text sent before the connection, for Hyper-V the machine's id" },
        {}
};

static int refuse(char *reason, size_t size, const char *text) {
        snprintf(reason, size, "%s", text);
        return -EINVAL;
}

static bool text_is_plain(const char *t) {
        for (; t && *t; t++)
                if ((unsigned char) *t < 0x20 || *t == 0x7f)
                        return false;
        return true;
}

bool rdp_settings_accept_any(const RdpSettings *s) {
        return s->ignore_cert || s->cert_policy == RDP_POLICY_INSECURE;
}

static int check_texts(const RdpSettings *s, char *reason, size_t size) {
        const struct {
                const char *name, *value;
        } texts[] = {
                { "username", s->username }, { "domain", s->domain }, { "timezone", s->timezone },
                { "initial_program", s->initial_program }, { "client_name", s->client_name },
                { "remote_app", s->remote_app }, { "remote_app_dir", s->remote_app_dir },
                { "remote_app_args", s->remote_app_args }, { "load_balance_info", s->load_balance_info },
                { "preconnection_blob", s->preconnection_blob },
        };

        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
                if (!text_is_plain(texts[i].value)) {
                        snprintf(reason, size, "%s: has control characters", texts[i].name);
                        return -EINVAL;
                }
        return 0;
}

static int check_identity(const RdpSettings *s, char *reason, size_t size) {
        bool is_pinned = (s->cert_fingerprints && s->cert_fingerprints[0]) || s->ca;
        int r;

        if (rdp_settings_accept_any(s))
                return is_pinned ? refuse(reason, size, "cert_policy: insecure-accept-any (or ignore_cert) would make "
                                                        "cert_fingerprints and ca meaningless")
                                 : 0;
        if (s->security == RDP_SECURITY_RDP)
                return refuse(reason, size, "security: rdp cannot prove who the lab machine is; it needs "
                                            "cert_policy = \"insecure-accept-any\"");
        if (!is_pinned)
                return refuse(reason, size, "cert_fingerprints: is missing, and so is ca; name one, or say "
                                            "cert_policy = \"insecure-accept-any\"");
        r = certificate_check_fingerprints(s->cert_fingerprints, reason, size);
        if (r < 0)
                return r;
        return s->ca ? certificate_check_ca(s->ca, reason, size) : 0;
}

int rdp_settings_check(const void *settings, char *reason, size_t size) {
        const RdpSettings *s = settings;
        int r = check_texts(s, reason, size);

        if (r < 0)
                return r;
        if (s->color_depth != 8 && s->color_depth != 15 && s->color_depth != 16 && s->color_depth != 24 &&
            s->color_depth != 32)
                return refuse(reason, size, "color_depth: must be 8, 15, 16, 24 or 32");
        if (s->security == RDP_SECURITY_NLA && (!s->username || !s->password.data))
                return refuse(reason, size, "security: nla needs username and password");
        if (!s->remote_app && (s->remote_app_dir || s->remote_app_args))
                return refuse(reason, size, "remote_app: is missing, but remote_app_dir or remote_app_args is there");
        return check_identity(s, reason, size);
}
