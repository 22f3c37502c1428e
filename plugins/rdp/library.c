/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <freerdp/primitives.h>
#include <winpr/ssl.h>
#include <winpr/synch.h>
#include <winpr/wlog.h>

#include "config.h"
#include "zones.h"

#define ARENAS_MAX 2
#define MMAP_THRESHOLD (512 * 1024)
#define HASTEN_MSEC 20
#define HASTEN_REST_USEC 1000
#define ACTIVATION_REST_MSEC 1000

/* FreeRDP 2 insists that its directories are there. They are part of the installation, and always empty. */
static const char empty_place[] = LABGATE_PLUGIN_DIR "/rdp.empty";

/* glibc would look for a zone's file, and there is none. */
static const char *rule_of(const char *timezone) {
        for (const Zone *z = zones; z->name; z++)
                if (strcmp(z->name, timezone) == 0)
                        return z->rule;
        return timezone;
}

/* The library wants places for files that it is never allowed to open. */
static int set_environment(const char *timezone) {
        if (setenv("HOME", empty_place, 1) < 0 || setenv("XDG_CONFIG_HOME", empty_place, 1) < 0 ||
            setenv("WLOG_LEVEL", "OFF", 1) < 0)
                return -errno;
        if (timezone && setenv("TZ", rule_of(timezone), 1) < 0)
                return -errno;
        tzset();
        return 0;
}

int library_warm_up(const char *timezone) {
        freerdp *instance;
        int r = set_environment(timezone);

        if (r < 0)
                return r;
        /* A dozen threads and pictures that come and go: without limits the heap keeps twice of what is in use. */
        (void) mallopt(M_ARENA_MAX, ARENAS_MAX);
        (void) mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
        (void) mallopt(M_TRIM_THRESHOLD, MMAP_THRESHOLD);
        /* What the library says is about bytes of the lab machine's, and at times about credentials. */
        WLog_SetLogLevel(WLog_GetRoot(), WLOG_OFF);
        /* Or the library tries out for a third of a second which of its routines are faster. */
        primitives_set_hints(PRIMITIVES_ONLY_CPU);
        (void) primitives_get();
        winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT);
        instance = freerdp_new();
        if (!instance)
                return -ENOMEM;
        if (!freerdp_context_new(instance)) {
                freerdp_free(instance);
                return -ENOMEM;
        }
        freerdp_context_free(instance);
        freerdp_free(instance);
        return 0;
}

uint64_t library_msec(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

uint64_t library_seconds(void) {
        return library_msec() / 1000;
}

void library_set_channels(freerdp *instance, BOOL (*load)(freerdp *instance)) {
#if FREERDP_VERSION_MAJOR >= 3
        instance->LoadChannels = load;
#else
        instance->PreConnect = load;
#endif
}

#if FREERDP_VERSION_MAJOR >= 3
/* It takes a lab machine for connected that has only said what it can do, and waits for the rest without a limit. */
static bool become_active(rdpContext *context) {
        HANDLE handles[MAXIMUM_WAIT_OBJECTS];
        DWORD n;

        while (freerdp_get_state(context) != CONNECTION_STATE_ACTIVE) {
                if (freerdp_shall_disconnect_context(context))
                        return false;
                n = freerdp_get_event_handles(context, handles, ELEMENTS(handles));
                (void) WaitForMultipleObjects(n, handles, FALSE, ACTIVATION_REST_MSEC);
                if (n == 0 || !freerdp_check_event_handles(context))
                        return false;
        }
        return true;
}

bool library_connect(freerdp *instance, int fd) {
        if (!freerdp_connect(instance))
                return false;
        if (become_active(instance->context))
                return true;
        (void) freerdp_disconnect(instance);
        return false;
}
#else

/* A sleep that a signal interrupts is over. */
typedef struct Hasten {
        pthread_t sleeper;
        int fd;
        atomic_bool is_over;
} Hasten;

static void on_signal(int number) {
}

/* While something is there to be read, whoever should read it is woken. */
static void *hasten(void *userdata) {
        const Hasten *h = userdata;

        while (!atomic_load(&h->is_over)) {
                struct pollfd p = { .fd = h->fd, .events = POLLIN };

                if (poll(&p, 1, HASTEN_MSEC) > 0) {
                        (void) pthread_kill(h->sleeper, SIGURG);
                        (void) usleep(HASTEN_REST_USEC);
                }
        }
        return NULL;
}

bool library_connect(freerdp *instance, int fd) {
        const struct sigaction interrupt = { .sa_handler = on_signal };
        Hasten h = { .sleeper = pthread_self(), .fd = fcntl(fd, F_DUPFD_CLOEXEC, 3) };
        pthread_t thread;
        sigset_t urgent;
        bool connected, is_hastened;

        (void) sigaction(SIGURG, &interrupt, NULL);
        is_hastened = h.fd >= 0 && pthread_create(&thread, NULL, hasten, &h) == 0;
        sigemptyset(&urgent);
        sigaddset(&urgent, SIGURG);
        (void) pthread_sigmask(SIG_UNBLOCK, &urgent, NULL);
        connected = freerdp_connect(instance);
        (void) pthread_sigmask(SIG_BLOCK, &urgent, NULL);
        atomic_store(&h.is_over, true);
        if (is_hastened)
                (void) pthread_join(thread, NULL);
        if (h.fd >= 0)
                (void) close(h.fd);
        return connected;
}
#endif

bool library_set_load_balance_info(rdpSettings *s, const char *text) {
#if FREERDP_VERSION_MAJOR >= 3
        return freerdp_settings_set_pointer_len(s, FreeRDP_LoadBalanceInfo, text, strlen(text));
#else
        free(s->LoadBalanceInfo);
        s->LoadBalanceInfo = (BYTE *) strdup(text);
        s->LoadBalanceInfoLength = s->LoadBalanceInfo ? (UINT32) strlen(text) : 0;
        return s->LoadBalanceInfo != NULL;
#endif
}

/* A lab without a password may still lead to a login on the screen, but never past NLA. */
#if FREERDP_VERSION_MAJOR >= 3
static BOOL authenticate(freerdp *instance, char **username, char **password, char **domain, rdp_auth_reason reason) {
        return reason == AUTH_TLS || reason == AUTH_RDP;
}

void library_set_login(freerdp *instance) {
        instance->AuthenticateEx = authenticate;
}
#else
static BOOL authenticate(freerdp *instance, char **username, char **password, char **domain) {
        return FALSE;
}

void library_set_login(freerdp *instance) {
        instance->Authenticate = authenticate;
}
#endif

bool library_set_places(rdpSettings *s) {
        return freerdp_settings_set_string(s, FreeRDP_HomePath, empty_place) &&
               freerdp_settings_set_string(s, FreeRDP_ConfigPath, empty_place);
}
