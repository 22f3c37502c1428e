/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>

#include "../../src/browser/page.h"
#include "check.h"
#include "outbox.h"

TEST(texts) {
        Outbox o;

        outbox_init(&o);
        CHECK_INT(page_write_uuid(o.ws, "6f0f8f5e-0000-4000-8000-000000000000"), 0);
        outbox_check(&o, "0.,36.6f0f8f5e-0000-4000-8000-000000000000;");
        CHECK_INT(page_write_name(o.ws, "a\xff\nb;\x1b", 6), 0);
        outbox_check(&o, "4.name,5.a\ufffd\nb;;");
        CHECK_INT(page_write_nop(o.ws), 0);
        outbox_check(&o, "3.nop;");
        CHECK_INT(o.n_messages, 3);
        outbox_done(&o);
}

TEST(long_names_are_cut_at_a_character) {
        char name[1000], expected[1000];
        Outbox o;

        outbox_init(&o);
        name[0] = 'x';
        for (size_t i = 1; i + 1 < sizeof name; i += 2)
                memcpy(name + i, "é", 2);
        CHECK_INT(page_write_name(o.ws, name, 999), 0);
        snprintf(expected, sizeof expected, "4.name,128.%.255s;", name);
        outbox_check(&o, expected);
        outbox_done(&o);
}

static void check_end(LabgateStatus status, const char *message, const char *close, size_t size) {
        Outbox o;

        outbox_init(&o);
        CHECK_INT(page_write_end(o.ws, status, "It is over."), 0);
        CHECK(buffer_size(&o.output) > size);
        CHECK(memcmp(buffer_bytes(&o.output) + buffer_size(&o.output) - size, close, size) == 0);
        buffer_truncate(&o.output, buffer_size(&o.output) - size);
        outbox_check(&o, message);
        CHECK_INT(page_write_end(o.ws, status, "Again."), -EPIPE);
        CHECK_INT(page_write_nop(o.ws), -EPIPE);
        CHECK_INT(buffer_size(&o.output), 0);
        outbox_done(&o);
}

TEST(ends) {
        check_end(LABGATE_STATUS_SUCCESS, "10.disconnect;", "\x88\x03\x03\xe8" "0", 5);
        check_end(LABGATE_STATUS_BROWSER_UNAUTHORIZED, "5.error,11.It is over.,3.769;", "\x88\x05\x03\xf0" "769", 7);
        check_end(LABGATE_STATUS_UPSTREAM_TIMEOUT, "5.error,11.It is over.,3.514;", "\x88\x05\x03\xf3" "514", 7);
        check_end(LABGATE_STATUS_BROWSER_OVERRUN, "5.error,11.It is over.,3.781;", "\x88\x05\x03\xf1" "781", 7);
        check_end((LabgateStatus) 4711, "5.error,11.It is over.,4.4711;", "\x88\x06\x03\xf3" "4711", 8);
}
