/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The worker's life: connects by the descriptor that it was given, shows who the lab machine is to be before anything
 * secret leaves, then carries commands one way while the library brings pictures the other. Asks for another
 * connection where the protocol needs one; opens none itself, and follows nobody to another host. */

#include "rdp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <freerdp/gdi/gdi.h>
#include <winpr/synch.h>

#include "../../src/base/descriptor.h"
#include "../../src/desktop/certificate.h"

#define HANDLES_MAX 64
#define PAUSE_MSEC 20u    /* how often a worker looks whether the browser has caught up */
#define RECONNECT_MSEC (RDP_CONNECT_SECONDS * 1000u)
/* The library closes the descriptor and then may use its number again; nothing else of the process gets that high. */
#define UPSTREAM_FD_MIN 200

/* ---- who the lab machine is ---- */

static int verify(freerdp *instance, const BYTE *pem, size_t size, const char *hostname, UINT16 port, DWORD flags) {
        Rdp *r = rdp_of(instance->context);
        const CertificateWish wish = { r->settings->cert_fingerprints, r->settings->ca, r->hostname };
        char why[320] = "its certificate could not be checked";
        bool is_fine;

        is_fine = rdp_settings_accept_any(r->settings) || certificate_verify(&wish, pem, size, why, sizeof why) > 0;
        if (!is_fine) {
                r->is_refused = true;
                worker_end(r->bridge, LABGATE_STATUS_UPSTREAM_UNAVAILABLE,
                           "%s is not the machine that it should be: %s.", r->lab_name, why);
                return 0;
        }
        r->is_identified = true;
        /* For the name that NLA authenticates; a retry or a redirection finds no descriptor under it. */
        if (!freerdp_settings_set_string(instance->context->settings, FreeRDP_ServerHostname, r->hostname) ||
            !freerdp_settings_set_uint32(instance->context->settings, FreeRDP_ServerPort, 3389) ||
            !options_tell_login(r, instance->context->settings))
                return 0;
        return 1;
}

static int logon_error(freerdp *instance, UINT32 data, UINT32 type) {
        Rdp *r = rdp_of(instance->context);

        r->logon_error = data < UINT32_MAX ? data + 1 : 0;
        return 1;
}

/* ---- callbacks of a connection ---- */

static BOOL lights(rdpContext *context, UINT16 flags) {
        typist_lights(&rdp_of(context)->typist, flags);
        return TRUE;
}

static BOOL post_connect(freerdp *instance) {
        Rdp *r = rdp_of(instance->context);

        instance->context->update->SetKeyboardIndicators = lights;
        rdp_mouse_begin(&r->mouse, instance->context->input);
        return graphics_init(instance) && rdp_pointer_register(instance->context) &&
               typist_begin(&r->typist, instance->context->input, r->settings->server_layout);
}

static void post_disconnect(freerdp *instance) {
        graphics_done(instance);
}

/* ---- what the page does ---- */

static void take_commands(Rdp *r) {
        BridgeCommand c;

        while (worker_take(r->bridge, &c) != BRIDGE_NOTHING)
                switch (c.type) {
                case BRIDGE_KEY:
                        rdp_mouse_hurry(&r->mouse);
                        typist_key(&r->typist, c.keysym, c.pressed);
                        break;
                case BRIDGE_MOUSE:
                        rdp_mouse_take(&r->mouse, &c);
                        break;
                case BRIDGE_SIZE:
                        rdp_size_want(r, c.width, c.height);
                        break;
                case BRIDGE_CLIPBOARD:
                        rdp_clipboard_take(r, c.text, c.size);
                        break;
                default:
                        break;
                }
}

/* ---- the connection ---- */

static void wait_for_something(Rdp *r, HANDLE wake, uint32_t msec) {
        HANDLE handles[HANDLES_MAX] = { wake };
        bool paused = worker_is_paused(r->bridge);
        DWORD n = paused ? 0 : freerdp_get_event_handles(r->instance->context, handles + 1, HANDLES_MAX - 1);

        worker_rest(r->bridge, true);
        (void) WaitForMultipleObjects(n + 1, handles, FALSE, MIN(msec, paused ? PAUSE_MSEC : 1000u));
        worker_rest(r->bridge, false);
}

static void stay(Rdp *r) {
        HANDLE wake = CreateFileDescriptorEvent(NULL, FALSE, FALSE, worker_wake_fd(r->bridge), WINPR_FD_READ);
        uint32_t mouse_msec = UINT32_MAX;

        if (!wake) {
                worker_end(r->bridge, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
                return;
        }
        while (!worker_is_over(r->bridge) && !r->reconnects && !freerdp_shall_disconnect(r->instance)) {
                wait_for_something(r, wake, mouse_msec);
                take_commands(r);
                rdp_size_follow(r);
                if (!worker_is_paused(r->bridge) && !freerdp_check_event_handles(r->instance->context))
                        break;
                mouse_msec = rdp_mouse_tell(&r->mouse, library_msec());
        }
        (void) CloseHandle(wake);
}

static freerdp *make_instance(Rdp *r, int fd) {
        freerdp *instance = freerdp_new();

        if (!instance)
                return NULL;
        instance->ContextSize = sizeof(RdpContext);
        library_set_channels(instance, rdp_channels_load);
        instance->PostConnect = post_connect;
        instance->PostDisconnect = post_disconnect;
        instance->VerifyX509Certificate = verify;
        instance->LogonErrorInfo = logon_error;
        library_set_login(instance);
        if (!freerdp_context_new(instance)) {
                freerdp_free(instance);
                return NULL;
        }
        ((RdpContext *) instance->context)->rdp = r;
        rdp_channels_subscribe(instance->context);
        if (options_apply(r, instance->context->settings, fd))
                return instance;
        freerdp_context_free(instance);
        freerdp_free(instance);
        return NULL;
}

/* The lab machine ended the negotiation without a word about the login: it may take the one protection left. */
static bool try_weaker(Rdp *r) {
        if (r->was_connected || r->is_refused || r->is_identified || worker_is_over(r->bridge))
                return false;
        if (r->security != RDP_SECURITY_ANY || !rdp_settings_accept_any(r->settings))
                return false;
        r->security = RDP_SECURITY_RDP;
        return true;
}

/* True: once more, by another connection. */
static bool converse(Rdp *r, int fd) {
        bool connected, again;

        r->is_identified = r->reconnects = r->in_frame = false;
        r->logon_error = 0;
        r->instance = make_instance(r, fd);
        if (!r->instance) {
                fd_close(fd);
                worker_end(r->bridge, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
                return false;
        }
        worker_rest(r->bridge, true);
        connected = library_connect(r->instance, fd);
        worker_rest(r->bridge, false);
        if (connected) {
                atomic_store(&r->connecting_until, 0);
                if (!r->was_connected)
                        worker_connected(r->bridge);
                r->was_connected = true;
                worker_set_activity(r->bridge, "showing a desktop");
                stay(r);
        }
        again = r->reconnects || (!connected && try_weaker(r));
        if (!again && !worker_is_over(r->bridge))
                reasons_end(r);
        if (connected) {
                typist_end(&r->typist);
                (void) freerdp_disconnect(r->instance);
        }
        freerdp_context_free(r->instance);
        freerdp_free(r->instance);
        r->instance = NULL;
        return again;
}

void talk(Bridge *b, void *userdata, int fd) {
        Rdp *r = userdata;

        for (;;) {
                int high = fcntl(fd, F_DUPFD_CLOEXEC, UPSTREAM_FD_MIN);

                fd_close(fd);
                if (high < 0) {
                        worker_end(b, LABGATE_STATUS_SERVER_ERROR, "The connection cannot be used.");
                        return;
                }
                if (!converse(r, high))
                        return;
                atomic_store(&r->connecting_until, (unsigned) library_seconds() + RDP_CONNECT_SECONDS);
                fd = worker_reconnect(b, RECONNECT_MSEC);
                if (fd < 0) {
                        worker_end(b, LABGATE_STATUS_UPSTREAM_ERROR, "%s did not take another connection.",
                                   r->lab_name);
                        return;
                }
        }
}
