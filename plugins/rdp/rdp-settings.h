/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The settings of an rdp lab, with guacd's names. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../plugin.h"

typedef enum RdpSecurity {
        RDP_SECURITY_ANY, /* nla or tls, whichever the lab machine likes better */
        RDP_SECURITY_NLA,
        RDP_SECURITY_TLS,
        RDP_SECURITY_RDP,
} RdpSecurity;

typedef enum RdpPolicy {
        RDP_POLICY_PINNED,
        RDP_POLICY_INSECURE,
} RdpPolicy;

typedef enum RdpResize {
        RDP_RESIZE_NONE,
        RDP_RESIZE_DISPLAY_UPDATE,
        RDP_RESIZE_RECONNECT,
} RdpResize;

typedef enum RdpLineEnds {
        RDP_LINE_ENDS_WINDOWS,
        RDP_LINE_ENDS_UNIX,
        RDP_LINE_ENDS_PRESERVE,
} RdpLineEnds;

typedef struct RdpSettings {
        char *username, *domain;
        LabgateSecret password;

        int security; /* RdpSecurity */
        int cert_policy; /* RdpPolicy */
        bool ignore_cert; /* the same as cert_policy insecure-accept-any */
        char **cert_fingerprints;
        char *ca;

        int64_t color_depth;
        int resize_method; /* RdpResize */
        bool disable_gfx;
        bool enable_wallpaper, enable_theming, enable_font_smoothing, enable_full_window_drag;
        bool enable_desktop_composition, enable_menu_animations;
        bool disable_bitmap_caching, disable_offscreen_caching;

        int server_layout; /* into layouts[] */
        char *timezone;
        bool console;
        char *initial_program, *client_name;
        char *remote_app, *remote_app_dir, *remote_app_args;
        char *load_balance_info;
        int64_t preconnection_id; /* -1: none */
        char *preconnection_blob;
        bool disable_audio;
        int normalize_clipboard; /* RdpLineEnds */
} RdpSettings;

extern const LabgateSetting rdp_settings_table[];

int rdp_settings_check(const void *settings, char *reason, size_t size);

/* Whoever answers gets the login. */
bool rdp_settings_accept_any(const RdpSettings *s);
