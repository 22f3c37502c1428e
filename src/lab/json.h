/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Writing JSON (RFC 8259). Reads none. */

#include <stdio.h>

/* With its quotes. text is UTF-8. */
void json_string(const char *text, FILE *out);
