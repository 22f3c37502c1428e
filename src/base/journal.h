/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* MESSAGE_IDs of the journal's records about sessions (journalctl MESSAGE_ID=…). Fixed for ever: people's alerts
 * depend on them. Fields: LABGATE_SESSION, _LAB, _PROTOCOL, _UPSTREAM, _REMOTE_ADDR, _STATUS, _REASON,
 * _DURATION_USEC, _BYTES_IN, _BYTES_OUT. */

#define JOURNAL_SESSION_OPENED    "d78e870ec68845bcbc96797e644188fa" /* a lab was found for a browser */
#define JOURNAL_SESSION_CONNECTED "de5cb0426ca440a4978f57187c755efb" /* the lab machine is in use */
#define JOURNAL_SESSION_ENDED     "d5890309bfe04fd8a83c7f37876c90f3" /* exactly one for each opened */
#define JOURNAL_SESSION_REFUSED   "31b7b961981440d08453c679917bb61d" /* no session came of it */
