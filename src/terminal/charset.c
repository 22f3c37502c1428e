/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* DEC special graphics in Unicode, as the VT220's manual draws them. */

#include "charset.h"

static const uint16_t graphics[] = {
        0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0, 0x00b1, 0x2424, 0x240b, 0x2518, 0x2510, 0x250c, 0x2514,
        0x253c, 0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524, 0x2534, 0x252c, 0x2502, 0x2264, 0x2265, 0x03c0,
        0x2260, 0x00a3, 0x00b7,
};

Charset charset_by_final(uint8_t final) {
        switch (final) {
        case '0':
                return CHARSET_GRAPHICS;
        case 'A':
                return CHARSET_BRITISH;
        default:
                return CHARSET_ASCII;
        }
}

uint32_t charset_map(Charset set, uint32_t code) {
        if (set == CHARSET_GRAPHICS && code >= '`' && code <= '~')
                return graphics[code - '`'];
        if (set == CHARSET_BRITISH && code == '#')
                return 0x00a3;

        return code;
}
