/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The clipboard as text, both ways. No files, no pictures, and nothing to a lab whose clipboard is closed. */

#include "rdp.h"

#include <stdlib.h>
#include <string.h>

#include <winpr/user.h>

#include "utf16.h"

static UINT send_capabilities(CliprdrClientContext *channel) {
        CLIPRDR_GENERAL_CAPABILITY_SET general = {
                .capabilitySetType = CB_CAPSTYPE_GENERAL,
                .capabilitySetLength = 12,
                .version = CB_CAPS_VERSION_2,
                .generalFlags = CB_USE_LONG_FORMAT_NAMES,
        };
        CLIPRDR_CAPABILITIES capabilities = {
                .cCapabilitiesSets = 1,
                .capabilitySets = (CLIPRDR_CAPABILITY_SET *) &general,
        };

        return channel->ClientCapabilities(channel, &capabilities);
}

/* With the mutex. */
static UINT announce(RdpClipboard *c) {
        CLIPRDR_FORMAT format = { .formatId = CF_UNICODETEXT };
        CLIPRDR_FORMAT_LIST list = { .formats = &format, .numFormats = c->text ? 1 : 0 };

        LIBRARY_HEADER(list).msgType = CB_FORMAT_LIST;
        return c->channel->ClientFormatList(c->channel, &list);
}

static UINT on_ready(CliprdrClientContext *channel, const CLIPRDR_MONITOR_READY *ready) {
        Rdp *r = channel->custom;
        UINT e = send_capabilities(channel);

        if (e != CHANNEL_RC_OK)
                return e;
        pthread_mutex_lock(&r->clipboard.mutex);
        r->clipboard.is_ready = true;
        e = announce(&r->clipboard);
        pthread_mutex_unlock(&r->clipboard.mutex);
        return e;
}

static UINT on_capabilities(CliprdrClientContext *channel, const CLIPRDR_CAPABILITIES *capabilities) {
        return CHANNEL_RC_OK;
}

static uint32_t choose_format(const CLIPRDR_FORMAT_LIST *list) {
        uint32_t chosen = 0;

        for (UINT32 i = 0; i < list->numFormats; i++)
                if (list->formats[i].formatId == CF_UNICODETEXT)
                        return CF_UNICODETEXT;
                else if (list->formats[i].formatId == CF_TEXT)
                        chosen = CF_TEXT;
        return chosen;
}

/* Something was copied at the lab machine: taken at once, as the page cannot ask. */
static UINT on_formats(CliprdrClientContext *channel, const CLIPRDR_FORMAT_LIST *list) {
        Rdp *r = channel->custom;
        CLIPRDR_FORMAT_LIST_RESPONSE response = {};
        CLIPRDR_FORMAT_DATA_REQUEST request = { .requestedFormatId = choose_format(list) };
        UINT e;

        LIBRARY_HEADER(response).msgType = CB_FORMAT_LIST_RESPONSE;
        LIBRARY_HEADER(response).msgFlags = CB_RESPONSE_OK;
        e = channel->ClientFormatListResponse(channel, &response);
        if (e != CHANNEL_RC_OK || request.requestedFormatId == 0 || !r->copies)
                return e;
        LIBRARY_HEADER(request).msgType = CB_FORMAT_DATA_REQUEST;
        LIBRARY_HEADER(request).dataLen = sizeof request.requestedFormatId;
        r->clipboard.asked = request.requestedFormatId;
        return channel->ClientFormatDataRequest(channel, &request);
}

static UINT on_formats_taken(CliprdrClientContext *channel, const CLIPRDR_FORMAT_LIST_RESPONSE *response) {
        return CHANNEL_RC_OK;
}

static void deliver_plain(Rdp *r, const char *text, size_t size) {
        worker_set_clipboard(r->bridge, text, strnlen(text, size));
}

static UINT on_data(CliprdrClientContext *channel, const CLIPRDR_FORMAT_DATA_RESPONSE *response) {
        Rdp *r = channel->custom;
        size_t size;
        char *text;

        if (!(LIBRARY_HEADER(*response).msgFlags & CB_RESPONSE_OK) || !response->requestedFormatData || !r->copies)
                return CHANNEL_RC_OK;
        if (r->clipboard.asked == CF_TEXT) {
                deliver_plain(r, (const char *) response->requestedFormatData, LIBRARY_HEADER(*response).dataLen);
                return CHANNEL_RC_OK;
        }
        text = utf16_to_utf8(response->requestedFormatData, LIBRARY_HEADER(*response).dataLen, r->clipboard_size,
                             &size);
        if (!text)
                return CHANNEL_RC_NO_MEMORY;
        worker_set_clipboard(r->bridge, text, size);
        free_wiped(text, size);
        return CHANNEL_RC_OK;
}

static UINT on_request(CliprdrClientContext *channel, const CLIPRDR_FORMAT_DATA_REQUEST *request) {
        Rdp *r = channel->custom;
        CLIPRDR_FORMAT_DATA_RESPONSE response = {};
        uint8_t *bytes = NULL;
        size_t size = 0;
        UINT e;

        pthread_mutex_lock(&r->clipboard.mutex);
        if (r->clipboard.text && request->requestedFormatId == CF_UNICODETEXT)
                bytes = utf16_from_utf8(r->clipboard.text, r->clipboard.size,
                                        (Utf16LineEnds) r->settings->normalize_clipboard, &size);
        pthread_mutex_unlock(&r->clipboard.mutex);
        LIBRARY_HEADER(response).msgType = CB_FORMAT_DATA_RESPONSE;
        LIBRARY_HEADER(response).msgFlags = bytes ? CB_RESPONSE_OK : CB_RESPONSE_FAIL;
        LIBRARY_HEADER(response).dataLen = (UINT32) size;
        response.requestedFormatData = bytes;
        e = channel->ClientFormatDataResponse(channel, &response);
        free_wiped(bytes, size);
        return e;
}

void rdp_clipboard_attach(Rdp *r, CliprdrClientContext *channel) {
        pthread_mutex_lock(&r->clipboard.mutex);
        channel->custom = r;
        channel->MonitorReady = on_ready;
        channel->ServerCapabilities = on_capabilities;
        channel->ServerFormatList = on_formats;
        channel->ServerFormatListResponse = on_formats_taken;
        channel->ServerFormatDataRequest = on_request;
        channel->ServerFormatDataResponse = on_data;
        r->clipboard.channel = channel;
        r->clipboard.is_ready = false;
        pthread_mutex_unlock(&r->clipboard.mutex);
}

void rdp_clipboard_detach(Rdp *r) {
        pthread_mutex_lock(&r->clipboard.mutex);
        r->clipboard.channel = NULL;
        r->clipboard.is_ready = false;
        pthread_mutex_unlock(&r->clipboard.mutex);
}

void rdp_clipboard_take(Rdp *r, char *text, size_t size) {
        RdpClipboard *c = &r->clipboard;

        pthread_mutex_lock(&c->mutex);
        free_wiped(c->text, c->size);
        c->text = text;
        c->size = size;
        if (!r->pastes)
                c->text = free_wiped(c->text, c->size);
        else if (c->channel && c->is_ready)
                (void) announce(c);
        pthread_mutex_unlock(&c->mutex);
}
