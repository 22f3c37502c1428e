/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The settings of a vnc lab: their table, and what the table cannot check. Never looks at the network. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "../../src/desktop/certificate.h"
#include "rfb.h"
#include "vnc-settings.h"

static const char *const securities[] = { "any", "x509", "tls", "vnc", "none", NULL };
static const char *const policies[] = { "pinned", "insecure-accept-any", NULL };
static const char *const cursors[] = { "local", "remote", NULL };
static const char *const clipboards[] = { "ISO8859-1", "UTF-8", "CP1252", NULL };

/* Lossless, as the session itself sends pictures with loss where that pays, and without compression of what does not
 * compress: of a shaded 3D view of 1024x768 at 30 pictures a second, Xtigervnc and a session on one machine manage 27
 * by tight at level 0 (2.4 MB and 11 ms of CPU each), 28 raw (3.2 MB, 7 ms), 19 by hextile (15 ms), and 4 by tight at
 * level 1 or zrle. Flat colours take 0.2 MB by tight at level 0, and 2.6 MB raw. */
#define ENCODINGS "copyrect tight zrle hextile zlib raw"

#define AT(member) .offset = offsetof(VncSettings, member)

const LabgateSetting vnc_settings_table[] = {
        { "username", LABGATE_SETTING_STRING, AT(username), .max = 256,
          .help = "Name to log in with, where the VNC server wants one" },
        { "password", LABGATE_SETTING_SECRET, AT(password), .max = 1024,
          .help = "Password; of a VNC password only the first 8 characters count" },
        { "security", LABGATE_SETTING_CHOICE, AT(security), .choices = securities, .fallback = VNC_SECURITY_ANY,
          .help = "What the server must have: x509, tls (or x509), vnc (password, no encryption), none; any: best" },
        { "cert_fingerprints", LABGATE_SETTING_STRINGS, AT(cert_fingerprints), .max = 128,
          .help = "Certificates to trust: SHA-256 in hex, as openssl x509 -fingerprint -sha256 prints it" },
        { "ca", LABGATE_SETTING_STRING, AT(ca), .max = 65536,
          .help = "Certificates in PEM that may have signed the lab machine's, which then must name the hostname" },
        { "cert_policy", LABGATE_SETTING_CHOICE, AT(cert_policy), .choices = policies, .fallback = VNC_POLICY_PINNED,
          .help = "pinned: only cert_fingerprints and ca; insecure-accept-any: whoever answers gets the login" },
        { "ignore_cert", LABGATE_SETTING_BOOL, AT(ignore_cert),
          .help = "The same as cert_policy = \"insecure-accept-any\"" },
        { "encodings", LABGATE_SETTING_STRING, AT(encodings), .fallback_text = ENCODINGS, .max = 128,
          .help = "Picture encodings to ask for, best first: copyrect tight zrle hextile zlib rre raw" },
        { "compress_level", LABGATE_SETTING_INT, AT(compress_level), .fallback = 0, .min = -1, .max = 9,
          .help = "Compression of tight and zlib, 0 (least work, for a fast network) to 9; -1: the server's own" },
        { "quality_level", LABGATE_SETTING_INT, AT(quality_level), .fallback = -1, .min = -1, .max = 9,
          .help = "JPEG quality of tight, 0 to 9; -1: no JPEG between server and session" },
        { "color_depth", LABGATE_SETTING_INT, AT(color_depth), .fallback = 24, .min = 8, .max = 32,
          .help = "Bits of colour to ask for: 8, 16, 24 or 32" },
        { "swap_red_blue", LABGATE_SETTING_BOOL, AT(swap_red_blue),
          .help = "For servers that mistake red for blue" },
        { "cursor", LABGATE_SETTING_CHOICE, AT(cursor), .choices = cursors, .fallback = VNC_CURSOR_LOCAL,
          .help = "local: the browser draws the mouse pointer; remote: the server draws it into the picture" },
        { "disable_display_resize", LABGATE_SETTING_BOOL, AT(disable_display_resize),
          .help = "Leave the desktop's size alone when the browser's window changes" },
        { "clipboard_encoding", LABGATE_SETTING_CHOICE, AT(clipboard_encoding), .choices = clipboards,
          .fallback = VNC_CLIPBOARD_LATIN1,
          .help = "Of servers without the extended clipboard, which is always UTF-8" },
        {}
};

static int refuse(char *reason, size_t size, const char *text) {
        snprintf(reason, size, "%s", text);
        return -EINVAL;
}

bool vnc_settings_accept_any(const VncSettings *s) {
        return s->ignore_cert || s->cert_policy == VNC_POLICY_INSECURE;
}

bool vnc_settings_is_pinned(const VncSettings *s) {
        return (s->cert_fingerprints && s->cert_fingerprints[0]) || s->ca;
}

/* Old names that guacd's labs have in their lists and nobody needs are known, and not asked for. Nor is TRLE, by which
 * a server can write behind memory of libvncclient 0.9.14. */
static const struct {
        const char *name;
        int32_t number; /* -1: not asked for */
} known[] = {
        { "copyrect", RFB_COPYRECT }, { "tight", RFB_TIGHT }, { "zrle", RFB_ZRLE }, { "hextile", RFB_HEXTILE },
        { "zlib", RFB_ZLIB }, { "rre", RFB_RRE }, { "raw", RFB_RAW },
        { "trle", -1 }, { "ultra", -1 }, { "ultrazip", -1 }, { "corre", -1 }, { "zlibhex", -1 }, { "zywrle", -1 },
};

static int find_encoding(const char *name, size_t size, int32_t *ret) {
        for (size_t i = 0; i < ELEMENTS(known); i++)
                if (strlen(known[i].name) == size && memcmp(known[i].name, name, size) == 0) {
                        *ret = known[i].number;
                        return 0;
                }
        return -EINVAL;
}

int vnc_settings_encodings(const char *text, int32_t ret[static VNC_ENCODINGS_MAX]) {
        int n = 0;

        for (;;) {
                int32_t number;
                size_t size;

                text += strspn(text, " ,");
                size = strcspn(text, " ,");
                if (size == 0)
                        return n > 0 ? n : -EINVAL;
                if (n == VNC_ENCODINGS_MAX || find_encoding(text, size, &number) < 0)
                        return -EINVAL;
                if (number >= 0)
                        ret[n++] = number;
                text += size;
        }
}

static int check_identity(const VncSettings *s, char *reason, size_t size) {
        int r;

        if (vnc_settings_is_pinned(s) && vnc_settings_accept_any(s))
                return refuse(reason, size, "cert_policy: insecure-accept-any (or ignore_cert) would make "
                                            "cert_fingerprints and ca meaningless");
        if (vnc_settings_is_pinned(s) && s->security != VNC_SECURITY_ANY && s->security != VNC_SECURITY_X509)
                return refuse(reason, size, "security: only x509 has the certificate that the lab asks for");
        if (s->security == VNC_SECURITY_X509 && !vnc_settings_is_pinned(s) && !vnc_settings_accept_any(s))
                return refuse(reason, size, "security: x509 needs cert_fingerprints, ca or "
                                            "cert_policy = \"insecure-accept-any\"");
        r = certificate_check_fingerprints(s->cert_fingerprints, reason, size);
        if (r < 0)
                return r;
        return s->ca ? certificate_check_ca(s->ca, reason, size) : 0;
}

int vnc_settings_check(const void *settings, char *reason, size_t size) {
        const VncSettings *s = settings;
        int32_t encodings[VNC_ENCODINGS_MAX];

        if (vnc_settings_encodings(s->encodings, encodings) < 0)
                return refuse(reason, size, "encodings: not a list of copyrect, tight, zrle, hextile, zlib, rre, raw");
        if (s->color_depth != 8 && s->color_depth != 16 && s->color_depth != 24 && s->color_depth != 32)
                return refuse(reason, size, "color_depth: must be 8, 16, 24 or 32");
        if (s->password.data && strlen(s->password.data) != s->password.size)
                return refuse(reason, size, "password: has a character that no password can have");
        return check_identity(s, reason, size);
}
