/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* TLS by GnuTLS, which libvncclient reads and writes through afterwards. The library's own way to it opens files and
 * knows no pinned certificates. A certificate is checked before anything of a login is sent. */

#include <errno.h>
#include <gnutls/crypto.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../src/base/buffer.h"
#include "../../src/base/cleanup.h"
#include "../../src/base/parse.h"
#include "../../src/desktop/certificate.h"
#include "vnc.h"

#ifndef LIBVNCSERVER_HAVE_GNUTLS
#error "libvncclient must be built with GnuTLS"
#endif

#define PRIORITY_ANONYMOUS "NORMAL:-VERS-TLS1.3:+ANON-ECDH:+ANON-DH"
#define PRIORITY_X509 "NORMAL"
#define CHAIN_MAX 16
#define SHA256_SIZE 32

/* Files, entropy and tables of GnuTLS are read when a session is made for the first time. */
int encryption_warm_up(Vnc *v) {
        gnutls_session_t session = NULL;
        char byte;

        if (gnutls_certificate_allocate_credentials(&v->certificates) < 0 ||
            gnutls_anon_allocate_client_credentials(&v->anonymous) < 0 || gnutls_init(&session, GNUTLS_CLIENT) < 0)
                return -ENOMEM;
        (void) gnutls_priority_set_direct(session, PRIORITY_X509, NULL);
        (void) gnutls_priority_set_direct(session, PRIORITY_ANONYMOUS, NULL);
        gnutls_deinit(session);
        return gnutls_rnd(GNUTLS_RND_KEY, &byte, sizeof byte) < 0 ? -EIO : 0;
}

void encryption_done(Vnc *v) {
        if (v->certificates)
                gnutls_certificate_free_credentials(v->certificates);
        if (v->anonymous)
                gnutls_anon_free_client_credentials(v->anonymous);
        v->certificates = NULL;
        v->anonymous = NULL;
}

/* ---- who it is ---- */

static int append_pem(Buffer *b, const gnutls_datum_t *certificate) {
        gnutls_datum_t pem = {};
        int r;

        if (gnutls_pem_base64_encode2("CERTIFICATE", certificate, &pem) < 0)
                return -ENOMEM;
        r = buffer_append(b, pem.data, pem.size);
        gnutls_free(pem.data);
        return r;
}

static int unknown_certificate(Vnc *v, const gnutls_datum_t *certificate) {
        uint8_t digest[SHA256_SIZE];
        char hex[2 * SHA256_SIZE + 1];
        size_t size = sizeof digest;

        if (gnutls_fingerprint(GNUTLS_DIG_SHA256, certificate, digest, &size) < 0)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "A certificate could not be read.");
        format_hex(digest, size, hex);
        return vnc_fail(v, LABGATE_STATUS_UPSTREAM_UNAVAILABLE,
                        "%s is not the machine that the lab means: its certificate is SHA256:%s, and the lab expects "
                        "none (cert_fingerprints, ca).", worker_lab_name(v->bridge), hex);
}

static int check_chain(Vnc *v, const gnutls_datum_t *chain, unsigned n) {
        const VncSettings *s = v->settings;
        const CertificateWish wish = { s->cert_fingerprints, s->ca, v->hostname };
        char why[300] = "";
        Buffer pem = {};
        int r = 0;

        for (unsigned i = 0; i < MIN(n, (unsigned) CHAIN_MAX) && r >= 0; i++)
                r = append_pem(&pem, &chain[i]);
        if (r >= 0)
                r = certificate_verify(&wish, buffer_bytes(&pem), buffer_size(&pem), why, sizeof why);
        buffer_done(&pem);
        if (r < 0)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "A certificate could not be checked.");
        if (r == 0)
                return vnc_fail(v, LABGATE_STATUS_UPSTREAM_UNAVAILABLE, "%s is not the machine that the lab means: %s.",
                                worker_lab_name(v->bridge), why);
        return 0;
}

static int check_certificate(Vnc *v, gnutls_session_t session) {
        unsigned n = 0;
        const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);

        if (vnc_settings_accept_any(v->settings))
                return 0;
        if (!chain || n == 0)
                return vnc_broken(v, "it has no certificate");
        return vnc_settings_is_pinned(v->settings) ? check_chain(v, chain, n) : unknown_certificate(v, chain);
}

/* ---- handshake ---- */

static int msec_left(const Vnc *v) {
        struct timespec t;
        uint64_t now;

        clock_gettime(CLOCK_MONOTONIC, &t);
        now = (uint64_t) t.tv_sec * 1000000u + (uint64_t) t.tv_nsec / 1000u;
        return now < v->deadline ? (int) ((v->deadline - now) / 1000u) + 1 : 0;
}

static int shake_hands(Vnc *v, gnutls_session_t session) {
        char text[200];
        int r;

        while ((r = gnutls_handshake(session)) < 0 && !gnutls_error_is_fatal(r)) {
                struct pollfd fd = { v->client->sock, gnutls_record_get_direction(session) ? POLLOUT : POLLIN, 0 };
                int left = msec_left(v);

                if (left == 0 || poll(&fd, 1, left) == 0)
                        return vnc_broken(v, "no encryption came about");
        }
        if (r >= 0)
                return 0;
        snprintf(text, sizeof text, "no encryption came about, %s", gnutls_strerror(r));
        return vnc_broken(v, text);
}

static int set_up(Vnc *v, gnutls_session_t session, bool anonymous) {
        int r = gnutls_priority_set_direct(session, anonymous ? PRIORITY_ANONYMOUS : PRIORITY_X509, NULL);

        if (r < 0)
                return r;
        gnutls_transport_set_int(session, v->client->sock);
        if (anonymous)
                return gnutls_credentials_set(session, GNUTLS_CRD_ANON, v->anonymous);
        if (v->hostname && strspn(v->hostname, "0123456789.:abcdefABCDEF") != strlen(v->hostname))
                (void) gnutls_server_name_set(session, GNUTLS_NAME_DNS, v->hostname, strlen(v->hostname));
        return gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, v->certificates);
}

static int encrypt(Vnc *v, bool anonymous) {
        gnutls_session_t session = NULL;

        /* Said in the clear by anybody, it would be taken for something that was encrypted. */
        if (v->client->buffered > 0)
                return vnc_broken(v, "it talks before the encryption is there");
        if (gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        if (set_up(v, session, anonymous) < 0) {
                gnutls_deinit(session);
                return vnc_fail(v, LABGATE_STATUS_SERVER_ERROR, "Encryption is not set up here.");
        }
        if (shake_hands(v, session) < 0 || (!anonymous && check_certificate(v, session) < 0)) {
                gnutls_deinit(session);
                return -EPROTO;
        }
        v->client->tlsSession = session;
        return 0;
}

int encryption_anonymous(Vnc *v) {
        return encrypt(v, true);
}

/* ---- VeNCrypt 0.2 ---- */

/* What the lab takes, best first. A certificate that nobody knows comes last: to say which it is. */
static size_t list_wishes(const Vnc *v, uint32_t ret[static 12]) {
        const VncSettings *s = v->settings;
        bool known = vnc_settings_is_pinned(s) || vnc_settings_accept_any(s);
        bool anonymous = !vnc_settings_is_pinned(s) && s->security != VNC_SECURITY_X509;
        bool password = s->password.data, name = s->username && password;
        const uint32_t x509[] = { VENCRYPT_X509_PLAIN, VENCRYPT_X509_VNC, VENCRYPT_X509_NONE };
        const uint32_t tls[] = { VENCRYPT_TLS_PLAIN, VENCRYPT_TLS_VNC, VENCRYPT_TLS_NONE };
        const bool has[] = { name, password, true };
        size_t n = 0;

        for (size_t i = 0; i < 3; i++)
                if (known && has[i])
                        ret[n++] = x509[i];
        for (size_t i = 0; i < 3; i++)
                if (anonymous && has[i])
                        ret[n++] = tls[i];
        for (size_t i = 0; i < 3; i++)
                if (!known && has[i])
                        ret[n++] = x509[i];
        if (anonymous && s->security == VNC_SECURITY_ANY)
                ret[n++] = password ? RFB_SECURITY_VNC : RFB_SECURITY_NONE;
        return n;
}

static int choose(Vnc *v, const uint8_t *types, size_t n, uint32_t *ret) {
        uint32_t wishes[12];
        size_t n_wishes = list_wishes(v, wishes);

        for (size_t i = 0; i < n_wishes; i++)
                for (size_t k = 0; k < n; k++)
                        if (get32(types + 4 * k) == wishes[i]) {
                                *ret = wishes[i];
                                return 0;
                        }
        if (!v->settings->password.data)
                return vnc_fail(v, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "%s asks for a password, and the lab has none.",
                                worker_lab_name(v->bridge));
        return vnc_fail(v, LABGATE_STATUS_UPSTREAM_UNAVAILABLE,
                        "%s has no encryption and login that the lab allows and has.", worker_lab_name(v->bridge));
}

static int agree_on_version(Vnc *v) {
        const uint8_t ours[] = { 0, 2 };
        uint8_t theirs[2], refused;

        if (vnc_read(v, theirs, sizeof theirs) < 0)
                return -EPROTO;
        if (theirs[0] == 0 && theirs[1] < 2)
                return vnc_broken(v, "its VeNCrypt is too old");
        if (vnc_write(v, ours, sizeof ours) < 0 || vnc_read(v, &refused, 1) < 0)
                return -EPROTO;
        return refused ? vnc_broken(v, "it refuses VeNCrypt 0.2") : 0;
}

int encryption_vencrypt(Vnc *v, uint32_t *ret_type) {
        uint8_t types[256 * 4], n, chosen[4], accepted;

        if (agree_on_version(v) < 0 || vnc_read(v, &n, 1) < 0 || vnc_read(v, types, 4u * n) < 0 ||
            choose(v, types, n, ret_type) < 0)
                return -EPROTO;
        put32(chosen, *ret_type);
        if (vnc_write(v, chosen, sizeof chosen) < 0)
                return -EPROTO;
        if (*ret_type < VENCRYPT_TLS_NONE)
                return 0;
        if (vnc_read(v, &accepted, 1) < 0)
                return -EPROTO;
        if (accepted != 1)
                return vnc_broken(v, "it refuses the encryption that it offered");
        return encrypt(v, *ret_type < VENCRYPT_X509_NONE);
}
