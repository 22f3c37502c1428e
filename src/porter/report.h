/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The porter's records in the journal: who was refused, and the end of sessions that could not log it themselves. */

#include <stdint.h>

#include "../../plugins/plugin.h"
#include "store.h"

/* reason is one of a few fixed words. Strings may be NULL. */
void report_refused(const Stored *s, const char *lab, LabgateStatus status, const char *reason);
void report_lost(const Stored *s, const char *lab, const char *protocol, const char *upstream);
