/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rdp-peer PORT CERTIFICATE KEY LOG: a lab machine that takes Unicode input, as xrdp does not: FreeRDP's own side of a
 * server, by TLS, one connection after the other. It draws nothing and does nothing; what keys it is told of are lines
 * of LOG: "active", "scancode FLAGS CODE", "unicode FLAGS CODE", in hexadecimal. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <freerdp/freerdp.h>
#include <freerdp/peer.h>
#include <freerdp/version.h>
#include <winpr/ssl.h>
#include <winpr/synch.h>
#if FREERDP_VERSION_MAJOR >= 3
#include <freerdp/crypto/certificate.h>
#include <freerdp/crypto/privatekey.h>
typedef UINT8 KeyCode;
#else
typedef UINT16 KeyCode;
#endif

#define HANDLES_MAX 32

static FILE *log_file;

static BOOL on_scancode(rdpInput *input, UINT16 flags, KeyCode code) {
        return fprintf(log_file, "scancode %x %x\n", flags, code) > 0;
}

static BOOL on_unicode(rdpInput *input, UINT16 flags, UINT16 code) {
        return fprintf(log_file, "unicode %x %x\n", flags, code) > 0;
}

static BOOL on_active(freerdp_peer *peer) {
        return fputs("active\n", log_file) >= 0;
}

static BOOL agree(freerdp_peer *peer) {
        return TRUE;
}

static BOOL set_identity(rdpSettings *s, char **arguments) {
#if FREERDP_VERSION_MAJOR >= 3
        return freerdp_settings_set_pointer_len(s, FreeRDP_RdpServerCertificate,
                                                freerdp_certificate_new_from_file(arguments[2]), 1) &&
               freerdp_settings_set_pointer_len(s, FreeRDP_RdpServerRsaKey, freerdp_key_new_from_file(arguments[3]), 1);
#else
        return freerdp_settings_set_string(s, FreeRDP_CertificateFile, arguments[2]) &&
               freerdp_settings_set_string(s, FreeRDP_PrivateKeyFile, arguments[3]);
#endif
}

static BOOL prepare(freerdp_peer *peer, char **arguments) {
        rdpSettings *s = peer->context->settings;

        peer->PostConnect = agree;
        peer->Activate = on_active;
        peer->context->input->KeyboardEvent = on_scancode;
        peer->context->input->UnicodeKeyboardEvent = on_unicode;
        return set_identity(s, arguments) && freerdp_settings_set_bool(s, FreeRDP_RdpSecurity, FALSE) &&
               freerdp_settings_set_bool(s, FreeRDP_TlsSecurity, TRUE) &&
               freerdp_settings_set_bool(s, FreeRDP_NlaSecurity, FALSE) &&
               freerdp_settings_set_bool(s, FreeRDP_UnicodeInput, TRUE) && peer->Initialize(peer);
}

static void talk_to(freerdp_peer *peer) {
        HANDLE handles[HANDLES_MAX];
        DWORD n;

        do {
                fflush(log_file);
                n = peer->GetEventHandles(peer, handles, HANDLES_MAX);
                if (n == 0 || WaitForMultipleObjects(n, handles, FALSE, INFINITE) == WAIT_FAILED)
                        return;
        } while (peer->CheckFileDescriptor(peer));
        fflush(log_file);
}

static void meet(int fd, char **arguments) {
        freerdp_peer *peer = freerdp_peer_new(fd);

        if (!peer || !freerdp_peer_context_new(peer))
                exit(1);
        if (prepare(peer, arguments))
                talk_to(peer);
        peer->Disconnect(peer);
        freerdp_peer_context_free(peer);
        freerdp_peer_free(peer);
}

int main(int argc, char **argv) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (argc != 5)
                return 2;
        address.sin_port = htons((uint16_t) atoi(argv[1]));
        log_file = fopen(argv[4], "we");
        winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT);
        if (!log_file || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
            bind(listener, (struct sockaddr *) &address, sizeof address) < 0 || listen(listener, 1) < 0)
                return 1;
        for (;;) {
                int fd = accept(listener, NULL, NULL);

                if (fd >= 0)
                        meet(fd, argv);
        }
}
