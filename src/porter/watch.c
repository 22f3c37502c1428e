/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "../base/descriptor.h"
#include "../base/log.h"
#include "porter.h"

#define SECOND ((uint64_t) 1000000)
#define LOOK_EVERY (2 * SECOND)
#define LOOK_SOON (SECOND / 5)
/* A file that is not there may be about to be put back by an editor: it must be missing twice, this far apart. */
#define LOOK_AGAIN SECOND

struct Watch {
        Porter *porter;
        int inotify_fd;
        sd_event_source *changes;
        sd_event_source *look;
};

static uint64_t monotonic_now(Watch *w) {
        uint64_t now = 0;

        (void) sd_event_now(w->porter->event, CLOCK_MONOTONIC, &now);
        return now;
}

static void look_at(Watch *w, uint64_t when) {
        if (sd_event_source_set_time(w->look, when) < 0 || sd_event_source_set_enabled(w->look, SD_EVENT_ONESHOT) < 0)
                log_error("The timer for labs that are removed does not run");
}

/* Directories that were not there before are watched from now on; for the others nothing changes. */
static void watch_directories(Watch *w) {
        for (char **d = w->porter->shelf.directories; *d; d++)
                (void) inotify_add_watch(w->inotify_fd, *d, IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE |
                                         IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
}

static int on_changes(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Watch *w = userdata;
        char events[4096];

        /* What happened is for the next look to see; here it only matters that something did. */
        while (read(fd, events, sizeof events) > 0)
                ;
        if (porter_count(w->porter, NULL) > 0)
                look_at(w, monotonic_now(w) + LOOK_SOON);
        return 0;
}

static void reread(Watch *w, Visit *v) {
        FoundLab found;
        int r = lookup_hash(&w->porter->shelf, v->stored.hash, &found);

        if (r == LOOKUP_BROKEN)
                /* Said once in the log; what the file said before stays in force. */
                (void) lookup_stat(&w->porter->shelf, v->stored.hash, &v->lab.stat);
        if (r != LOOKUP_OK)
                return;
        log_info("%s was changed", found.path);
        found.fd = fd_close(found.fd);
        v->lab.stat = found.stat;
        v->lab.settings.not_after = found.settings.not_after;
        found_lab_done(&found);
}

/* True if the lab's file must be looked at again soon. */
static bool look_at_visit(Watch *w, Visit *v, int64_t now) {
        int r = lookup_compare(&w->porter->shelf, v->stored.hash, &v->lab.stat);

        if (r == -ENOENT && v->missing) {
                visit_end(v, LABGATE_STATUS_SESSION_CLOSED, "The lab has been removed.", "removed");
                return false;
        }
        v->missing = r == -ENOENT;
        if (r > 0)
                reread(w, v);
        if (v->lab.settings.not_after > 0 && now >= v->lab.settings.not_after)
                visit_end(v, LABGATE_STATUS_SESSION_TIMEOUT, "The lab's time is over.", "expired");
        return v->missing;
}

static int on_look(sd_event_source *s, uint64_t usec, void *userdata) {
        Watch *w = userdata;
        int64_t now = time(NULL);
        bool soon = false, any = false;
        Visit *next;

        watch_directories(w);
        for (Visit *v = w->porter->visits; v; v = next) {
                next = v->next;
                if (!v->has_lab || v->state == VISIT_ENDING)
                        continue;
                any = true;
                soon |= look_at_visit(w, v, now);
        }
        if (any)
                look_at(w, monotonic_now(w) + (soon ? LOOK_AGAIN : LOOK_EVERY));
        return 0;
}

void watch_update(Watch *w) {
        int enabled;

        if (!w || porter_count(w->porter, NULL) == 0)
                return;
        if (sd_event_source_get_enabled(w->look, &enabled) == 0)
                look_at(w, monotonic_now(w) + LOOK_EVERY);
}

int watch_new(Watch **ret, Porter *p) {
        Watch *w = calloc(1, sizeof *w);
        int r;

        if (!w)
                return -ENOMEM;
        w->porter = p;
        w->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        r = w->inotify_fd < 0 ? -errno
                              : sd_event_add_io(p->event, &w->changes, w->inotify_fd, EPOLLIN, on_changes, w);
        if (r >= 0)
                r = sd_event_add_time(p->event, &w->look, CLOCK_MONOTONIC, 0, 1000, on_look, w);
        if (r < 0) {
                watch_free(w);
                return r;
        }
        *ret = w;
        return 0;
}

Watch *watch_free(Watch *w) {
        if (!w)
                return NULL;
        sd_event_source_disable_unref(w->look);
        sd_event_source_disable_unref(w->changes);
        fd_close(w->inotify_fd);
        free(w);
        return NULL;
}
