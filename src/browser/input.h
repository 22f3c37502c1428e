/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the page sends: one table has a row per opcode with its least number of arguments, the states in which it
 * counts, and whether a read-only session drops it. Checks, clamps, remembers what is pressed; does nothing itself but
 * answer pings. Opcodes that nobody knows are ignored. */

#include <stdbool.h>
#include <stdint.h>

#include "../wire/instruction.h"
#include "../wire/websocket.h"
#include "streams.h"

#define INPUT_KEYS_MAX 64

typedef enum InputState {
        INPUT_OPENING = 1 << 0, /* no plugin yet: keys, mouse and streams are dropped */
        INPUT_ACTIVE  = 1 << 1,
        INPUT_ENDING  = 1 << 2, /* the person was told the end: everything is dropped */
} InputState;

typedef struct InputEvents {
        int (*sync)(void *userdata, uint64_t timestamp); /* -EBADMSG: never sent, which is the page's fault */
        void (*key)(void *userdata, uint32_t keysym, bool pressed);
        void (*mouse)(void *userdata, int32_t x, int32_t y, unsigned mask);
        void (*size)(void *userdata, int32_t width, int32_t height); /* within plugin.h's limits; not debounced */
        void (*disconnect)(void *userdata);
} InputEvents;

typedef struct Input {
        WebSocket *ws;
        Streams *streams;
        const InputEvents *events;
        void *userdata;
        InputState state;
        bool read_only;
        int32_t width, height; /* of the desktop: the mouse stays within */
        int32_t mouse_x, mouse_y;
        unsigned mouse_mask;
        uint32_t keys[INPUT_KEYS_MAX]; /* held down, the oldest first */
        unsigned n_keys;
} Input;

/* State INPUT_OPENING. ws, streams and events outlive it. */
void input_init(Input *i, WebSocket *ws, Streams *streams, const InputEvents *events, void *userdata);
void input_set_state(Input *i, InputState state);
void input_set_desktop(Input *i, int32_t width, int32_t height);

/* A text message of the page: any number of whole instructions. 0; LABGATE_STATUS_BROWSER_BAD_REQUEST if it is
 * malformed; negative errno. */
int input_message(Input *i, const char *text, size_t size);

/* Lets go of every key and button that the page left pressed. */
void input_release_all(Input *i);
