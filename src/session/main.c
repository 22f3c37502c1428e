/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* labgate's session process: takes one accepted connection from the service manager (descriptor 3) and lives as long
 * as it does. */

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "../base/descriptor.h"
#include "../base/log.h"
#include "seal.h"
#include "session.h"

static sd_event *event_unref(sd_event *e) {
        return sd_event_unref(e);
}
DEFINE_CLEANUP(sd_event *, event_unref)

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        session_end(userdata, LABGATE_STATUS_SESSION_CLOSED, "The session was ended by an administrator.");
        return 0;
}

static int block_signals(void) {
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        signal(SIGPIPE, SIG_IGN);
        return 0;
}

static int run(int fd) {
        _cleanup_(event_unrefp) sd_event *event = NULL;
        _cleanup_(session_freep) Session *session = NULL;
        int r;

        r = sd_event_new(&event);
        if (r < 0)
                return log_error_errno(r, "Failed to make an event loop");
        r = block_signals();
        if (r < 0)
                return log_error_errno(r, "Failed to block signals");
        r = session_new(&session, event, fd);
        if (r < 0)
                return log_error_errno(r, "Failed to begin a session");
        r = sd_event_add_signal(event, NULL, SIGTERM, on_terminate, session);
        if (r >= 0)
                r = sd_event_add_signal(event, NULL, SIGINT, on_terminate, session);
        if (r < 0)
                return log_error_errno(r, "Failed to watch for signals");

        r = sd_event_loop(event);
        if (r < 0)
                return log_error_errno(r, "Event loop failed");
        return 0;
}

int main(void) {
        const char *level = getenv("LABGATE_DEBUG");

        log_open("session", level ? LOG_DEBUG : LOG_INFO);
        seal_begin();
        /* Threads share the main heap: a heap of their own asks /proc how to shrink, which a sealed process cannot. */
        (void) mallopt(M_ARENA_MAX, 1);
        if (sd_listen_fds(0) != 1) {
                log_error("Expected one accepted connection from the service manager");
                return EXIT_FAILURE;
        }
        return run(SD_LISTEN_FDS_START) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
