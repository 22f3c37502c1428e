/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The picture that a worker draws and the loop shows: pixels, and what changed since the loop last looked, in order. A
 * new size gets new pixels, which the loop takes over when it has told the session of the size; what it shows until
 * then, nobody writes to. */

#include <pthread.h>
#include <stdbool.h>

#include "worker.h"

typedef struct FramebufferChange {
        LabgateRect area; /* of a move: its source */
        int32_t dx, dy;
        bool is_move;
} FramebufferChange;

typedef struct Framebuffer {
        pthread_mutex_t next;    /* taken only to take `pixels`: whoever waits is the next one to have it */
        pthread_mutex_t pixels;  /* guards all that follows */
        BridgePicture worker;    /* what the worker draws into */
        BridgePicture shown;     /* the loop's; the same pixels, but for the time between a new size and its adoption */
        FramebufferChange changes[BRIDGE_DAMAGE_MAX];
        unsigned n_changes;
} Framebuffer;

void framebuffer_init(Framebuffer *f);
void framebuffer_done(Framebuffer *f);

void framebuffer_lock(Framebuffer *f);
void framebuffer_unlock(Framebuffer *f);

/* These are called with the lock, but for set_size. */
int framebuffer_set_size(Framebuffer *f, int32_t width, int32_t height);
void framebuffer_damage(Framebuffer *f, LabgateRect area);
void framebuffer_move(Framebuffer *f, LabgateRect source, int32_t dx, int32_t dy);

/* On the loop: a size that was not adopted yet; its pixels become the ones shown. */
bool framebuffer_adopt(Framebuffer *f);

/* On the loop, with the lock: the changes of the pixels shown, which are forgotten here. */
unsigned framebuffer_take(Framebuffer *f, FramebufferChange ret[static BRIDGE_DAMAGE_MAX]);
