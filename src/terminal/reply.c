/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The closed list of what goes to the program. */

#include <stdio.h>

#include "../base/cleanup.h"
#include "reply.h"

/* Before, between and behind the numbers. */
static const struct {
        const char *text[3];
        unsigned numbers;
} forms[] = {
        [REPLY_OK]                = { { "\033[0n" },           0 },
        [REPLY_PRIMARY]           = { { "\033[?1;2c" },        0 },
        [REPLY_SECONDARY]         = { { "\033[>0;276;0c" },    0 },
        [REPLY_POSITION]          = { { "\033[", ";", "R" },   2 },
        [REPLY_EXTENDED_POSITION] = { { "\033[?", ";", "R" },  2 },
        [REPLY_MODE]              = { { "\033[", ";", "$y" },  2 },
        [REPLY_PRIVATE_MODE]      = { { "\033[?", ";", "$y" }, 2 },
};

void reply_send(const Terminal *t, ReplyForm form, unsigned first, unsigned second) {
        char text[40];
        int n;

        if (!t->hooks.reply)
                return;

        if (forms[form].numbers == 0)
                n = snprintf(text, sizeof text, "%s", forms[form].text[0]);
        else
                n = snprintf(text, sizeof text, "%s%u%s%u%s", forms[form].text[0], first, forms[form].text[1], second,
                             forms[form].text[2]);
        if (n > 0)
                t->hooks.reply(t->userdata, text, MIN((size_t) n, sizeof text - 1));
}
