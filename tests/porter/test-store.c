/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>

#include "../../src/porter/store.h"
#include "../check.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

TEST(names_bring_back_what_they_were_made_of) {
        static const struct {
                const char *session, *remote;
                uint16_t port;
                uint64_t since;
        } cases[] = {
                { "1", "", 1, 0 },
                { "0a1b2c3d-0000-4000-8000-0123456789ab", "192.0.2.1", 22, 1795258800000000 },
                { "A-z", "2001:db8::1", 65535, INT64_MAX },
                { "0123456789012345678901234567890123456789",
                  "0123456789012345678901234567890123456789012345678901234567890.:.", 5900, 1 },
        };

        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                Stored s = { .hash = HASH, .port = cases[i].port, .since = cases[i].since }, back;
                char name[STORE_NAME_MAX + 1];

                CHECK(stored_session_is_valid(cases[i].session));
                CHECK(stored_remote_is_valid(cases[i].remote));
                snprintf(s.session, sizeof s.session, "%s", cases[i].session);
                snprintf(s.remote, sizeof s.remote, "%s", cases[i].remote);
                store_format(&s, name);
                /* As systemd wants names: no colon, no control characters. */
                CHECK(!strchr(name, ':'));
                CHECK_INT(store_parse(name, &back), 0);
                CHECK_TEXT(back.hash, s.hash);
                CHECK_TEXT(back.session, s.session);
                CHECK_TEXT(back.remote, s.remote);
                CHECK_INT(back.port, s.port);
                CHECK(back.since == s.since);
        }
}

TEST(ids_and_addresses_have_limits) {
        CHECK(!stored_session_is_valid(""));
        CHECK(!stored_session_is_valid("a.b"));
        CHECK(!stored_session_is_valid("a\n"));
        CHECK(!stored_session_is_valid("01234567890123456789012345678901234567890"));
        CHECK(!stored_remote_is_valid("a_b"));
        CHECK(!stored_remote_is_valid("01234567890123456789012345678901234567890123456789012345678901234"));
}

TEST(other_names_are_refused) {
        static const char *const names[] = {
                "", "stored", "session1", "session1.", "session1." HASH, "session1." HASH ".1.22", "session1." HASH ".1.22.x",
                "session2." HASH ".1.22.x.", "session1." HASH "0.1.22.x.", "session1.A" HASH ".1.22.x.",
                "session1." HASH ".-1.22.x.", "session1." HASH ".1.0.x.", "session1." HASH ".1.65536.x.",
                "session1." HASH ".1.22..", "session1." HASH ".1.22.x.a/b", "session1." HASH "..22.x.",
        };
        Stored s;

        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
                CHECK_INT(store_parse(names[i], &s), -EINVAL);
        CHECK_INT(store_parse("session1." HASH ".1.22.x.", &s), 0);
}

/* Cut and changed anywhere, a name is refused or read as one that could have been made. */
TEST(damaged_names_do_no_harm) {
        static const char good[] = "session1." HASH ".1795258800000000.22.0a1b-2c.2001_db8__1";

        srandom(1);
        for (int i = 0; i < 20000; i++) {
                char name[sizeof good], again[STORE_NAME_MAX + 1];
                Stored s;

                memcpy(name, good, sizeof good);
                name[random() % (long) (sizeof good - 1)] = (char) random();
                if (random() % 4 == 0)
                        name[random() % (long) sizeof good] = '\0';
                if (store_parse(name, &s) < 0)
                        continue;
                store_format(&s, again);
                CHECK(stored_session_is_valid(s.session));
                CHECK(stored_remote_is_valid(s.remote));
                CHECK_INT(store_parse(again, &s), 0);
        }
}
