/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The porter: the one process that reads labs and reaches the network. Opens what a token opens and hands it over.
 * Reads no byte of a browser but a token, no byte of a lab machine at all. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "../base/descriptor.h"
#include "../base/log.h"
#include "config.h"
#include "porter.h"

#define SECOND ((uint64_t) 1000000)
#define RESOLVER_THREADS_MAX 16
#define RESOLVER_QUEUE_MAX 1024
#define ACCEPT_AT_ONCE 16

size_t porter_count(const Porter *p, const char *hash) {
        size_t n = 0;

        for (const Visit *v = p->visits; v; v = v->next)
                n += v->has_lab && (!hash || strcmp(v->stored.hash, hash) == 0);
        return n;
}

/* ---- labgate.conf ---- */

static void porter_read_configuration(Porter *p, int fd) {
        Configuration configuration = {};
        SettingsError error = {};
        int r = configuration_load(&configuration, fd, p->configuration_path, &error);

        if (r < 0) {
                log_error("%s; what it said before stays in force", error.text[0] ? error.text : strerror(-r));
                return;
        }
        configuration_done(&p->configuration);
        p->configuration = configuration;
}

static bool same_file(const struct stat *a, const struct stat *b) {
        return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
               a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

int porter_open_configuration(Porter *p) {
        _cleanup_close_ int fd = open(p->configuration_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat st = {};

        if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)))
                return -1;
        if (!same_file(&st, &p->configuration_stat)) {
                porter_read_configuration(p, fd);
                p->configuration_stat = st;
        }
        return TAKE_FD(fd);
}

/* ---- connections ---- */

static void porter_accept_more(Porter *p, bool more) {
        (void) sd_event_source_set_enabled(p->accepting, more ? SD_EVENT_ON : SD_EVENT_OFF);
}

void porter_visits_changed(Porter *p) {
        size_t n = porter_count(p, NULL);

        if (p->n_visits < VISITS_MAX && p->accepting)
                porter_accept_more(p, true);
        watch_update(p->watch);
        (void) sd_notifyf(0, "STATUS=%zu session%s", n, n == 1 ? "" : "s");
}

static int on_accept_again(sd_event_source *s, uint64_t usec, void *userdata) {
        porter_accept_more(userdata, true);
        return 0;
}

/* Without descriptors or memory the loop would spin on the same connection. */
static void porter_pause_accepting(Porter *p, int error) {
        uint64_t now = 0;

        log_warning_errno(error, "Cannot take sessions for a moment");
        (void) sd_event_now(p->event, CLOCK_MONOTONIC, &now);
        porter_accept_more(p, false);
        (void) sd_event_source_set_time(p->accept_again, now + SECOND);
        (void) sd_event_source_set_enabled(p->accept_again, SD_EVENT_ONESHOT);
}

static int on_accept(sd_event_source *s, int listen_fd, uint32_t revents, void *userdata) {
        Porter *p = userdata;

        for (unsigned i = 0; i < ACCEPT_AT_ONCE && p->n_visits < VISITS_MAX; i++) {
                int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
                        porter_pause_accepting(p, -errno);
                if (fd < 0)
                        return 0;
                (void) visit_new(p, fd);
        }
        if (p->n_visits >= VISITS_MAX)
                porter_accept_more(p, false);
        return 0;
}

static int porter_take_descriptors(Porter *p) {
        char **names = NULL;
        int n = sd_listen_fds_with_names(true, &names);

        for (int i = 0; i < n; i++) {
                int fd = SD_LISTEN_FDS_START + i;
                Stored stored;

                if (sd_is_socket(fd, AF_UNIX, SOCK_SEQPACKET, true) > 0 && p->listen_fd < 0)
                        p->listen_fd = fd;
                else if (store_parse(names[i], &stored) < 0 || sd_is_socket(fd, AF_UNIX, SOCK_SEQPACKET, false) <= 0) {
                        log_warning("Unknown descriptor \"%s\", ignoring", names[i]);
                        fd_close(fd);
                } else if (fd_nonblock(fd) >= 0 && visit_restore(p, fd, &stored) < 0)
                        log_oom();
        }
        for (int i = 0; i < n; i++)
                free(names[i]);
        free(names);
        if (n < 0)
                return n;
        return p->listen_fd < 0 ? -ENOTCONN : fd_nonblock(p->listen_fd);
}

/* ---- the process ---- */

static void on_fonts(void *userdata) {
        Porter *p = userdata;
        Visit *next;

        for (Visit *v = p->visits; v; v = next) {
                next = v->next;
                visit_go_on(v);
        }
}

static int on_hangup(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata) {
        Porter *p = userdata;

        (void) sd_notify(0, "RELOADING=1");
        p->configuration_stat = (struct stat) { .st_ino = (ino_t) -1 };
        fd_close(porter_open_configuration(p));
        fonts_forget(p->fonts);
        lookup_sweep_used(&p->shelf);
        (void) sd_notify(0, "READY=1");
        return 0;
}

static const char *from_environment(const char *name, const char *fallback) {
        const char *value = getenv(name);

        return value && value[0] ? value : fallback;
}

static int porter_add_signals(Porter *p) {
        sigset_t mask;
        int r;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGHUP);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        if ((r = sd_event_add_signal(p->event, NULL, SIGTERM, NULL, NULL)) < 0 ||
            (r = sd_event_add_signal(p->event, NULL, SIGINT, NULL, NULL)) < 0)
                return r;
        return sd_event_add_signal(p->event, NULL, SIGHUP, on_hangup, p);
}

static int porter_init(Porter *p) {
        int r;

        *p = (Porter) { .listen_fd = -1, .shelf = { .used_fd = -1 } };
        p->configuration_path = from_environment("LABGATE_CONFIG", LABGATE_CONF);
        p->configuration_stat.st_ino = (ino_t) -1;
        if ((r = sd_event_default(&p->event)) < 0 || (r = porter_add_signals(p)) < 0)
                return r;
        fd_close(porter_open_configuration(p));
        if ((r = shelf_init(&p->shelf, from_environment("LABGATE_LABS", LABGATE_LAB_DIRS),
                            from_environment("LABGATE_STATE", LABGATE_STATE_DIR))) < 0 ||
            (r = workers_new(&p->resolvers, p->event, RESOLVER_THREADS_MAX, RESOLVER_QUEUE_MAX)) < 0 ||
            (r = fonts_new(&p->fonts, p->event, on_fonts, p)) < 0 ||
            (r = watch_new(&p->watch, p)) < 0 ||
            (r = sd_event_add_time(p->event, &p->accept_again, CLOCK_MONOTONIC, UINT64_MAX, 0, on_accept_again, p)) < 0)
                return r;
        r = porter_take_descriptors(p);
        if (r < 0)
                return r;
        return sd_event_add_io(p->event, &p->accepting, p->listen_fd, EPOLLIN, on_accept, p);
}

static void porter_done(Porter *p) {
        /* Sessions are not told: the next porter finds them in systemd's store. */
        while (p->visits)
                visit_free(p->visits);
        sd_event_source_disable_unref(p->accept_again);
        sd_event_source_disable_unref(p->accepting);
        watch_free(p->watch);
        fonts_free(p->fonts);
        workers_free(p->resolvers);
        shelf_done(&p->shelf);
        configuration_done(&p->configuration);
        sd_event_unref(p->event);
}

int main(void) {
        _cleanup_(porter_done) Porter p;
        int r;

        log_open("labgate-porter", getenv("LABGATE_DEBUG") ? LOG_DEBUG : LOG_INFO);
        r = porter_init(&p);
        if (r < 0) {
                log_error_errno(r, "Cannot start");
                return EXIT_FAILURE;
        }
        /* Fontconfig's first answer is its slowest: ask before anybody waits for it. */
        (void) fonts_find(p.fonts, p.configuration.font_name ? p.configuration.font_name : "monospace");
        lookup_sweep_used(&p.shelf);
        (void) sd_event_set_watchdog(p.event, true);
        (void) sd_notify(0, "READY=1");
        porter_visits_changed(&p);
        r = sd_event_loop(p.event);
        if (r < 0)
                log_error_errno(r, "The loop failed");
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
