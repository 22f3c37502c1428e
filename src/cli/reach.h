/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a command reaches a lab machine: one connection, all addresses in turn, waiting for each. */

#include <stddef.h>
#include <stdint.h>

/* A connected, blocking socket with time limits, which the caller closes; or -EINVAL with a reason. */
int reach(const char *hostname, uint16_t port, int64_t seconds, char address[static 80], char *reason, size_t size);
