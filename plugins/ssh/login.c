/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who logs in and with what: first what the lab file gives, then what a person types. What the lab file gives and the
 * host refuses ends the session: a person who was given a lab has nothing better to type. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ssh.h"

static void typed_wipe(Login *l) {
        if (l->typed)
                explicit_bzero(l->typed, l->typed_size);
        free(l->typed);
        l->typed = NULL;
        l->typed_size = 0;
}

void login_done(Login *l) {
        typed_wipe(l);
        privatekey_done(&l->key);
        free(l->username);
        free(l->offered);
        *l = (Login) {};
}

static char *copy_text(const char *text, size_t size) {
        char *copy = malloc(size + 1);

        if (!copy)
                return NULL;
        memcpy(copy, text, size);
        copy[size] = 0;
        return copy;
}

static void out_of_memory(Ssh *s) {
        ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "Out of memory.");
}

static bool keep_typed(Ssh *s, const char *text, size_t size) {
        typed_wipe(&s->login);
        s->login.typed = copy_text(text, size);
        if (!s->login.typed) {
                out_of_memory(s);
                return false;
        }
        s->login.typed_size = size;
        return true;
}

/* ---- the name ---- */

static void ask_name(Ssh *s);

static void name_answered(Ssh *s, const char *text, size_t size) {
        if (size == 0)
                return ask_name(s);
        s->login.username = copy_text(text, size);
        if (!s->login.username)
                return out_of_memory(s);
        ssh_set_state(s, SSH_METHODS);
}

static void ask_name(Ssh *s) {
        (void) ssh_ask(s, "login as: ", false, name_answered);
}

void login_begin(Ssh *s) {
        if (s->settings->private_key.data && privatekey_load(&s->login.key, &s->settings->private_key) < 0)
                return ssh_end(s, LABGATE_STATUS_SERVER_ERROR, "The lab's private key cannot be read.");
        ssh_activity(s, "ssh: logging in to %s", s->host->lab_name);
        if (!s->settings->username)
                return ask_name(s);
        name_answered(s, s->settings->username, strlen(s->settings->username));
}

/* ---- what next ---- */

static bool lab_gives(const Ssh *s, unsigned method) {
        if (method == METHOD_KEY)
                return s->login.key.text;
        return s->settings->password.data;
}

static void password_answered(Ssh *s, const char *text, size_t size) {
        if (keep_typed(s, text, size))
                ssh_set_state(s, SSH_PASSWORD);
}

static void ask_password(Ssh *s) {
        char text[512];

        snprintf(text, sizeof text, "%.128s@%.256s's password: ", s->login.username, s->host->lab_name);
        (void) ssh_ask(s, text, true, password_answered);
}

static void passphrase_answered(Ssh *s, const char *text, size_t size) {
        if (keep_typed(s, text, size))
                ssh_set_state(s, SSH_KEY);
}

static void ask_passphrase(Ssh *s) {
        (void) ssh_ask(s, "Passphrase of the lab's private key: ", true, passphrase_answered);
}

static void try_key(Ssh *s) {
        s->login.under_way = METHOD_KEY;
        if (s->login.key.encrypted && !s->settings->passphrase.data)
                return ask_passphrase(s);
        ssh_set_state(s, SSH_KEY);
}

static void try_interactive(Ssh *s) {
        s->login.under_way = METHOD_INTERACTIVE;
        ssh_set_state(s, SSH_INTERACTIVE);
}

static void try_password(Ssh *s) {
        s->login.under_way = METHOD_PASSWORD;
        if (!lab_gives(s, METHOD_PASSWORD) || s->login.spent & METHOD_PASSWORD)
                return ask_password(s);
        ssh_set_state(s, SSH_PASSWORD);
}

/* The lab's key, the lab's password, then what a person types; keyboard-interactive before password, as it may ask for
 * more, but not where the lab's password settles it. */
static void next_method(Ssh *s) {
        Login *l = &s->login;
        bool has_password = lab_gives(s, METHOD_PASSWORD) && !(l->spent & METHOD_PASSWORD);

        if (l->methods & METHOD_KEY && lab_gives(s, METHOD_KEY) && !(l->spent & METHOD_KEY))
                return try_key(s);
        if (l->methods & METHOD_PASSWORD && has_password)
                return try_password(s);
        if (l->methods & METHOD_INTERACTIVE)
                return try_interactive(s);
        if (l->methods & METHOD_PASSWORD)
                return try_password(s);
        ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
                "%s takes %.100s to log in as %.64s, and the lab has %s.", s->host->lab_name,
                *l->offered ? l->offered : "nothing", l->username,
                lab_gives(s, METHOD_KEY) ? "a private key" : has_password ? "a password" : "no private key");
}

/* ---- refusals ---- */

static void key_refused(Ssh *s) {
        const PrivateKey *k = &s->login.key;

        if (k->type && strcmp(k->type, "rsa") == 0 && !ssh_has_rsa())
                return ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
                               "%s refused the private key of %.64s. It is an RSA key, and libssh2 %s of this labgate "
                               "cannot do rsa-sha2. Use an ed25519 or ecdsa key.",
                               s->host->lab_name, s->login.username, libssh2_version(0));
        ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "%s refused the private key of %.64s.", s->host->lab_name,
                s->login.username);
}

static void give_up(Ssh *s) {
        ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "%s refused the login of %.64s.", s->host->lab_name,
                s->login.username);
}

/* A person typed something wrong. */
static void try_again(Ssh *s, unsigned method) {
        if (++s->login.tries >= SSH_TRIES)
                return give_up(s);
        ssh_print(s, "Permission denied, please try again.\r\n");
        if (method == METHOD_INTERACTIVE)
                return try_interactive(s);
        try_password(s);
}

void login_refused(Ssh *s, unsigned method) {
        bool typed = method == METHOD_INTERACTIVE ? s->interactive.typed :
                     method == METHOD_PASSWORD ? s->login.typed != NULL : false;

        typed_wipe(&s->login);
        if (typed)
                return try_again(s, method);
        /* libssh2 does not tell "no" from "fine, and now another proof": the host's next list does. */
        s->login.spent |= method == METHOD_KEY ? METHOD_KEY : METHOD_PASSWORD;
        ssh_set_state(s, SSH_METHODS);
}

/* The host still offers what it refused: that was a no. */
static void really_refused(Ssh *s, unsigned method) {
        if (method == METHOD_KEY)
                return key_refused(s);
        ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "%s refused the password of %.64s.", s->host->lab_name,
                s->login.username);
}

static unsigned read_methods(const char *list) {
        static const struct {
                const char *name;
                unsigned method;
        } names[] = {
                { "publickey", METHOD_KEY },
                { "password", METHOD_PASSWORD },
                { "keyboard-interactive", METHOD_INTERACTIVE },
        };
        unsigned methods = 0;

        while (*list) {
                size_t n = strcspn(list, ",");

                for (size_t i = 0; i < ELEMENTS(names); i++)
                        if (strlen(names[i].name) == n && memcmp(list, names[i].name, n) == 0)
                                methods |= names[i].method;
                list += n + (list[n] == ',');
        }
        return methods;
}

int login_methods_step(Ssh *s) {
        LIBSSH2_SESSION *session = s->transport.session;
        Login *l = &s->login;
        const char *list = libssh2_userauth_list(session, l->username, (unsigned) strlen(l->username));

        if (!list && libssh2_userauth_authenticated(session)) {
                login_accepted(s);
                return 1;
        }
        if (!list) {
                if (libssh2_session_last_errno(session) != LIBSSH2_ERROR_EAGAIN)
                        ssh_fail(s);
                return 0;
        }
        free(l->offered);
        l->offered = strdup(list);
        if (!l->offered) {
                out_of_memory(s);
                return 0;
        }
        l->methods = read_methods(list);
        if (l->under_way & l->methods)
                really_refused(s, l->under_way);
        else
                next_method(s);
        return 1;
}

/* ---- key and password ---- */

static void key_unreadable(Ssh *s) {
        char *why;

        libssh2_session_last_error(s->transport.session, &why, NULL, 0);
        if (!s->login.key.encrypted)
                return ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
                               "libssh2 %s cannot use the lab's private key: %.100s.", libssh2_version(0), why);
        if (s->settings->passphrase.data)
                return ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
                               "The lab's passphrase does not open its private key.");
        typed_wipe(&s->login);
        if (++s->login.tries >= SSH_TRIES)
                return ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
                               "The passphrase does not open the lab's private key.");
        ssh_print(s, "Bad passphrase, please try again.\r\n");
        ask_passphrase(s);
}

int login_key_step(Ssh *s) {
        Login *l = &s->login;
        char *passphrase = l->typed ? l->typed : s->settings->passphrase.data;
        uint64_t sent = s->transport.sent;
        int r;

        privatekey_find_type(&l->key, passphrase);
        r = libssh2_userauth_publickey_frommemory(s->transport.session, l->username, strlen(l->username), NULL, 0,
                                                  l->key.text, l->key.size, passphrase);
        if (r == LIBSSH2_ERROR_EAGAIN) {
                l->key_sent = true;
                return 0;
        }
        if (r == 0)
                login_accepted(s);
        else if (r == LIBSSH2_ERROR_ALLOC || s->transport.error != 0 || r == LIBSSH2_ERROR_SOCKET_DISCONNECT)
                ssh_fail(s);
        else if (!l->key_sent && s->transport.sent == sent)
                key_unreadable(s); /* and the host knows nothing of it */
        else
                login_refused(s, METHOD_KEY);
        return 1;
}

int login_password_step(Ssh *s) {
        Login *l = &s->login;
        const char *password = l->typed ? l->typed : s->settings->password.data;
        size_t size = l->typed ? l->typed_size : s->settings->password.size;
        int r;

        r = libssh2_userauth_password_ex(s->transport.session, l->username, (unsigned) strlen(l->username), password,
                                         (unsigned) size, NULL);
        if (r == LIBSSH2_ERROR_EAGAIN)
                return 0;
        if (r == 0)
                login_accepted(s);
        else if (r == LIBSSH2_ERROR_PASSWORD_EXPIRED)
                ssh_end(s, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "The password of %.64s on %s has expired.",
                        l->username, s->host->lab_name);
        else if (r == LIBSSH2_ERROR_AUTHENTICATION_FAILED)
                login_refused(s, METHOD_PASSWORD);
        else
                ssh_fail(s);
        return 1;
}

void login_accepted(Ssh *s) {
        typed_wipe(&s->login);
        privatekey_done(&s->login.key);
        ssh_settings_wipe(s->settings);
        ssh_set_state(s, SSH_CHANNEL);
}
