/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Font families to files, by fontconfig, once for each family: four styles and fallbacks for what the family cannot
 * show. Answers from memory only; fontconfig itself runs in a thread. Outlines only: terminals draw glyphs in the
 * text's colour. */

#include "../../plugins/plugin.h"
#include "../base/cleanup.h"
#include <systemd/sd-event.h>

typedef struct Fonts Fonts;

typedef struct FontFace {
        LabgateFontRole role;
        int index;
        char *path;
} FontFace;

typedef struct FontSet {
        size_t n;
        FontFace faces[LABGATE_FONTS_MAX];
} FontSet;

typedef void (*FontsReady)(void *userdata);

/* ready() comes from the loop whenever a family has been resolved. */
int fonts_new(Fonts **ret, sd_event *event, FontsReady ready, void *userdata);
Fonts *fonts_free(Fonts *f);
DEFINE_CLEANUP(Fonts *, fonts_free)

/* NULL: not known yet, asked for; ready() will follow. A set without faces if there are none. Valid until the loop
 * goes on. */
const FontSet *fonts_find(Fonts *f, const char *family);

/* Fonts were installed or removed: ask anew from now on. */
void fonts_forget(Fonts *f);
