/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A stack of its own for a call that cannot wait by returning. See interactive.c, its only reason to be. */

#include <stdbool.h>

#include "../../src/base/cleanup.h"

typedef struct Fiber Fiber;
typedef void (*FiberRun)(void *userdata);

int fiber_new(Fiber **ret, FiberRun run, void *userdata); /* does not run yet; 0, -ENOMEM */
Fiber *fiber_free(Fiber *f);                              /* only when it has ended or never ran */
DEFINE_CLEANUP(Fiber *, fiber_free)

void fiber_resume(Fiber *f);  /* from the loop: runs until it suspends or ends */
void fiber_suspend(Fiber *f); /* from within */
bool fiber_ended(const Fiber *f);
