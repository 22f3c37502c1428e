/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A few threads for what can only block: getaddrinfo and fontconfig. A job runs in a thread, its end is told on the
 * loop. A thread never touches anything but its job. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <systemd/sd-event.h>

#include "../base/cleanup.h"

typedef struct Workers Workers;
typedef struct Job Job;

/* The first member of the caller's own job. */
struct Job {
        void (*run)(Job *job);        /* in a thread */
        void (*done)(Job *job);       /* on the loop, unless cancelled */
        void (*free)(Job *job);       /* on the loop, after done() */
        atomic_bool cancelled;        /* not run any more if nobody has begun to */
        Job *next;
};

/* Threads start when there is work, at most n_threads; at most queue_max jobs wait. */
int workers_new(Workers **ret, sd_event *event, size_t n_threads, size_t queue_max);
Workers *workers_free(Workers *w); /* a job that runs is left behind: the process is about to end */
DEFINE_CLEANUP(Workers *, workers_free)

int workers_submit(Workers *w, Job *job); /* 0: the job is theirs; -EBUSY, other negative errno */

/* From the loop: done() will not be called any more. The job stays theirs. */
void job_cancel(Job *job);
