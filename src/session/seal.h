/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The second ratchet, inside the process: what the unit still allowed for starting up goes once the session is up.
 * Neither step can be undone. */

#include <stdbool.h>

/* At the very start: no core dump, no ptrace by the same UID, no new privileges. */
void seal_begin(void);

/* With the upstream connected and the plugin warm: no file system (Landlock), and only the system calls of a process
 * that reads, writes and waits (seccomp). No open, exec, socket, connect, no executable memory; threads, and nothing but
 * threads, may begin if asked for. 0, or negative errno: the session must not go on. A kernel without Landlock is
 * survived: the seccomp filter knows no open either. */
int seal(bool threads);
