/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>

#include "../../src/base/cleanup.h"
#include "../../src/terminal/console.h"
#include "../../src/terminal/scheme.h"
#include "check.h"

static const struct { const char *text; uint32_t foreground, background; } good[] = {
        { NULL, 0x999999, 0x000000 },
        { "", 0x999999, 0x000000 },
        { "gray-black", 0x999999, 0x000000 },
        { "black-white", 0x000000, 0xffffff },
        { "green-black", 0x3e993e, 0x000000 },
        { "white-black", 0xffffff, 0x000000 },
        { "foreground: rgb:12/34/56; background: rgb:ab/CD/ef;", 0x123456, 0xabcdef },
        { "foreground:rgb:f/8/0;background:rgb:fff/888/000", 0xf08000, 0xff8800 },
        { "foreground: rgb:ffff/8000/0001", 0xff8000, 0x000000 },
        { ";;  foreground :\tNavy Blue ; ; background: grey50", 0x000080, 0x7f7f7f },
        { "color3: rgb:01/02/03; foreground: color3; color3: red; background: color255", 0x010203, 0xeeeeee },
        { "background: LightGoldenrodYellow", 0x999999, 0xfafad2 },
};

TEST(good_schemes) {
        for (size_t i = 0; i < ELEMENTS(good); i++) {
                char reason[200] = "";
                Scheme s;

                if (scheme_parse(good[i].text, &s, reason, sizeof reason) < 0)
                        test_fail(__FILE__, __LINE__, "%s: %s", good[i].text, reason);
                CHECK_INT(s.foreground, good[i].foreground);
                CHECK_INT(s.background, good[i].background);
        }
}

static const struct { const char *text, *part; } bad[] = {
        { "grey-black", "at \"grey-black\"" },
        { "foreground", "expected \"name: colour\"" },
        { "foreground: rgb:1/2", "expected rgb:RR/GG/BB" },
        { "foreground: rgb:1/2/3/4", "expected rgb" },
        { "foreground: rgb:12345/1/1", "expected rgb" },
        { "foreground: rgb:/1/1", "expected rgb" },
        { "foreground: rgb:1/1/", "expected rgb" },
        { "foreground: rgb:gg/00/00", "expected rgb" },
        { "foreground: rgb:-1/00/00", "expected rgb" },
        { "foreground:", "expected rgb" },
        { "foreground: no colour at all has such a long name", "expected rgb" },
        { "background: red; middle: red", "at \"middle: red\"" },
        { "color256: red", "expected foreground" },
        { "color: red", "expected foreground" },
        { "color-1: red", "expected foreground" },
        { "color99999999999999999999: red", "expected foreground" },
        { "foreground: color256", "expected rgb" },
        { ": red", "expected foreground" },
};

TEST(bad_schemes_are_explained) {
        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                char reason[200] = "";

                CHECK_INT(console_check_scheme(bad[i].text, reason, sizeof reason), -EINVAL);
                if (!strstr(reason, bad[i].part))
                        test_fail(__FILE__, __LINE__, "%s: %s", bad[i].text, reason);
        }
}

TEST(schemes_end_at_their_limit) {
        char text[SCHEME_TEXT_MAX + 2], reason[200];

        memset(text, ';', sizeof text);
        text[SCHEME_TEXT_MAX] = 0;
        CHECK_INT(console_check_scheme(text, reason, sizeof reason), 0);
        text[SCHEME_TEXT_MAX] = ';';
        text[SCHEME_TEXT_MAX + 1] = 0;
        CHECK_INT(console_check_scheme(text, reason, sizeof reason), -EINVAL);
}

TEST(the_rest_of_the_palette_is_xterms) {
        Scheme s;

        CHECK_INT(scheme_parse("", &s, NULL, 0), 0);
        CHECK_INT(s.palette[16], 0x000000);
        CHECK_INT(s.palette[17], 0x00005f);
        CHECK_INT(s.palette[196], 0xff0000);
        CHECK_INT(s.palette[231], 0xffffff);
        CHECK_INT(s.palette[232], 0x080808);
        CHECK_INT(s.palette[255], 0xeeeeee);
        CHECK_INT(s.palette[1], 0x993e3e);
}
