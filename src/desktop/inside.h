/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What both halves of a bridge share. Only bridge.c and worker.c see it. */

#include <pthread.h>
#include <stdatomic.h>
#include <systemd/sd-event.h>

#include "../base/buffer.h"
#include "../base/descriptor.h"
#include "../terminal/console.h"
#include "commands.h"
#include "framebuffer.h"

#define BRIDGE_ACTIVITY_MAX 200u
#define BRIDGE_LAB_NAME_MAX 256u

/* What the worker has for the loop: of each kind only the last counts, but for sound and the end. */
typedef struct Posts {
        bool frame, cursor_is_new, clipboard_is_new, title_is_new, activity_is_new;
        bool connected, reconnect, silence, has_end;
        LabgateCursor cursor;
        uint32_t *cursor_pixels;
        char *clipboard;
        size_t clipboard_size;
        char title[BRIDGE_TITLE_MAX];
        size_t title_size;
        char activity[BRIDGE_ACTIVITY_MAX];
        Buffer sound;
        unsigned rate, channels;
        LabgateStatus status;
        char reason[BRIDGE_REASON_MAX];
} Posts;

struct Bridge {
        /* the loop's alone */
        LabgateHost *host;
        Console *console;           /* shows notices until the first picture */
        uint32_t *console_pixels;   /* of the last bridge_paint() */
        sd_event_source *source;
        int guard_fd;               /* the upstream's, a copy that stays open while the worker lives */
        uint64_t received;          /* by guard_fd when last asked */
        bool is_started, is_stopped, has_picture;

        /* set before the worker begins */
        char lab_name[BRIDGE_LAB_NAME_MAX];
        BridgeWork work;
        void *userdata;
        int work_fd;
        pthread_t thread;
        int loop_fd, wake_fd;       /* eventfds, towards the loop and the worker */

        atomic_bool loop_is_woken, over, paused, resting;
        _Atomic uint64_t last_beat;

        Framebuffer framebuffer;

        pthread_mutex_t mutex;      /* guards what follows; held for short */
        pthread_cond_t changed;     /* next_fd, reconnect_error, over or is_done */
        Commands commands;
        Posts posts;
        int next_fd;                /* of bridge_start() for worker_reconnect() */
        int reconnect_error;
        bool has_ended, is_done;
};

uint64_t bridge_now(void);
struct timespec bridge_time_in(uint64_t usec);
void bridge_wake(int fd);
