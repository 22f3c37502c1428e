/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* keyboard-interactive (RFC 4256): any number of rounds with any number of questions. libssh2 asks by a callback that
 * must return the answers, while the person who types them needs the loop, in the only thread there is. So the
 * exchange runs on a stack of its own and is set aside inside the callback. A thread would do as well, but then two
 * threads would share libssh2's session and the sandbox would have to allow clone().
 *
 * While it is set aside libssh2 must not be called: the transport is held, and only its end is looked for. */

#include <errno.h>
#include <string.h>

#include "ssh.h"

/* The host's texts come without NUL. */
static bool asks_for_password(const LIBSSH2_USERAUTH_KBDINT_PROMPT *p) {
        const char *text = (const char *) p->text;

        for (size_t i = 0; i + 7 <= p->length; i++)
                if (strncasecmp(text + i, "assword", 7) == 0)
                        return true;
        return false;
}

static bool answer(Ssh *s, const char *text, size_t size) {
        Interactive *i = &s->interactive;
        LIBSSH2_USERAUTH_KBDINT_RESPONSE *response = &i->responses[i->n_answered];
        void *pool = &s->transport;

        response->text = wiping_alloc(size + 1, &pool);
        if (!response->text)
                return false;
        memcpy(response->text, text, size);
        response->text[size] = 0;
        response->length = (unsigned) size;
        i->n_answered++;
        return true;
}

/* The lab's password answers one question for a password, once in an exchange. */
static bool answer_from_lab(Ssh *s) {
        Interactive *i = &s->interactive;
        const LabgateSecret *password = &s->settings->password;

        if (!password->data || s->login.spent & METHOD_PASSWORD || i->lab_answered || i->n_prompts != 1 ||
            i->prompts[0].echo || !asks_for_password(&i->prompts[0]))
                return false;
        i->lab_answered = true;
        return answer(s, password->data, password->size);
}

static void print_lines(Ssh *s, const char *text, int size) {
        if (size <= 0)
                return;
        ssh_print_upstream(s, text, (size_t) size);
        ssh_print(s, "\r\n");
}

/* Runs on the exchange's own stack. Without answers libssh2 sends empty ones, which the cut transport swallows. */
static void on_questions(const char *name, int name_size, const char *instruction, int instruction_size, int n_prompts,
                         const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts, LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses,
                         void **abstract) {
        Transport *t = *abstract;
        Ssh *s = (Ssh *) (void *) ((char *) t - offsetof(Ssh, transport));
        Interactive *i = &s->interactive;

        i->prompts = prompts;
        i->responses = responses;
        i->n_prompts = n_prompts;
        i->n_answered = 0;
        print_lines(s, name, name_size);
        print_lines(s, instruction, instruction_size);
        if (n_prompts == 0 || answer_from_lab(s))
                return;
        i->waiting = true;
        while (i->n_answered < n_prompts && !i->cancelled)
                fiber_suspend(i->fiber);
        i->waiting = false;
}

static void run_exchange(void *userdata) {
        Ssh *s = userdata;
        Interactive *i = &s->interactive;
        const char *username = s->login.username;

        for (;;) {
                i->result = libssh2_userauth_keyboard_interactive_ex(s->transport.session, username,
                                                                     (unsigned) strlen(username), on_questions);
                if (i->result != LIBSSH2_ERROR_EAGAIN || i->cancelled)
                        return;
                fiber_suspend(i->fiber);
        }
}

static void prompt_answered(Ssh *s, const char *text, size_t size) {
        s->interactive.typed = true;
        if (!answer(s, text, size))
                return ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        ssh_set_state(s, SSH_INTERACTIVE);
}

static void ask(Ssh *s) {
        const LIBSSH2_USERAUTH_KBDINT_PROMPT *p = &s->interactive.prompts[s->interactive.n_answered];
        _cleanup_free_ char *text = ssh_mend(p->text, p->length);

        if (!text)
                return ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
        (void) ssh_ask(s, text, !p->echo, prompt_answered);
}

static void finish(Ssh *s) {
        int result = s->interactive.result;

        s->interactive.fiber = fiber_free(s->interactive.fiber);
        if (result == 0)
                login_accepted(s);
        else if (result == LIBSSH2_ERROR_AUTHENTICATION_FAILED)
                login_refused(s, METHOD_INTERACTIVE);
        else
                ssh_fail(s);
}

int interactive_step(Ssh *s) {
        Interactive *i = &s->interactive;

        if (!i->fiber) {
                *i = (Interactive) {};
                if (fiber_new(&i->fiber, run_exchange, s) < 0) {
                        ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
                        return 0;
                }
        }
        if (i->waiting && i->n_answered < i->n_prompts) {
                ask(s);
                return 1;
        }
        fiber_resume(i->fiber);
        if (fiber_ended(i->fiber)) {
                finish(s);
                return 1;
        }
        return i->waiting;
}

void interactive_done(Ssh *s) {
        Interactive *i = &s->interactive;

        if (!i->fiber)
                return;
        i->cancelled = true;
        transport_cut(&s->transport, -ECANCELED);
        while (!fiber_ended(i->fiber))
                fiber_resume(i->fiber);
        i->fiber = fiber_free(i->fiber);
}
