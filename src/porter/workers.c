/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../base/descriptor.h"
#include "workers.h"

/* Name service modules can be greedy; glibc's default of 8 MiB each is more than that. */
#define WORKER_STACK_SIZE (1024u * 1024u)

typedef struct Queue {
        Job *first, **last;
        size_t size;
} Queue;

struct Workers {
        pthread_mutex_t lock;
        pthread_cond_t wanted;
        Queue waiting, finished;
        size_t n_threads, n_threads_max, n_idle, queue_max;
        bool stopping;
        int wake_fd; /* eventfd, from threads to the loop */
        sd_event_source *wake;
};

static void queue_init(Queue *q) {
        *q = (Queue) { .last = &q->first };
}

static void queue_push(Queue *q, Job *job) {
        job->next = NULL;
        *q->last = job;
        q->last = &job->next;
        q->size++;
}

static Job *queue_pop(Queue *q) {
        Job *job = q->first;

        if (!job)
                return NULL;
        q->first = job->next;
        if (!q->first)
                q->last = &q->first;
        q->size--;
        return job;
}

static void workers_destroy(Workers *w) {
        fd_close(w->wake_fd);
        pthread_cond_destroy(&w->wanted);
        pthread_mutex_destroy(&w->lock);
        free(w);
}

static void *worker(void *userdata) {
        Workers *w = userdata;
        uint64_t one = 1;
        bool last;

        pthread_mutex_lock(&w->lock);
        while (!w->stopping) {
                Job *job = queue_pop(&w->waiting);

                if (!job) {
                        w->n_idle++;
                        pthread_cond_wait(&w->wanted, &w->lock);
                        w->n_idle--;
                        continue;
                }
                pthread_mutex_unlock(&w->lock);
                if (!job->cancelled)
                        job->run(job);
                pthread_mutex_lock(&w->lock);
                queue_push(&w->finished, job);
                /* Cannot fail short of 2^64 jobs. */
                (void) !write(w->wake_fd, &one, sizeof one);
        }
        last = --w->n_threads == 0;
        pthread_mutex_unlock(&w->lock);
        if (last)
                workers_destroy(w);
        return NULL;
}

static int on_wake(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Workers *w = userdata;
        uint64_t count;
        Queue finished;
        Job *job;

        (void) !read(fd, &count, sizeof count);
        queue_init(&finished);
        pthread_mutex_lock(&w->lock);
        while ((job = queue_pop(&w->finished)))
                queue_push(&finished, job);
        pthread_mutex_unlock(&w->lock);

        while ((job = queue_pop(&finished))) {
                if (!job->cancelled)
                        job->done(job);
                job->free(job);
        }
        return 0;
}

int workers_new(Workers **ret, sd_event *event, size_t n_threads, size_t queue_max) {
        Workers *w = calloc(1, sizeof *w);
        int r;

        if (!w)
                return -ENOMEM;
        pthread_mutex_init(&w->lock, NULL);
        pthread_cond_init(&w->wanted, NULL);
        queue_init(&w->waiting);
        queue_init(&w->finished);
        w->n_threads_max = n_threads;
        w->queue_max = queue_max;
        w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = w->wake_fd < 0 ? -errno : sd_event_add_io(event, &w->wake, w->wake_fd, EPOLLIN, on_wake, w);
        if (r < 0) {
                workers_free(w);
                return r;
        }
        *ret = w;
        return 0;
}

Workers *workers_free(Workers *w) {
        bool busy;
        Job *job;

        if (!w)
                return NULL;
        sd_event_source_disable_unref(w->wake);
        pthread_mutex_lock(&w->lock);
        w->stopping = true;
        while ((job = queue_pop(&w->waiting)) || (job = queue_pop(&w->finished)))
                job->free(job);
        busy = w->n_threads > 0;
        pthread_cond_broadcast(&w->wanted);
        pthread_mutex_unlock(&w->lock);
        /* Nobody waits for a thread that blocks; the last one clears up. */
        if (!busy)
                workers_destroy(w);
        return NULL;
}

static int start_thread(Workers *w) {
        pthread_attr_t attributes;
        pthread_t thread;
        int r;

        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, WORKER_STACK_SIZE);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        r = pthread_create(&thread, &attributes, worker, w);
        pthread_attr_destroy(&attributes);
        if (r == 0)
                w->n_threads++;
        return -r;
}

int workers_submit(Workers *w, Job *job) {
        int r = 0;

        pthread_mutex_lock(&w->lock);
        if (w->waiting.size >= w->queue_max)
                r = -EBUSY;
        else if (w->n_idle <= w->waiting.size && w->n_threads < w->n_threads_max)
                r = start_thread(w);
        /* Fewer threads than allowed are slower, no thread at all is a failure. */
        if (r != -EBUSY && w->n_threads > 0) {
                r = 0;
                queue_push(&w->waiting, job);
                pthread_cond_signal(&w->wanted);
        }
        pthread_mutex_unlock(&w->lock);
        return r;
}

void job_cancel(Job *job) {
        if (job)
                job->cancelled = true;
}
