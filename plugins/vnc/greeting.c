/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the upstream's first byte to its desktop: version, security, login, size and name (RFC 6143, section 7.1 to
 * 7.3). The strongest security that both sides have is taken; a lab that names a certificate gets nothing less. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "../../src/base/parse.h"
#include "vnc.h"

#define VERSION_SIZE 12
#define CHALLENGE_SIZE 16
#define PASSWORD_SIZE 8

extern void rfbClientEncryptBytes(unsigned char *bytes, char *password);

/* "RFB 003.008\n". Apple says 003.889, newer ones of others 004 and 005: all of them speak 3.8. */
static int agree_on_version(Vnc *v) {
        char text[VERSION_SIZE + 1];
        uint64_t major, minor;

        if (vnc_read(v, text, VERSION_SIZE) < 0)
                return -EPROTO;
        if (memcmp(text, "RFB ", 4) != 0 || text[7] != '.' || parse_unsigned(text + 4, 3, 3, 999, &major) < 0 ||
            parse_unsigned(text + 8, 3, 0, 999, &minor) < 0)
                return vnc_fail(v, LABGATE_STATUS_UPSTREAM_ERROR, "%s is no VNC server.", worker_lab_name(v->bridge));
        v->minor = major > 3 || minor >= 8 ? 8 : minor == 7 ? 7 : 3;
        snprintf(text, sizeof text, "RFB 003.%03d\n", v->minor);
        return vnc_write(v, text, VERSION_SIZE);
}

static int read_reason(Vnc *v, char **ret) {
        uint8_t size[4];

        if (vnc_read(v, size, sizeof size) < 0)
                return -EPROTO;
        if (get32(size) > VNC_NAME_MAX)
                return vnc_broken(v, "a reason is too long");
        if (vnc_read_text(v, get32(size), VNC_REASON_MAX, ret) < 0)
                return -EPROTO;
        for (size_t n = strlen(*ret); n > 0 && strchr(". ", (*ret)[n - 1]); n--)
                (*ret)[n - 1] = 0;
        return 0;
}

static int refused(Vnc *v) {
        _cleanup_free_ char *reason = NULL;

        if (read_reason(v, &reason) < 0)
                return -EPROTO;
        return vnc_fail(v, LABGATE_STATUS_UPSTREAM_ERROR, "%s refused the connection: %s.", worker_lab_name(v->bridge),
                        reason);
}

/* ---- login ---- */

/* The reason that 3.8 has is its own; without a login it is about something else than that. */
int greeting_result(Vnc *v) {
        const char *lab = worker_lab_name(v->bridge);
        _cleanup_free_ char *reason = NULL;
        uint8_t result[4];

        if (vnc_read(v, result, sizeof result) < 0)
                return -EPROTO;
        if (get32(result) == 0)
                return 0;
        if (v->minor >= 8 && read_reason(v, &reason) < 0)
                return -EPROTO;
        if (!v->has_login)
                return vnc_fail(v, LABGATE_STATUS_UPSTREAM_ERROR, "%s refused the connection: %s.", lab,
                                reason ? reason : "no reason known");
        return vnc_fail(v, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "%s refused the login: %s.", lab,
                        reason && *reason ? reason : "the password is wrong");
}

int greeting_vnc_password(Vnc *v) {
        const LabgateSecret *secret = &v->settings->password;
        unsigned char challenge[CHALLENGE_SIZE];
        char password[PASSWORD_SIZE + 1] = "";

        if (!secret->data)
                return vnc_fail(v, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "%s asks for a password, and the lab has none.",
                                worker_lab_name(v->bridge));
        if (vnc_read(v, challenge, sizeof challenge) < 0)
                return -EPROTO;
        memcpy(password, secret->data, MIN(secret->size, (size_t) PASSWORD_SIZE));
        rfbClientEncryptBytes(challenge, password);
        explicit_bzero(password, sizeof password);
        v->has_login = true;
        if (vnc_write(v, challenge, sizeof challenge) < 0)
                return -EPROTO;
        return greeting_result(v);
}

static int say_who(Vnc *v) {
        const VncSettings *s = v->settings;
        size_t name = s->username ? strlen(s->username) : 0, password = s->password.size;
        uint8_t sizes[8];

        put32(sizes, (uint32_t) name);
        put32(sizes + 4, (uint32_t) password);
        v->has_login = true;
        if (vnc_write(v, sizes, sizeof sizes) < 0 || vnc_write(v, s->username, name) < 0 ||
            vnc_write(v, s->password.data, password) < 0)
                return -EPROTO;
        return greeting_result(v);
}

static int log_in(Vnc *v, uint32_t type) {
        switch (type) {
        case RFB_SECURITY_NONE:
                return v->minor >= 8 ? greeting_result(v) : 0;
        case VENCRYPT_TLS_NONE:
        case VENCRYPT_X509_NONE:
                return greeting_result(v);
        case RFB_SECURITY_VNC:
        case VENCRYPT_TLS_VNC:
        case VENCRYPT_X509_VNC:
                return greeting_vnc_password(v);
        default:
                return say_who(v);
        }
}

/* ---- security ---- */

/* What the lab takes of the types that every server may have, best first. */
static size_t list_wishes(const Vnc *v, uint8_t ret[static 5]) {
        const VncSettings *s = v->settings;
        bool is_pinned = vnc_settings_is_pinned(s), any = s->security == VNC_SECURITY_ANY;
        size_t n = 0;

        if (s->security != VNC_SECURITY_VNC && s->security != VNC_SECURITY_NONE)
                ret[n++] = RFB_SECURITY_VENCRYPT;
        if (!is_pinned && (any || s->security == VNC_SECURITY_TLS))
                ret[n++] = RFB_SECURITY_TLS;
        if (!is_pinned && any && !s->password.data)
                ret[n++] = RFB_SECURITY_NONE;
        if (!is_pinned && (any || s->security == VNC_SECURITY_VNC))
                ret[n++] = RFB_SECURITY_VNC;
        if (!is_pinned && ((any && s->password.data) || s->security == VNC_SECURITY_NONE))
                ret[n++] = RFB_SECURITY_NONE;
        return n;
}

static bool contains(const uint8_t *types, size_t n, uint8_t type) {
        return n > 0 && memchr(types, type, n) != NULL;
}

static int choose(Vnc *v, const uint8_t *types, size_t n, uint8_t *ret) {
        uint8_t wishes[5];
        size_t n_wishes = list_wishes(v, wishes);

        for (size_t i = 0; i < n_wishes; i++)
                if (contains(types, n, wishes[i])) {
                        *ret = wishes[i];
                        return 0;
                }
        return vnc_fail(v, LABGATE_STATUS_UPSTREAM_UNAVAILABLE, "%s has no security type that the lab allows.",
                        worker_lab_name(v->bridge));
}

static int read_types(Vnc *v, uint8_t types[static 256], size_t *ret) {
        uint8_t n;

        if (vnc_read(v, &n, 1) < 0)
                return -EPROTO;
        if (n == 0)
                return refused(v);
        *ret = n;
        return vnc_read(v, types, n);
}

/* Before 3.7 the upstream decides. */
static int agree_on_security(Vnc *v, uint8_t *ret) {
        uint8_t types[256], type[4];
        size_t n = 0;

        if (v->minor >= 7) {
                if (read_types(v, types, &n) < 0 || choose(v, types, n, ret) < 0)
                        return -EPROTO;
                return vnc_write(v, ret, 1);
        }
        if (vnc_read(v, type, sizeof type) < 0)
                return -EPROTO;
        if (get32(type) == 0)
                return refused(v);
        return choose(v, type + 3, get32(type) < 256, ret);
}

/* The older TLS: anonymous, and then a list once more. */
static int inside_tls(Vnc *v, uint32_t *ret) {
        bool has_password = v->settings->password.data;
        uint8_t types[256], type;
        size_t n = 0;

        if (encryption_anonymous(v) < 0 || read_types(v, types, &n) < 0)
                return -EPROTO;
        if (contains(types, n, RFB_SECURITY_VNC) && (has_password || !contains(types, n, RFB_SECURITY_NONE)))
                type = RFB_SECURITY_VNC;
        else if (contains(types, n, RFB_SECURITY_NONE))
                type = RFB_SECURITY_NONE;
        else
                return vnc_fail(v, LABGATE_STATUS_UPSTREAM_UNAVAILABLE, "%s has no login that the lab has.",
                                worker_lab_name(v->bridge));
        *ret = type;
        return vnc_write(v, &type, 1);
}

static int authenticate(Vnc *v) {
        uint8_t type = 0;
        uint32_t login;

        if (agree_on_security(v, &type) < 0)
                return -EPROTO;
        login = type;
        if (type == RFB_SECURITY_VENCRYPT && encryption_vencrypt(v, &login) < 0)
                return -EPROTO;
        if (type == RFB_SECURITY_TLS && inside_tls(v, &login) < 0)
                return -EPROTO;
        return log_in(v, login);
}

/* ---- the desktop ---- */

static int meet_desktop(Vnc *v) {
        const uint8_t shared = 1;
        _cleanup_free_ char *name = NULL;
        uint8_t init[24];

        if (vnc_write(v, &shared, 1) < 0 || vnc_read(v, init, sizeof init) < 0)
                return -EPROTO;
        if (get32(init + 20) > VNC_NAME_MAX)
                return vnc_broken(v, "its name is too long");
        if (vnc_read_text(v, get32(init + 20), BRIDGE_TITLE_MAX, &name) < 0)
                return -EPROTO;
        worker_connected(v->bridge);
        worker_set_title(v->bridge, name, strlen(name));
        return messages_set_size(v, get16(init), get16(init + 2));
}

int greeting_run(Vnc *v) {
        if (agree_on_version(v) < 0 || authenticate(v) < 0)
                return -EPROTO;
        return meet_desktop(v);
}
