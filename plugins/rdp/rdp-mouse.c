/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page's mouse as the lab machine gets it. A lab machine may look for input only between two pictures (xrdp does),
 * and has no way to say so: whatever it is sent more often waits in its sockets, seconds of it while a full screen
 * turns. So while it paints that much, of the places between it gets the last only. Buttons and the wheel are never
 * left out. */

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

static bool overlap(LabgateRect a, LabgateRect b) {
        return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/* Not every lab machine says where its pictures end. None paints a place twice in one. */
void rdp_mouse_painted(RdpMouse *m, LabgateRect area, uint64_t now) {
        bool is_late = now - m->begun >= RDP_MOUSE_BUSY_MSEC;

        if (is_late || overlap(area, m->first)) {
                m->is_busy = !is_late && m->pixels >= RDP_MOUSE_BUSY_PIXELS;
                m->n_pictures++;
                m->first = area;
                m->begun = now;
                m->pixels = 0;
        }
        m->pixels += (int64_t) area.width * area.height;
}

void rdp_mouse_hurry(RdpMouse *m) {
        if (m->is_waiting)
                tell(m, PTR_FLAGS_MOVE);
        m->is_waiting = false;
}

uint32_t rdp_mouse_tell(RdpMouse *m, uint64_t now) {
        bool waits = m->is_busy && m->n_pictures < RDP_MOUSE_PICTURES;
        uint64_t due = MAX(m->told + RDP_MOUSE_REST_MSEC, waits ? m->begun + RDP_MOUSE_BUSY_MSEC : 0);

        if (!m->is_waiting)
                return UINT32_MAX;
        if (now < due)
                return (uint32_t) (due - now);
        m->told = now;
        m->n_pictures = 0;
        rdp_mouse_hurry(m);
        return UINT32_MAX;
}
