/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a lab file may say about an ssh lab. */

#include "../plugin.h"

enum {
        SSH_POLICY_PINNED,
        SSH_POLICY_ACCEPT_ANY,
};

enum {
        SSH_KEYPAD_XTERM,
        SSH_KEYPAD_VT100,
};

typedef struct SshSettings {
        char *username;
        LabgateSecret password;
        LabgateSecret private_key;
        LabgateSecret passphrase;
        char **host_key;
        int host_key_policy;
        char *command;
        char *terminal_type;
        char *locale;
        char *timezone;
        int64_t server_alive_interval;
        char *color_scheme;
        int64_t font_size;
        int64_t scrollback;
        int64_t backspace;
        int func_keys_and_keypad;
        bool allow_clipboard_write;
} SshSettings;

extern const LabgateSetting ssh_settings_table[];

/* LabgatePlugin.check. */
int ssh_settings_check(const void *settings, char *reason, size_t size);

/* Overwrites the login's secrets, for good: they are absent afterwards. */
void ssh_settings_wipe(const SshSettings *s);
