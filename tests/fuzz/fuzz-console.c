/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A person and a program at one console. Input: records of one byte that says what (output, key, mouse, size, setting,
 * paste, prompt, frame) and what that needs. After every frame a browser that followed moves and damages shows what the
 * console paints. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../terminal/mirror.h"

#define RECORDS_MAX 400

typedef struct Input {
        const uint8_t *bytes;
        size_t size;
} Input;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned take(Input *in) {
        if (in->size == 0)
                return 0;
        in->size--;
        return *in->bytes++;
}

static void on_answer(void *userdata, const char *answer, size_t size) {
        if (answer && answer[size] != 0)
                abort();
}

static void write_some(Mirror *m, Input *in) {
        size_t n = take(in);

        n = n < in->size ? n : in->size;
        (void) console_write(m->console, in->bytes, n);
        in->bytes += n;
        in->size -= n;
}

static void press(Mirror *m, Input *in) {
        static const uint32_t planes[] = { 0, 0xff00, 0xfe00, 0x01000000, 0x0100fe00, 0x0101f600, 0x0110ff00, 0xffffff00 };
        unsigned how = take(in);

        console_key(m->console, planes[how & 7] + take(in), !(how & 8));
}

static void set(Mirror *m, Input *in) {
        static const char *const values[] = { "black-white", "background: red", "color1: color2", "", "x", "9", "14", "0" };
        unsigned how = take(in);

        (void) console_argv(m->console, how & 8 ? "font-size" : "color-scheme", values[how & 7]);
}

static void look(Mirror *m) {
        mirror_frame(m);
        if (mirror_compare(m) != 0)
                abort();
}

static void act(Mirror *m, Input *in) {
        switch (take(in) % 9) {
        case 0: case 1:
                return write_some(m, in);
        case 2:
                return press(m, in);
        case 3: {
                int x = (int) take(in) * 2 - 20, y = (int) take(in) - 10;

                return console_mouse(m->console, x, y, take(in) & 31);
        }
        case 4: {
                int width = (int) take(in) * 2, height = (int) take(in);

                return console_resize(m->console, width, height);
        }
        case 5:
                return set(m, in);
        case 6:
                return console_paste(m->console, "a\nb\033[201~c", 11);
        case 7:
                (void) console_prompt(m->console, "? ", take(in) & 1, on_answer, NULL);
                return;
        default:
                look(m);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Input in = { data, size };
        Mirror *m = mirror_new(200, 120, NULL);

        if (!m)
                return 0;
        mirror_frame(m);
        for (int i = 0; i < RECORDS_MAX && in.size > 0; i++)
                act(m, &in);
        look(m);
        mirror_free(m);
        return 0;
}
