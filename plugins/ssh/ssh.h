/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One ssh session: what its parts share. Each state belongs to one file, whose step function moves on from it. */

#include <libssh2.h>
#include <systemd/sd-event.h>

#include "../../src/base/buffer.h"
#include "../../src/terminal/console.h"
#include "fiber.h"
#include "privatekey.h"
#include "ssh-settings.h"
#include "transport.h"

#define SSH_HANDSHAKE_SECONDS 20
#define SSH_LOGIN_SECONDS 30   /* for one answer; PAM makes people wait after a wrong password */
#define SSH_CHANNEL_SECONDS 20
#define SSH_LEAVING_SECONDS 3
#define SSH_FAREWELL_SECONDS 1
#define SSH_WORK_USEC 4000     /* per wake-up, then the rest of the loop has its turn */
#define SSH_TRIES 3            /* for what a person types */
#define SSH_TYPED_MAX 4096u
#define SSH_INPUT_MAX (1024u * 1024u)

typedef enum SshState {
        SSH_WAITING,     /* for the upstream connection */
        SSH_HANDSHAKE,   /* keys agreed on, host key checked */
        SSH_METHODS,     /* what the host would take */
        SSH_ASKING,      /* a person is typing */
        SSH_KEY,
        SSH_PASSWORD,
        SSH_INTERACTIVE,
        SSH_CHANNEL,
        SSH_TERMINAL,
        SSH_ENVIRONMENT,
        SSH_PROGRAM,
        SSH_RUNNING,
        SSH_LEAVING,     /* the program is gone, its exit status on the way */
        SSH_FAREWELL,    /* the last picture is on its way to the person */
        SSH_ENDED,
} SshState;

enum {
        METHOD_KEY         = 1 << 0,
        METHOD_PASSWORD    = 1 << 1,
        METHOD_INTERACTIVE = 1 << 2,
};

typedef struct Ssh Ssh;
typedef void (*SshAnswer)(Ssh *s, const char *text, size_t size);

typedef struct Login {
        char *username;
        PrivateKey key;
        char *typed;          /* password or passphrase that a person gave; wiped after use */
        size_t typed_size;
        char *offered;        /* the host's list of methods, for texts */
        unsigned methods;     /* of offered */
        unsigned spent;       /* what of the lab file was used up */
        unsigned under_way;   /* the one whose refusal is to be understood */
        unsigned tries;
        bool key_sent;        /* the host has heard of the key, so an error is its answer */
} Login;

/* One exchange of keyboard-interactive; see interactive.c. */
typedef struct Interactive {
        Fiber *fiber;
        int result;
        bool waiting;         /* inside libssh2's callback */
        bool cancelled;
        bool typed;           /* a person took part */
        bool lab_answered;    /* by the lab's password */
        const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts;
        LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses;
        int n_prompts, n_answered;
} Interactive;

typedef struct Shell {
        LIBSSH2_CHANNEL *channel;
        Buffer input;         /* keys and pastes that the host has not taken yet */
        unsigned variable;    /* of the environment, the next to send */
        int columns, rows;    /* what the host's pty has */
        bool resized;
        bool wants_room;      /* something waits for the transport's queue to shrink */
        bool dropping;        /* input is full */
        sd_event_source *alive;
        char farewell[128];
} Shell;

struct Ssh {
        LabgateHost *host;
        const SshSettings *settings;
        Console *console;
        Transport transport;
        sd_event_source *deadline;
        sd_event_source *again; /* goes on where the work of a wake-up was cut off */
        SshState state;
        SshAnswer answer;
        bool noticed;           /* a notice stands in the terminal */
        Login login;
        Interactive interactive;
        Shell shell;
};

/* ssh.c */
void ssh_set_state(Ssh *s, SshState state);
void ssh_again(Ssh *s);
void ssh_end(Ssh *s, LabgateStatus status, const char *format, ...) _printf_(3, 4);
void ssh_fail(Ssh *s); /* by what libssh2 and the transport know */
void ssh_activity(Ssh *s, const char *format, ...) _printf_(2, 3);
void ssh_print(Ssh *s, const char *text);
void ssh_print_upstream(Ssh *s, const char *text, size_t size); /* mended */
char *ssh_mend(const char *text, size_t size); /* valid UTF-8, no control characters but CR LF; malloc'd */
int ssh_ask(Ssh *s, const char *text, bool secret, SshAnswer answer); /* state SSH_ASKING until answer is called */
bool ssh_has_rsa(void); /* rsa-sha2, libssh2 1.11 */

/* Steps: 0 nothing more to do for now, 1 go on. */
int handshake_step(Ssh *s);

void login_begin(Ssh *s);
int login_methods_step(Ssh *s);
int login_key_step(Ssh *s);
int login_password_step(Ssh *s);
void login_accepted(Ssh *s);
void login_refused(Ssh *s, unsigned method);
void login_done(Login *l);

int interactive_step(Ssh *s);
void interactive_done(Ssh *s);

int shell_channel_step(Ssh *s);
int shell_terminal_step(Ssh *s);
int shell_environment_step(Ssh *s);
int shell_program_step(Ssh *s);
int shell_running_step(Ssh *s);
int shell_leaving_step(Ssh *s);
void shell_left(Ssh *s);
void shell_input(Ssh *s, const char *bytes, size_t size);
void shell_resize(Ssh *s);
void shell_done(Shell *h);
