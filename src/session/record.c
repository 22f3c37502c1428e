/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdarg.h>
#include <stdio.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "../base/cleanup.h"
#include "../base/journal.h"
#include "record.h"

#define FIELDS_MAX 16
#define FIELD_SIZE_MAX 320

typedef struct Fields {
        char text[FIELDS_MAX][FIELD_SIZE_MAX];
        struct iovec vector[FIELDS_MAX];
        size_t n;
} Fields;

/* Values that don't fit are cut: a record says too little rather than nothing. */
static void _printf_(2, 3) add(Fields *f, const char *format, ...) {
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(f->text[f->n], FIELD_SIZE_MAX, format, ap);
        va_end(ap);
        if (n < 0)
                return;
        f->vector[f->n] = (struct iovec) { f->text[f->n], (size_t) MIN(n, FIELD_SIZE_MAX - 1) };
        f->n++;
}

static void add_text(Fields *f, const char *name, const char *value) {
        if (value && value[0])
                add(f, "%s=%s", name, value);
}

static void add_identity(Fields *f, const char *message_id, int priority, const Record *r) {
        add(f, "MESSAGE_ID=%s", message_id);
        add(f, "PRIORITY=%d", priority);
        add(f, "SYSLOG_IDENTIFIER=labgate");
        add_text(f, "LABGATE_SESSION", r->session);
        add_text(f, "LABGATE_LAB", r->lab);
        add_text(f, "LABGATE_PROTOCOL", r->protocol);
        add_text(f, "LABGATE_UPSTREAM", r->upstream);
        add_text(f, "LABGATE_REMOTE_ADDR", r->remote_address);
}

void record_open(const Record *r) {
        Fields f = {};

        add(&f, "MESSAGE=Session %s opened lab %s (%s) for %s.", r->session, r->lab, r->protocol,
            r->remote_address && r->remote_address[0] ? r->remote_address : "an unknown address");
        add_identity(&f, JOURNAL_SESSION_OPENED, LOG_INFO, r);
        (void) sd_journal_sendv(f.vector, (int) f.n);
}

void record_connected(const Record *r) {
        Fields f = {};

        add(&f, "MESSAGE=Session %s is connected to lab %s at %s.", r->session, r->lab, r->upstream ? r->upstream : "?");
        add_identity(&f, JOURNAL_SESSION_CONNECTED, LOG_INFO, r);
        add(&f, "LABGATE_DURATION_USEC=%llu", (unsigned long long) r->duration_usec);
        (void) sd_journal_sendv(f.vector, (int) f.n);
}

void record_end(const Record *r) {
        Fields f = {};

        add(&f, "MESSAGE=Session %s of lab %s ended: %s", r->session, r->lab, r->reason);
        add_identity(&f, JOURNAL_SESSION_ENDED, r->status == LABGATE_STATUS_SUCCESS ? LOG_INFO : LOG_NOTICE, r);
        add(&f, "LABGATE_STATUS=0x%04X", (unsigned) r->status);
        add_text(&f, "LABGATE_REASON", r->reason);
        add(&f, "LABGATE_DURATION_USEC=%llu", (unsigned long long) r->duration_usec);
        add(&f, "LABGATE_BYTES_IN=%llu", (unsigned long long) r->bytes_in);
        add(&f, "LABGATE_BYTES_OUT=%llu", (unsigned long long) r->bytes_out);
        (void) sd_journal_sendv(f.vector, (int) f.n);
}
