/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "../base/base64.h"
#include "../base/cleanup.h"
#include "../base/descriptor.h"
#include "probe.h"
#include "reach.h"

#define DIGEST_SIZE 32

extern char **environ;

static SSL_CTX *context_free(SSL_CTX *c) {
        SSL_CTX_free(c);
        return NULL;
}
DEFINE_CLEANUP(SSL_CTX *, context_free)

static SSL *ssl_free(SSL *s) {
        SSL_free(s);
        return NULL;
}
DEFINE_CLEANUP(SSL *, ssl_free)

static int fail(Probe *p, const char *reason) {
        snprintf(p->reason, sizeof p->reason, "%s: %s", p->address, reason);
        return -EINVAL;
}

static ProbeIdentity *add_identity(Probe *p, const char *type, size_t type_size) {
        ProbeIdentity *identity;

        if (p->n_identities == PROBE_IDENTITIES_MAX)
                return NULL;
        identity = &p->identities[p->n_identities++];
        *identity = (ProbeIdentity) {};
        snprintf(identity->type, sizeof identity->type, "%.*s", (int) MIN(type_size, 31u), type);
        return identity;
}

/* What the lab file pins; NULL. */
static char **pins(const Entry *e, const char *name) {
        const LabgateSetting *row = settings_find(e->plugin->settings, name);

        if (!row || row->type != LABGATE_SETTING_STRINGS)
                return NULL;
        return *(char ***) ((char *) e->values + row->offset);
}

/* ---- ssh: what ssh-keyscan prints, because OpenSSH knows best which keys a host has ---- */

/* "HOST TYPE BASE64" */
static void take_key_line(Probe *p, const char *line, size_t size, char **pinned) {
        const char *type = memchr(line, ' ', size);
        const char *blob = type ? memchr(type + 1, ' ', size - (size_t) (type + 1 - line)) : NULL;
        size_t blob_size = blob ? size - (size_t) (blob + 1 - line) : 0;
        _cleanup_free_ unsigned char *bytes = malloc(blob_size + 1);
        unsigned char digest[DIGEST_SIZE];
        char text[BASE64_SIZE(DIGEST_SIZE)];
        ProbeIdentity *identity;
        ssize_t n;

        if (!blob || !bytes || *line == '#')
                return;
        n = base64_decode(blob + 1, blob_size, bytes);
        if (n <= 0 || EVP_Digest(bytes, (size_t) n, digest, NULL, EVP_sha256(), NULL) != 1)
                return;
        identity = add_identity(p, type + 1, (size_t) (blob - type - 1));
        if (!identity)
                return;
        base64_encode(digest, sizeof digest, text);
        snprintf(identity->text, sizeof identity->text, "SHA256:%.*s", (int) sizeof text - 1, text);
        for (char **pin = pinned; pin && *pin; pin++)
                if (strcmp(*pin, identity->text) == 0 || memmem(*pin, strlen(*pin), blob + 1, blob_size))
                        identity->is_pinned = true;
}

static void take_key_lines(Probe *p, const char *text, char **pinned) {
        for (const char *line = text; *line;) {
                size_t size = strcspn(line, "\n");

                take_key_line(p, line, size, pinned);
                line += size + (line[size] == '\n');
        }
}

/* Its output, at most size - 1 bytes. 0 or negative errno. */
static int run_keyscan(const Entry *e, uint16_t port, char *ret, size_t size) {
        char program[] = "ssh-keyscan", limit[] = "-T", at[] = "-p", port_text[8], seconds[24];
        char *arguments[] = { program, limit, seconds, at, port_text, e->lab.hostname, NULL };
        posix_spawn_file_actions_t actions;
        size_t used = 0;
        int fds[2], r, status;
        ssize_t n = 1;
        pid_t pid;

        snprintf(port_text, sizeof port_text, "%u", port);
        snprintf(seconds, sizeof seconds, "%lld", (long long) e->lab.timeout);
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        r = -posix_spawnp(&pid, program, &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        close(fds[1]);
        while (r == 0 && n > 0 && used < size - 1) {
                n = read(fds[0], ret + used, size - 1 - used);
                used += n > 0 ? (size_t) n : 0;
        }
        close(fds[0]);
        ret[used] = 0;
        if (r == 0)
                (void) waitpid(pid, &status, 0);
        return r;
}

static int probe_ssh(const Entry *e, uint16_t port, Probe *p) {
        char text[16384];
        int r;

        p->setting = "host_key";
        r = run_keyscan(e, port, text, sizeof text);
        if (r == -ENOENT)
                return fail(p, "ssh-keyscan is not there to ask for host keys (package openssh-client)");
        if (r < 0)
                return fail(p, strerror(-r));
        take_key_lines(p, text, pins(e, p->setting));
        return p->n_identities > 0 ? 0 : fail(p, "shows no host key: is it an SSH server?");
}

/* ---- certificates ---- */

/* As SHA-256 in hexadecimal is compared: digits alone. */
static void hex_digits(const char *text, char ret[static 2 * DIGEST_SIZE + 1]) {
        size_t n = 0;

        if (strncasecmp(text, "SHA256:", strlen("SHA256:")) == 0)
                text += strlen("SHA256:");
        for (; *text && n < 2 * (size_t) DIGEST_SIZE; text++)
                if (isxdigit((unsigned char) *text))
                        ret[n++] = (char) tolower((unsigned char) *text);
        ret[n] = 0;
}

static int take_certificate(Probe *p, SSL *ssl, char **pinned) {
        X509 *certificate = SSL_get1_peer_certificate(ssl);
        unsigned char digest[DIGEST_SIZE];
        ProbeIdentity *identity;
        char mine[2 * DIGEST_SIZE + 1], theirs[2 * DIGEST_SIZE + 1];
        int r;

        if (!certificate)
                return fail(p, "shows no certificate");
        r = X509_digest(certificate, EVP_sha256(), digest, NULL);
        X509_free(certificate);
        identity = add_identity(p, "certificate", strlen("certificate"));
        if (r != 1 || !identity)
                return fail(p, "its certificate cannot be read");
        for (size_t i = 0; i < DIGEST_SIZE; i++)
                sprintf(identity->text + 3 * i, i + 1 < DIGEST_SIZE ? "%02X:" : "%02X", digest[i]);
        hex_digits(identity->text, mine);
        for (char **pin = pinned; pin && *pin; pin++) {
                hex_digits(*pin, theirs);
                identity->is_pinned = identity->is_pinned || strcmp(mine, theirs) == 0;
        }
        return 0;
}

/* Nobody is trusted here: it is to be seen who is there. */
static int probe_tls(Probe *p, int fd, char **pinned) {
        _cleanup_(context_freep) SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        _cleanup_(ssl_freep) SSL *ssl = context ? SSL_new(context) : NULL;

        if (!ssl)
                return fail(p, "out of memory");
        SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
        SSL_set_security_level(ssl, 0);
        if (SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
                return fail(p, "does not speak TLS");
        return take_certificate(p, ssl, pinned);
}

static bool exchange(int fd, const void *question, size_t question_size, void *answer, size_t answer_size) {
        return send(fd, question, question_size, MSG_NOSIGNAL) == (ssize_t) question_size &&
               recv(fd, answer, answer_size, MSG_WAITALL) == (ssize_t) answer_size;
}

/* [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2: a connection request that asks for TLS or CredSSP, and its confirmation. */
static int probe_rdp(const Entry *e, int fd, Probe *p) {
        static const unsigned char request[] = { 3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0 };
        unsigned char answer[19];

        p->setting = "cert_fingerprints";
        if (!exchange(fd, request, sizeof request, answer, sizeof answer) || answer[0] != 3 || answer[5] != 0xd0)
                return fail(p, "does not answer as RDP does");
        if (answer[11] != 2 || (answer[15] & 0x0b) == 0)
                return fail(p, "offers neither TLS nor NLA, so it has no identity to pin");
        return probe_tls(p, fd, pins(e, p->setting));
}

/* VeNCrypt, as rfbproto describes it: its version, its kinds of TLS, the one with a certificate, and go. */
static int probe_vencrypt(const Entry *e, int fd, Probe *p) {
        static const unsigned char choose_vencrypt[] = { 19 }, version[] = { 0, 2 };
        unsigned char answer[2], kinds[4 * UINT8_MAX], go;
        uint32_t kind = 0;

        if (!exchange(fd, choose_vencrypt, sizeof choose_vencrypt, answer, 2) ||
            !exchange(fd, version, sizeof version, answer, 2) || answer[0] != 0 ||
            recv(fd, kinds, 4u * answer[1], MSG_WAITALL) != 4 * (ssize_t) answer[1])
                return fail(p, "does not answer as VeNCrypt does");
        for (size_t i = 0; i < answer[1] && kind == 0; i++) {
                memcpy(&kind, kinds + 4 * i, sizeof kind);
                if (be32toh(kind) < 260 || be32toh(kind) > 262)
                        kind = 0;
        }
        if (kind == 0) /* TLS without certificates */
                return 0;
        p->setting = "cert_fingerprints";
        if (!exchange(fd, &kind, sizeof kind, &go, 1) || go != 1)
                return fail(p, "does not begin TLS");
        return probe_tls(p, fd, pins(e, p->setting));
}

/* RFC 6143, 7.1.1 and 7.1.2. Without TLS it has no identity. */
static int probe_vnc(const Entry *e, int fd, Probe *p) {
        char version[12];
        unsigned char n, kinds[UINT8_MAX];

        if (recv(fd, version, sizeof version, MSG_WAITALL) != (ssize_t) sizeof version ||
            memcmp(version, "RFB ", 4) != 0)
                return fail(p, "does not speak as VNC does");
        if (strncmp(version, "RFB 003.008", 11) < 0)
                return 0;
        if (!exchange(fd, "RFB 003.008\n", 12, &n, 1) || recv(fd, kinds, n, MSG_WAITALL) != (ssize_t) n)
                return fail(p, "does not say how to log in");
        return memchr(kinds, 19, n) ? probe_vencrypt(e, fd, p) : 0;
}

static int check_pins(const Entry *e, Probe *p) {
        char **pinned = p->setting ? pins(e, p->setting) : NULL;

        p->has_pins = pinned && *pinned;
        if (!p->has_pins)
                return 0;
        for (size_t i = 0; i < p->n_identities; i++)
                if (p->identities[i].is_pinned)
                        return 0;
        return fail(p, "is not the machine that the lab pins");
}

int probe_lab(const Entry *e, Probe *ret) {
        uint16_t port = (uint16_t) (e->lab.port > 0 ? e->lab.port : e->plugin->default_port);
        _cleanup_close_ int fd = -1;
        int r;

        *ret = (Probe) {};
        fd = reach(e->lab.hostname, port, e->lab.timeout, ret->address, ret->reason, sizeof ret->reason);
        if (fd < 0)
                return fd;
        if (strcmp(e->plugin->name, "ssh") == 0)
                r = probe_ssh(e, port, ret);
        else if (strcmp(e->plugin->name, "rdp") == 0)
                r = probe_rdp(e, fd, ret);
        else
                r = strcmp(e->plugin->name, "vnc") == 0 ? probe_vnc(e, fd, ret) : 0;
        return r < 0 ? r : check_pins(e, ret);
}
