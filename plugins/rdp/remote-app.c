/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* RemoteApp: starts the lab's program and takes what its windows draw as one desktop, as the page has no windows of its
 * own. Moves and resizes no window. */

#include "rdp.h"

#include <freerdp/client/rail.h>
#include <freerdp/rail.h>

#define HIGH_CONTRAST_USUAL 0x7e
#define LANGUAGE_BAR_HIDDEN 8

static UINT start_program(RailClientContext *channel) {
        const Rdp *r = channel->custom;
        const rdpSettings *s = r->instance->context->settings;
        const RAIL_CLIENT_STATUS_ORDER status = { .flags = TS_RAIL_CLIENTSTATUS_ALLOWLOCALMOVESIZE };
        const RAIL_LANGBAR_INFO_ORDER bar = { .languageBarStatus = LANGUAGE_BAR_HIDDEN };
        const RAIL_SYSPARAM_ORDER parameters = {
                .params = SPI_MASK_SET_HIGH_CONTRAST | SPI_MASK_SET_MOUSE_BUTTON_SWAP | SPI_MASK_SET_KEYBOARD_PREF |
                          SPI_MASK_SET_DRAG_FULL_WINDOWS | SPI_MASK_SET_KEYBOARD_CUES | SPI_MASK_SET_WORK_AREA,
                .highContrast = { .flags = HIGH_CONTRAST_USUAL },
                .workArea = { .right = (UINT16) freerdp_settings_get_uint32(s, FreeRDP_DesktopWidth),
                              .bottom = (UINT16) freerdp_settings_get_uint32(s, FreeRDP_DesktopHeight) },
        };
        const RAIL_EXEC_ORDER program = {
                .RemoteApplicationProgram = r->settings->remote_app,
                .RemoteApplicationWorkingDir = r->settings->remote_app_dir,
                .RemoteApplicationArguments = r->settings->remote_app_args,
        };
        UINT e = channel->ClientInformation(channel, &status);

        if (e == CHANNEL_RC_OK) {
                /* A lab machine that has none says so, and that is all. */
                (void) channel->ClientLanguageBarInfo(channel, &bar);
                e = channel->ClientSystemParam(channel, &parameters);
        }
        return e == CHANNEL_RC_OK ? channel->ClientExecute(channel, &program) : e;
}

static UINT on_handshake(RailClientContext *channel, const RAIL_HANDSHAKE_ORDER *handshake) {
        return start_program(channel);
}

static UINT on_handshake_ex(RailClientContext *channel, const RAIL_HANDSHAKE_EX_ORDER *handshake) {
        return start_program(channel);
}

static UINT on_result(RailClientContext *channel, const RAIL_EXEC_RESULT_ORDER *result) {
        Rdp *r = channel->custom;

        if (result->execResult == RAIL_EXEC_S_OK)
                return CHANNEL_RC_OK;
        r->is_refused = true;
        worker_end(r->bridge, LABGATE_STATUS_UPSTREAM_ERROR, "%s does not start the lab's remote_app (%u).",
                   r->lab_name, (unsigned) result->execResult);
        return CHANNEL_RC_OK;
}

void remote_app_attach(Rdp *r, RailClientContext *channel) {
        channel->custom = r;
        channel->ServerHandshake = on_handshake;
        channel->ServerHandshakeEx = on_handshake_ex;
        channel->ServerExecuteResult = on_result;
}
