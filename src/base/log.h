/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Lines to stderr, with sd-daemon's "<N>" prefix where stderr is the journal. Control characters in arguments come out
 * escaped, so that nobody forges a line. Structured records are the session's and the porter's own business. */

#include <errno.h>
#include <syslog.h>

#include "cleanup.h"

void log_open(const char *identifier, int max_level);

void log_message(int level, const char *format, ...) _printf_(2, 3);

/* Appends ": <strerror>" and answers error (negative errno). */
int log_message_errno(int level, int error, const char *format, ...) _printf_(3, 4);

#define log_debug(...) log_message(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_message(LOG_INFO, __VA_ARGS__)
#define log_notice(...) log_message(LOG_NOTICE, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_message(LOG_ERR, __VA_ARGS__)
#define log_debug_errno(e, ...) log_message_errno(LOG_DEBUG, e, __VA_ARGS__)
#define log_warning_errno(e, ...) log_message_errno(LOG_WARNING, e, __VA_ARGS__)
#define log_error_errno(e, ...) log_message_errno(LOG_ERR, e, __VA_ARGS__)
#define log_oom() log_message_errno(LOG_ERR, -ENOMEM, "Out of memory")
