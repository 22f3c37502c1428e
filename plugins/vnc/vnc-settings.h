/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a vnc lab's file may say. */

#include "../plugin.h"

typedef enum VncSecurity {
        VNC_SECURITY_ANY,
        VNC_SECURITY_X509,
        VNC_SECURITY_TLS,
        VNC_SECURITY_VNC,
        VNC_SECURITY_NONE,
} VncSecurity;

enum {
        VNC_POLICY_PINNED,
        VNC_POLICY_INSECURE,
};

enum {
        VNC_CURSOR_LOCAL,
        VNC_CURSOR_REMOTE,
};

enum {
        VNC_CLIPBOARD_LATIN1,
        VNC_CLIPBOARD_UTF8,
        VNC_CLIPBOARD_CP1252,
};

typedef struct VncSettings {
        char *username;
        LabgateSecret password;
        int security;           /* VncSecurity */
        char **cert_fingerprints;
        char *ca;
        int cert_policy;
        bool ignore_cert;
        char *encodings;
        int64_t compress_level, quality_level, color_depth;
        bool swap_red_blue;
        int cursor;
        bool disable_display_resize;
        int clipboard_encoding;
} VncSettings;

#define VNC_ENCODINGS_MAX 16

extern const LabgateSetting vnc_settings_table[];

int vnc_settings_check(const void *settings, char *reason, size_t size);
bool vnc_settings_accept_any(const VncSettings *s);
bool vnc_settings_is_pinned(const VncSettings *s);

/* The encodings wanted, best first, by their numbers in RFC 6143. -EINVAL for a name that is none. */
int vnc_settings_encodings(const char *text, int32_t ret[static VNC_ENCODINGS_MAX]);
