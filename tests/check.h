/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Test cases in C: TEST(name) { CHECK(…); } registers itself; the program prints TAP. A failed check ends its case, not
 * the program. Link check.c, which has main(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct TestCase {
        const char *name;
        void (*run)(void);
        struct TestCase *next;
} TestCase;

void test_register(TestCase *t);
void test_fail(const char *file, int line, const char *format, ...) __attribute__((noreturn, format(printf, 3, 4)));
void test_skip(const char *reason) __attribute__((noreturn));

#define TEST(id)                                                                        \
        static void test_##id(void);                                                    \
        __attribute__((constructor)) static void register_##id(void) {                  \
                static TestCase t = { .name = #id, .run = test_##id };                  \
                test_register(&t);                                                      \
        }                                                                               \
        static void test_##id(void)

#define CHECK(x)                                                                        \
        do {                                                                            \
                if (!(x))                                                               \
                        test_fail(__FILE__, __LINE__, "%s", #x);                        \
        } while (0)

#define CHECK_INT(a, b)                                                                 \
        do {                                                                            \
                long long check_a = (long long) (a), check_b = (long long) (b);         \
                if (check_a != check_b)                                                 \
                        test_fail(__FILE__, __LINE__, "%s is %lld, not %lld", #a, check_a, check_b); \
        } while (0)

#define CHECK_TEXT(a, b)                                                                \
        do {                                                                            \
                const char *check_a = (a), *check_b = (b);                              \
                if (!check_a || strcmp(check_a, check_b) != 0)                          \
                        test_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #a, check_a ? check_a : "(null)", check_b); \
        } while (0)
