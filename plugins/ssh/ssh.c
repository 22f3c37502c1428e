/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ssh plugin: libssh2 without waiting, in the session's only thread. This file is the state machine and what the
 * session calls; each state's work is in the file it belongs to. Opens no file and no connection. */

#include <errno.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "config.h"

#include "../../src/base/descriptor.h"
#include "../../src/base/log.h"
#include "../../src/base/utf8.h"
#include "ssh.h"

static int step_nothing(Ssh *s) {
        return 0;
}

static void farewell_over(Ssh *s) {
        ssh_end(s, LABGATE_STATUS_SUCCESS, "%s", s->shell.farewell);
}

static const struct {
        const char *name;
        int (*step)(Ssh *s);
        unsigned seconds;      /* this state's time limit, 0: none */
        void (*late)(Ssh *s);  /* NULL: the session ends with 0x0202 */
        const char *doing;     /* what the host was late with */
} states[] = {
        [SSH_WAITING]     = { "waiting", step_nothing },
        [SSH_HANDSHAKE]   = { "handshake", handshake_step, SSH_HANDSHAKE_SECONDS, NULL, "to say hello" },
        [SSH_METHODS]     = { "methods", login_methods_step, SSH_LOGIN_SECONDS, NULL, "to the login" },
        [SSH_ASKING]      = { "asking", step_nothing },
        [SSH_KEY]         = { "key", login_key_step, SSH_LOGIN_SECONDS, NULL, "to the login" },
        [SSH_PASSWORD]    = { "password", login_password_step, SSH_LOGIN_SECONDS, NULL, "to the login" },
        [SSH_INTERACTIVE] = { "interactive", interactive_step, SSH_LOGIN_SECONDS, NULL, "to the login" },
        [SSH_CHANNEL]     = { "channel", shell_channel_step, SSH_CHANNEL_SECONDS, NULL, "with a channel" },
        [SSH_TERMINAL]    = { "terminal", shell_terminal_step, SSH_CHANNEL_SECONDS, NULL, "with a terminal" },
        [SSH_ENVIRONMENT] = { "environment", shell_environment_step, SSH_CHANNEL_SECONDS, NULL, "with a terminal" },
        [SSH_PROGRAM]     = { "program", shell_program_step, SSH_CHANNEL_SECONDS, NULL, "with a shell" },
        [SSH_RUNNING]     = { "running", shell_running_step },
        [SSH_LEAVING]     = { "leaving", shell_leaving_step, SSH_LEAVING_SECONDS, shell_left },
        [SSH_FAREWELL]    = { "farewell", step_nothing, SSH_FAREWELL_SECONDS, farewell_over },
        [SSH_ENDED]       = { "ended", step_nothing },
};

bool ssh_has_rsa(void) {
        return libssh2_version(0x010b00);
}

/* ---- states ---- */

void ssh_set_state(Ssh *s, SshState state) {
        log_debug("ssh: %s -> %s", states[s->state].name, states[state].name);
        s->state = state;
        s->transport.held = state == SSH_ASKING;
        if (states[state].seconds > 0) {
                (void) sd_event_source_set_time_relative(s->deadline, states[state].seconds * UINT64_C(1000000));
                (void) sd_event_source_set_enabled(s->deadline, SD_EVENT_ONESHOT);
        } else
                (void) sd_event_source_set_enabled(s->deadline, SD_EVENT_OFF);
        ssh_again(s);
}

void ssh_again(Ssh *s) {
        (void) sd_event_source_set_enabled(s->again, SD_EVENT_ONESHOT);
}

static uint64_t now_usec(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static void work(Ssh *s) {
        uint64_t start = now_usec();
        int r;

        transport_begin(&s->transport);
        do
                r = states[s->state].step(s);
        while (r > 0 && now_usec() - start < SSH_WORK_USEC);
        if (s->state == SSH_ENDED || s->transport.fd < 0)
                return;
        s->transport.backlog = r > 0;
        if (r > 0)
                ssh_again(s);
        if (transport_finish(&s->transport) < 0)
                return ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "The connection cannot be watched.");
        if (s->shell.wants_room && transport_has_room(&s->transport))
                ssh_again(s);
}

static int on_upstream(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Ssh *s = userdata;

        if (s->state == SSH_ASKING && events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "%s closed the connection while it waited for the login.",
                        s->host->lab_name);
        else
                work(s);
        return 0;
}

static int on_again(sd_event_source *source, void *userdata) {
        work(userdata);
        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        Ssh *s = userdata;

        if (states[s->state].late)
                states[s->state].late(s);
        else
                ssh_end(s, LABGATE_STATUS_UPSTREAM_TIMEOUT, "%s did not answer %s in time.", s->host->lab_name,
                        states[s->state].doing);
        return 0;
}

/* ---- how it ends ---- */

void ssh_end(Ssh *s, LabgateStatus status, const char *format, ...) {
        char text[512];
        va_list ap;

        if (s->state == SSH_ENDED)
                return;
        va_start(ap, format);
        vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        ssh_set_state(s, SSH_ENDED);
        (void) sd_event_source_set_enabled(s->again, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(s->transport.io, SD_EVENT_OFF);
        s->host->end(s->host, status, text);
}

void ssh_fail(Ssh *s) {
        Transport *t = &s->transport;
        char *why = NULL;
        int code = libssh2_session_last_error(t->session, &why, NULL, 0);

        /* Agreeing on new keys may have failed, too. */
        t->agreed = false;

        if (code == LIBSSH2_ERROR_ALLOC)
                ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        else if (*t->goodbye)
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "%s closed the connection: %s", s->host->lab_name,
                        t->goodbye);
        else if (t->error == -ENODATA || t->error == -ECONNRESET || t->error == -EPIPE ||
                 code == LIBSSH2_ERROR_SOCKET_DISCONNECT)
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "%s closed the connection.", s->host->lab_name);
        else if (t->error != 0)
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "The connection to %s broke: %s.", s->host->lab_name,
                        strerror(-t->error));
        else
                ssh_end(s, LABGATE_STATUS_UPSTREAM_ERROR, "%s broke the ssh protocol: %s.", s->host->lab_name,
                        why && *why ? why : "no reason known");
}

/* ---- texts ---- */

void ssh_activity(Ssh *s, const char *format, ...) {
        char text[256];
        va_list ap;

        va_start(ap, format);
        vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        s->host->set_activity(s->host, text);
}

void ssh_print(Ssh *s, const char *text) {
        if (console_write(s->console, text, strlen(text)) < 0)
                log_warning("Out of memory for a line in the terminal, ignoring");
}

char *ssh_mend(const char *text, size_t size) {
        _cleanup_free_ char *mended = NULL;
        size_t n, m = 0;
        char *lines;

        mended = utf8_mend(text, size, true, &n);
        lines = mended ? malloc(2 * n + 1) : NULL;
        if (!lines)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                if (mended[i] == '\n')
                        lines[m++] = '\r';
                lines[m++] = mended[i];
        }
        lines[m] = 0;
        return lines;
}

void ssh_print_upstream(Ssh *s, const char *text, size_t size) {
        _cleanup_free_ char *mended = ssh_mend(text, size);

        if (mended)
                ssh_print(s, mended);
}

static void on_answer(void *userdata, const char *answer, size_t size) {
        Ssh *s = userdata;

        if (s->state != SSH_ASKING)
                return;
        if (!answer)
                ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "The login was cancelled.");
        else
                s->answer(s, answer, MIN(size, SSH_TYPED_MAX));
}

int ssh_ask(Ssh *s, const char *text, bool secret, SshAnswer answer) {
        int r;

        if (s->host->read_only) {
                ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
                        "%s asks for what the lab does not give, and this session is read-only.", s->host->lab_name);
                return -EPERM;
        }
        s->answer = answer;
        ssh_set_state(s, SSH_ASKING);
        ssh_activity(s, "ssh: %s waits for the login", s->host->lab_name);
        r = console_prompt(s->console, text, secret, on_answer, s);
        if (r < 0)
                ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "The terminal cannot ask for the login.");
        return r;
}

/* ---- what the session calls ---- */

static void console_sends(void *userdata, const char *bytes, size_t size) {
        shell_input(userdata, bytes, size);
}

static void console_resized(void *userdata, int columns, int rows) {
        shell_resize(userdata);
}

/* Everything that reads a file or asks the kernel for more than memory happens before the sandbox closes. */
static int warm_up(void) {
        uint8_t byte;

        if (libssh2_init(0) != 0)
                return -EIO;
        return RAND_bytes(&byte, sizeof byte) == 1 ? 0 : -EIO;
}

static int new_console(Ssh *s) {
        static const ConsoleHooks hooks = { .send = console_sends, .resized = console_resized };
        const SshSettings *settings = s->settings;
        const ConsoleSettings look = {
                .color_scheme = settings->color_scheme,
                .font_size = settings->font_size,
                .scrollback = settings->scrollback,
                .backspace = settings->backspace,
                .vt100_keys = settings->func_keys_and_keypad == SSH_KEYPAD_VT100,
                .allow_osc52 = settings->allow_clipboard_write,
        };

        return console_new(&s->console, s->host, &look, &hooks, s);
}

static int new_sources(Ssh *s) {
        int r;

        r = sd_event_add_time_relative(s->host->event, &s->deadline, CLOCK_MONOTONIC, 0, 0, on_deadline, s);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(s->deadline, SD_EVENT_OFF);
        r = sd_event_add_defer(s->host->event, &s->again, on_again, s);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(s->again, SD_EVENT_OFF);
        /* Behind everything that a person waits for. */
        return sd_event_source_set_priority(s->again, SD_EVENT_PRIORITY_NORMAL + 1);
}

static void ssh_close(void *state) {
        Ssh *s = state;

        if (!s)
                return;
        s->state = SSH_ENDED;
        interactive_done(s);
        shell_done(&s->shell);
        transport_done(&s->transport);
        login_done(&s->login);
        if (s->settings)
                ssh_settings_wipe(s->settings);
        console_free(s->console);
        sd_event_source_disable_unref(s->again);
        sd_event_source_disable_unref(s->deadline);
        free(s);
}

static int ssh_open(LabgateHost *host, const void *settings, void **ret_state) {
        Ssh *s;
        int r;

        r = warm_up();
        if (r < 0)
                return r;
        s = calloc(1, sizeof *s);
        if (!s)
                return -ENOMEM;
        s->host = host;
        s->settings = settings;
        s->transport.fd = -1;
        s->shell.input.limit = SSH_INPUT_MAX;
        r = new_sources(s);
        if (r == 0)
                r = new_console(s);
        if (r < 0) {
                ssh_close(s);
                return r;
        }
        *ret_state = s;
        return 0;
}

static int ssh_start(void *state, int upstream_fd) {
        Ssh *s = state;
        int r;

        if (s->state != SSH_WAITING) { /* nothing here asks for another connection */
                fd_close(upstream_fd);
                return -EALREADY;
        }
        r = transport_init(&s->transport, s->host->event, upstream_fd, on_upstream, s);
        if (r < 0)
                return r;
        if (s->noticed)
                ssh_print(s, "\033[H\033[2J");
        ssh_activity(s, "ssh: meeting %s", s->host->lab_name);
        ssh_set_state(s, SSH_HANDSHAKE);
        return 0;
}

/* The line stands alone until the upstream is there, each one in the place of the one before. */
static void ssh_notice(void *state, const char *text) {
        Ssh *s = state;

        if (s->state != SSH_WAITING)
                return;
        s->noticed = true;
        ssh_print(s, "\033[H\033[2J");
        ssh_print_upstream(s, text, strlen(text));
}

static void ssh_frame_begin(void *state) {
        console_frame_begin(((Ssh *) state)->console);
}

static int ssh_paint(void *state, LabgateRect area, LabgateTile *ret) {
        return console_paint(((Ssh *) state)->console, area, ret);
}

static void ssh_frame_end(void *state) {
        Ssh *s = state;

        console_frame_end(s->console);
        if (s->state == SSH_FAREWELL)
                farewell_over(s);
}

static void ssh_key(void *state, uint32_t keysym, bool pressed) {
        console_key(((Ssh *) state)->console, keysym, pressed);
}

static void ssh_mouse(void *state, int32_t x, int32_t y, unsigned mask) {
        console_mouse(((Ssh *) state)->console, x, y, mask);
}

static void ssh_resize(void *state, int32_t width, int32_t height) {
        console_resize(((Ssh *) state)->console, width, height);
}

static void ssh_clipboard(void *state, const char *text, size_t size) {
        console_paste(((Ssh *) state)->console, text, size);
}

static int ssh_argv(void *state, const char *name, const char *value) {
        return console_argv(((Ssh *) state)->console, name, value);
}

static void ssh_pause(void *state, bool paused) {
        Ssh *s = state;

        if (s->transport.paused == paused)
                return;
        s->transport.paused = paused;
        if (s->state != SSH_WAITING)
                ssh_again(s);
}

LABGATE_EXPORT const LabgatePlugin labgate_plugin = {
        .abi = LABGATE_PLUGIN_ABI,
        .build = LABGATE_BUILD,
        .name = "ssh",
        .default_port = 22,
        .wants_fonts = true,
        .settings = ssh_settings_table,
        .settings_size = sizeof(SshSettings),
        .check = ssh_settings_check,
        .open = ssh_open,
        .start = ssh_start,
        .notice = ssh_notice,
        .frame_begin = ssh_frame_begin,
        .paint = ssh_paint,
        .frame_end = ssh_frame_end,
        .key = ssh_key,
        .mouse = ssh_mouse,
        .resize = ssh_resize,
        .clipboard = ssh_clipboard,
        .argv = ssh_argv,
        .pause = ssh_pause,
        .close = ssh_close,
};
