/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a lab machine is told of the page's mouse, and when. */

#include <stdio.h>
#include <string.h>

#include "../../plugins/rdp/rdp-mouse.h"
#include "check.h"

#define BEGUN 100000 /* of a clock that has run for a while */

static char told[4096]; /* one word per event: flags@x,y */

BOOL freerdp_input_send_mouse_event(rdpInput *input, UINT16 flags, UINT16 x, UINT16 y) {
        size_t n = strlen(told);

        snprintf(told + n, sizeof told - n, "%x@%u,%u ", flags, x, y);
        return TRUE;
}

static RdpMouse begin(void) {
        RdpMouse m;

        rdp_mouse_begin(&m, NULL);
        told[0] = 0;
        return m;
}

static void move(RdpMouse *m, int32_t x, unsigned mask) {
        const BridgeCommand c = { .type = BRIDGE_MOUSE, .x = x, .y = 7, .mask = mask };

        rdp_mouse_take(m, &c);
}

TEST(the_first_place_goes_at_once) {
        RdpMouse m = begin();

        CHECK_INT(rdp_mouse_tell(&m, BEGUN), UINT32_MAX);
        move(&m, 1, 0);
        CHECK_INT(rdp_mouse_tell(&m, BEGUN), UINT32_MAX);
        CHECK_TEXT(told, "800@1,7 ");
}

TEST(of_many_places_the_last_goes) {
        RdpMouse m = begin();

        move(&m, 1, 0);
        (void) rdp_mouse_tell(&m, BEGUN);
        for (int32_t x = 2; x <= 9; x++) {
                move(&m, x, 0);
                CHECK_INT(rdp_mouse_tell(&m, BEGUN + (uint64_t) x - 2), RDP_MOUSE_REST_MSEC + 2 - (uint32_t) x);
        }
        CHECK_TEXT(told, "800@1,7 ");
        CHECK_INT(rdp_mouse_tell(&m, BEGUN + RDP_MOUSE_REST_MSEC), UINT32_MAX);
        CHECK_TEXT(told, "800@1,7 800@9,7 ");
        CHECK_INT(rdp_mouse_tell(&m, BEGUN + 1000), UINT32_MAX);
        CHECK_TEXT(told, "800@1,7 800@9,7 ");
}

TEST(who_paints_is_told_when_it_rests) {
        uint64_t now = BEGUN + RDP_MOUSE_REST_MSEC;
        RdpMouse m = begin();

        move(&m, 1, 0);
        (void) rdp_mouse_tell(&m, BEGUN);
        told[0] = 0;
        rdp_mouse_painted(&m, now);
        move(&m, 2, 0);
        CHECK_INT(rdp_mouse_tell(&m, now + 1), RDP_MOUSE_QUIET_MSEC - 1);
        CHECK_INT(rdp_mouse_tell(&m, now + RDP_MOUSE_QUIET_MSEC - 1), 1);
        CHECK_TEXT(told, "");
        CHECK_INT(rdp_mouse_tell(&m, now + RDP_MOUSE_QUIET_MSEC), UINT32_MAX);
        CHECK_TEXT(told, "800@2,7 ");
}

TEST(who_never_rests_is_told_too) {
        RdpMouse m = begin();
        unsigned n = 0;

        move(&m, 1, 0);
        (void) rdp_mouse_tell(&m, BEGUN);
        told[0] = 0;
        for (uint64_t now = BEGUN + 1; now <= BEGUN + 1000; now++) {
                rdp_mouse_painted(&m, now);
                move(&m, (int32_t) (now - BEGUN), 0);
                (void) rdp_mouse_tell(&m, now);
                n += told[0] != 0;
                told[0] = 0;
        }
        CHECK_INT(n, 1000 / RDP_MOUSE_LATE_MSEC);
}

TEST(buttons_and_the_wheel_do_not_wait) {
        RdpMouse m = begin();

        move(&m, 1, 0);
        (void) rdp_mouse_tell(&m, BEGUN);
        rdp_mouse_painted(&m, BEGUN);
        told[0] = 0;
        move(&m, 2, 0);
        move(&m, 3, LABGATE_MOUSE_LEFT);
        move(&m, 4, LABGATE_MOUSE_LEFT | LABGATE_MOUSE_RIGHT);
        move(&m, 5, LABGATE_MOUSE_WHEEL_UP);
        move(&m, 6, 0);
        move(&m, 7, LABGATE_MOUSE_WHEEL_DOWN);
        move(&m, 8, LABGATE_MOUSE_MIDDLE);
        CHECK_TEXT(told, "9000@3,7 a000@4,7 1000@5,7 2000@5,7 278@5,7 388@7,7 c000@8,7 ");
        CHECK_INT(rdp_mouse_tell(&m, BEGUN + 1000), UINT32_MAX);
}

TEST(a_drag_waits_like_any_place) {
        RdpMouse m = begin();

        move(&m, 1, 0);
        (void) rdp_mouse_tell(&m, BEGUN);
        move(&m, 1, LABGATE_MOUSE_LEFT);
        told[0] = 0;
        move(&m, 2, LABGATE_MOUSE_LEFT);
        CHECK_INT(rdp_mouse_tell(&m, BEGUN), RDP_MOUSE_REST_MSEC);
        CHECK_TEXT(told, "");
        move(&m, 3, 0);
        CHECK_TEXT(told, "1000@3,7 ");
}

TEST(what_follows_finds_the_mouse_in_its_place) {
        RdpMouse m = begin();

        rdp_mouse_painted(&m, BEGUN);
        move(&m, 1, 0);
        rdp_mouse_hurry(&m);
        rdp_mouse_hurry(&m);
        CHECK_TEXT(told, "800@1,7 ");
        CHECK_INT(rdp_mouse_tell(&m, BEGUN + 1000), UINT32_MAX);
}
