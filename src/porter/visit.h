/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A visit is one session as the porter sees it: its connection, from the first LOOKUP to its end. Believes a session
 * nothing but the form of its messages. */

#include <systemd/sd-event.h>

#include "connector.h"
#include "lookup.h"
#include "store.h"

typedef struct Porter Porter;

typedef enum VisitState {
        VISIT_NEW,        /* HELLO said, LOOKUP to come */
        VISIT_REFUSING,   /* the answer is no, and is said when its time has come */
        VISIT_REFUSED,
        VISIT_CONNECTING, /* has the lab, waits for the upstream connection */
        VISIT_SETTLED,    /* has been answered and may say AGAIN */
        VISIT_ENDING,     /* told to end */
} VisitState;

/* What the connector found before the fonts were there. */
typedef struct Answer {
        bool is_there;
        int fd;
        char address[80];
        LabgateStatus status;
        char text[512];
} Answer;

typedef struct Visit {
        Porter *porter;
        struct Visit *next, *previous;
        uint64_t serial; /* in the order in which they came */
        int fd;
        sd_event_source *io;
        sd_event_source *timer; /* deadline of LOOKUP; when to refuse; when to drop who was refused */
        VisitState state;
        bool has_lab;           /* counts, is stored, is watched */
        bool said_lab;
        bool said_opened;       /* the session did */
        bool said_bye;
        bool restored;          /* from the store: nobody knows whether LAB was said */
        bool missing;           /* its lab's file was not there at the last look */
        Stored stored;
        FoundLab lab;           /* the descriptor only until LAB is said */
        Connector *connector;
        Answer answer;
        char upstream[80];      /* the last address, for the record */
        LabgateStatus refusal_status;
        const char *refusal_text;
        uint64_t again_window;  /* when the present count of AGAIN began */
        unsigned n_again;
} Visit;

int visit_new(Porter *p, int fd);                         /* takes fd, also when it fails */
int visit_restore(Porter *p, int fd, const Stored *s);    /* takes fd; says RESTARTED */
Visit *visit_free(Visit *v);

/* Fonts are there that were not: says LAB if it can be said now. */
void visit_go_on(Visit *v);

/* Tells the session to end; it closes the connection when it has. Once. */
void visit_end(Visit *v, LabgateStatus status, const char *text, const char *reason);
