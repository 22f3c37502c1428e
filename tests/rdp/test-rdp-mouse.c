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

#define STRIPS 40

/* A strip of a picture that is as large as it takes to be busy. */
static void paint(RdpMouse *m, int32_t strip, uint64_t now) {
        rdp_mouse_painted(m, (LabgateRect) { 0, strip * 10, RDP_MOUSE_BUSY_PIXELS / STRIPS / 10 + 1, 10 }, now);
}

static void paint_picture(RdpMouse *m, uint64_t now) {
        for (int32_t strip = 0; strip < STRIPS; strip++)
                paint(m, strip, now);
}

/* Paints pictures, and has been told a place. */
static RdpMouse begin_painting(uint64_t now) {
        RdpMouse m = begin();

        paint_picture(&m, now - 40);
        paint_picture(&m, now);
        move(&m, 1, 0);
        (void) rdp_mouse_tell(&m, now);
        told[0] = 0;
        return m;
}

TEST(who_paints_is_told_when_it_has_stopped) {
        RdpMouse m = begin_painting(BEGUN);

        move(&m, 2, 0);
        CHECK_INT(rdp_mouse_tell(&m, BEGUN + 21), RDP_MOUSE_BUSY_MSEC - 21);
        CHECK_INT(rdp_mouse_tell(&m, BEGUN + RDP_MOUSE_BUSY_MSEC - 1), 1);
        CHECK_TEXT(told, "");
        CHECK_INT(rdp_mouse_tell(&m, BEGUN + RDP_MOUSE_BUSY_MSEC), UINT32_MAX);
        CHECK_TEXT(told, "800@2,7 ");
}

TEST(who_paints_is_told_once_in_two_pictures) {
        RdpMouse m = begin_painting(BEGUN);
        unsigned n = 0;

        for (uint64_t now = BEGUN + 1; now <= BEGUN + 100 * STRIPS; now++) {
                paint(&m, (int32_t) (now - BEGUN) % STRIPS, now);
                move(&m, (int32_t) (now - BEGUN), 0);
                (void) rdp_mouse_tell(&m, now);
                n += told[0] != 0;
                told[0] = 0;
        }
        CHECK_INT(n, 100 / RDP_MOUSE_PICTURES);
}

TEST(who_paints_little_is_told_at_once) {
        RdpMouse m = begin_painting(BEGUN);

        for (uint64_t now = BEGUN + 20; now <= BEGUN + 40; now += 20)
                for (int32_t strip = 0; strip < STRIPS - 1; strip++)
                        paint(&m, strip, now);
        paint(&m, 0, BEGUN + 60);
        for (uint64_t now = BEGUN + 61; now < BEGUN + 70; now += RDP_MOUSE_REST_MSEC) {
                move(&m, 2, 0);
                CHECK_INT(rdp_mouse_tell(&m, now), UINT32_MAX);
        }
        CHECK_TEXT(told, "800@2,7 800@2,7 ");
}

TEST(who_paints_now_and_then_is_told_at_once) {
        RdpMouse m = begin_painting(BEGUN);

        paint_picture(&m, BEGUN + RDP_MOUSE_BUSY_MSEC);
        for (uint64_t now = BEGUN + RDP_MOUSE_BUSY_MSEC; now < BEGUN + 120; now += RDP_MOUSE_REST_MSEC) {
                move(&m, 2, 0);
                CHECK_INT(rdp_mouse_tell(&m, now), UINT32_MAX);
        }
        CHECK_TEXT(told, "800@2,7 800@2,7 800@2,7 ");
}

TEST(buttons_and_the_wheel_do_not_wait) {
        RdpMouse m = begin();

        move(&m, 1, 0);
        (void) rdp_mouse_tell(&m, BEGUN);
        paint(&m, 0, BEGUN);
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

        paint(&m, 0, BEGUN);
        move(&m, 1, 0);
        rdp_mouse_hurry(&m);
        rdp_mouse_hurry(&m);
        CHECK_TEXT(told, "800@1,7 ");
        CHECK_INT(rdp_mouse_tell(&m, BEGUN + 1000), UINT32_MAX);
}
