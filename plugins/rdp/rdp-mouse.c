/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page's mouse as the lab machine gets it. A lab machine may take no more than one event between two pictures (xrdp
 * does), and has no way to say so: whatever more it is sent waits in its sockets, seconds of it while a full screen
 * turns. So of the places between it gets the last only, once it seems to listen. Buttons and the wheel are never left
 * out. */

#include "rdp-mouse.h"

#include <freerdp/input.h>

void rdp_mouse_begin(RdpMouse *m, rdpInput *input) {
        *m = (RdpMouse) { .input = input };
}

static void tell(const RdpMouse *m, unsigned flags) {
        (void) freerdp_input_send_mouse_event(m->input, (UINT16) flags, (UINT16) m->x, (UINT16) m->y);
}

static void tell_buttons(const RdpMouse *m, unsigned mask) {
        static const struct {
                unsigned bit;
                unsigned flag;
        } buttons[] = {
                { LABGATE_MOUSE_LEFT, PTR_FLAGS_BUTTON1 },
                { LABGATE_MOUSE_MIDDLE, PTR_FLAGS_BUTTON3 },
                { LABGATE_MOUSE_RIGHT, PTR_FLAGS_BUTTON2 },
        };

        for (size_t i = 0; i < ELEMENTS(buttons); i++)
                if ((mask ^ m->mask) & buttons[i].bit)
                        tell(m, buttons[i].flag | (mask & buttons[i].bit ? PTR_FLAGS_DOWN : 0));
}

void rdp_mouse_take(RdpMouse *m, const BridgeCommand *c) {
        unsigned pressed = c->mask & ~m->mask;

        m->x = c->x;
        m->y = c->y;
        m->is_waiting = c->mask == m->mask;
        tell_buttons(m, c->mask);
        if (pressed & LABGATE_MOUSE_WHEEL_UP)
                tell(m, PTR_FLAGS_WHEEL | 0x78);
        if (pressed & LABGATE_MOUSE_WHEEL_DOWN)
                tell(m, PTR_FLAGS_WHEEL | PTR_FLAGS_WHEEL_NEGATIVE | 0x88);
        m->mask = c->mask;
}

void rdp_mouse_painted(RdpMouse *m, uint64_t now) {
        m->painted = now;
}

void rdp_mouse_hurry(RdpMouse *m) {
        if (m->is_waiting)
                tell(m, PTR_FLAGS_MOVE);
        m->is_waiting = false;
}

uint32_t rdp_mouse_tell(RdpMouse *m, uint64_t now) {
        uint64_t listens = MAX(m->told + RDP_MOUSE_REST_MSEC, m->painted + RDP_MOUSE_QUIET_MSEC);
        uint64_t due = MIN(listens, m->told + RDP_MOUSE_LATE_MSEC);

        if (!m->is_waiting)
                return UINT32_MAX;
        if (now < due)
                return (uint32_t) (due - now);
        m->told = now;
        rdp_mouse_hurry(m);
        return UINT32_MAX;
}
