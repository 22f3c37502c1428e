/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A PAM module that asks what no stock module asks: several questions, seen and unseen, with a text before them. So a
 * real sshd puts real rounds of keyboard-interactive. It answers to "red", then to "seven". With the argument
 * password it asks for "correct horse" only. */

#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>

static int say(pam_handle_t *handle, int style, const char *text, const char *wanted) {
        const struct pam_message message = { .msg_style = style, .msg = text }, *messages = &message;
        const struct pam_conv *conversation;
        struct pam_response *response = NULL;
        int r = PAM_SUCCESS;

        if (pam_get_item(handle, PAM_CONV, (const void **) &conversation) != PAM_SUCCESS)
                return PAM_AUTH_ERR;
        if (conversation->conv(1, &messages, &response, conversation->appdata_ptr) != PAM_SUCCESS || !response)
                return PAM_AUTH_ERR;
        if (wanted && (!response->resp || strcmp(response->resp, wanted) != 0))
                r = PAM_AUTH_ERR;
        free(response->resp);
        free(response);
        return r;
}

__attribute__((visibility("default")))
int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv) {
        int r;

        if (argc > 0 && strcmp(argv[0], "password") == 0)
                return say(handle, PAM_PROMPT_ECHO_OFF, "Password: ", "correct horse");
        r = say(handle, PAM_TEXT_INFO, "This lab asks two questions.", NULL);
        if (r != PAM_SUCCESS)
                return r;
        r = say(handle, PAM_PROMPT_ECHO_ON, "Colour: ", "red");
        return r == PAM_SUCCESS ? say(handle, PAM_PROMPT_ECHO_OFF, "Code: ", "seven") : r;
}

__attribute__((visibility("default")))
int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv) {
        return PAM_SUCCESS;
}
