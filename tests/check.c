/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <setjmp.h>
#include <stdarg.h>

#include "check.h"

static TestCase *first, **last = &first;
static jmp_buf out;
static char outcome[1024];

void test_register(TestCase *t) {
        *last = t;
        last = &t->next;
}

void test_fail(const char *file, int line, const char *format, ...) {
        int n = snprintf(outcome, sizeof outcome, "%s:%d: ", file, line);
        va_list ap;

        va_start(ap, format);
        vsnprintf(outcome + n, sizeof outcome - (size_t) n, format, ap);
        va_end(ap);
        longjmp(out, 1);
}

void test_skip(const char *reason) {
        snprintf(outcome, sizeof outcome, "%s", reason);
        longjmp(out, 2);
}

/* 0 passed, 1 failed, 2 skipped. Apart, so that no local lives across longjmp(). */
static int run(TestCase *t) {
        int r = setjmp(out);

        if (r == 0)
                t->run();
        return r;
}

/* A name as argument runs the cases whose names contain it. */
int main(int argc, char **argv) {
        int number = 0, failed = 0;

        setvbuf(stdout, NULL, _IOLBF, 0);
        for (TestCase *t = first; t; t = t->next) {
                if (argc > 1 && !strstr(t->name, argv[1]))
                        continue;
                number++;
                switch (run(t)) {
                case 0:
                        printf("ok %d - %s\n", number, t->name);
                        break;
                case 1:
                        failed++;
                        printf("not ok %d - %s\n# %s\n", number, t->name, outcome);
                        break;
                default:
                        printf("ok %d - %s # SKIP %s\n", number, t->name, outcome);
                }
        }
        printf("1..%d\n", number);
        return failed > 0;
}
