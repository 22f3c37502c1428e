/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define LINE_MAX_SIZE 2048

static int log_max_level = LOG_INFO;
static bool log_to_journal;
static const char *log_identifier;

void log_open(const char *identifier, int max_level) {
        log_identifier = identifier;
        log_max_level = max_level;
        log_to_journal = getenv("JOURNAL_STREAM") != NULL;
}

/* Copies line escaped: a line in the log is one line, whatever is in it. */
static size_t escape(const char *line, char *ret, size_t size) {
        size_t n = 0;

        for (; *line && n + 4 < size; line++) {
                unsigned char c = (unsigned char) *line;

                if (c >= 0x20 && c != 0x7f)
                        ret[n++] = (char) c;
                else
                        n += (size_t) snprintf(ret + n, size - n, "\\x%02x", c);
        }
        return n;
}

static void log_line(int level, const char *line) {
        char out[LINE_MAX_SIZE + 64];
        size_t n = 0;

        if (log_to_journal)
                n = (size_t) snprintf(out, sizeof out, "<%d>", level);
        else if (log_identifier)
                n = (size_t) snprintf(out, sizeof out, "%s[%d]: ", log_identifier, (int) getpid());
        n += escape(line, out + n, sizeof out - n - 1);
        out[n++] = '\n';
        /* Nowhere to complain to if this fails. */
        (void) !write(STDERR_FILENO, out, n);
}

void log_message(int level, const char *format, ...) {
        char line[LINE_MAX_SIZE];
        va_list ap;

        if (level > log_max_level)
                return;
        va_start(ap, format);
        vsnprintf(line, sizeof line, format, ap);
        va_end(ap);
        log_line(level, line);
}

int log_message_errno(int level, int error, const char *format, ...) {
        char line[LINE_MAX_SIZE];
        va_list ap;
        int n;

        if (level > log_max_level)
                return error;
        va_start(ap, format);
        n = vsnprintf(line, sizeof line, format, ap);
        va_end(ap);
        if (n >= 0 && (size_t) n < sizeof line)
                snprintf(line + n, sizeof line - (size_t) n, ": %s", strerror(-error));
        log_line(level, line);
        return error;
}
