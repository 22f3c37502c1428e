/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A WebSocket whose output is read back as instructions. Knows nothing of how it was written. */

#include "../../src/wire/instruction.h"
#include "../../src/wire/websocket.h"

typedef struct Outbox {
        WebSocket *ws;
        Buffer output;
        unsigned n_messages; /* taken so far */
} Outbox;

void outbox_init(Outbox *o);
void outbox_done(Outbox *o);

/* The text messages in the output, joined, into *ret; other frames and anything malformed fail the test. */
void outbox_take(Outbox *o, Buffer *ret);

/* Fails the test unless the output is that text, in any number of messages. Empties it. */
void outbox_check(Outbox *o, const char *expected);
