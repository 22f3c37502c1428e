/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Columns per code point, by libutf8proc. A program on the lab machine counts columns with wcwidth(), one code point
 * after the other, and so do we, or its cursor and ours part: emoji are two columns; U+FE0F and U+200D combine with the
 * character before and change no width; the characters of a ZWJ sequence stand side by side, and so do regional
 * indicators. Ambiguous characters are one column. */

#include <utf8proc.h>

#include "width.h"

int width_of(uint32_t code_point) {
        const utf8proc_property_t *property;
        int width;

        if (code_point < 0x300)
                return 1;

        /* Hangul vowels and final consonants combine with the initial before them, as in glibc. */
        if ((code_point >= 0x1160 && code_point <= 0x11ff) || (code_point >= 0xd7b0 && code_point <= 0xd7fb))
                return 0;

        width = utf8proc_charwidth((utf8proc_int32_t) code_point);
        if (width > 0)
                return width > 1 ? 2 : 1;

        /* Signs that stand before a number (U+0600) are seen, though they are format characters. */
        property = utf8proc_get_property((utf8proc_int32_t) code_point);
        if (property->boundclass == UTF8PROC_BOUNDCLASS_PREPEND)
                return 1;

        switch (property->category) {
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_ME:
        case UTF8PROC_CATEGORY_CF:
                return 0;
        default:
                return 1; /* unassigned, private use, line separators: something must be seen */
        }
}
