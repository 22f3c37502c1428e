/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Mouse pointers as the lab machine draws them. Never moves the page's pointer. */

#include "rdp.h"

#include <stdlib.h>
#include <string.h>

#include <freerdp/codec/color.h>
#include <freerdp/gdi/gdi.h>

typedef struct Pointer {
        rdpPointer pointer;
        uint32_t *pixels;
} Pointer;

/* The system's own pointer, which no lab machine sends: X for black, o for white. */
#define ARROW_WIDTH 12
#define ARROW_HEIGHT 19
static const char arrow[ARROW_HEIGHT][ARROW_WIDTH + 1] = {
        "X           ", "XX          ", "XoX         ", "XooX        ", "XoooX       ", "XooooX      ", "XoooooX     ",
        "XooooooX    ", "XoooooooX   ", "XooooooooX  ", "XoooooooooX ", "XooooooXXXXX", "XoooXooX    ", "XooXXooX    ",
        "XoX  XooX   ", "XX   XooX   ", "X     XooX  ", "      XooX  ", "       XX   ",
};

static BOOL pointer_new(rdpContext *context, rdpPointer *pointer) {
        Pointer *p = (Pointer *) pointer;

        p->pixels = NULL;
        if (pointer->width == 0 || pointer->height == 0 || pointer->width > BRIDGE_CURSOR_SIDE_MAX ||
            pointer->height > BRIDGE_CURSOR_SIDE_MAX)
                return TRUE;
        p->pixels = calloc((size_t) pointer->width * pointer->height, sizeof *p->pixels);
        if (!p->pixels)
                return FALSE;
        if (freerdp_image_copy_from_pointer_data((BYTE *) p->pixels, PIXEL_FORMAT_BGRA32, 0, 0, 0, pointer->width,
                                                 pointer->height, pointer->xorMaskData, pointer->lengthXorMask,
                                                 pointer->andMaskData, pointer->lengthAndMask, pointer->xorBpp,
                                                 &context->gdi->palette))
                return TRUE;
        free(p->pixels);
        p->pixels = NULL;
        return TRUE;
}

static void pointer_free(rdpContext *context, rdpPointer *pointer) {
        Pointer *p = (Pointer *) pointer;

        free(p->pixels);
        p->pixels = NULL;
}

static BOOL pointer_set_default(rdpContext *context) {
        uint32_t pixels[ARROW_WIDTH * ARROW_HEIGHT];
        const LabgateCursor cursor = { ARROW_WIDTH, ARROW_HEIGHT, 0, 0, pixels };

        for (size_t y = 0; y < ARROW_HEIGHT; y++)
                for (size_t x = 0; x < ARROW_WIDTH; x++)
                        pixels[y * ARROW_WIDTH + x] = arrow[y][x] == 'X'   ? 0xff000000u
                                                      : arrow[y][x] == 'o' ? 0xffffffffu
                                                                           : 0;
        worker_set_cursor(rdp_of(context)->bridge, &cursor);
        return TRUE;
}

static BOOL pointer_set(rdpContext *context, LIBRARY_POINTER rdpPointer *pointer) {
        const Pointer *p = (const Pointer *) pointer;
        const LabgateCursor cursor = {
                .width = (int32_t) pointer->width,
                .height = (int32_t) pointer->height,
                .hot_x = (int32_t) pointer->xPos,
                .hot_y = (int32_t) pointer->yPos,
                .pixels = p->pixels,
        };

        if (!p->pixels)
                return pointer_set_default(context);
        worker_set_cursor(rdp_of(context)->bridge, &cursor);
        return TRUE;
}

static BOOL pointer_set_null(rdpContext *context) {
        worker_set_cursor(rdp_of(context)->bridge, &(const LabgateCursor) {});
        return TRUE;
}

static BOOL pointer_set_position(rdpContext *context, UINT32 x, UINT32 y) {
        return TRUE;
}

bool rdp_pointer_register(rdpContext *context) {
        rdpPointer prototype = {
                .size = sizeof(Pointer),
                .New = pointer_new,
                .Free = pointer_free,
                .Set = pointer_set,
                .SetNull = pointer_set_null,
                .SetDefault = pointer_set_default,
                .SetPosition = pointer_set_position,
        };

        graphics_register_pointer(context->graphics, &prototype);
        return true;
}
