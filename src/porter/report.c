/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "../base/journal.h"
#include "../base/log.h"
#include "report.h"

#define IDENTIFIER "SYSLOG_IDENTIFIER=labgate-porter"
#define HASH_SHOWN 8 /* digits: enough to find the file, of no use to guess the token */

static const char *or_none(const char *text) {
        return text && text[0] ? text : "-";
}

static uint64_t now_usec(void) {
        struct timespec t;

        clock_gettime(CLOCK_REALTIME, &t);
        return (uint64_t) t.tv_sec * 1000000u + (uint64_t) t.tv_nsec / 1000u;
}

/* Without a journal, as in tests, a line has to do. */
static bool journal_is_there(void) {
        return getenv("JOURNAL_STREAM") != NULL;
}

void report_refused(const Stored *s, const char *lab, LabgateStatus status, const char *reason) {
        if (!journal_is_there()) {
                log_info("Refused session %s from %s to %s (%.*s): %s", or_none(s->session), or_none(s->remote),
                         or_none(lab), HASH_SHOWN, or_none(s->hash), reason);
                return;
        }
        (void) sd_journal_send("MESSAGE_ID=" JOURNAL_SESSION_REFUSED, "PRIORITY=%i", LOG_NOTICE, IDENTIFIER,
                               "MESSAGE=Refused a session from %s to %s: %s", or_none(s->remote), or_none(lab), reason,
                               "LABGATE_SESSION=%s", s->session, "LABGATE_LAB=%s", or_none(lab),
                               "LABGATE_REMOTE_ADDR=%s", s->remote, "LABGATE_STATUS=0x%04X", (unsigned) status,
                               "LABGATE_REASON=%s", reason, "LABGATE_TOKEN_HASH=%.*s", HASH_SHOWN, s->hash, NULL);
}

void report_lost(const Stored *s, const char *lab, const char *protocol, const char *upstream) {
        uint64_t now = now_usec(), duration = now > s->since ? now - s->since : 0;

        if (!journal_is_there()) {
                log_notice("Session %s of %s was lost after %" PRIu64 " us", s->session, or_none(lab), duration);
                return;
        }
        (void) sd_journal_send("MESSAGE_ID=" JOURNAL_SESSION_ENDED, "PRIORITY=%i", LOG_WARNING, IDENTIFIER,
                               "MESSAGE=Session of %s was lost", or_none(lab), "LABGATE_SESSION=%s", s->session,
                               "LABGATE_LAB=%s", or_none(lab), "LABGATE_PROTOCOL=%s", or_none(protocol),
                               "LABGATE_UPSTREAM=%s", or_none(upstream), "LABGATE_REMOTE_ADDR=%s", s->remote,
                               "LABGATE_STATUS=0x%04X", (unsigned) LABGATE_STATUS_SERVER_ERROR,
                               "LABGATE_REASON=lost", "LABGATE_DURATION_USEC=%" PRIu64, duration, NULL);
}
