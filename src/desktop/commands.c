/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A ring and two places. Sends nothing by itself. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "commands.h"

void commands_done(Commands *c) {
        free_wiped(c->clipboard.text, c->clipboard.size);
        *c = (Commands) {};
}

static void push(Commands *c, BridgeCommand command) {
        c->ring[(c->first + c->n++) % BRIDGE_COMMANDS_MAX] = command;
}

/* The upper half is for what lets go of a key or a button. */
static bool has_room(const Commands *c, bool releases) {
        return c->n < (releases ? BRIDGE_COMMANDS_MAX : BRIDGE_COMMANDS_MAX / 2);
}

void commands_key(Commands *c, uint32_t keysym, bool pressed) {
        if (has_room(c, !pressed))
                push(c, (BridgeCommand) { .type = BRIDGE_KEY, .keysym = keysym, .pressed = pressed });
}

void commands_mouse(Commands *c, int32_t x, int32_t y, unsigned mask) {
        BridgeCommand *last = &c->ring[(c->first + c->n + BRIDGE_COMMANDS_MAX - 1) % BRIDGE_COMMANDS_MAX];
        BridgeCommand command = { .type = BRIDGE_MOUSE, .x = x, .y = y, .mask = mask };

        if (c->n > 0 && last->type == BRIDGE_MOUSE && last->mask == mask)
                *last = command;
        else if (has_room(c, mask == 0))
                push(c, command);
}

void commands_size(Commands *c, int32_t width, int32_t height) {
        c->size = (BridgeCommand) { .type = BRIDGE_SIZE, .width = width, .height = height };
}

int commands_clipboard(Commands *c, const char *text, size_t size) {
        char *copy = malloc(size + 1);

        if (!copy)
                return -ENOMEM;
        memcpy(copy, text, size);
        copy[size] = 0;
        free_wiped(c->clipboard.text, c->clipboard.size);
        c->clipboard = (BridgeCommand) { .type = BRIDGE_CLIPBOARD, .text = copy, .size = size };
        return 0;
}

BridgeCommandType commands_take(Commands *c, BridgeCommand *ret) {
        *ret = (BridgeCommand) {};
        if (c->clipboard.type != BRIDGE_NOTHING) {
                *ret = c->clipboard;
                c->clipboard = (BridgeCommand) {};
        } else if (c->size.type != BRIDGE_NOTHING) {
                *ret = c->size;
                c->size = (BridgeCommand) {};
        } else if (c->n > 0) {
                *ret = c->ring[c->first];
                c->first = (c->first + 1) % BRIDGE_COMMANDS_MAX;
                c->n--;
        }
        return ret->type;
}
