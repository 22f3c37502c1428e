/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the page does, as messages (RFC 6143, section 7.5). Keysyms are the protocol's own, buttons nearly so. */

#include <errno.h>

#include "../../src/base/cleanup.h"
#include "vnc.h"

static int send_key(Vnc *v, uint32_t keysym, bool pressed) {
        uint8_t message[8] = { RFB_KEY_EVENT, pressed };

        put32(message + 4, keysym);
        return vnc_write(v, message, sizeof message);
}

static int send_mouse(Vnc *v, int32_t x, int32_t y, unsigned mask) {
        uint8_t message[6] = { RFB_POINTER_EVENT, (uint8_t) mask };

        put16(message + 2, (uint32_t) CLAMP(x, 0, UINT16_MAX));
        put16(message + 4, (uint32_t) CLAMP(y, 0, UINT16_MAX));
        return vnc_write(v, message, sizeof message);
}

/* One wish at a time, and each only once: a server that makes something else of it has its reasons. */
int orders_desktop_size(Vnc *v, int32_t width, int32_t height) {
        uint8_t message[24] = { RFB_SET_DESKTOP_SIZE };
        bool is_new = width != v->size.asked_width || height != v->size.asked_height;

        v->size.wanted_width = width;
        v->size.wanted_height = height;
        if (!v->size.can_set || v->size.was_asked || !is_new || v->read_only || v->settings->disable_display_resize)
                return 0;
        v->size.asked_width = width;
        v->size.asked_height = height;
        if (width == v->client->si.framebufferWidth && height == v->client->si.framebufferHeight)
                return 0;
        v->size.was_asked = true;
        put16(message + 2, (uint32_t) width);
        put16(message + 4, (uint32_t) height);
        message[6] = 1;
        put32(message + 8, v->size.screen_id);
        put16(message + 16, (uint32_t) width);
        put16(message + 18, (uint32_t) height);
        put32(message + 20, v->size.screen_flags);
        return vnc_write(v, message, sizeof message);
}

int orders_send(Vnc *v, const BridgeCommand *command) {
        switch (command->type) {
        case BRIDGE_KEY:
                return send_key(v, command->keysym, command->pressed);
        case BRIDGE_MOUSE:
                return send_mouse(v, command->x, command->y, command->mask);
        case BRIDGE_SIZE:
                return orders_desktop_size(v, command->width, command->height);
        case BRIDGE_CLIPBOARD:
                return cut_text_send(v, command->text, command->size);
        default:
                return 0;
        }
}
