/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A desktop plugin's worker: what it may call, from any thread but the loop's. See bridge.h. */

#include "bridge.h"

typedef enum BridgeCommandType {
        BRIDGE_NOTHING,
        BRIDGE_KEY,
        BRIDGE_MOUSE,
        BRIDGE_SIZE,      /* the page wants this desktop size */
        BRIDGE_CLIPBOARD, /* the page's clipboard */
} BridgeCommandType;

typedef struct BridgeCommand {
        BridgeCommandType type;
        uint32_t keysym;
        bool pressed;
        int32_t x, y;           /* MOUSE */
        unsigned mask;          /* MOUSE: LABGATE_MOUSE_* */
        int32_t width, height;  /* SIZE */
        char *text;             /* CLIPBOARD: valid UTF-8, NUL-terminated, the taker frees it */
        size_t size;
} BridgeCommand;

/* The framebuffer, XRGB32 words. */
typedef struct BridgePicture {
        uint32_t *pixels;
        int32_t width, height;
        size_t stride; /* bytes */
} BridgePicture;

enum {
        WORKER_READABLE = 1 << 0, /* fd has bytes or is at its end; never while the browser is behind */
        WORKER_COMMANDS = 1 << 1, /* worker_take() has something */
        WORKER_OVER     = 1 << 2, /* clean up and return from Work() */
};

/* For texts. The worker never touches the host: it can outlive it. */
const char *worker_lab_name(const Bridge *b);

/* Waits for one of these, 0 after timeout_msec (negative: none). The way to wait: a worker in here is alive. fd may be
 * -1. */
unsigned worker_wait(Bridge *b, int fd, int timeout_msec);

/* For a library that waits by itself: a descriptor that is readable while worker_take() has something or the session is
 * over; and the worker's word, around its waiting, that it does not stand still. */
int worker_wake_fd(const Bridge *b);
void worker_rest(Bridge *b, bool resting);

/* A worker that is busy for long says so, from anywhere: a sign of life. Cheap. */
void worker_beat(Bridge *b);
bool worker_is_over(const Bridge *b);
bool worker_is_paused(const Bridge *b); /* the browser is behind: do not read more pictures */

/* Next command, BRIDGE_NOTHING if there is none. Clipboard before size before keys and mouse in their order, mouse
 * moves of the same buttons merged. */
BridgeCommandType worker_take(Bridge *b, BridgeCommand *ret);

/* A new framebuffer, all black. 0, -ERANGE beyond the limits of plugin.h, -ENOMEM. The pixels of before are no longer
 * the worker's. */
int worker_set_size(Bridge *b, int32_t width, int32_t height);

/* Everything that touches pixels is between these two, and in between nothing waits: the loop does. The picture is
 * valid only there; pixels is NULL before worker_set_size(). */
BridgePicture worker_lock(Bridge *b);
void worker_unlock(Bridge *b);

/* Clipped. In the order in which the pixels changed. Both take the lock, so never between the two above. */
void worker_damage(Bridge *b, LabgateRect area);
void worker_move(Bridge *b, LabgateRect source, int32_t dx, int32_t dy); /* moves the pixels as well */

/* The picture is whole now: a frame may be made. */
void worker_present(Bridge *b);

void worker_set_cursor(Bridge *b, const LabgateCursor *cursor); /* larger than BRIDGE_CURSOR_SIDE_MAX: ignored */
void worker_set_clipboard(Bridge *b, const char *text, size_t size);
void worker_set_title(Bridge *b, const char *text, size_t size);
void worker_set_activity(Bridge *b, const char *text);
void worker_play(Bridge *b, unsigned rate, unsigned channels, const int16_t *samples, size_t n);
void worker_silence(Bridge *b);

/* The login is done. Once. */
void worker_connected(Bridge *b);

/* Asks for another connection to the same lab and waits for it: a descriptor, or negative errno (-ECANCELED: over).
 * The one of before stays the worker's to close. */
int worker_reconnect(Bridge *b, unsigned timeout_msec);

/* Why the session ends: one plain English sentence. The first call counts. Then return from Work(). */
void worker_end(Bridge *b, LabgateStatus status, const char *format, ...) __attribute__((format(printf, 3, 4)));
