/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between a library that blocks and the session's loop, which never does: one worker thread, which alone speaks to the
 * upstream, a framebuffer that it draws into, and two bounded ways: events towards the loop, commands towards the
 * worker. Knows no protocol.
 *
 * A desktop plugin has two halves. On the loop it hands the session's calls on to the functions of the same name below.
 * In the worker, Work() owns the library from connecting to cleaning up and calls only what is in worker.h; what a
 * plugin shares between both is set before bridge_start() and not written afterwards.
 *
 *         open():  bridge_new(&b, host)       warm the library up: no file is opened and nothing is connected later
 *         start(): bridge_start(b, fd, work, state)
 *         close(): if (!bridge_stop(b)) return; (the worker stands still: leave all that it may touch to the process's
 *                  end, which follows) ... free own state ... bridge_free(b)
 *
 * The worker may be any number of threads, if the library has some of its own. A plugin is to be linked with
 * -Wl,-z,nodelete, so that a worker that did not end finds its code until the process ends. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../plugins/plugin.h"

#define BRIDGE_COMMANDS_MAX 1024u      /* keys and mouse waiting for the worker */
#define BRIDGE_DAMAGE_MAX 256u         /* moves and damaged areas waiting for a frame; beyond that one big area */
#define BRIDGE_TITLE_MAX 1024u
#define BRIDGE_REASON_MAX 512u
#define BRIDGE_SOUND_MAX (256u * 1024u) /* bytes of samples waiting for the loop; what comes then is dropped */
#define BRIDGE_CURSOR_SIDE_MAX 256
#define BRIDGE_JOIN_USEC 1000000u      /* for a worker to end once its socket is shut down */
#define BRIDGE_STILL_USEC 2000000u     /* a worker neither waiting nor moving for so long is not alive */

typedef struct Bridge Bridge;

/* Ends, cleans up what it made and closes fd. What it answers is ignored: worker_end() tells why. If it never called
 * that, the session ends with "closed the connection". */
typedef void (*BridgeWork)(Bridge *b, void *userdata, int fd);

int bridge_new(Bridge **ret, LabgateHost *host);
Bridge *bridge_free(Bridge *b); /* after bridge_stop() answered true */

/* Takes fd. The first call starts the worker; a later one hands fd to the worker_reconnect() that waits for it. */
int bridge_start(Bridge *b, int fd, BridgeWork work, void *userdata);

/* Shuts the socket down, wakes the worker and waits for its end at most BRIDGE_JOIN_USEC. False: it stands still. From
 * then on the process's exit runs no destructors. */
bool bridge_stop(Bridge *b);

/* Until the worker's first picture the page shows a text. */
void bridge_notice(Bridge *b, const char *text);

void bridge_frame_begin(Bridge *b);
int bridge_paint(Bridge *b, LabgateRect area, LabgateTile *ret);
void bridge_frame_end(Bridge *b);
void bridge_key(Bridge *b, uint32_t keysym, bool pressed);
void bridge_mouse(Bridge *b, int32_t x, int32_t y, unsigned mask);
void bridge_resize(Bridge *b, int32_t width, int32_t height);
void bridge_clipboard(Bridge *b, const char *text, size_t size);
void bridge_pause(Bridge *b, bool paused);
bool bridge_alive(Bridge *b);
