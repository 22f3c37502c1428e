/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pictures: the library draws into a picture of its own, in whatever thread brings them, and what it painted is copied
 * into the bridge's when it is whole. Reads no byte of the lab machine's. */

#include "rdp.h"

#include <string.h>

#include <freerdp/gdi/gdi.h>
#include <freerdp/gdi/gfx.h>
#include <freerdp/gdi/region.h>
#include <winpr/error.h>

static void copy_area(const rdpGdi *gdi, const BridgePicture *to, LabgateRect a) {
        const uint8_t *from = gdi->primary_buffer + (size_t) a.y * gdi->stride + (size_t) a.x * sizeof(uint32_t);
        uint8_t *into = (uint8_t *) to->pixels + (size_t) a.y * to->stride + (size_t) a.x * sizeof(uint32_t);

        for (int32_t y = 0; y < a.height; y++, from += gdi->stride, into += to->stride)
                memcpy(into, from, (size_t) a.width * sizeof(uint32_t));
}

static LabgateRect clip(int32_t x, int32_t y, int32_t width, int32_t height, const BridgePicture *to,
                        const rdpGdi *gdi) {
        int32_t left = MAX(x, 0), top = MAX(y, 0);
        int64_t across = MIN(to->width, gdi->width), down = MIN(to->height, gdi->height);
        int32_t right = (int32_t) MIN((int64_t) x + width, across);
        int32_t bottom = (int32_t) MIN((int64_t) y + height, down);

        return (LabgateRect) { left, top, MAX(right - left, 0), MAX(bottom - top, 0) };
}

/* What GDI says is invalid goes over to the bridge, and is valid then. */
static void flush(Rdp *r, rdpGdi *gdi) {
        HGDI_WND window = gdi->primary->hdc->hwnd;
        int n = window->invalid->null ? 0 : window->ninvalid;

        for (int i = 0; i < n; i++) {
                const GDI_RGN *g = &window->cinvalid[i];
                BridgePicture to = worker_lock(r->bridge);
                LabgateRect area = {};

                if (to.pixels && gdi->primary_buffer) {
                        area = clip(g->x, g->y, g->w, g->h, &to, gdi);
                        if (area.width > 0 && area.height > 0)
                                copy_area(gdi, &to, area);
                }
                worker_unlock(r->bridge);
                if (area.width > 0 && area.height > 0) {
                        worker_damage(r->bridge, area);
                        rdp_mouse_painted(&r->mouse, area, library_msec());
                }
        }
        window->invalid->null = TRUE;
        window->ninvalid = 0;
}

static BOOL begin_paint(rdpContext *context) {
        HGDI_WND window = context->gdi->primary->hdc->hwnd;

        window->invalid->null = TRUE;
        window->ninvalid = 0;
        return TRUE;
}

static BOOL end_paint(rdpContext *context) {
        Rdp *r = rdp_of(context);

        if (context->gdi->suppressOutput)
                return TRUE;
        flush(r, context->gdi);
        worker_beat(r->bridge);
        if (!r->in_frame)
                worker_present(r->bridge);
        return TRUE;
}

/* A lab machine that names its frames is not shown in the middle of one. */
static BOOL frame_marker(rdpContext *context, const SURFACE_FRAME_MARKER *marker) {
        Rdp *r = rdp_of(context);

        r->in_frame = marker->frameAction == SURFACECMD_FRAMEACTION_BEGIN;
        if (!r->in_frame)
                worker_present(r->bridge);
        return !r->gdi_frame_marker || r->gdi_frame_marker(context, marker);
}

/* The one order that says that pixels moved. */
static BOOL scrblt(rdpContext *context, const SCRBLT_ORDER *order) {
        Rdp *r = rdp_of(context);
        rdpGdi *gdi = context->gdi;
        HGDI_DC screen = gdi->primary->hdc;
        BridgePicture to = worker_lock(r->bridge);
        LabgateRect source, target;
        bool is_move;

        worker_unlock(r->bridge);
        source = clip(order->nXSrc, order->nYSrc, order->nWidth, order->nHeight, &to, gdi);
        target = clip(order->nLeftRect, order->nTopRect, order->nWidth, order->nHeight, &to, gdi);
        is_move = order->bRop == 0xcc && gdi->drawing == gdi->primary && screen->clip->null &&
                  source.width == order->nWidth && source.height == order->nHeight &&
                  target.width == order->nWidth && target.height == order->nHeight;
        if (is_move)
                flush(r, gdi);
        if (!r->gdi_scrblt(context, order))
                return FALSE;
        if (!is_move)
                return TRUE;
        worker_move(r->bridge, source, target.x - source.x, target.y - source.y);
        return begin_paint(context);
}

static void refuse_encoding(Rdp *r) {
        worker_end(r->bridge, LABGATE_STATUS_UPSTREAM_ERROR,
                   "%s does not follow the protocol: a picture in an encoding that nobody asked for.", r->lab_name);
}

/* The library decodes what nobody asked for, too, and not all of it safely: FreeRDP 2 frees tiles of RemoteFX twice. */
static BOOL surface_bits(rdpContext *context, const SURFACE_BITS_COMMAND *command) {
        Rdp *r = rdp_of(context);

        if (command->bmp.codecID == RDP_CODEC_ID_NONE)
                return r->gdi_surface_bits(context, command);
        refuse_encoding(r);
        return FALSE;
}

/* RemoteFX is there for thin clients alone ([MS-RDPEGFX] 2.2.3.1); others get its progressive form. */
static UINT surface_command(RdpgfxClientContext *pipeline, const RDPGFX_SURFACE_COMMAND *command) {
        Rdp *r = rdp_of(((const rdpGdi *) pipeline->custom)->context);

        if (command->codecId != RDPGFX_CODECID_CAVIDEO)
                return r->gdi_surface_command(pipeline, command);
        refuse_encoding(r);
        return ERROR_NOT_SUPPORTED;
}

void graphics_attach(rdpContext *context, RdpgfxClientContext *pipeline) {
        Rdp *r = rdp_of(context);

        if (!gdi_graphics_pipeline_init(context->gdi, pipeline))
                return;
        r->gdi_surface_command = pipeline->SurfaceCommand;
        pipeline->SurfaceCommand = surface_command;
}

void graphics_detach(rdpContext *context, RdpgfxClientContext *pipeline) {
        gdi_graphics_pipeline_uninit(context->gdi, pipeline);
}

static bool show_size(Rdp *r, const rdpGdi *gdi) {
        if (worker_set_size(r->bridge, gdi->width, gdi->height) >= 0)
                return true;
        r->is_refused = true;
        worker_end(r->bridge, LABGATE_STATUS_UPSTREAM_ERROR, "%s has a screen that cannot be shown.", r->lab_name);
        return false;
}

static BOOL desktop_resize(rdpContext *context) {
        const rdpSettings *s = context->settings;
        UINT32 width = freerdp_settings_get_uint32(s, FreeRDP_DesktopWidth);
        UINT32 height = freerdp_settings_get_uint32(s, FreeRDP_DesktopHeight);
        Rdp *r = rdp_of(context);

        if (width == 0 || height == 0 || width > LABGATE_SIDE_MAX || height > LABGATE_SIDE_MAX)
                return FALSE;
        return gdi_resize(context->gdi, width, height) && show_size(r, context->gdi);
}

static BOOL play_sound(rdpContext *context, const PLAY_SOUND_UPDATE *sound) {
        return TRUE;
}

bool graphics_init(freerdp *instance) {
        rdpUpdate *update = instance->context->update;
        Rdp *r = rdp_of(instance->context);

        if (!gdi_init(instance, PIXEL_FORMAT_BGRX32))
                return false;
        r->gdi_scrblt = update->primary->ScrBlt;
        r->gdi_frame_marker = update->SurfaceFrameMarker;
        r->gdi_surface_bits = update->SurfaceBits;
        update->BeginPaint = begin_paint;
        update->EndPaint = end_paint;
        update->DesktopResize = desktop_resize;
        update->SurfaceFrameMarker = frame_marker;
        update->SurfaceBits = surface_bits;
        update->PlaySound = play_sound;
        if (r->gdi_scrblt)
                update->primary->ScrBlt = scrblt;
        return show_size(r, instance->context->gdi);
}

void graphics_done(freerdp *instance) {
        gdi_free(instance);
}
