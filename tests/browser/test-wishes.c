/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../../plugins/plugin.h"
#include "../../src/base/cleanup.h"
#include "../../src/browser/wishes.h"
#include "check.h"

static Wishes parse(const char *query, char *const *tokens) {
        Wishes w;

        wishes_parse(&w, (Slice) { query, strlen(query) }, tokens);
        return w;
}

TEST(an_ordinary_query) {
        Wishes w = parse("token=aB-_9&width=1024&height=768&dpi=96&timezone=Europe%2FBerlin&read_only=False&x=y", NULL);

        CHECK_TEXT(w.token, "aB-_9");
        CHECK(w.width == 1024 && w.height == 768 && w.dpi == 96);
        CHECK_TEXT(w.timezone, "Europe/Berlin");
        CHECK(!w.read_only && !w.port_is_wrong && w.port == 0);
}

TEST(the_web_application_s_query) {
        Wishes w = parse("token=a&GUAC_WIDTH=1251.5&GUAC_HEIGHT=700&GUAC_DPI=144&GUAC_TIMEZONE=Etc/GMT%2B5&"
                         "GUAC_AUDIO=audio/L8&GUAC_AUDIO=audio/L16&"
                         "GUAC_IMAGE=image/jpeg&GUAC_IMAGE=image/webp?undefined",
                         NULL);

        CHECK(w.width == 1251 && w.height == 700 && w.dpi == 144);
        CHECK_TEXT(w.timezone, "Etc/GMT+5");
        CHECK(w.webp && w.audio_l8 && w.audio_l16);
}

TEST(tokens) {
        char longest[WISHES_TOKEN_MAX + 20] = "token=";
        char *const names[] = { (char[]) { "stack" }, (char[]) { "lab" }, NULL };

        memset(longest + 6, 'a', WISHES_TOKEN_MAX);
        CHECK_INT(strlen(parse(longest, NULL).token), WISHES_TOKEN_MAX);
        longest[6 + WISHES_TOKEN_MAX] = 'a';
        CHECK_TEXT(parse(longest, NULL).token, "");
        CHECK_TEXT(parse("", NULL).token, "");
        CHECK_TEXT(parse("token=../x", NULL).token, "");
        CHECK_TEXT(parse("token=a%20b", NULL).token, "");
        CHECK_TEXT(parse("token=%c3%a9", NULL).token, "");
        CHECK_TEXT(parse("token=&token=b&token=c", NULL).token, "b");
        CHECK_TEXT(parse("Token=a", NULL).token, "");
        CHECK_TEXT(parse("token=a&lab=b", names).token, "b");
        CHECK_TEXT(parse("stack=s?undefined", names).token, "s");
        CHECK_TEXT(parse("token=t1?token=t2", NULL).token, "t1");
}

TEST(sizes_are_clamped) {
        Wishes w = parse("width=0&height=99999&dpi=1", NULL);

        CHECK(w.width == 1 && w.height == LABGATE_SIDE_MAX && w.dpi == WISHES_DPI_MIN);
        w = parse("width=8193&height=8192&dpi=99999999999999999999", NULL);
        CHECK(w.width == LABGATE_SIDE_MAX && w.dpi == WISHES_DPI_MAX);
        CHECK((uint32_t) w.width * (uint32_t) w.height <= LABGATE_PIXELS_MAX);
        w = parse("width=-5&height=NaN&dpi=", NULL);
        CHECK(w.width == 1 && w.height == 0 && w.dpi == 0);
        w = parse("width=undefined&width=640&width=800", NULL);
        CHECK_INT(w.width, 640);
}

TEST(sound_is_told_by_its_names) {
        Wishes w = parse("audio=audio/L8", NULL);

        CHECK(w.audio_l8 && !w.audio_l16);
        w = parse("audio=audio/L16", NULL);
        CHECK(!w.audio_l8 && w.audio_l16);
        w = parse("audio=audio/ogg&image=image/png", NULL);
        CHECK(!w.audio_l8 && !w.audio_l16 && !w.webp);
}

TEST(timezones_have_a_longest) {
        char query[100] = "timezone=";

        memset(query + 9, 'a', WISHES_TIMEZONE_MAX);
        CHECK(strlen(parse(query, NULL).timezone) == WISHES_TIMEZONE_MAX);
        query[9 + WISHES_TIMEZONE_MAX] = 'a';
        CHECK_TEXT(parse(query, NULL).timezone, "");
}

TEST(timezones) {
        static const char *const wrong[] = { "../x", "/etc/passwd", "a/../b", "Europe/", "a//b", ".", "-a", "a b",
                                             "a/1", "1" };
        static const char *const right[] = { "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT-14", "EST5EDT" };
        char query[128];

        for (size_t i = 0; i < ELEMENTS(wrong); i++) {
                snprintf(query, sizeof query, "timezone=%s", wrong[i]);
                CHECK_TEXT(parse(query, NULL).timezone, "");
        }
        for (size_t i = 0; i < ELEMENTS(right); i++) {
                snprintf(query, sizeof query, "timezone=%s", right[i]);
                CHECK_TEXT(parse(query, NULL).timezone, right[i]);
        }
}

TEST(read_only_takes_rights_away) {
        static const char *const no[] = { "read_only=", "read_only=False", "read_only=0", "read_only=undefined",
                                          "READ_ONLY=1" };
        static const char *const yes[] = { "read_only=True", "read_only=1", "read_only=x",
                                           "read_only=False&read_only=true",
                                           "read_only=true&read_only=false" };

        for (size_t i = 0; i < ELEMENTS(no); i++)
                CHECK(!parse(no[i], NULL).read_only);
        for (size_t i = 0; i < ELEMENTS(yes); i++)
                CHECK(parse(yes[i], NULL).read_only);
}

TEST(ports) {
        CHECK_INT(parse("port=22", NULL).port, 22);
        CHECK_INT(parse("port=65535", NULL).port, 65535);
        CHECK(!parse("port=undefined&port=null&port=&port=None", NULL).port_is_wrong);
        CHECK(parse("port=0", NULL).port_is_wrong);
        CHECK(parse("port=65536", NULL).port_is_wrong);
        CHECK(parse("port=22x", NULL).port_is_wrong);
        CHECK(parse("port=22&port=23", NULL).port_is_wrong);
}
