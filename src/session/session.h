/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One browser connection from its first byte to its last. Owns everything: the connection, the link to the porter, the
 * lab, the plugin, the picture. The files of this room each take one part of it:
 *
 *   connection.c  bytes: the request head, the upgrade, the WebSocket, output
 *   opening.c     from the token to a running plugin: what the porter says, what the session makes of it
 *   host.c        LabgateHost: what the plugin asks for
 *   display.c     when a frame is made
 *   limits.c      time: liveness, idle and total limits, watchdogs
 *   session.c     states and the end */

#include <systemd/sd-event.h>

#include "../browser/canvas.h"
#include "../browser/desktop-frame.h"
#include "../browser/input.h"
#include "../browser/pacer.h"
#include "../browser/image.h"
#include "../browser/quality.h"
#include "../browser/streams.h"
#include "../browser/wishes.h"
#include "../lab/configuration.h"
#include "../lab/lab.h"
#include "link.h"
#include "notify.h"
#include "record.h"

#define SESSION_UUID_SIZE 36
#define SESSION_REASON_MAX 512

#define SESSION_HEAD_USEC (10 * UINT64_C(1000000))    /* a whole request head */
#define SESSION_LOOKUP_USEC (15 * UINT64_C(1000000))  /* the porter's answer about the token */
#define SESSION_SPARE_USEC (30 * UINT64_C(1000000))   /* beyond what the lab allows for connecting */
#define SESSION_DRAIN_USEC (3 * UINT64_C(1000000))    /* for the last bytes and the browser's close */
#define SESSION_PING_USEC (20 * UINT64_C(1000000))    /* WebSocket ping */
#define SESSION_DEAD_USEC (90 * UINT64_C(1000000))    /* a browser that sent nothing for that long is gone */
#define SESSION_NOP_USEC (5 * UINT64_C(1000000))      /* cjs gives up after 15 s without a byte */
#define SESSION_RESIZE_USEC UINT64_C(200000)          /* between two sizes handed to the plugin */

/* Output waiting for the browser: above the mark the plugin is asked to pause; above what stops us the browser is not
 * read either, for it asks for more than it takes; above the limit the session ends, with room for its last words. */
#define SESSION_OUTPUT_MARK (1024u * 1024u)
#define SESSION_OUTPUT_STOP (2u * 1024u * 1024u)
#define SESSION_OUTPUT_LIMIT (8u * 1024u * 1024u)
#define SESSION_LAST_WORDS 4096u
#define SESSION_INPUT_CHUNK (32u * 1024u)

typedef enum SessionState {
        SESSION_HEAD,       /* the request head is not whole, or labgate.conf not here */
        SESSION_LOOKUP,     /* upgraded; the porter looks for the lab */
        SESSION_CONNECTING, /* the lab is known, the plugin open; the porter connects */
        SESSION_RUNNING,    /* the plugin has its upstream */
        SESSION_ENDING,     /* the person was told; last bytes drain */
        SESSION_ENDED,
        SESSION_STATES,
} SessionState;

typedef struct Session {
        LabgateHost host; /* first: what the plugin holds is the session */
        sd_event *event;
        SessionState state;
        uint64_t started, state_since, last_input, last_received, last_sent, last_ping;
        sd_event_source *deadline, *tick, *turn, *frame_timer, *resize_timer;

        /* the browser */
        int fd;
        sd_event_source *io;
        Buffer head, output;
        WebSocket *websocket;
        Input input;
        Streams streams;
        Sound sound;
        Wishes wishes;
        char uuid[SESSION_UUID_SIZE + 1];
        char remote_address[64];
        uint64_t bytes_in, bytes_out;
        bool shut_down; /* our last byte is written */

        /* the picture */
        Canvas canvas;
        Image *image;
        Pacer pacer;
        Quality quality;
        DesktopFrame *desktop;    /* of desktops only, from their first frame on */
        uint64_t frame_cost;      /* microseconds of CPU that the frame under way took so far */
        uint64_t frame_stamp;     /* of a desktop's sync */
        uint64_t frame_begun;
        bool frame_wanted, framing, paused;
        bool held_back; /* a frame was not made because of the output that waits */
        bool cursor_is_new; /* the page shows it at the next sync */
        bool end_is_due; /* told from within paint(), when a frame is half written */
        int32_t wanted_width, wanted_height;
        uint64_t last_resize;

        /* the lab */
        Link link;
        bool greeted; /* the porter's HELLO is here, or there will be none */
        Configuration configuration;
        bool configuration_is_broken;
        LabSettings lab;
        void *settings;     /* the plugin's struct */
        void *plugin_handle;
        const LabgatePlugin *plugin;
        void *plugin_state;
        LabgateFont fonts[LABGATE_FONTS_MAX];
        char *lab_file;     /* for the administrator's eyes */
        char upstream[80];
        bool opened, connected, reconnecting;
        uint64_t stalled_since;

        /* the end */
        LabgateStatus status;
        char reason[SESSION_REASON_MAX];
        Notify notify;
} Session;

const char *session_state_name(SessionState state);

int session_new(Session **ret, sd_event *event, int fd);
Session *session_free(Session *s);
DEFINE_CLEANUP(Session *, session_free)

/* The only way from state to state: logs the arrow, resets the deadline. */
void session_set_state(Session *s, SessionState state, uint64_t deadline_usec);

/* Tells the person and begins to end. The first call counts; from anywhere, also from within the plugin's calls. */
void session_end(Session *s, LabgateStatus status, const char *text);

/* What session_end() puts off while a frame is made. */
void session_conclude(Session *s);

/* Our own trouble: text for the person is neutral, the journal gets error and where. */
void session_fail(Session *s, int error, const char *where);

uint64_t session_now(const Session *s);

/* ---- connection.c ---- */
int connection_init(Session *s, int fd);
void connection_greeted(Session *s); /* labgate.conf is here: the head may be judged */
void connection_flush(Session *s);
void connection_watch(Session *s);   /* derives the poll mask from the state */
void connection_done(Session *s);

/* ---- opening.c ---- */
int opening_init(Session *s);
int opening_lookup(Session *s);      /* upgraded: ask the porter */
void opening_close_plugin(Session *s);
void opening_done(Session *s);       /* closes the plugin, wipes the lab */

/* ---- host.c ---- */
void host_init(Session *s);

/* ---- display.c ---- */
int display_init(Session *s);
void display_turn(Session *s);       /* once a loop turn: a frame, if one is wanted and due */
void display_flushed(Session *s);    /* at the turn's end: output that stopped the display may be written by now */
void display_last(Session *s);       /* the last words of a terminal are often why it ended */
int display_sync(Session *s, uint64_t timestamp);
void display_choose_size(Session *s, int32_t width, int32_t height); /* wanted, as far as lab and limits allow */
void display_wanted_size(Session *s, int32_t width, int32_t height);
void display_done(Session *s);

/* ---- limits.c ---- */
int limits_init(Session *s);
void limits_done(Session *s);
