/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Columns per code point, by libutf8proc. A program on the lab machine counts columns with wcwidth(), one code point
 * after the other, and so do we, or its cursor and ours part: emoji are two columns; U+FE0F and U+200D combine with the
 * character before and change no width; the characters of a ZWJ sequence stand side by side, and so do regional
 * indicators. Ambiguous characters are one column. */

#include <utf8proc.h>

#include "width.h"

int width_of(uint32_t code_point) {
        int width;

        if (code_point < 0x300)
                return 1;

        /* Hangul vowels and final consonants combine with the initial before them, as in glibc. */
        if ((code_point >= 0x1160 && code_point <= 0x11ff) || (code_point >= 0xd7b0 && code_point <= 0xd7fb))
                return 0;

        width = utf8proc_charwidth((utf8proc_int32_t) code_point);
        if (width > 0)
                return width > 1 ? 2 : 1;

        switch (utf8proc_category((utf8proc_int32_t) code_point)) {
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_ME:
        case UTF8PROC_CATEGORY_CF:
                return 0;
        default:
                return 1; /* unassigned, private use, line separators: something must be seen */
        }
}
