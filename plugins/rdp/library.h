/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All that differs between FreeRDP 2.11 and 3, and what the process needs before the library may be used. Nothing else
 * in this plugin asks for a version. */

#include "../../src/base/cleanup.h" /* before the library, whose MIN and MAX give way */

#include <stdbool.h>
#include <stdint.h>

#include <freerdp/freerdp.h>
#include <freerdp/version.h>
#include <freerdp/graphics.h>

#if FREERDP_VERSION_MAJOR >= 3
#define LIBRARY_EVENT const       /* of channel events */
#define LIBRARY_POINTER           /* of the pointer that is set */
#define LIBRARY_HEADER(pdu) ((pdu).common)
#define LIBRARY_WORDS(words) (words)
typedef UINT8 LibraryCode;        /* of a key */
#define LIBRARY_DYNAMIC_SOUND true
#else
#define LIBRARY_EVENT
#define LIBRARY_POINTER const
#define LIBRARY_HEADER(pdu) (pdu)
#define LIBRARY_WORDS(words) ((char **) (uintptr_t) (words)) /* copied, not written to */
typedef UINT16 LibraryCode;
#define LIBRARY_DYNAMIC_SOUND false /* it frees what its own thread still plays when that channel closes */
#endif

/* Before the seal: environment, and everything that the library loads at its first use. timezone: IANA name or NULL. 0
 * or negative errno. */
int library_warm_up(const char *timezone);

/* load puts the channels in; FreeRDP 3 throws away what is there before it asks for them. */
void library_set_channels(freerdp *instance, BOOL (*load)(freerdp *instance));

/* freerdp_connect(), but without what FreeRDP 2 sleeps: a tenth of a second for each answer of the lab machine's,
 * however soon it comes. fd is the connection's. */
bool library_connect(freerdp *instance, int fd);

uint64_t library_msec(void); /* of CLOCK_MONOTONIC */
uint64_t library_seconds(void);

bool library_set_places(rdpSettings *s);
bool library_set_load_balance_info(rdpSettings *s, const char *text);
void library_set_login(freerdp *instance);
