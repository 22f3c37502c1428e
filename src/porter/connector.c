/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "../base/descriptor.h"
#include "../base/log.h"
#include "connector.h"
#include "resolver.h"

#define SECOND ((uint64_t) 1000000)
#define STAGGER (SECOND / 4)    /* before the next address is tried beside the one that has not answered */
#define PAUSE SECOND            /* between two rounds */
#define NOTICE_EVERY (3 * SECOND)
#define KEEPALIVE_IDLE 15       /* seconds */
#define KEEPALIVE_INTERVAL 5
#define KEEPALIVE_COUNT 3
#define UNACKNOWLEDGED_MAX 30000 /* milliseconds until sent data that nobody acknowledges ends the connection */

typedef enum Failure {
        FAILURE_NONE,
        FAILURE_OWN,
        FAILURE_BUSY,
        FAILURE_NAME,
        FAILURE_LOOKUP,
        FAILURE_UNREACHABLE,
        FAILURE_TIMEOUT,
        FAILURE_REFUSED, /* the last and strongest: a host that refuses is there */
} Failure;

static const struct {
        LabgateStatus status;
        const char *reason;        /* in "… is still starting: " */
        const char *before, *after; /* the lab's name */
} failures[] = {
        [FAILURE_OWN] = { LABGATE_STATUS_SERVER_ERROR, "a fault in this service",
                          "The connection to ", " failed because of a fault in this service." },
        [FAILURE_BUSY] = { LABGATE_STATUS_SERVER_BUSY, "the service is busy",
                           "The service is too busy to look up ", " now. Please try again soon." },
        [FAILURE_NAME] = { LABGATE_STATUS_UPSTREAM_NOT_FOUND, "its host name is unknown",
                           "The host name of ", " is unknown." },
        [FAILURE_LOOKUP] = { LABGATE_STATUS_UPSTREAM_NOT_FOUND, "its host name cannot be looked up",
                             "The host name of ", " is unknown: it cannot be looked up at present." },
        [FAILURE_UNREACHABLE] = { LABGATE_STATUS_UPSTREAM_NOT_FOUND, "it cannot be reached",
                                  "", " cannot be reached over the network." },
        [FAILURE_TIMEOUT] = { LABGATE_STATUS_UPSTREAM_TIMEOUT, "no answer", "", " did not answer in time." },
        [FAILURE_REFUSED] = { LABGATE_STATUS_UPSTREAM_NOT_FOUND, "connection refused",
                              "", " refused the connection." },
};

typedef struct Attempt {
        Connector *connector;
        const Address *address;
        int fd;
        sd_event_source *io;
} Attempt;

struct Connector {
        sd_event *event;
        Workers *workers;
        char *lab, *hostname;
        uint16_t port;
        uint64_t timeout, wait; /* microseconds */
        const ConnectorEvents *events;
        void *userdata;

        uint64_t started;
        uint64_t round_ends;
        sd_event_source *round;    /* begins the next one */
        sd_event_source *deadline; /* of this one */
        sd_event_source *stagger;
        sd_event_source *notice;
        Job *resolving;
        Addresses addresses;
        Attempt attempts[ADDRESSES_MAX];
        size_t n_attempts; /* begun in this round */
        Failure failure;   /* the strongest of this round */
        Failure last_failure;
};

static uint64_t connector_now(Connector *c) {
        uint64_t now = 0;

        /* Fails only with a wrong clock. */
        (void) sd_event_now(c->event, CLOCK_MONOTONIC, &now);
        return now;
}

static int arm(sd_event_source *timer, uint64_t at) {
        int r = sd_event_source_set_time(timer, at);

        return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static void disarm(sd_event_source *timer) {
        (void) sd_event_source_set_enabled(timer, SD_EVENT_OFF);
}

static void attempt_done(Attempt *a) {
        a->io = sd_event_source_disable_unref(a->io);
        a->fd = fd_close(a->fd);
}

static void round_done(Connector *c) {
        job_cancel(TAKE_PTR(c->resolving));
        disarm(c->deadline);
        disarm(c->stagger);
        for (size_t i = 0; i < c->n_attempts; i++)
                attempt_done(&c->attempts[i]);
        c->n_attempts = 0;
        c->addresses.n = 0;
}

static bool round_is_over(const Connector *c) {
        if (c->n_attempts < c->addresses.n)
                return false;
        for (size_t i = 0; i < c->n_attempts; i++)
                if (c->attempts[i].fd >= 0)
                        return false;
        return true;
}

static void note_failure(Connector *c, Failure failure) {
        c->failure = MAX(c->failure, failure);
}

static Failure failure_of_errno(int error) {
        switch (-error) {
        case ECONNREFUSED:
        case ECONNRESET:
                return FAILURE_REFUSED;
        case ETIMEDOUT:
                return FAILURE_TIMEOUT;
        case ENOMEM:
        case ENOBUFS:
        case EMFILE:
        case ENFILE:
                return FAILURE_OWN;
        default:
                return FAILURE_UNREACHABLE;
        }
}

static Failure failure_of_gai(int error) {
        switch (error) {
        case EAI_NONAME:
        case EAI_NODATA:
        case EAI_ADDRFAMILY:
                return FAILURE_NAME;
        case EAI_MEMORY:
                return FAILURE_OWN;
        default:
                return FAILURE_LOOKUP;
        }
}

static void say_waiting(Connector *c) {
        uint64_t left = c->started + c->wait - MIN(connector_now(c), c->started + c->wait);
        Failure failure = c->last_failure == FAILURE_NONE ? FAILURE_TIMEOUT : c->last_failure;
        char text[512];

        snprintf(text, sizeof text, "%s is still starting: %s; trying for another %u s", c->lab,
                 failures[failure].reason, (unsigned) ((left + SECOND - 1) / SECOND));
        (void) arm(c->notice, connector_now(c) + NOTICE_EVERY);
        c->events->waiting(c->userdata, text);
}

static int on_notice(sd_event_source *s, uint64_t usec, void *userdata) {
        Connector *c = userdata;

        if (connector_now(c) < c->started + c->wait)
                say_waiting(c);
        return 0;
}

static void give_up(Connector *c) {
        char text[512];

        disarm(c->notice);
        snprintf(text, sizeof text, "%s%s%s", failures[c->last_failure].before, c->lab,
                 failures[c->last_failure].after);
        c->events->failed(c->userdata, failures[c->last_failure].status, text);
}

static void round_failed(Connector *c) {
        uint64_t now = connector_now(c);
        bool first = c->last_failure == FAILURE_NONE;

        round_done(c);
        c->last_failure = c->failure == FAILURE_NONE ? FAILURE_OWN : c->failure;
        if (now + PAUSE < c->started + c->wait && arm(c->round, now + PAUSE) >= 0) {
                if (first)
                        say_waiting(c);
                return;
        }
        give_up(c);
}

static int on_deadline(sd_event_source *s, uint64_t usec, void *userdata) {
        Connector *c = userdata;

        note_failure(c, FAILURE_TIMEOUT);
        round_failed(c);
        return 0;
}

/* What a connection to a lab machine needs to notice within a minute that the other end is gone. */
static int set_upstream_options(int fd) {
        static const struct {
                int level, name, value;
        } options[] = {
                { SOL_SOCKET, SO_KEEPALIVE, 1 },
                { IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE },
                { IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL },
                { IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT },
                { IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MAX },
                { IPPROTO_TCP, TCP_NODELAY, 1 },
        };

        for (size_t i = 0; i < ELEMENTS(options); i++)
                if (setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int)) < 0)
                        return -errno;
        return 0;
}

static void won(Connector *c, Attempt *a) {
        _cleanup_close_ int fd = -1;
        char text[ADDRESS_TEXT_MAX];
        int r;

        address_format(a->address, text);
        a->io = sd_event_source_disable_unref(a->io);
        fd = TAKE_FD(a->fd);
        r = set_upstream_options(fd);
        if (r < 0) {
                log_warning_errno(r, "%s at %s: no keepalive", c->lab, text);
                note_failure(c, FAILURE_OWN);
                round_failed(c);
                return;
        }
        round_done(c);
        disarm(c->notice);
        c->events->connected(c->userdata, TAKE_FD(fd), text);
}

static void attempt_failed(Attempt *a, int error) {
        char text[ADDRESS_TEXT_MAX];

        address_format(a->address, text);
        log_debug_errno(error, "%s at %s", a->connector->lab, text);
        note_failure(a->connector, failure_of_errno(error));
        attempt_done(a);
}

static void try_next(Connector *c);

static int on_attempt(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Attempt *a = userdata;
        int error = 0;
        socklen_t size = sizeof error;

        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                error = errno;
        if (error == 0) {
                won(a->connector, a);
                return 0;
        }
        attempt_failed(a, -error);
        try_next(a->connector);
        return 0;
}

static int attempt_start(Attempt *a) {
        const struct sockaddr *to = (const struct sockaddr *) &a->address->storage;

        a->fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (a->fd < 0)
                return -errno;
        if (connect(a->fd, to, a->address->size) < 0 && errno != EINPROGRESS)
                return -errno;
        return sd_event_add_io(a->connector->event, &a->io, a->fd, EPOLLOUT, on_attempt, a);
}

/* Begins with the next address that does not fail on the spot; the round has failed if none is left. */
static void try_next(Connector *c) {
        while (c->n_attempts < c->addresses.n) {
                Attempt *a = &c->attempts[c->n_attempts];
                int r;

                *a = (Attempt) { .connector = c, .address = &c->addresses.list[c->n_attempts], .fd = -1 };
                c->n_attempts++;
                r = attempt_start(a);
                if (r >= 0)
                        break;
                attempt_failed(a, r);
        }
        if (round_is_over(c))
                round_failed(c);
        else if (c->n_attempts < c->addresses.n)
                (void) arm(c->stagger, connector_now(c) + STAGGER);
}

static int on_stagger(sd_event_source *s, uint64_t usec, void *userdata) {
        try_next(userdata);
        return 0;
}

static void on_resolved(void *userdata, int gai_error, const Addresses *addresses) {
        Connector *c = userdata;

        c->resolving = NULL;
        if (gai_error != 0) {
                log_debug("%s: looking up its host name: %s", c->lab, gai_strerror(gai_error));
                note_failure(c, failure_of_gai(gai_error));
                round_failed(c);
                return;
        }
        c->addresses = *addresses;
        try_next(c);
}

static int on_round(sd_event_source *s, uint64_t usec, void *userdata) {
        Connector *c = userdata;
        uint64_t now = connector_now(c);
        int r;

        c->failure = FAILURE_NONE;
        /* The last round may not take much longer than the lab allows in all. */
        r = arm(c->deadline, MIN(now + c->timeout, c->started + MAX(c->timeout, c->wait)));
        if (r >= 0 && resolver_is_address(c->hostname, c->port, &c->addresses)) {
                try_next(c);
                return 0;
        }
        if (r >= 0)
                r = resolver_start(c->workers, c->hostname, c->port, on_resolved, c, &c->resolving);
        if (r < 0) {
                log_warning_errno(r, "%s: cannot look up its host name", c->lab);
                note_failure(c, r == -EBUSY ? FAILURE_BUSY : FAILURE_OWN);
                round_failed(c);
        }
        return 0;
}

static int add_timer(Connector *c, sd_event_source **ret, uint64_t at, sd_event_time_handler_t handler) {
        int r = sd_event_add_time(c->event, ret, CLOCK_MONOTONIC, at, 1000, handler, c);

        if (r >= 0 && at == UINT64_MAX)
                disarm(*ret);
        return r;
}

int connector_new(Connector **ret, sd_event *event, Workers *workers, const ConnectorTarget *target,
                  const ConnectorEvents *events, void *userdata) {
        _cleanup_(connector_freep) Connector *c = calloc(1, sizeof *c);
        uint64_t notice;
        int r;

        if (!c)
                return -ENOMEM;
        c->event = sd_event_ref(event);
        c->workers = workers;
        c->lab = strdup(target->lab);
        c->hostname = strdup(target->hostname);
        c->port = target->port;
        c->timeout = (uint64_t) target->timeout * SECOND;
        c->wait = (uint64_t) target->wait * SECOND;
        c->events = events;
        c->userdata = userdata;
        if (!c->lab || !c->hostname)
                return -ENOMEM;

        c->started = connector_now(c);
        notice = c->wait > 0 ? c->started + NOTICE_EVERY : UINT64_MAX;
        if ((r = add_timer(c, &c->round, 0, on_round)) < 0 ||
            (r = add_timer(c, &c->deadline, UINT64_MAX, on_deadline)) < 0 ||
            (r = add_timer(c, &c->stagger, UINT64_MAX, on_stagger)) < 0 ||
            (r = add_timer(c, &c->notice, notice, on_notice)) < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

Connector *connector_free(Connector *c) {
        if (!c)
                return NULL;
        if (c->deadline && c->stagger)
                round_done(c);
        sd_event_source_disable_unref(c->notice);
        sd_event_source_disable_unref(c->stagger);
        sd_event_source_disable_unref(c->deadline);
        sd_event_source_disable_unref(c->round);
        sd_event_unref(c->event);
        free(c->hostname);
        free(c->lab);
        free(c);
        return NULL;
}
