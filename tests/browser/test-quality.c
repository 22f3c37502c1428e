/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "../../src/browser/quality.h"
#include "check.h"

static Quality after(uint64_t line, unsigned times) {
        Quality q;

        quality_init(&q);
        for (unsigned i = 0; i < times; i++)
                quality_answered(&q, line);
        return q;
}

TEST(a_free_line_gets_the_best) {
        Quality q = after(1000, 100);

        CHECK_INT(q.jpeg, QUALITY_MAX);
        CHECK_INT(q.mend_pixels, QUALITY_MEND_MAX);
}

TEST(a_busy_line_gets_less_at_once) {
        Quality before = after(1000, 0), q = after(200000, 1);

        CHECK(q.jpeg <= before.jpeg - 5);
        CHECK(q.mend_pixels <= before.mend_pixels / 2);
        q = after(200000, 100);
        CHECK_INT(q.jpeg, QUALITY_MIN);
        CHECK_INT(q.mend_pixels, QUALITY_MEND_MIN);
        q = after(UINT64_MAX, 3);
        CHECK(q.jpeg >= QUALITY_MIN);
}

TEST(between_them_it_stays) {
        Quality before = after(1000, 0), q = after(40000, 50);

        CHECK_INT(q.jpeg, before.jpeg);
        CHECK_INT(q.mend_pixels, before.mend_pixels);
}

TEST(it_comes_back) {
        Quality q = after(200000, 100);

        for (int i = 0; i < 100; i++)
                quality_answered(&q, 10000);
        CHECK_INT(q.jpeg, QUALITY_MAX);
        CHECK_INT(q.mend_pixels, QUALITY_MEND_MAX);
}
