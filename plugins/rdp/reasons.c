/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Why an rdp session ended, for the person who sees it end. Sentences are ours alone: a lab machine chooses among them,
 * but puts no word of its own into any. */

#include "rdp.h"

#include <freerdp/error.h>

#define PROTOCOL_NLA (2u | 8u) /* of SelectedProtocol: with and without early user authorization */

typedef struct Reason {
        uint32_t code;
        LabgateStatus status;
        const char *text; /* begins where the lab's name ends */
} Reason;

/* What the library says of a connection that did not come about. */
static const Reason connect_reasons[] = {
        { FREERDP_ERROR_AUTHENTICATION_FAILED, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: wrong user name or password" },
        { FREERDP_ERROR_CONNECT_LOGON_FAILURE, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: wrong user name or password" },
        { FREERDP_ERROR_CONNECT_WRONG_PASSWORD, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: wrong password" },
        { FREERDP_ERROR_CONNECT_ACCESS_DENIED, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: access was denied" },
        { FREERDP_ERROR_CONNECT_ACCOUNT_RESTRICTION, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the account is restricted" },
        { FREERDP_ERROR_CONNECT_ACCOUNT_LOCKED_OUT, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the account is locked" },
        { FREERDP_ERROR_CONNECT_ACCOUNT_EXPIRED, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the account has expired" },
        { FREERDP_ERROR_CONNECT_ACCOUNT_DISABLED, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the account is disabled" },
        { FREERDP_ERROR_CONNECT_PASSWORD_EXPIRED, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the password has expired" },
        { FREERDP_ERROR_CONNECT_PASSWORD_CERTAINLY_EXPIRED, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the password has expired" },
        { FREERDP_ERROR_CONNECT_PASSWORD_MUST_CHANGE, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the password must be changed first" },
        { FREERDP_ERROR_CONNECT_LOGON_TYPE_NOT_GRANTED, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the account may not log in remotely" },
        { FREERDP_ERROR_CONNECT_CLIENT_REVOKED, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the account was revoked" },
        { FREERDP_ERROR_CONNECT_NO_OR_MISSING_CREDENTIALS, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "asks for user name and password before the connection (NLA), and the lab has none" },
        { FREERDP_ERROR_INSUFFICIENT_PRIVILEGES, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the account may not log in remotely" },
        { FREERDP_ERROR_SECURITY_NEGO_CONNECT_FAILED, LABGATE_STATUS_UPSTREAM_ERROR,
          "does not offer the security that the lab asks for; it may require another (nla, tls or rdp)" },
        { FREERDP_ERROR_TLS_CONNECT_FAILED, LABGATE_STATUS_UPSTREAM_ERROR, "failed to agree on TLS" },
};

/* What the lab machine says when it ends a connection ([MS-RDPBCGR] 2.2.5.1.1). */
static const Reason info_reasons[] = {
        { ERRINFO_RPC_INITIATED_DISCONNECT, LABGATE_STATUS_SESSION_CLOSED,
          "was told by an administrator to disconnect" },
        { ERRINFO_RPC_INITIATED_LOGOFF, LABGATE_STATUS_SESSION_CLOSED, "was told by an administrator to log off" },
        { ERRINFO_IDLE_TIMEOUT, LABGATE_STATUS_SESSION_TIMEOUT, "disconnected because nothing happened for too long" },
        { ERRINFO_LOGON_TIMEOUT, LABGATE_STATUS_SESSION_TIMEOUT, "disconnected because the time is up" },
        { ERRINFO_DISCONNECTED_BY_OTHER_CONNECTION, LABGATE_STATUS_SESSION_CLOSED,
          "disconnected because the session was taken over by another login" },
        { ERRINFO_OUT_OF_MEMORY, LABGATE_STATUS_UPSTREAM_ERROR, "is out of memory" },
        { ERRINFO_SERVER_DENIED_CONNECTION, LABGATE_STATUS_UPSTREAM_ERROR,
          "denied the connection; it may have as many sessions as it takes" },
        { ERRINFO_SERVER_INSUFFICIENT_PRIVILEGES, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: the account may not log in remotely" },
        { ERRINFO_SERVER_FRESH_CREDENTIALS_REQUIRED, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
          "refused the login: it wants the password anew" },
        { ERRINFO_RPC_INITIATED_DISCONNECT_BY_USER, LABGATE_STATUS_SUCCESS, "was disconnected" },
        { ERRINFO_LOGOFF_BY_USER, LABGATE_STATUS_SUCCESS, "was logged off" },
        { ERRINFO_CB_DESTINATION_POOL_NOT_FREE, LABGATE_STATUS_UPSTREAM_ERROR, "has no free machine at the moment" },
};

/* What the lab machine says about the login once a screen is there, plus one ([MS-RDPBCGR] 2.2.10.1.1.4.1.1). */
static const Reason logon_reasons[] = {
        { 1, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "refused the login: wrong user name or password" },
        { 2, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "refused the login: the password must be changed first" },
        { 3, LABGATE_STATUS_BROWSER_UNAUTHORIZED, "refused the login" },
};

static const Reason *find(const Reason *reasons, size_t n, uint32_t code) {
        for (size_t i = 0; i < n; i++)
                if (reasons[i].code == code)
                        return &reasons[i];
        return NULL;
}

static bool is_licence(uint32_t info) {
        return info >= ERRINFO_LICENSE_INTERNAL && info <= ERRINFO_LICENSE_NO_REMOTE_CONNECTIONS;
}

static void say(Rdp *r, const Reason *reason) {
        worker_end(r->bridge, reason->status, "%s %s.", r->lab_name, reason->text);
}

/* True if the lab machine gave a reason. */
static bool say_info(Rdp *r, uint32_t info) {
        const Reason *reason = find(info_reasons, ELEMENTS(info_reasons), info);

        if (reason)
                say(r, reason);
        else if (is_licence(info))
                worker_end(r->bridge, LABGATE_STATUS_UPSTREAM_ERROR, "%s has no licence for the session (%#x).",
                           r->lab_name, info);
        else if (info != ERRINFO_SUCCESS && info != ERRINFO_NONE)
                worker_end(r->bridge, LABGATE_STATUS_UPSTREAM_ERROR, "%s ended the session with an error (%#x).",
                           r->lab_name, info);
        else
                return false;
        return true;
}

void reasons_end(Rdp *r) {
        rdpContext *context = r->instance->context;
        const Reason *reason = find(connect_reasons, ELEMENTS(connect_reasons), freerdp_get_last_error(context));

        if (r->is_refused)
                return;
        if (say_info(r, freerdp_error_info(r->instance)))
                return;
        if (reason) {
                say(r, reason);
                return;
        }
        reason = r->logon_error > 0 ? find(logon_reasons, ELEMENTS(logon_reasons), r->logon_error) : NULL;
        if (reason) {
                say(r, reason);
                return;
        }
        if (!r->was_connected && r->is_identified &&
            freerdp_settings_get_uint32(context->settings, FreeRDP_SelectedProtocol) & PROTOCOL_NLA)
                worker_end(r->bridge, LABGATE_STATUS_BROWSER_UNAUTHORIZED,
                           "%s closed the connection during the login: wrong user name or password?", r->lab_name);
        else if (freerdp_settings_get_uint32(context->settings, FreeRDP_RedirectionFlags) != 0)
                worker_end(r->bridge, LABGATE_STATUS_UPSTREAM_ERROR,
                           "%s sends the session to another machine, and labgate goes only where the lab says.",
                           r->lab_name);
        else
                worker_end(r->bridge, LABGATE_STATUS_UPSTREAM_ERROR, "%s closed the connection.", r->lab_name);
}
