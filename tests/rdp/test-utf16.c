/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdlib.h>
#include <string.h>

#include "../../plugins/rdp/utf16.h"
#include "../../src/base/utf8.h"
#include "check.h"

static void comes(const void *bytes, size_t size, size_t limit, const char *expected) {
        size_t n = 0;
        char *text = utf16_to_utf8(bytes, size, limit, &n);

        CHECK(text);
        CHECK_TEXT(text, expected);
        CHECK_INT(n, strlen(expected));
        free(text);
}

#define COMES(u, limit, expected) comes(u, sizeof u - 2, limit, expected)

TEST(text_comes_from_a_lab_machine) {
        COMES(u"Grüße 日本 \U0001f600\0rest", 1000, "Grüße 日本 \U0001f600");
        COMES(u"one\r\ntwo\rthree\n\r\n", 1000, "one\ntwo\rthree\n\n");
        COMES(u"", 1000, "");
        comes("a", 1, 1000, "");
        comes("a\0b", 3, 1000, "a");
}

TEST(halves_of_pairs_are_no_characters) {
        comes("\x00\xd8", 2, 1000, "\ufffd");
        comes("\x00\xdc" "a\0", 4, 1000, "\ufffda");
        comes("\x00\xd8" "a\0", 4, 1000, "\ufffda");
        comes("\x00\xd8\x00\xd8\x00\xdc", 6, 1000, "\ufffd\U00010000");
}

TEST(no_text_is_longer_than_its_limit) {
        COMES(u"äää", 6, "äää");
        COMES(u"äää", 5, "ää");
        COMES(u"\U0001f600", 3, "");
        COMES(u"abc", 0, "");
}

static void goes(const char *text, Utf16LineEnds ends, const void *expected, size_t size) {
        size_t n = 0;
        uint8_t *bytes = utf16_from_utf8(text, strlen(text), ends, &n);

        CHECK(bytes);
        CHECK_INT(n, size);
        CHECK(memcmp(bytes, expected, size) == 0);
        free(bytes);
}

#define GOES(text, ends, u) goes(text, ends, u, sizeof u)

TEST(text_goes_to_a_lab_machine) {
        GOES("Grüße 日本 \U0001f600", UTF16_CRLF, u"Grüße 日本 \U0001f600");
        GOES("", UTF16_CRLF, u"");
}

TEST(line_ends_are_as_the_lab_wants_them) {
        GOES("a\nb\r\nc\rd\n", UTF16_CRLF, u"a\r\nb\r\nc\rd\r\n");
        GOES("a\nb\r\nc\rd\r", UTF16_LF, u"a\nb\nc\rd\r");
        GOES("a\nb\r\nc\rd\r\n", UTF16_AS_IS, u"a\nb\r\nc\rd\r\n");
}

TEST(what_goes_comes_back) {
        char text[4 * 4096];

        for (uint32_t first = 1; first < 0x110000; first += 4096) {
                size_t size = 0, n;
                uint8_t *bytes;
                char *back;

                for (uint32_t c = first; c < first + 4096 && c < 0x110000; c++)
                        if ((c < 0xd800 || c > 0xdfff) && c != '\r')
                                size += utf8_encode(c, text + size);
                bytes = utf16_from_utf8(text, size, UTF16_CRLF, &n);
                back = utf16_to_utf8(bytes, n, sizeof text, &n);
                CHECK_INT(n, size);
                CHECK(memcmp(back, text, n) == 0);
                free(bytes);
                free(back);
        }
}
