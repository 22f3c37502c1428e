/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Character sets that ESC ( and its siblings designate. National sets are not among them: UTF-8 has all they had. */

#include <stdint.h>

typedef enum Charset {
        CHARSET_ASCII,
        CHARSET_GRAPHICS, /* DEC special graphics, final byte 0 */
        CHARSET_BRITISH,  /* A */
} Charset;

Charset charset_by_final(uint8_t final); /* CHARSET_ASCII for what we do not have */
uint32_t charset_map(Charset set, uint32_t code);
