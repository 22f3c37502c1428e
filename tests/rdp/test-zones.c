/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../plugins/rdp/zones.h"
#include "check.h"

/* Hours east of Greenwich at a time, by the rule alone. */
static long hours(const char *name, time_t t) {
        struct tm tm;

        for (const Zone *z = zones; z->name; z++)
                if (strcmp(z->name, name) == 0) {
                        CHECK_INT(setenv("TZ", z->rule, 1), 0);
                        tzset();
                        CHECK(localtime_r(&t, &tm));
                        return tm.tm_gmtoff / 3600;
                }
        CHECK(false);
        return 0;
}

TEST(rules_are_what_the_zones_have) {
        const time_t winter = 1768478400 /* 2026-01-15 */, summer = 1784116800 /* 2026-07-15 */;

        CHECK_INT(hours("UTC", winter), 0);
        CHECK_INT(hours("Europe/Vienna", winter), 1);
        CHECK_INT(hours("Europe/Vienna", summer), 2);
        CHECK_INT(hours("America/New_York", winter), -5);
        CHECK_INT(hours("Asia/Tokyo", summer), 9);
}
