/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds the one plugin a protocol needs. Takes only plugins of this build. Says nothing itself. */

#include <stddef.h>

#include "../../plugins/plugin.h"

/* Loads DIRECTORY/PROTOCOL.so. ret_handle keeps it loaded until dlclose(). 0; -EINVAL for a protocol that is no word,
 * -ENOENT without such a file, -ENOEXEC for one that is no plugin of this build; each with a reason (for the
 * administrator, not for the page). */
int loader_open(const char *directory, const char *protocol, const LabgatePlugin **ret_plugin, void **ret_handle,
                char *reason, size_t reason_size);
