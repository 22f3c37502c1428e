/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How often a session connects anew for a size. */

#include "../../plugins/rdp/rdp-again.h"
#include "check.h"

#define BEGUN UINT64_C(100000) /* of a clock that has run for a while */
#define MINUTE 60000
#define PORTER_MAX 8 /* of a minute's connections, among them one for a weaker protection */

TEST(the_first_go_at_once_then_one_each_quarter) {
        RdpAgain a = {};

        for (int i = 0; i < RDP_AGAIN_AT_ONCE; i++)
                CHECK(rdp_again_take(&a, BEGUN));
        CHECK(!rdp_again_take(&a, BEGUN));
        CHECK(!rdp_again_take(&a, BEGUN + RDP_AGAIN_MSEC - 1));
        CHECK(rdp_again_take(&a, BEGUN + RDP_AGAIN_MSEC));
        CHECK(!rdp_again_take(&a, BEGUN + RDP_AGAIN_MSEC));
}

TEST(who_waited_has_them_again) {
        RdpAgain a = {};

        for (int round = 0; round < 3; round++) {
                uint64_t now = BEGUN + (uint64_t) round * RDP_AGAIN_AT_ONCE * RDP_AGAIN_MSEC;

                for (int i = 0; i < RDP_AGAIN_AT_ONCE; i++)
                        CHECK(rdp_again_take(&a, now));
                CHECK(!rdp_again_take(&a, now));
        }
}

TEST(never_more_in_a_minute_than_a_porter_allows) {
        RdpAgain a = {};
        uint64_t taken[64];
        int n = 0;

        for (uint64_t now = BEGUN; now < BEGUN + 10 * MINUTE && n < 64; now += 100)
                if (rdp_again_take(&a, now))
                        taken[n++] = now;
        CHECK(n > 30);
        for (int i = 0; i + PORTER_MAX - 1 < n; i++)
                CHECK(taken[i + PORTER_MAX - 1] - taken[i] > MINUTE);
}
