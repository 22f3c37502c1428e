/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdlib.h>

#include "check.h"
#include "outbox.h"

static int on_text(void *userdata, const char *text, size_t size) {
        return 0;
}

void outbox_init(Outbox *o) {
        static const WebSocketEvents events = { .text = on_text };

        *o = (Outbox) {};
        CHECK_INT(websocket_new(&o->ws, &o->output, &events, NULL), 0);
}

void outbox_done(Outbox *o) {
        o->ws = websocket_free(o->ws);
        buffer_done(&o->output);
}

void outbox_take(Outbox *o, Buffer *ret) {
        while (buffer_size(&o->output) > 0) {
                const uint8_t *b = buffer_bytes(&o->output);
                size_t size, n_header = 2;

                CHECK(b && b[0] == 0x81);
                size = b[1];
                if (size == 126) {
                        size = (size_t) b[2] << 8 | b[3];
                        n_header = 4;
                } else if (size == 127) {
                        size = 0;
                        for (int i = 2; i < 10; i++)
                                size = size << 8 | b[i];
                        n_header = 10;
                }
                CHECK(n_header + size <= buffer_size(&o->output));
                CHECK_INT(b[n_header + size - 1], ';');
                CHECK_INT(buffer_append(ret, b + n_header, size), 0);
                buffer_consume(&o->output, n_header + size);
                o->n_messages++;
        }
}

void outbox_check(Outbox *o, const char *expected) {
        static char copy[8192];
        Buffer text = {};
        size_t size;

        outbox_take(o, &text);
        size = buffer_size(&text);
        CHECK(size < sizeof copy);
        if (size > 0)
                memcpy(copy, buffer_bytes(&text), size);
        copy[size] = 0;
        buffer_done(&text);
        CHECK_TEXT(copy, expected);
}
