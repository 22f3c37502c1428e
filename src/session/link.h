/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The session's end of its connection to the porter (porter/message.h). Sends what is asked, hands over what comes;
 * decides nothing. */

#include <systemd/sd-event.h>

#include "../porter/message.h"

/* message is valid during the call; take descriptors by message_take_fd(). NULL: the connection is gone. */
typedef void (*LinkReceive)(void *userdata, Message *message);

typedef struct Link {
        int fd;
        sd_event_source *source;
        LinkReceive receive;
        void *userdata;
} Link;

typedef struct LinkRequest {
        const char *token;
        const char *session; /* uuid */
        const char *address; /* of the browser; may be empty */
        int64_t port;        /* that the page asks for, 0: none */
} LinkRequest;

/* Connects to the porter's socket. Negative errno: there is no porter. */
int link_open(Link *l, sd_event *event, const char *path, LinkReceive receive, void *userdata);
void link_done(Link *l);

int link_lookup(Link *l, const LinkRequest *request);
int link_again(Link *l);
void link_opened(Link *l); /* the session has logged its opening */
void link_bye(Link *l); /* the session has logged its end itself */
