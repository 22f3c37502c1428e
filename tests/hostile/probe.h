/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a lab machine that has taken over its session would try. Each attempt answers 0 if it got what it wanted,
 * otherwise a negative errno; attempts clean up behind themselves. */

#include <stddef.h>
#include <sys/types.h>

typedef struct Attempt {
        const char *name;
        int (*run)(void);
} Attempt;

extern const Attempt attempts_files[], attempts_kernel[], attempts_processes[], attempts_sockets[];

/* Against another live session; probe_target is its process. */
extern const Attempt attempts_target[];
extern pid_t probe_target;

/* A macro, so that errno is looked at after the call. */
#define refused(call) ((call) < 0 ? -errno : 0)
