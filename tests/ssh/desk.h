/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A session without a browser: loads the ssh plugin as the session does, gives it a LabgateHost, types, and reads the
 * screen the way a person would, by dragging the mouse over it. */

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "../../plugins/plugin.h"

#define DESK_TEXT_MAX 262144

typedef struct Desk {
        LabgateHost host; /* first: what the plugin gets is this struct */
        const LabgatePlugin *plugin;
        void *library;
        void *settings;
        void *state;
        LabgateFont font;
        bool wants_frame, connected, ended;
        unsigned frames;
        LabgateStatus status;
        char text[512];
        char title[1024];
        char activity[256];
        char clipboard[DESK_TEXT_MAX];
} Desk;

Desk *desk_new(void);
Desk *desk_free(Desk *d);

static inline void desk_freep(Desk **d) {
        *d = desk_free(*d);
}

/* A setting as a lab file gives it; several calls add up to a list. */
void desk_set(Desk *d, const char *name, const char *value);
void desk_set_file(Desk *d, const char *name, const char *path);

int desk_check(Desk *d, char *reason, size_t size);
void desk_open(Desk *d);
void desk_start(Desk *d, int fd);            /* opens first if that was not done */
void desk_connect(Desk *d, unsigned port);   /* to 127.0.0.1 */

void desk_type(Desk *d, const char *text);   /* \n is Return */
void desk_paste(Desk *d, const char *text, size_t size); /* by the middle button */
void desk_run(Desk *d, unsigned msec);
const char *desk_screen(Desk *d);

/* Run until it is so; the test fails after some seconds. */
void desk_await_screen(Desk *d, const char *text);
void desk_await_title(Desk *d, const char *text);
void desk_await_connected(Desk *d);
void desk_await_end(Desk *d);
void desk_expect_end(Desk *d, LabgateStatus status, const char *part_of_text);
