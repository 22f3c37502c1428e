/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rdp plugin from the inside. Rdp is the whole of it; the loop's half is rdp.c, all the rest runs in the worker and
 * in the threads that the library starts for its channels. What both read is set in open() and start(). */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "library.h"

#include <freerdp/client/cliprdr.h>
#include <freerdp/client/disp.h>
#include <freerdp/client/rail.h>
#include <freerdp/client/rdpgfx.h>
#include <freerdp/client/rdpsnd.h>

#include "../../src/desktop/worker.h"
#include "rdp-again.h"
#include "rdp-mouse.h"
#include "rdp-settings.h"
#include "typist.h"

#define RDP_CONNECT_SECONDS 20 /* for a connection to become a desktop */
#define RDP_SIDE_MIN 200       /* of a desktop, by MS-RDPEDISP */

typedef struct Rdp Rdp;
typedef struct sd_event_source sd_event_source;

/* The library hands its context to every callback; this is ours. */
typedef struct RdpContext {
        rdpContext context;
        Rdp *rdp;
} RdpContext;

static inline Rdp *rdp_of(const rdpContext *context) {
        return ((const RdpContext *) context)->rdp;
}

/* Of the page's and the lab machine's clipboards; channel threads and the worker use it. */
typedef struct RdpClipboard {
        pthread_mutex_t mutex;
        CliprdrClientContext *channel; /* NULL: none */
        char *text;                    /* the page's; NULL: nothing was copied there */
        size_t size;
        bool is_ready;                 /* the lab machine takes format lists */
        uint32_t asked;                /* the format that the lab machine was asked for */
} RdpClipboard;

/* What the page wants and the lab machine shows. */
typedef struct RdpSize {
        pthread_mutex_t mutex;
        DispClientContext *channel; /* NULL: no display-update */
        bool is_ready;              /* the lab machine has sent its limits */
        int32_t width, height;      /* wanted */
        bool is_wanted;             /* not asked for yet */
        RdpAgain again;
} RdpSize;

struct Rdp {
        LabgateHost *host;
        const RdpSettings *settings;
        Bridge *bridge;
        sd_event_source *deadline;
        atomic_uint connecting_until; /* seconds of CLOCK_MONOTONIC, 0: no limit runs */

        char *lab_name, *hostname;
        int32_t dpi;
        bool copies, pastes, plays_sound;
        size_t clipboard_size;

        /* the worker's */
        freerdp *instance;
        RdpSecurity security;   /* of this attempt; what `any` means narrows */
        bool is_identified;     /* of this attempt: the certificate is the right one, or anyone's will do */
        bool is_refused;        /* an end was posted: what comes after explains nothing */
        bool was_connected;
        bool reconnects;        /* the connection ends for a new size */
        uint32_t logon_error;   /* what the lab machine said about the login, plus one; 0: nothing */
        bool in_frame;          /* between the lab machine's frame markers */
        Typist typist;
        RdpMouse mouse;
        RdpClipboard clipboard;
        RdpSize size;
        pSurfaceFrameMarker gdi_frame_marker;
        pSurfaceBits gdi_surface_bits;
        pcRdpgfxSurfaceCommand gdi_surface_command;
        pScrBlt gdi_scrblt;
};

/* talk.c */
void talk(Bridge *b, void *userdata, int fd);

/* options.c: the lab's settings as the library's. False without memory. */
bool options_apply(Rdp *r, rdpSettings *s, int fd);

/* Once it is known who gets it: not even the user's name leaves before. */
bool options_tell_login(const Rdp *r, rdpSettings *s);

/* graphics.c */
bool graphics_init(freerdp *instance);
void graphics_done(freerdp *instance);
void graphics_attach(rdpContext *context, RdpgfxClientContext *pipeline);
void graphics_detach(rdpContext *context, RdpgfxClientContext *pipeline);

/* rdp-pointer.c */
bool rdp_pointer_register(rdpContext *context);

/* rdp-channels.c */
BOOL rdp_channels_load(freerdp *instance);
void rdp_channels_subscribe(rdpContext *context);
int rdp_channels_warm_up(void);

/* rdp-clipboard.c */
void rdp_clipboard_attach(Rdp *r, CliprdrClientContext *channel);
void rdp_clipboard_detach(Rdp *r);
void rdp_clipboard_take(Rdp *r, char *text, size_t size); /* the page's; text is taken over */

/* remote-app.c */
void remote_app_attach(Rdp *r, RailClientContext *channel);

/* rdp-size.c */
void rdp_size_attach(Rdp *r, DispClientContext *channel);
void rdp_size_detach(Rdp *r);
void rdp_size_want(Rdp *r, int32_t width, int32_t height);
void rdp_size_follow(Rdp *r); /* sets reconnects when it is time for a connection of another size */
void rdp_size_clamp(int32_t *width, int32_t *height);

/* rdp-sound.c */
void rdp_sound_listen(Rdp *r);
UINT rdp_sound_entry(PFREERDP_RDPSND_DEVICE_ENTRY_POINTS points);

/* reasons.c: ends the session with what the library and the lab machine said. */
void reasons_end(Rdp *r);
