/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The program at the other end: its channel, its pty, its bytes, its exit status. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../src/base/log.h"
#include "../../src/base/utf8.h"
#include "ssh.h"

#define WINDOW_SIZE (2u * 1024u * 1024u) /* what a host may send unasked */
#define PACKET_SIZE 32768u
#define CHUNK_SIZE 32768u

/* RFC 4254, 8: opcodes of terminal modes. */
#define MODE_END 0
#define MODE_VERASE 3
#define MODE_IUTF8 42

static int wait_or_fail(Ssh *s, int code) {
        if (code != LIBSSH2_ERROR_EAGAIN)
                ssh_fail(s);
        return 0;
}

/* Output that found no memory is on the screen in part, and nobody could tell which. */
static int out_of_memory(Ssh *s) {
        ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        return 0;
}

int shell_channel_step(Ssh *s) {
        LIBSSH2_CHANNEL *channel = libssh2_channel_open_ex(s->transport.session, "session", strlen("session"),
                                                           WINDOW_SIZE, PACKET_SIZE, NULL, 0);

        if (!channel)
                return wait_or_fail(s, libssh2_session_last_errno(s->transport.session));
        s->shell.channel = channel;
        s->shell.columns = console_columns(s->console);
        s->shell.rows = console_rows(s->console);
        (void) libssh2_channel_handle_extended_data2(channel, LIBSSH2_CHANNEL_EXTENDED_DATA_MERGE);
        ssh_set_state(s, SSH_TERMINAL);
        return 1;
}

int shell_terminal_step(Ssh *s) {
        char modes[] = { MODE_VERASE, 0, 0, 0, (char) s->settings->backspace, MODE_IUTF8, 0, 0, 0, 1, MODE_END };
        const char *type = s->settings->terminal_type;
        int width, height, r;

        console_pixels(s->console, &width, &height);
        r = libssh2_channel_request_pty_ex(s->shell.channel, type, (unsigned) strlen(type), modes, sizeof modes,
                                           s->shell.columns, s->shell.rows, width, height);
        if (r == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED) {
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "%s gives no terminal to %.64s.", s->host->lab_name,
                        s->login.username);
                return 0;
        }
        if (r != 0)
                return wait_or_fail(s, r);
        ssh_set_state(s, SSH_ENVIRONMENT);
        return 1;
}

/* Hosts take the variables they like (AcceptEnv); a refusal is nothing to tell. */
int shell_environment_step(Ssh *s) {
        const struct {
                const char *name, *value;
        } variables[] = {
                { "LANG", s->settings->locale },
                { "TZ", s->settings->timezone ? s->settings->timezone : s->host->timezone },
        };
        const char *name, *value;
        int r = 0;

        if (s->shell.variable >= ELEMENTS(variables)) {
                ssh_set_state(s, SSH_PROGRAM);
                return 1;
        }
        name = variables[s->shell.variable].name;
        value = variables[s->shell.variable].value;
        if (value && *value)
                r = libssh2_channel_setenv_ex(s->shell.channel, name, (unsigned) strlen(name), value,
                                              (unsigned) strlen(value));
        if (r != 0 && r != LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
                return wait_or_fail(s, r);
        s->shell.variable++;
        return 1;
}

static int on_alive(sd_event_source *source, uint64_t usec, void *userdata) {
        Ssh *s = userdata;
        int next = 0;

        if (s->state != SSH_RUNNING)
                return 0;
        /* With a full queue the host is anything but idle; libssh2 then gets no chance to lose its place. */
        if (transport_has_room(&s->transport) && libssh2_keepalive_send(s->transport.session, &next) == 0)
                ssh_again(s);
        (void) sd_event_source_set_time_relative(source, (uint64_t) MAX(next, 1) * 1000000);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* The messages ask for no reply: libssh2 1.10 would keep each one. TCP's own keepalive finds a dead host. */
static void start_alive(Ssh *s) {
        int64_t interval = s->settings->server_alive_interval;

        if (interval <= 0)
                return;
        libssh2_keepalive_config(s->transport.session, 0, (unsigned) interval);
        if (sd_event_add_time_relative(s->host->event, &s->shell.alive, CLOCK_MONOTONIC, (uint64_t) interval * 1000000,
                                       0, on_alive, s) < 0)
                log_warning("No timer for server_alive_interval, ignoring");
}

int shell_program_step(Ssh *s) {
        const char *command = s->settings->command && *s->settings->command ? s->settings->command : NULL;
        const char *request = command ? "exec" : "shell";
        int r;

        r = libssh2_channel_process_startup(s->shell.channel, request, (unsigned) strlen(request), command,
                                            command ? (unsigned) strlen(command) : 0);
        if (r == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED) {
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "%s starts no %s for %.64s.", s->host->lab_name,
                        command ? "command" : "shell", s->login.username);
                return 0;
        }
        if (r != 0)
                return wait_or_fail(s, r);
        start_alive(s);
        ssh_set_state(s, SSH_RUNNING);
        shell_resize(s);
        s->host->connected(s->host);
        ssh_activity(s, "ssh: %s on %s", s->login.username, s->host->lab_name);
        return 1;
}

static int send_size(Ssh *s) {
        Shell *h = &s->shell;
        int columns = console_columns(s->console), rows = console_rows(s->console), width, height, r;

        if (!h->resized)
                return 0;
        if (!transport_has_room(&s->transport)) {
                h->wants_room = true;
                return 0;
        }
        h->resized = false;
        if (columns == h->columns && rows == h->rows)
                return 0;
        console_pixels(s->console, &width, &height);
        r = libssh2_channel_request_pty_size_ex(h->channel, columns, rows, width, height);
        if (r == LIBSSH2_ERROR_EAGAIN) {
                h->resized = true;
                return 0;
        }
        if (r < 0)
                return r;
        h->columns = columns;
        h->rows = rows;
        return 0;
}

static int send_input(Ssh *s) {
        Shell *h = &s->shell;

        while (buffer_size(&h->input) > 0) {
                ssize_t n;

                if (!transport_has_room(&s->transport)) {
                        h->wants_room = true;
                        return 0;
                }
                n = libssh2_channel_write_ex(h->channel, 0, (const char *) buffer_bytes(&h->input),
                                             MIN(buffer_size(&h->input), CHUNK_SIZE));
                if (n == LIBSSH2_ERROR_EAGAIN || n == 0)
                        return 0;
                if (n < 0)
                        return (int) n;
                buffer_consume(&h->input, (size_t) n);
        }
        h->dropping = false;
        buffer_trim(&h->input, CHUNK_SIZE);
        return 0;
}

/* 1 if there may be more. */
static int take_output(Ssh *s) {
        char chunk[CHUNK_SIZE];
        ssize_t n = libssh2_channel_read_ex(s->shell.channel, 0, chunk, sizeof chunk);

        if (n > 0)
                return console_write(s->console, chunk, (size_t) n) < 0 ? out_of_memory(s) : 1;
        if (n < 0 && n != LIBSSH2_ERROR_EAGAIN)
                return (int) n;
        if (!libssh2_channel_eof(s->shell.channel))
                return 0;
        ssh_set_state(s, SSH_LEAVING);
        return 1;
}

int shell_running_step(Ssh *s) {
        int r;

        s->shell.wants_room = false;
        r = send_size(s);
        if (r == 0)
                r = send_input(s);
        if (r == 0)
                r = take_output(s);
        if (r < 0)
                return wait_or_fail(s, r);
        return r;
}

/* The exit status comes between the end of output and the end of the channel, if it comes. */
static void describe_exit(Ssh *s) {
        Shell *h = &s->shell;
        _cleanup_free_ char *text = NULL;
        char *name = NULL, *message = NULL, *language = NULL;
        size_t name_size = 0, message_size, language_size;
        int status = libssh2_channel_get_exit_status(h->channel);
        void *pool = &s->transport;

        (void) libssh2_channel_get_exit_signal(h->channel, &name, &name_size, &message, &message_size, &language,
                                               &language_size);
        if (name && name_size > 0)
                text = ssh_mend(name, MIN(name_size, 32u));
        if (text)
                snprintf(h->farewell, sizeof h->farewell, "The session has ended by signal %s.", text);
        else if (status != 0)
                snprintf(h->farewell, sizeof h->farewell, "The session has ended with exit status %d.", status);
        else
                snprintf(h->farewell, sizeof h->farewell, "The session has ended.");
        wiping_free(name, &pool);
        wiping_free(message, &pool);
        wiping_free(language, &pool);
}

void shell_left(Ssh *s) {
        describe_exit(s);
        ssh_print(s, "\r\n\033[0m[");
        ssh_print(s, s->shell.farewell);
        ssh_print(s, "]\r\n");
        ssh_set_state(s, SSH_FAREWELL);
        s->host->want_frame(s->host);
}

int shell_leaving_step(Ssh *s) {
        if (libssh2_channel_wait_closed(s->shell.channel) == LIBSSH2_ERROR_EAGAIN)
                return 0;
        shell_left(s);
        return 1;
}

void shell_input(Ssh *s, const char *bytes, size_t size) {
        /* What is typed while the shell starts is for the shell; before the login it might be anything. */
        if (s->state < SSH_CHANNEL || s->state > SSH_RUNNING)
                return;
        if (buffer_append(&s->shell.input, bytes, size) < 0) {
                if (!s->shell.dropping)
                        log_warning("%s does not take its input, dropping what comes, ignoring", s->host->lab_name);
                s->shell.dropping = true;
                return;
        }
        ssh_again(s);
}

void shell_resize(Ssh *s) {
        s->shell.resized = true;
        if (s->state == SSH_RUNNING)
                ssh_again(s);
}

void shell_done(Shell *h) {
        h->alive = sd_event_source_disable_unref(h->alive);
        buffer_wipe(&h->input);
        buffer_done(&h->input);
        h->channel = NULL; /* libssh2's session owns it */
}
