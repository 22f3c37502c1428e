/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "desk.h"

#ifdef __SANITIZE_ADDRESS__
#define PATIENCE_MSEC 60000
#else
#define PATIENCE_MSEC 15000
#endif
#define FRAME_MSEC 10

static uint64_t now_msec(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

/* ---- the host ---- */

static Desk *desk_of(LabgateHost *host) {
        return (Desk *) host;
}

static int host_set_size(LabgateHost *host, int32_t width, int32_t height) {
        return 0;
}

static void host_damage(LabgateHost *host, LabgateRect area) {
        desk_of(host)->wants_frame = true;
}

static void host_move(LabgateHost *host, LabgateRect source, int32_t dx, int32_t dy) {
        desk_of(host)->wants_frame = true;
}

static void host_want_frame(LabgateHost *host) {
        desk_of(host)->wants_frame = true;
}

static void host_set_cursor(LabgateHost *host, const LabgateCursor *cursor) {
}

static void keep(char *to, size_t capacity, const char *text, size_t size) {
        size_t n = size < capacity ? size : capacity - 1;

        memcpy(to, text, n);
        to[n] = 0;
}

static void host_set_clipboard(LabgateHost *host, const char *text, size_t size) {
        keep(desk_of(host)->clipboard, DESK_TEXT_MAX, text, size);
}

static void host_set_title(LabgateHost *host, const char *text, size_t size) {
        keep(desk_of(host)->title, sizeof desk_of(host)->title, text, size);
}

static void host_set_argv(LabgateHost *host, const char *name, const char *value) {
}

static void host_set_activity(LabgateHost *host, const char *text) {
        keep(desk_of(host)->activity, sizeof desk_of(host)->activity, text, strlen(text));
}

static void host_connected(LabgateHost *host) {
        desk_of(host)->connected = true;
}

static int host_reconnect(LabgateHost *host) {
        return -EALREADY;
}

static void host_end(LabgateHost *host, LabgateStatus status, const char *text) {
        Desk *d = desk_of(host);

        if (d->ended)
                return;
        d->ended = true;
        d->status = status;
        keep(d->text, sizeof d->text, text, strlen(text));
}

/* ---- settings ---- */

static const LabgateSetting *find(const Desk *d, const char *name) {
        for (const LabgateSetting *row = d->plugin->settings; row->name; row++)
                if (strcmp(row->name, name) == 0)
                        return row;
        test_fail(__FILE__, __LINE__, "no setting %s", name);
}

static int choice(const LabgateSetting *row, const char *value) {
        for (int i = 0; row->choices[i]; i++)
                if (strcmp(row->choices[i], value) == 0)
                        return i;
        test_fail(__FILE__, __LINE__, "no choice %s", value);
}

static void append(char ***list, const char *value) {
        size_t n = 0;

        while (*list && (*list)[n])
                n++;
        *list = reallocarray(*list, n + 2, sizeof **list);
        (*list)[n] = strdup(value);
        (*list)[n + 1] = NULL;
}

static void set_bytes(Desk *d, const char *name, const char *value, size_t size) {
        const LabgateSetting *row = find(d, name);
        void *at = (char *) d->settings + row->offset;

        switch (row->type) {
        case LABGATE_SETTING_BOOL:
                *(bool *) at = strcmp(value, "true") == 0;
                break;
        case LABGATE_SETTING_INT:
                *(int64_t *) at = atoll(value);
                break;
        case LABGATE_SETTING_STRING:
                free(*(char **) at);
                *(char **) at = strdup(value);
                break;
        case LABGATE_SETTING_SECRET:
                *(LabgateSecret *) at = (LabgateSecret) { strndup(value, size), size };
                break;
        case LABGATE_SETTING_CHOICE:
                *(int *) at = choice(row, value);
                break;
        case LABGATE_SETTING_STRINGS:
                append(at, value);
                break;
        default:
                test_fail(__FILE__, __LINE__, "setting %s has a type that this test does not know", name);
        }
}

void desk_set(Desk *d, const char *name, const char *value) {
        set_bytes(d, name, value, strlen(value));
}

void desk_set_file(Desk *d, const char *name, const char *path) {
        char text[32768];
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

        if (n < 0)
                test_fail(__FILE__, __LINE__, "cannot read %s", path);
        close(fd);
        text[n] = 0;
        set_bytes(d, name, text, (size_t) n);
}

static void set_fallbacks(Desk *d) {
        for (const LabgateSetting *row = d->plugin->settings; row->name; row++) {
                void *at = (char *) d->settings + row->offset;

                if (row->type == LABGATE_SETTING_INT)
                        *(int64_t *) at = row->fallback;
                else if (row->type == LABGATE_SETTING_BOOL)
                        *(bool *) at = row->fallback;
                else if (row->type == LABGATE_SETTING_CHOICE)
                        *(int *) at = (int) row->fallback;
                else if (row->type == LABGATE_SETTING_STRING && row->fallback_text)
                        *(char **) at = strdup(row->fallback_text);
        }
}

static void free_settings(Desk *d) {
        for (const LabgateSetting *row = d->plugin->settings; row->name; row++) {
                void *at = (char *) d->settings + row->offset;

                if (row->type == LABGATE_SETTING_STRING)
                        free(*(char **) at);
                else if (row->type == LABGATE_SETTING_SECRET)
                        free(((LabgateSecret *) at)->data);
                else if (row->type == LABGATE_SETTING_STRINGS) {
                        for (char **p = *(char ***) at; p && *p; p++)
                                free(*p);
                        free(*(char ***) at);
                }
        }
        free(d->settings);
}

/* ---- its life ---- */

static int open_font(void) {
        char path[512] = "";
        FILE *p = popen("fc-match -f '%{file}' 'DejaVu Sans Mono'", "re");

        if (p && !fgets(path, sizeof path, p))
                path[0] = 0;
        if (p)
                pclose(p);
        return open(path, O_RDONLY | O_CLOEXEC);
}

Desk *desk_new(void) {
        const char *directory = getenv("LABGATE_PLUGINS");
        Desk *d = calloc(1, sizeof *d);
        char path[4096];

        snprintf(path, sizeof path, "%s/ssh.so", directory ? directory : ".");
        d->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (!d->library)
                test_fail(__FILE__, __LINE__, "%s", dlerror());
        d->plugin = dlsym(d->library, "labgate_plugin");
        CHECK(d->plugin);
        CHECK_INT(d->plugin->abi, LABGATE_PLUGIN_ABI);
        d->settings = calloc(1, d->plugin->settings_size);
        set_fallbacks(d);
        d->font = (LabgateFont) { LABGATE_FONT_REGULAR, open_font(), 0 };
        d->host = (LabgateHost) {
                .lab_name = "lab-1", .hostname = "lab-1.invalid", .width = 800, .height = 480, .dpi = 96,
                .clipboard_size = DESK_TEXT_MAX, .fonts = &d->font, .n_fonts = 1,
                .set_size = host_set_size, .damage = host_damage, .move = host_move, .want_frame = host_want_frame,
                .set_cursor = host_set_cursor, .set_clipboard = host_set_clipboard, .set_title = host_set_title,
                .set_argv = host_set_argv, .set_activity = host_set_activity, .connected = host_connected,
                .reconnect = host_reconnect, .end = host_end,
        };
        CHECK_INT(sd_event_new(&d->host.event), 0);
        return d;
}

Desk *desk_free(Desk *d) {
        if (!d)
                return NULL;
        d->plugin->close(d->state);
        sd_event_unref(d->host.event);
        free_settings(d);
        if (d->font.fd >= 0)
                close(d->font.fd);
        dlclose(d->library);
        free(d);
        return NULL;
}

int desk_check(Desk *d, char *reason, size_t size) {
        return d->plugin->check(d->settings, reason, size);
}

void desk_open(Desk *d) {
        char reason[256];

        if (desk_check(d, reason, sizeof reason) < 0)
                test_fail(__FILE__, __LINE__, "%s", reason);
        CHECK_INT(d->plugin->open(&d->host, d->settings, &d->state), 0);
}

void desk_start(Desk *d, int fd) {
        if (!d->state)
                desk_open(d);
        CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        CHECK_INT(d->plugin->start(d->state, fd), 0);
}

void desk_connect(Desk *d, unsigned port) {
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t) port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        CHECK(fd >= 0);
        CHECK_INT(connect(fd, (struct sockaddr *) &a, sizeof a), 0);
        desk_start(d, fd);
}

static void make_frame(Desk *d) {
        d->wants_frame = false;
        d->frames++;
        d->plugin->frame_begin(d->state);
        d->plugin->frame_end(d->state);
}

/* One turn of the loop. */
static void turn(Desk *d, uint64_t *last_frame) {
        CHECK(sd_event_run(d->host.event, FRAME_MSEC * 1000) >= 0);
        if (d->wants_frame && d->state && now_msec() - *last_frame >= FRAME_MSEC) {
                make_frame(d);
                *last_frame = now_msec();
        }
}

void desk_run(Desk *d, unsigned msec) {
        uint64_t end = now_msec() + msec, last_frame = 0;

        while (now_msec() < end)
                turn(d, &last_frame);
}

void desk_type(Desk *d, const char *text) {
        for (; *text; text++) {
                uint32_t keysym = *text == '\n' ? 0xff0d : (uint32_t) (unsigned char) *text;

                d->plugin->key(d->state, keysym, true);
                d->plugin->key(d->state, keysym, false);
        }
}

void desk_paste(Desk *d, const char *text, size_t size) {
        d->plugin->clipboard(d->state, text, size);
        d->plugin->mouse(d->state, 1, 1, LABGATE_MOUSE_MIDDLE);
        d->plugin->mouse(d->state, 1, 1, 0);
}

const char *desk_screen(Desk *d) {
        int32_t x = d->host.width - 1, y = d->host.height - 1;

        if (d->wants_frame)
                make_frame(d);
        d->clipboard[0] = 0;
        d->plugin->mouse(d->state, 0, 0, LABGATE_MOUSE_LEFT);
        d->plugin->mouse(d->state, x / 2, y / 2, LABGATE_MOUSE_LEFT);
        d->plugin->mouse(d->state, x, y, LABGATE_MOUSE_LEFT);
        d->plugin->mouse(d->state, x, y, 0);
        return d->clipboard;
}

typedef bool (*Predicate)(Desk *d, const char *text);

static bool await(Desk *d, Predicate p, const char *text) {
        uint64_t end = now_msec() + PATIENCE_MSEC, last_frame = 0;

        while (!p(d, text)) {
                if (now_msec() > end)
                        return false;
                turn(d, &last_frame);
        }
        return true;
}

static bool screen_has(Desk *d, const char *text) {
        return strstr(desk_screen(d), text);
}

static bool title_is(Desk *d, const char *text) {
        return strcmp(d->title, text) == 0;
}

static bool has_ended(Desk *d, const char *text) {
        return d->ended;
}

void desk_await_screen(Desk *d, const char *text) {
        if (!await(d, screen_has, text))
                test_fail(__FILE__, __LINE__, "\"%s\" never appeared; end %x \"%s\"; screen: %.400s", text, d->status,
                          d->text, desk_screen(d));
}

void desk_await_title(Desk *d, const char *text) {
        if (!await(d, title_is, text))
                test_fail(__FILE__, __LINE__, "the title is \"%s\", not \"%s\"; end %x \"%s\"; %s; screen: %.400s",
                          d->title, text, d->status, d->text, d->activity, desk_screen(d));
}

static bool is_connected(Desk *d, const char *text) {
        return d->connected;
}

void desk_await_connected(Desk *d) {
        if (!await(d, is_connected, NULL))
                test_fail(__FILE__, __LINE__, "no login; end %x \"%s\"; %s; screen: %.400s", d->status, d->text,
                          d->activity, desk_screen(d));
}

void desk_await_end(Desk *d) {
        if (!await(d, has_ended, NULL))
                test_fail(__FILE__, __LINE__, "no end; %s; screen: %.400s", d->activity, desk_screen(d));
}

void desk_expect_end(Desk *d, LabgateStatus status, const char *part) {
        desk_await_end(d);
        if (d->status != status || !strstr(d->text, part))
                test_fail(__FILE__, __LINE__, "ended %04x \"%s\", not %04x \"%s\"", d->status, d->text, status, part);
}
