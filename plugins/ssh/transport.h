/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bytes between libssh2 and the host. Sending never fails for want of room: libssh2 1.10 loses its place if a
 * packet that went out by half is followed by another call, so what it sends waits here and goes out from the loop.
 * Receiving has a budget per wake-up: libssh2 would go on for as long as the host does. */

#include <libssh2.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "../../src/base/buffer.h"
#include "hello.h"
#include "wiping.h"

#define TRANSPORT_BUDGET (256u * 1024u)     /* bytes read per wake-up */
#define TRANSPORT_OUT_MARK (64u * 1024u)    /* with more waiting nothing is read that libssh2 might answer */
#define TRANSPORT_OUT_MAX (1024u * 1024u)
#define TRANSPORT_HEAP_MAX (16u * 1024u * 1024u)

typedef struct Transport {
        WipingPool pool; /* first: libssh2's abstract pointer is this struct */
        int fd;
        LIBSSH2_SESSION *session;
        sd_event_source *io;
        Buffer out;
        Hello hello;
        size_t budget;
        uint64_t sent;     /* bytes that libssh2 handed over */
        bool agreed;       /* on keys */
        bool paused;       /* the browser is behind */
        bool held;         /* libssh2 may not be called now: a person is thinking */
        bool backlog;      /* libssh2 holds data that the terminal has not seen */
        int error;         /* 0; -ENODATA: the host closed; other negative errno */
        char goodbye[128]; /* the host's disconnect message */
} Transport;

/* Owns fd from now on, also on failure. 0, negative errno. */
int transport_init(Transport *t, sd_event *event, int fd, sd_event_io_handler_t handler, void *userdata);

/* Says goodbye if it still can, without waiting. */
void transport_done(Transport *t);

/* Before and after libssh2 is called from the loop. */
void transport_begin(Transport *t);
int transport_finish(Transport *t);

bool transport_has_room(const Transport *t);

/* From now on the stream has ended for libssh2. */
void transport_cut(Transport *t, int error);
