/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The settings of an ssh lab: their table, and what the table cannot check. Never looks at the network. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../src/base/cleanup.h"
#include "../../src/terminal/console.h"
#include "hostkey.h"
#include "privatekey.h"
#include "ssh-settings.h"

#define TERMINAL_TYPE_MAX 64
#define LOCALE_MAX 64
#define TIMEZONE_MAX 64
#define ALIVE_INTERVAL_MAX 86400
#define SCROLLBACK_ROWS_MAX 1000000

static const char *const policies[] = { "pinned", "insecure-accept-any", NULL };
static const char *const keypads[] = { "xterm", "vt100", NULL };

#define AT(member) .offset = offsetof(SshSettings, member)

const LabgateSetting ssh_settings_table[] = {
        { "username", LABGATE_SETTING_STRING, AT(username), .max = 256,
          .help = "Name to log in with; asked for in the terminal if left out" },
        { "password", LABGATE_SETTING_SECRET, AT(password), .max = 1024,
          .help = "Password, also for a single password question of keyboard-interactive; asked for if left out" },
        { "private_key", LABGATE_SETTING_SECRET, AT(private_key),
          .help = "Private key to log in with, the whole text in OpenSSH or PEM format (ed25519, ecdsa, rsa)" },
        { "passphrase", LABGATE_SETTING_SECRET, AT(passphrase), .max = 1024,
          .help = "Passphrase of private_key; asked for if the key has one and this is left out" },
        { "host_key", LABGATE_SETTING_STRINGS, AT(host_key), .max = 8192,
          .help = "Host keys to trust: SHA256:... as ssh-keygen -lf prints it, or whole public key lines" },
        { "host_key_policy", LABGATE_SETTING_CHOICE, AT(host_key_policy), .choices = policies,
          .fallback = SSH_POLICY_PINNED,
          .help = "pinned: only hosts with a key of host_key; insecure-accept-any: whoever answers gets the login" },
        { "command", LABGATE_SETTING_STRING, AT(command),
          .help = "Command to run in the terminal instead of the login shell" },
        { "terminal_type", LABGATE_SETTING_STRING, AT(terminal_type), .fallback_text = "xterm-256color",
          .max = TERMINAL_TYPE_MAX, .help = "What the remote TERM says" },
        { "locale", LABGATE_SETTING_STRING, AT(locale), .max = LOCALE_MAX,
          .help = "Remote LANG, for example en_US.UTF-8; hosts may ignore it" },
        { "timezone", LABGATE_SETTING_STRING, AT(timezone), .max = TIMEZONE_MAX,
          .help = "Remote TZ, for example Europe/Vienna; the browser's if left out; hosts may ignore it" },
        { "server_alive_interval", LABGATE_SETTING_INT, AT(server_alive_interval), .max = ALIVE_INTERVAL_MAX,
          .help = "Seconds between keepalive messages to the host, 0 for none" },
        { "color_scheme", LABGATE_SETTING_STRING, LABGATE_SETTING_LIVE, AT(color_scheme), .max = 4096,
          .help = "A name (white-black, ...) or foreground: COLOR; background: COLOR; colorN: COLOR" },
        { "font_size", LABGATE_SETTING_INT, LABGATE_SETTING_LIVE, AT(font_size), .fallback = 12, .min = 4, .max = 128,
          .help = "Size of the text in points" },
        { "scrollback", LABGATE_SETTING_INT, AT(scrollback), .fallback = 1000, .max = SCROLLBACK_ROWS_MAX,
          .help = "Rows that can be scrolled back to" },
        { "backspace", LABGATE_SETTING_INT, AT(backspace), .fallback = 127, .min = 8, .max = 127,
          .help = "Code that the Backspace key sends: 127 or 8" },
        { "func_keys_and_keypad", LABGATE_SETTING_CHOICE, AT(func_keys_and_keypad), .choices = keypads,
          .fallback = SSH_KEYPAD_XTERM, .help = "What function keys and keypad send" },
        { "allow_clipboard_write", LABGATE_SETTING_BOOL, AT(allow_clipboard_write),
          .help = "Programs on the host may set the browser's clipboard (OSC 52)" },
        {}
};

static int refuse(char *reason, size_t size, const char *text) {
        snprintf(reason, size, "%s", text);
        return -EINVAL;
}

/* RFC 4254 says nothing of the shape; what terminfo names look like is enough, and no path. */
static bool terminal_type_is_valid(const char *t) {
        return *t && t[strspn(t, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._")] == 0;
}

static bool text_is_plain(const char *t) {
        if (!t)
                return true;
        for (; *t; t++)
                if ((unsigned char) *t < 0x20 || *t == 0x7f)
                        return false;
        return true;
}

int ssh_settings_check(const void *settings, char *reason, size_t size) {
        const SshSettings *s = settings;
        int r;

        if (s->username && (!*s->username || !text_is_plain(s->username)))
                return refuse(reason, size, "username: is empty or has control characters");
        if (s->terminal_type && !terminal_type_is_valid(s->terminal_type))
                return refuse(reason, size, "terminal_type: not a terminal's name");
        if (!text_is_plain(s->locale))
                return refuse(reason, size, "locale: has control characters");
        if (!text_is_plain(s->timezone))
                return refuse(reason, size, "timezone: has control characters");
        if (s->backspace != 8 && s->backspace != 127)
                return refuse(reason, size, "backspace: must be 127 or 8");
        if (s->passphrase.data && !s->private_key.data)
                return refuse(reason, size, "passphrase: there is no private_key that it could open");
        r = hostkey_check(s->host_key, reason, size);
        if (r < 0)
                return r;
        r = privatekey_check(&s->private_key, reason, size);
        if (r < 0)
                return r;
        return s->color_scheme ? console_check_scheme(s->color_scheme, reason, size) : 0;
}

static void secret_wipe(const LabgateSecret *s) {
        if (s->data)
                explicit_bzero(s->data, s->size);
}

void ssh_settings_wipe(const SshSettings *s) {
        secret_wipe(&s->password);
        secret_wipe(&s->private_key);
        secret_wipe(&s->passphrase);
}
