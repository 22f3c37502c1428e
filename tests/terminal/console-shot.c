/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* console-shot WIDTH HEIGHT [POINTS [SCHEME]] < bytes of a program > picture.ppm: what a console makes of them. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mirror.h"

int main(int argc, char **argv) {
        ConsoleSettings settings = { .font_size = argc > 3 ? atoi(argv[3]) : 12, .scrollback = 1000, .backspace = 127,
                                     .color_scheme = argc > 4 ? argv[4] : NULL };
        char bytes[65536];
        Mirror *m;
        ssize_t n;

        if (argc < 3)
                return 2;
        m = mirror_new(atoi(argv[1]), atoi(argv[2]), &settings);
        if (!m)
                return 1;
        while ((n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
                (void) console_write(m->console, bytes, (size_t) n);
        mirror_frame(m);

        printf("P6\n%d %d\n255\n", m->host.width, m->host.height);
        for (int i = 0; i < m->host.width * m->host.height; i++)
                for (int shift = 16; shift >= 0; shift -= 8)
                        putchar((int) (m->pixels[i] >> shift & 0xffu));
        mirror_free(m);
        return 0;
}
