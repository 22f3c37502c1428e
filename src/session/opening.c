/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the token to a running plugin: what the porter says, and what the session makes of it. */

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../base/parse.h"
#include "../browser/page.h"
#include "../lab/loader.h"
#include "config.h"
#include "seal.h"
#include "session.h"

#define DEFAULT_WIDTH 1024
#define DEFAULT_HEIGHT 768
#define DEFAULT_DPI 96

#define NOT_SET_UP "This lab is not set up correctly. Ask the people who run it."

static const char *place(const char *variable, const char *fallback) {
        const char *value = getenv(variable);

        return value && value[0] ? value : fallback;
}

static void hello(Session *s, Message *m) {
        _cleanup_close_ int fd = message_take_fd(m, 0);
        SettingsError error = {};
        int r;

        if (s->greeted)
                return;
        r = configuration_load(&s->configuration, fd, "labgate.conf", &error);
        if (r < 0) {
                log_error("%s", r == -EINVAL ? error.text : strerror(-r));
                s->configuration_is_broken = true;
        }
        connection_greeted(s);
}

/* "R:0 B:0 F:2": roles and face indexes of the descriptors that follow the lab file's. */
static void take_fonts(Session *s, Message *m) {
        static const char roles[] = "RBIZF";
        const char *p = message_get(m, "fonts");

        while (p && *p && s->host.n_fonts < LABGATE_FONTS_MAX) {
                const char *role = strchr(roles, *p);
                size_t digits = p[1] == ':' ? strspn(p + 2, "0123456789") : 0;
                uint64_t index;
                int fd = -1;

                if (!role || parse_unsigned(p + 2, digits, 0, UINT16_MAX, &index) < 0)
                        return;
                fd = message_take_fd(m, 1 + s->host.n_fonts);
                if (fd < 0)
                        return;
                s->fonts[s->host.n_fonts++] = (LabgateFont) { (LabgateFontRole) (role - roles), fd, (int) index };
                p += 2 + digits;
                p += strspn(p, " ");
        }
}

/* The plugin is known only once the file was read, and the file is understood only with the plugin's table. */
static int find_plugin(Session *s, const char *text, size_t size, SettingsError *error) {
        const SettingsTarget common[] = { { lab_settings, &s->lab } };
        char reason[256] = "";
        int r;

        r = settings_parse(s->lab_file, text, size, common, ELEMENTS(common), true, error);
        if (r < 0)
                return r;
        r = loader_open(place("LABGATE_PLUGINS", LABGATE_PLUGIN_DIR), s->lab.protocol, &s->plugin, &s->plugin_handle,
                        reason, sizeof reason);
        if (r < 0)
                snprintf(error->text, sizeof error->text, "%s: protocol: %s", s->lab_file, reason);
        settings_free(lab_settings, &s->lab);
        return r < 0 ? -EINVAL : 0;
}

/* The plugin's table with labgate.conf's size of text in place of the plugin's own. */
static int adapt_table(const Session *s, LabgateSetting **ret) {
        size_t n = 1; /* the last row has no name */
        LabgateSetting *table;

        while (s->plugin->settings[n - 1].name)
                n++;
        table = reallocarray(NULL, n, sizeof *table);
        if (!table)
                return -ENOMEM;
        memcpy(table, s->plugin->settings, n * sizeof *table);
        for (LabgateSetting *row = table; row->name; row++)
                if (strcmp(row->name, "font_size") == 0 && row->type == LABGATE_SETTING_INT)
                        row->fallback = CLAMP(s->configuration.font_size, row->min, row->max);
        *ret = table;
        return 0;
}

static int read_settings(Session *s, const char *text, size_t size, SettingsError *error) {
        _cleanup_free_ LabgateSetting *table = NULL;
        char reason[256] = "";
        int r;

        r = find_plugin(s, text, size, error);
        if (r < 0)
                return r;
        r = adapt_table(s, &table);
        if (r < 0)
                return r;
        s->settings = calloc(1, s->plugin->settings_size);
        if (!s->settings)
                return -ENOMEM;
        r = settings_parse(s->lab_file, text, size,
                           (const SettingsTarget[]) { { lab_settings, &s->lab }, { table, s->settings } }, 2,
                           false, error);
        if (r < 0)
                return r;
        r = lab_check(&s->lab, s->lab_file, error);
        if (r < 0)
                return r;
        if (s->plugin->check && s->plugin->check(s->settings, reason, sizeof reason) < 0) {
                snprintf(error->text, sizeof error->text, "%s: %s", s->lab_file, reason);
                return -EINVAL;
        }
        return 0;
}

static int read_lab(Session *s, int fd, SettingsError *error) {
        char *text = NULL;
        size_t size;
        int r;

        r = lab_read(fd, &text, &size);
        if (r < 0)
                return r;
        r = read_settings(s, text, size, error);
        explicit_bzero(text, size);
        free(text);
        return r;
}

static int32_t first_set(int64_t a, int32_t b, int32_t c) {
        return a > 0 ? (int32_t) a : b > 0 ? b : c;
}

/* A size that the page sent since it connected is newer than the one in its query. */
static void choose_size(Session *s) {
        display_choose_size(s, first_set(s->wanted_width, s->wishes.width, DEFAULT_WIDTH),
                            first_set(s->wanted_height, s->wishes.height, DEFAULT_HEIGHT));
        s->host.width = s->wanted_width;
        s->host.height = s->wanted_height;
}

static void fill_host(Session *s) {
        LabgateHost *h = &s->host;

        h->lab_name = s->lab.name;
        h->hostname = s->lab.hostname;
        h->timezone = s->wishes.timezone[0] ? s->wishes.timezone : NULL;
        choose_size(s);
        h->dpi = first_set(s->lab.dpi, s->wishes.dpi, DEFAULT_DPI);
        h->read_only = s->lab.read_only || s->wishes.read_only;
        h->disable_copy = s->lab.disable_copy;
        h->disable_paste = s->lab.disable_paste;
        h->plays_sound = s->wishes.audio_l16;
        h->clipboard_size = (size_t) s->lab.clipboard_buffer_size;
        h->fonts = s->fonts;

        s->input.read_only = h->read_only;
        s->streams.clipboard_size = h->clipboard_size;
        s->streams.refuse_clipboard = h->read_only || h->disable_paste;
}

static void opened(Session *s) {
        const Record record = {
                .session = s->uuid,
                .lab = s->lab.name,
                .protocol = s->lab.protocol,
                .remote_address = s->remote_address,
        };

        s->opened = true;
        record_open(&record);
        link_opened(&s->link);
        (void) page_write_name(s->websocket, s->lab.name, strlen(s->lab.name));
        session_set_state(s, SESSION_CONNECTING,
                          SESSION_SPARE_USEC + (uint64_t) (s->lab.timeout + s->lab.wait) * UINT64_C(1000000));
}

static void found(Session *s, Message *m) {
        _cleanup_close_ int fd = message_take_fd(m, 0);
        SettingsError error = {};
        const char *file = message_get(m, "file");
        int r;

        if (s->state != SESSION_LOOKUP)
                return;
        explicit_bzero(s->wishes.token, sizeof s->wishes.token);
        s->lab_file = strdup(file ? file : "lab");
        r = s->lab_file ? read_lab(s, fd, &error) : -ENOMEM;
        if (r == -EINVAL) {
                log_error("%s", error.text);
                session_end(s, LABGATE_STATUS_SERVER_ERROR, NOT_SET_UP);
                return;
        }
        if (r < 0) {
                session_fail(s, r, "Failed to read a lab file");
                return;
        }
        take_fonts(s, m);
        fill_host(s);
        opened(s);
        r = s->plugin->open(&s->host, s->settings, &s->plugin_state);
        if (r < 0) {
                session_fail(s, r, "Failed to open the plugin");
                return;
        }
        if (s->state != SESSION_CONNECTING) /* the plugin has ended the session */
                return;
        input_set_state(&s->input, INPUT_ACTIVE);
        s->host.set_activity(&s->host, "connecting");
}

static void waiting(Session *s, const Message *m) {
        const char *text = message_get(m, "text");

        if (s->state != SESSION_CONNECTING || !text)
                return;
        (void) page_write_name(s->websocket, text, strlen(text));
        if (s->plugin->notice)
                s->plugin->notice(s->plugin_state, text);
        s->host.set_activity(&s->host, "waiting for the lab machine");
}

static void upstream(Session *s, Message *m) {
        _cleanup_close_ int fd = message_take_fd(m, 0);
        const char *address = message_get(m, "address");
        int r;

        if (fd < 0 || (s->state != SESSION_CONNECTING && !(s->state == SESSION_RUNNING && s->reconnecting)))
                return;
        snprintf(s->upstream, sizeof s->upstream, "%s", address ? address : "?");
        s->reconnecting = false;
        if (s->state == SESSION_CONNECTING) {
                session_set_state(s, SESSION_RUNNING, 0);
                /* From the lab machine's first byte on there is nothing left to take over. */
                r = seal(s->plugin->starts_threads);
                if (r < 0) {
                        session_fail(s, r, "Failed to seal the process");
                        return;
                }
        }
        r = s->plugin->start(s->plugin_state, TAKE_FD(fd));
        if (r < 0)
                session_fail(s, r, "Failed to start the plugin");
}

/* REFUSED and END: the porter says both the status and the text. */
static void told_to_end(Session *s, const Message *m) {
        const char *text = message_get(m, "text");
        int64_t status = LABGATE_STATUS_SERVER_ERROR;

        (void) message_get_number(m, "status", 0, 0xffff, &status);
        session_end(s, (LabgateStatus) status, text ? text : "The session ended.");
}

static int ask(Session *s) {
        const LinkRequest request = {
                .token = s->wishes.token,
                .session = s->uuid,
                .address = s->remote_address,
                .port = s->wishes.port,
        };

        return link_lookup(&s->link, &request);
}

/* A new porter knows only that this session is there. */
static void restarted(Session *s) {
        int r = 0;

        if (s->state == SESSION_LOOKUP)
                r = ask(s);
        else if (s->state == SESSION_CONNECTING || s->reconnecting)
                r = link_again(&s->link);
        if (r < 0)
                session_fail(s, r, "Failed to ask the new porter");
}

static void lost(Session *s) {
        if (!s->greeted) {
                connection_greeted(s);
                return;
        }
        if (s->state == SESSION_LOOKUP || s->state == SESSION_CONNECTING || s->reconnecting)
                session_end(s, LABGATE_STATUS_SERVER_ERROR, "The lab service went away. Try again in a moment.");
}

static void on_porter(void *userdata, Message *m) {
        Session *s = userdata;

        if (!m) {
                lost(s);
                return;
        }
        switch (m->type) {
        case MESSAGE_HELLO:
                hello(s, m);
                break;
        case MESSAGE_LAB:
                found(s, m);
                break;
        case MESSAGE_WAITING:
                waiting(s, m);
                break;
        case MESSAGE_UPSTREAM:
                upstream(s, m);
                break;
        case MESSAGE_REFUSED:
        case MESSAGE_END:
                told_to_end(s, m);
                break;
        case MESSAGE_RESTARTED:
                restarted(s);
                break;
        default:
                log_debug("Porter says '%c', ignoring", m->type);
        }
}

int opening_init(Session *s) {
        int r = link_open(&s->link, s->event, place("LABGATE_PORTER", LABGATE_PORTER_SOCKET), on_porter, s);

        /* The browser is told, once it can be. */
        if (r < 0) {
                log_error_errno(r, "Failed to connect to the porter");
                connection_greeted(s);
        }
        return 0;
}

int opening_lookup(Session *s) {
        int r;

        if (s->configuration_is_broken) {
                session_end(s, LABGATE_STATUS_SERVER_ERROR, "The lab service is not set up correctly.");
                return 0;
        }
        if (s->wishes.port_is_wrong) {
                session_end(s, LABGATE_STATUS_BROWSER_BAD_REQUEST, "The page asked for a port that is none.");
                return 0;
        }
        r = ask(s);
        if (r == -ENOTCONN || r == -EPIPE || r == -ECONNRESET) {
                session_end(s, LABGATE_STATUS_SERVER_ERROR, "The lab service is not running.");
                return 0;
        }
        return r;
}

void opening_close_plugin(Session *s) {
        if (!s->plugin_state)
                return;
        input_release_all(&s->input);
        s->plugin->close(s->plugin_state);
        s->plugin_state = NULL;
}

void opening_done(Session *s) {
        opening_close_plugin(s);
        if (s->settings)
                settings_free(s->plugin->settings, s->settings);
        free(s->settings);
        settings_free(lab_settings, &s->lab);
        if (s->plugin_handle)
                dlclose(s->plugin_handle);
        for (size_t i = 0; i < s->host.n_fonts; i++)
                fd_close(s->fonts[i].fd);
        free(s->lab_file);
        configuration_done(&s->configuration);
        link_done(&s->link);
}
