/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the terminal answers to a program. All of it is made of the forms below and numbers of ours: nothing that a
 * program sent comes back, so that no output can type commands. */

#include "state.h"

typedef enum ReplyForm {
        REPLY_OK,                 /* DSR 5 */
        REPLY_PRIMARY,            /* DA1 */
        REPLY_SECONDARY,          /* DA2 */
        REPLY_POSITION,           /* CPR: row, column */
        REPLY_EXTENDED_POSITION,  /* DECXCPR: row, column */
        REPLY_MODE,               /* DECRPM of an ANSI mode: mode, state */
        REPLY_PRIVATE_MODE,       /* DECRPM of a private mode: mode, state */
} ReplyForm;

void reply_send(const Terminal *t, ReplyForm form, unsigned first, unsigned second);
