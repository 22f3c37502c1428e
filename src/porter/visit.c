/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "../base/log.h"
#include "control.h"
#include "message.h"
#include "porter.h"
#include "report.h"

#define SECOND ((uint64_t) 1000000)
#define LOOKUP_WITHIN (10 * SECOND)
/* Every refusal of a LOOKUP comes this long after it, so that its time tells nothing. */
#define REFUSE_AFTER (SECOND / 4)
#define REFUSED_STAYS (30 * SECOND)
#define AGAIN_MAX 8              /* within AGAIN_WINDOW: a lab machine is not to be hammered through us */
#define AGAIN_WINDOW (60 * SECOND)

static const char text_nothing[] =
        "This link opens nothing: it is unknown, not valid yet, has expired or has been used already.";
static const char text_broken[] = "This lab is not set up correctly. Please tell whoever runs it.";
static const char text_own[] = "The service failed. Please try again later.";

static uint64_t visit_now(const Visit *v) {
        uint64_t now = 0;

        (void) sd_event_now(v->porter->event, CLOCK_MONOTONIC, &now);
        return now;
}

static const char *visit_lab_name(const Visit *v) {
        return v->lab.settings.name ? v->lab.settings.name : "a lab";
}

static void visit_arm(Visit *v, uint64_t when) {
        (void) sd_event_source_set_time(v->timer, when);
        (void) sd_event_source_set_enabled(v->timer, SD_EVENT_ONESHOT);
}

static void visit_set_state(Visit *v, VisitState state) {
        static const char *const names[] = {
                [VISIT_NEW] = "new",               [VISIT_REFUSING] = "refusing", [VISIT_REFUSED] = "refused",
                [VISIT_CONNECTING] = "connecting", [VISIT_SETTLED] = "settled",   [VISIT_ENDING] = "ending",
        };
        static const uint64_t stays[] = {
                [VISIT_NEW] = LOOKUP_WITHIN,
                [VISIT_REFUSING] = REFUSE_AFTER,
                [VISIT_REFUSED] = REFUSED_STAYS,
                [VISIT_ENDING] = 0,
        };

        log_debug("Session %s: %s -> %s", v->stored.session, names[v->state], names[state]);
        v->state = state;
        if (state < ELEMENTS(stays) && stays[state] > 0)
                visit_arm(v, visit_now(v) + stays[state]);
        else
                (void) sd_event_source_set_enabled(v->timer, SD_EVENT_OFF);
}

/* A session that takes no messages is as good as gone. */
static int visit_send(Visit *v, const Message *m) {
        int r = message_send(v->fd, m);

        if (r < 0)
                log_debug_errno(r, "Session %s takes no '%c'", v->stored.session, m->type);
        return r;
}

static void visit_send_refused(Visit *v, LabgateStatus status, const char *text) {
        Message m;

        message_begin(&m, MESSAGE_REFUSED);
        if (message_add_number(&m, "status", status) >= 0 && message_add(&m, "text", text) >= 0)
                (void) visit_send(v, &m);
}

static void visit_refuse(Visit *v, LabgateStatus status, const char *text, const char *reason) {
        report_refused(&v->stored, v->lab.settings.name, status, reason);
        v->refusal_status = status;
        v->refusal_text = text;
        visit_set_state(v, VISIT_REFUSING);
}

/* The session is gone, by itself or because we want no more of it. */
static void visit_gone(Visit *v) {
        Porter *p = v->porter;

        if (v->has_lab && !v->said_bye) {
                if (v->said_opened)
                        report_lost(&v->stored, v->lab.settings.name, v->lab.settings.protocol, v->upstream);
                else
                        log_notice("Session %s died before it opened %s", v->stored.session, visit_lab_name(v));
                (void) store_remove(&v->stored);
        }
        visit_free(v);
        porter_visits_changed(p);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        Visit *v = userdata;

        if (v->state != VISIT_REFUSING) {
                visit_gone(v);
                return 0;
        }
        visit_send_refused(v, v->refusal_status, v->refusal_text);
        visit_set_state(v, VISIT_REFUSED);
        return 0;
}

/* ---- LAB and what follows it ---- */

static char role_letter(LabgateFontRole role) {
        static const char letters[] = {
                [LABGATE_FONT_REGULAR] = 'R',     [LABGATE_FONT_BOLD] = 'B',     [LABGATE_FONT_ITALIC] = 'I',
                [LABGATE_FONT_BOLD_ITALIC] = 'Z', [LABGATE_FONT_FALLBACK] = 'F',
        };

        return letters[role];
}

/* Descriptors of their own for every session, so that none shares a file position with another. */
static size_t open_fonts(const FontSet *set, int ret_fds[static LABGATE_FONTS_MAX], char *roles, size_t size) {
        size_t n = 0, at = 0;

        roles[0] = '\0';
        for (size_t i = 0; i < set->n; i++) {
                int fd = open(set->faces[i].path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

                if (fd < 0) {
                        log_warning_errno(-errno, "%s, ignoring", set->faces[i].path);
                        continue;
                }
                at += (size_t) snprintf(roles + at, size - at, "%s%c:%d", n > 0 ? " " : "",
                                        role_letter(set->faces[i].role), set->faces[i].index);
                ret_fds[n++] = fd;
        }
        return n;
}

static int visit_send_lab(Visit *v, const FontSet *set) {
        int fonts[LABGATE_FONTS_MAX], r;
        char roles[LABGATE_FONTS_MAX * 16];
        size_t n = open_fonts(set, fonts, roles, sizeof roles);
        Message m;

        message_begin(&m, MESSAGE_LAB);
        message_add_fd(&m, v->lab.fd);
        for (size_t i = 0; i < n; i++)
                message_add_fd(&m, fonts[i]);
        if ((r = message_add(&m, "name", visit_lab_name(v))) >= 0 && (r = message_add(&m, "file", v->lab.path)) >= 0 &&
            (r = message_add(&m, "fonts", roles)) >= 0)
                r = visit_send(v, &m);
        while (n > 0)
                fd_close(fonts[--n]);
        v->lab.fd = fd_close(v->lab.fd);
        v->said_lab = true;
        return r;
}

static void visit_send_answer(Visit *v) {
        _cleanup_close_ int fd = TAKE_FD(v->answer.fd);
        Message m;

        v->answer.is_there = false;
        visit_set_state(v, VISIT_SETTLED);
        if (fd < 0) {
                visit_send_refused(v, v->answer.status, v->answer.text);
                return;
        }
        message_begin(&m, MESSAGE_UPSTREAM);
        message_add_fd(&m, fd);
        if (message_add(&m, "address", v->answer.address) >= 0)
                (void) visit_send(v, &m);
}

static void visit_send_waiting(Visit *v) {
        Message m;

        message_begin(&m, MESSAGE_WAITING);
        if (message_add(&m, "text", v->answer.text) >= 0)
                (void) visit_send(v, &m);
}

void visit_go_on(Visit *v) {
        const char *family = v->lab.settings.font_name;

        if (v->state != VISIT_CONNECTING)
                return;
        if (!v->said_lab) {
                const FontSet *set;

                if (!family)
                        family = v->porter->configuration.font_name;
                set = fonts_find(v->porter->fonts, family ? family : "monospace");
                if (!set)
                        return;
                (void) visit_send_lab(v, set);
                if (!v->answer.is_there && v->answer.text[0])
                        visit_send_waiting(v);
        }
        if (v->answer.is_there)
                visit_send_answer(v);
}

/* Kept too, for a LAB that is not said yet. */
static void on_waiting(void *userdata, const char *text) {
        Visit *v = userdata;

        snprintf(v->answer.text, sizeof v->answer.text, "%s", text);
        if (v->said_lab)
                visit_send_waiting(v);
}

static void on_connected(void *userdata, int fd, const char *address) {
        Visit *v = userdata;

        v->connector = connector_free(v->connector);
        v->answer = (Answer) { .is_there = true, .fd = fd };
        snprintf(v->answer.address, sizeof v->answer.address, "%s", address);
        snprintf(v->upstream, sizeof v->upstream, "%s", address);
        visit_go_on(v);
}

static void on_failed(void *userdata, LabgateStatus status, const char *text) {
        Visit *v = userdata;

        v->answer = (Answer) { .is_there = true, .fd = -1, .status = status };
        snprintf(v->answer.text, sizeof v->answer.text, "%s", text);
        v->connector = connector_free(v->connector);
        log_notice("Session %s: %s (%s, port %u)", v->stored.session, v->answer.text,
                   v->lab.settings.hostname ? v->lab.settings.hostname : "", v->stored.port);
        visit_go_on(v);
}

static int visit_connect(Visit *v) {
        static const ConnectorEvents events = { on_waiting, on_connected, on_failed };
        ConnectorTarget target = {
                .lab = visit_lab_name(v),
                .hostname = v->lab.settings.hostname,
                .port = v->stored.port,
                .timeout = v->lab.settings.timeout,
                .wait = v->lab.settings.wait,
        };
        int r;

        v->answer = (Answer) { .fd = -1 };
        r = connector_new(&v->connector, v->porter->event, v->porter->resolvers, &target, &events, v);
        if (r < 0)
                return r;
        visit_set_state(v, VISIT_CONNECTING);
        return 0;
}

/* ---- LOOKUP ---- */

static bool port_is_allowed(const FoundLab *lab, uint16_t port) {
        if (port == lab->port)
                return true;
        for (const int64_t *p = lab->settings.ports; p && *p >= 0; p++)
                if (*p == port)
                        return true;
        return false;
}

/* By a verdict on the token or its lab. What outsiders may not tell apart has one text and one status. */
static void visit_refuse_verdict(Visit *v, LookupVerdict verdict) {
        static const struct {
                LabgateStatus status;
                const char *text, *reason;
        } refusals[] = {
                /* our own trouble, not the token's */
                [LOOKUP_OK] = { LABGATE_STATUS_SERVER_ERROR, text_own, "own-failure" },
                [LOOKUP_NOTHING] = { LABGATE_STATUS_RESOURCE_NOT_FOUND, text_nothing, "no-such-token" },
                [LOOKUP_EARLY] = { LABGATE_STATUS_RESOURCE_NOT_FOUND, text_nothing, "not-yet-valid" },
                [LOOKUP_EXPIRED] = { LABGATE_STATUS_RESOURCE_NOT_FOUND, text_nothing, "expired" },
                [LOOKUP_USED] = { LABGATE_STATUS_RESOURCE_NOT_FOUND, text_nothing, "used" },
                [LOOKUP_BROKEN] = { LABGATE_STATUS_SERVER_ERROR, text_broken, "broken-lab" },
        };

        visit_refuse(v, refusals[verdict].status, refusals[verdict].text, refusals[verdict].reason);
}

/* Everything but marking a token used, which comes last because it cannot be taken back. */
static bool visit_may_enter(Visit *v) {
        const FoundLab *lab = &v->lab;
        int64_t lab_max = lab->settings.max_sessions, all_max = v->porter->configuration.max_sessions;
        LookupVerdict verdict = lookup_may_enter(&v->porter->shelf, lab, time(NULL));

        if (verdict != LOOKUP_OK)
                visit_refuse_verdict(v, verdict);
        else if (!port_is_allowed(lab, v->stored.port))
                visit_refuse(v, LABGATE_STATUS_BROWSER_BAD_REQUEST,
                             "This lab does not offer the port that was asked for.", "port-not-offered");
        else if (lab_max > 0 && porter_count(v->porter, lab->hash) >= (size_t) lab_max)
                visit_refuse(v, LABGATE_STATUS_SERVER_BUSY, "This lab has as many sessions as it allows.", "lab-full");
        else if (all_max > 0 && porter_count(v->porter, NULL) >= (size_t) all_max)
                visit_refuse(v, LABGATE_STATUS_SERVER_BUSY,
                             "The service has as many sessions as it allows. Please try again later.", "service-full");
        else
                return true;
        return false;
}

static void visit_enter(Visit *v) {
        int r = lookup_mark_used(&v->porter->shelf, &v->lab);

        if (r == -EEXIST) {
                visit_refuse_verdict(v, LOOKUP_USED);
                return;
        }
        if (r >= 0)
                r = visit_connect(v);
        if (r < 0) {
                log_error_errno(r, "%s: cannot let a session in", v->lab.path);
                visit_refuse_verdict(v, LOOKUP_OK);
                return;
        }
        v->has_lab = true;
        r = store_add(&v->stored, v->fd);
        if (r < 0)
                log_warning_errno(r, "Session %s will not outlive this porter, ignoring", v->stored.session);
        porter_visits_changed(v->porter);
        visit_go_on(v);
}

/* The session's own words about itself go into names and records: no surprises in them. */
static int read_stored(const Message *m, Stored *ret) {
        const char *session = message_get(m, "session"), *remote = message_get(m, "address");
        struct timespec now;

        if (!session || !stored_session_is_valid(session))
                return -EBADMSG;
        clock_gettime(CLOCK_REALTIME, &now);
        *ret = (Stored) { .since = (uint64_t) now.tv_sec * SECOND + (uint64_t) now.tv_nsec / 1000u };
        snprintf(ret->session, sizeof ret->session, "%s", session);
        if (remote && stored_remote_is_valid(remote))
                snprintf(ret->remote, sizeof ret->remote, "%s", remote);
        return 0;
}

/* A session that was let in by a porter that died before it could say LAB. Its token is marked and its place is
 * counted already; it can only have the lab that it was let into. */
static int visit_on_lookup_restored(Visit *v, const Message *m) {
        const char *token = message_get(m, "token");
        FoundLab found;
        int r;

        if (!token || !v->restored)
                return -EBADMSG;
        v->restored = false;
        r = lookup_token(&v->porter->shelf, token, &found);
        if (r != LOOKUP_OK) {
                visit_refuse_verdict(v, r < 0 ? LOOKUP_OK : (LookupVerdict) r);
                return 0;
        }
        if (strcmp(found.hash, v->stored.hash) != 0) {
                found_lab_done(&found);
                return -EBADMSG;
        }
        found_lab_done(&v->lab);
        v->lab = found;
        v->said_lab = v->said_opened = false;
        if (visit_connect(v) < 0)
                visit_refuse_verdict(v, LOOKUP_OK);
        else
                visit_go_on(v);
        return 0;
}

static int visit_on_lookup(Visit *v, const Message *m) {
        const char *token = message_get(m, "token");
        int64_t port = 0;
        int r;

        if (!token || read_stored(m, &v->stored) < 0)
                return -EBADMSG;
        if (message_get(m, "port") && message_get_number(m, "port", 1, UINT16_MAX, &port) < 0)
                return -EBADMSG;

        r = lookup_token(&v->porter->shelf, token, &v->lab);
        if (r == LOOKUP_OK) {
                memcpy(v->stored.hash, v->lab.hash, sizeof v->stored.hash);
                v->stored.port = port > 0 ? (uint16_t) port : v->lab.port;
                if (visit_may_enter(v))
                        visit_enter(v);
        } else
                visit_refuse_verdict(v, r < 0 ? LOOKUP_OK : (LookupVerdict) r);
        return 0;
}

static int visit_on_opened(Visit *v, const Message *m) {
        v->said_opened = true;
        return 0;
}

static int visit_on_again(Visit *v, const Message *m) {
        uint64_t now = visit_now(v);

        if (now > v->again_window + AGAIN_WINDOW) {
                v->again_window = now;
                v->n_again = 0;
        }
        if (v->n_again >= AGAIN_MAX)
                visit_send_refused(v, LABGATE_STATUS_SERVER_BUSY, "This session has connected too often. Please wait.");
        else if (!v->lab.settings.hostname || visit_connect(v) < 0)
                visit_send_refused(v, LABGATE_STATUS_SERVER_ERROR, text_own);
        v->n_again++;
        return 0;
}

static int visit_on_bye(Visit *v, const Message *m) {
        v->said_bye = true;
        /* Its end is on record; another porter must not write it once more. */
        if (v->has_lab)
                (void) store_remove(&v->stored);
        return 0;
}

/* ---- the connection ---- */

#define IN(state) (1u << (state))

static int visit_dispatch(Visit *v, const Message *m) {
        static const struct {
                MessageType type;
                unsigned states;  /* where it is handled */
                unsigned ignored; /* where it comes too late to matter */
                int (*handle)(Visit *v, const Message *m);
        } commands[] = {
                { MESSAGE_LOOKUP, IN(VISIT_NEW), 0, visit_on_lookup },
                { MESSAGE_LOOKUP, IN(VISIT_SETTLED), 0, visit_on_lookup_restored },
                { MESSAGE_OPENED, IN(VISIT_CONNECTING) | IN(VISIT_SETTLED) | IN(VISIT_ENDING), 0, visit_on_opened },
                { MESSAGE_AGAIN, IN(VISIT_SETTLED), IN(VISIT_CONNECTING) | IN(VISIT_ENDING), visit_on_again },
                { MESSAGE_BYE, ~IN(VISIT_NEW), IN(VISIT_NEW), visit_on_bye },
                { MESSAGE_LIST, IN(VISIT_NEW), 0, control_on_list },
                { MESSAGE_KILL, IN(VISIT_NEW), 0, control_on_kill },
        };

        for (size_t i = 0; i < ELEMENTS(commands); i++) {
                if (commands[i].type != m->type)
                        continue;
                if (commands[i].states & IN(v->state))
                        return commands[i].handle(v, m);
                if (commands[i].ignored & IN(v->state))
                        return 0;
        }
        return -EBADMSG;
}

static int on_io(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        _cleanup_(message_done) Message m = MESSAGE_NULL;
        Visit *v = userdata;
        int r = message_receive(fd, &m);

        if (r == -EAGAIN && !(revents & (EPOLLHUP | EPOLLERR)))
                return 0;
        if (r > 0)
                r = visit_dispatch(v, &m) < 0 ? -EBADMSG : 1;
        if (r == -EBADMSG)
                log_message(v->has_lab ? LOG_WARNING : LOG_DEBUG, "Session %s talks nonsense", v->stored.session);
        if (r <= 0)
                visit_gone(v);
        return 0;
}

void visit_end(Visit *v, LabgateStatus status, const char *text, const char *reason) {
        Message m;

        if (v->state == VISIT_ENDING)
                return;
        log_notice("Session %s of %s is to end: %s", v->stored.session, visit_lab_name(v), reason);
        v->connector = connector_free(v->connector);
        message_begin(&m, MESSAGE_END);
        if (message_add_number(&m, "status", status) >= 0 && message_add(&m, "text", text) >= 0)
                (void) visit_send(v, &m);
        visit_set_state(v, VISIT_ENDING);
}

static void visit_link(Visit *v) {
        v->next = v->porter->visits;
        if (v->next)
                v->next->previous = v;
        v->porter->visits = v;
        v->serial = ++v->porter->last_serial;
        v->porter->n_visits++;
}

static void visit_unlink(Visit *v) {
        if (v->next)
                v->next->previous = v->previous;
        if (v->previous)
                v->previous->next = v->next;
        else
                v->porter->visits = v->next;
        v->porter->n_visits--;
}

static int visit_add(Porter *p, int fd, Visit **ret) {
        Visit *v = calloc(1, sizeof *v);
        int r;

        if (!v) {
                fd_close(fd);
                return -ENOMEM;
        }
        v->porter = p;
        v->fd = fd;
        v->lab.fd = v->answer.fd = -1;
        visit_link(v);
        r = sd_event_add_io(p->event, &v->io, fd, EPOLLIN, on_io, v);
        if (r >= 0)
                r = sd_event_add_time(p->event, &v->timer, CLOCK_MONOTONIC, UINT64_MAX, 1000, on_timer, v);
        if (r < 0) {
                visit_free(v);
                return r;
        }
        *ret = v;
        return 0;
}

int visit_new(Porter *p, int fd) {
        _cleanup_close_ int configuration = -1;
        Message m;
        Visit *v;
        int r = visit_add(p, fd, &v);

        if (r < 0)
                return r;
        configuration = porter_open_configuration(p);
        message_begin(&m, MESSAGE_HELLO);
        if (configuration >= 0)
                message_add_fd(&m, configuration);
        r = message_add_number(&m, "version", PORTER_PROTOCOL_VERSION);
        if (r >= 0)
                r = visit_send(v, &m);
        if (r < 0)
                visit_free(v);
        else
                visit_set_state(v, VISIT_NEW);
        return r;
}

int visit_restore(Porter *p, int fd, const Stored *s) {
        Message m;
        Visit *v;
        int r = visit_add(p, fd, &v);

        if (r < 0)
                return r;
        v->stored = *s;
        v->has_lab = v->said_lab = v->said_opened = v->restored = true;
        r = lookup_hash(&p->shelf, s->hash, &v->lab);
        if (r != LOOKUP_OK)
                log_notice("Session %s: its lab cannot be read now", s->session);
        v->lab.fd = fd_close(v->lab.fd);
        visit_set_state(v, VISIT_SETTLED);
        message_begin(&m, MESSAGE_RESTARTED);
        /* If the session is gone, its connection says so next. */
        (void) visit_send(v, &m);
        return 0;
}

Visit *visit_free(Visit *v) {
        if (!v)
                return NULL;
        connector_free(v->connector);
        fd_close(v->answer.fd);
        sd_event_source_disable_unref(v->timer);
        sd_event_source_disable_unref(v->io);
        visit_unlink(v);
        fd_close(v->fd);
        found_lab_done(&v->lab);
        free(v);
        return NULL;
}
