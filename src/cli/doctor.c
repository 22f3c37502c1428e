/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* labgate doctor: looks at the installation from end to end and says what to do. Changes nothing. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fontconfig/fontconfig.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/descriptor.h"
#include "../base/parse.h"
#include "../lab/configuration.h"
#include "../lab/json.h"
#include "../lab/loader.h"
#include "catalogue.h"
#include "command.h"
#include "config.h"
#include "roll.h"
#include "upgrade.h"

typedef enum Verdict { FINE, HINT, WRONG } Verdict;

typedef struct Doctor {
        const Places *places;
        sd_bus *bus;
        bool json;
        size_t n, n_wrong;
} Doctor;

/* advice is NULL where nothing is to be done. */
static _printf_(5, 6) void say(Doctor *d, Verdict verdict, const char *what, const char *advice, const char *format, ...) {
        static const char *const words[] = { "ok", "hint", "wrong" };
        char finding[512];
        va_list ap;

        va_start(ap, format);
        vsnprintf(finding, sizeof finding, format, ap);
        va_end(ap);
        d->n_wrong += verdict == WRONG;
        if (d->json) {
                printf("%s{\"check\":\"%s\",\"verdict\":\"%s\",\"finding\":", d->n > 0 ? ",\n" : "", what, words[verdict]);
                json_string(finding, stdout);
                fputs(",\"advice\":", stdout);
                if (advice)
                        json_string(advice, stdout);
                else
                        fputs("null", stdout);
                fputs("}", stdout);
        } else {
                printf("%-5s  %s: %s\n", words[verdict], what, finding);
                if (advice)
                        printf("       -> %s\n", advice);
        }
        d->n++;
}

static void check_accounts(Doctor *d) {
        static const char advice[] = "systemd-sysusers";

        if (!getgrnam("labgate") || !getgrnam("labgate-porter") || !getpwnam("labgate-porter"))
                say(d, WRONG, "accounts", advice, "the groups labgate and labgate-porter or the user labgate-porter are missing");
        else
                say(d, FINE, "accounts", NULL, "labgate, labgate-porter");
}

static void check_directory(Doctor *d, const char *path) {
        const struct group *porter = getgrnam("labgate-porter");
        struct stat st;

        if (stat(path, &st) < 0)
                say(d, WRONG, "labs", "systemd-tmpfiles --create", "%s: %s", path, strerror(errno));
        else if (st.st_uid != 0 || (porter && st.st_gid != porter->gr_gid) || (st.st_mode & 07777) != 0750)
                say(d, WRONG, "labs", "systemd-tmpfiles --create", "%s: not root:labgate-porter with mode 0750", path);
        else
                say(d, FINE, "labs", NULL, "%s", path);
}

typedef struct Count {
        size_t labs, mistakes;
} Count;

static int count_one(Entry *e, const SettingsError *error, void *userdata) {
        Count *count = userdata;

        count->labs++;
        count->mistakes += !e;
        return 0;
}

static void check_labs(Doctor *d) {
        Count count = {};
        int r;

        for (char **directory = d->places->labs; *directory; directory++)
                check_directory(d, *directory);
        r = catalogue_visit(d->places, true, count_one, &count);
        if (r < 0)
                say(d, WRONG, "labs", "run this as root", "cannot be read: %s", strerror(-r));
        else if (count.mistakes > 0)
                say(d, WRONG, "labs", "labgate check", "%zu of %zu have mistakes", count.mistakes, count.labs);
        else
                say(d, count.labs > 0 ? FINE : HINT, "labs", count.labs > 0 ? NULL : "labgate add", "%zu", count.labs);
}

static void check_unit(Doctor *d, const char *unit, const char *advice) {
        char *state = units_property(d->bus, unit, "Unit", "ActiveState");
        char *enabled = units_property(d->bus, unit, "Unit", "UnitFileState");

        if (!state || strcmp(state, "active") != 0)
                say(d, WRONG, "units", advice, "%s is %s", unit, state ? state : "not there");
        else if (!enabled || (strcmp(enabled, "enabled") != 0 && strcmp(unit, "labgate.socket") == 0))
                say(d, HINT, "units", advice, "%s is not enabled: it will not be there after a reboot", unit);
        else
                say(d, FINE, "units", NULL, "%s is active", unit);
        free(state);
        free(enabled);
}

static void check_units(Doctor *d) {
        static const char advice[] = "systemctl enable --now labgate.socket";

        if (!d->bus) {
                say(d, WRONG, "units", "boot with systemd", "systemd does not answer");
                return;
        }
        check_unit(d, "labgate.socket", advice);
        check_unit(d, "labgate-porter.socket", advice);
}

static void check_porter(Doctor *d) {
        Roll roll;
        char reason[256];
        int r;

        r = roll_open(&roll, d->places, reason, sizeof reason);
        if (r < 0) {
                say(d, WRONG, "porter", "journalctl -u labgate-porter", "%s", reason);
                return;
        }
        r = roll_read(&roll);
        if (r < 0)
                say(d, WRONG, "porter", "systemctl restart labgate-porter", "says nothing of its sessions: %s", strerror(-r));
        else
                say(d, FINE, "porter", NULL, "answers; sessions: %zu", roll.n);
        roll_done(&roll);
}

static void check_plugins(Doctor *d) {
        static const char *const protocols[] = { "ssh", "vnc", "rdp" };
        size_t found = 0;

        for (size_t i = 0; i < ELEMENTS(protocols); i++) {
                const LabgatePlugin *plugin;
                char reason[384];
                void *handle;
                int r = loader_open(d->places->plugins, protocols[i], &plugin, &handle, reason, sizeof reason);

                if (r == 0) {
                        say(d, FINE, "plugins", NULL, "%s", protocols[i]);
                        dlclose(handle);
                        found++;
                } else if (r != -ENOENT)
                        say(d, WRONG, "plugins", "install the version of labgate", "%s", reason);
        }
        if (found == 0)
                say(d, WRONG, "plugins", "apt install labgate-ssh, labgate-vnc or labgate-rdp", "none in %s", d->places->plugins);
}

/* ---- fonts ---- */

static bool has_character(FcChar32 character) {
        FcPattern *pattern = FcPatternCreate();
        FcCharSet *wanted = FcCharSetCreate();
        FcFontSet *found = NULL;
        bool has = false;

        FcCharSetAddChar(wanted, character);
        if (FcPatternAddCharSet(pattern, FC_CHARSET, wanted))
                found = FcFontList(NULL, pattern, NULL);
        if (found)
                has = found->nfont > 0;
        if (found)
                FcFontSetDestroy(found);
        FcCharSetDestroy(wanted);
        FcPatternDestroy(pattern);
        return has;
}

static void check_fonts(Doctor *d) {
        static const struct {
                FcChar32 character;
                Verdict otherwise;
                const char *what, *advice;
        } wanted[] = {
                { 'A', WRONG, "letters", "apt install fonts-dejavu-core" },
                { 0x4E2D, HINT, "Chinese, Japanese and Korean characters", "apt install fonts-noto-cjk" },
                { 0x2714, HINT, "symbols", "apt install fonts-symbola" },
                { 0x1F600, HINT, "emoji", "apt install fonts-symbola" },
        };

        for (size_t i = 0; i < ELEMENTS(wanted); i++)
                if (has_character(wanted[i].character))
                        say(d, FINE, "fonts", NULL, "%s", wanted[i].what);
                else
                        say(d, wanted[i].otherwise, "fonts", wanted[i].advice, "no font for %s in terminals", wanted[i].what);
}

/* ---- from a browser to a session ---- */

static void check_socket(Doctor *d) {
        const UpgradeTarget target = { .path = LABGATE_SESSION_SOCKET };
        const struct group *group;
        char reason[256] = "";
        struct stat st;
        int status;

        if (stat(target.path, &st) < 0) {
                say(d, WRONG, "socket", "systemctl enable --now labgate.socket", "%s: %s", target.path, strerror(errno));
                return;
        }
        group = getgrgid(st.st_gid);
        say(d, group && group->gr_gid != 0 ? FINE : WRONG, "socket",
            group && group->gr_gid != 0 ? NULL : "SocketGroup= of labgate.socket is to be the group of nginx",
            "%s is for the group %s", target.path, group ? group->gr_name : "?");
        status = upgrade(&target, reason, sizeof reason);
        if (status != 101)
                say(d, WRONG, "session", "journalctl -t labgate -t systemd", "none starts: %s %d", reason, status);
        else
                say(d, FINE, "session", NULL, "starts and answers");
}

/* "https://host:port/path/" as labgate.conf has it. The pieces point into url. */
static int split_url(char *url, UpgradeTarget *ret) {
        char *host = strstr(url, "://"), *port, *path;
        uint64_t number;

        ret->tls = strncmp(url, "https", 5) == 0;
        ret->port = ret->tls ? 443 : 80;
        if (!host)
                return -EINVAL;
        host += 3;
        path = strchr(host, '/');
        if (path)
                *path = 0;
        port = *host == '[' ? NULL : strchr(host, ':');
        if (port) {
                *port++ = 0;
                if (parse_unsigned(port, strlen(port), 1, 65535, &number) < 0)
                        return -EINVAL;
                ret->port = (uint16_t) number;
        }
        ret->host = host;
        return 0;
}

static void check_nginx(Doctor *d, const char *public_url) {
        char url[1040], path[1040], reason[256] = "", advice[512];
        const char *shown = public_url ? public_url : "http://127.0.0.1/labgate/", *slash;
        UpgradeTarget target = {};
        int status;

        snprintf(url, sizeof url, "%s", shown);
        slash = strchr(strstr(shown, "://") + 3, '/');
        snprintf(path, sizeof path, "%sws", slash ? slash : "/");
        target.path = path;
        if (split_url(url, &target) < 0) {
                say(d, WRONG, "nginx", "mend public_url in labgate.conf", "%s is no address", shown);
                return;
        }
        status = upgrade(&target, reason, sizeof reason);
        snprintf(advice, sizeof advice, "%s", status == 502 || status == 503 ?
                 "systemctl status labgate.socket; is nginx's user in the socket's group?" :
                 "put \"include /usr/share/labgate/nginx.conf;\" into nginx's server block and reload it");
        if (status == 101)
                say(d, FINE, "nginx", NULL, "a WebSocket at %s reaches a session", shown);
        else if (!public_url)
                say(d, HINT, "nginx", "set public_url in labgate.conf, for labgate add to print links and for this check",
                    "cannot tell: no public_url, and %s answers %d %s", shown, MAX(status, 0), reason);
        else
                say(d, WRONG, "nginx", advice, "a WebSocket at %s reaches no session: %d %s", shown, MAX(status, 0), reason);
}

static void check_configuration(Doctor *d) {
        _cleanup_close_ int fd = open(d->places->configuration, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        _cleanup_(configuration_done) Configuration c = {};
        SettingsError error = {};
        int r;

        r = configuration_load(&c, fd, d->places->configuration, &error);
        if (r < 0)
                say(d, WRONG, "labgate.conf", "mend it", "%s", *error.text ? error.text : strerror(-r));
        else
                say(d, FINE, "labgate.conf", NULL, "%s", fd < 0 ? "not there, all defaults" : d->places->configuration);
        check_nginx(d, c.public_url);
}

CommandStatus doctor_run(const Command *command, const Places *places, int argc, char **argv) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        Doctor d = { .places = places };
        int r;

        r = command_only_json(command, argc, argv, &d.json);
        if (r >= 0)
                return (CommandStatus) r;
        if (optind < argc)
                return command_usage(command, "takes no argument");
        d.bus = bus = units_open();
        fputs(d.json ? "[" : "", stdout);
        check_accounts(&d);
        check_units(&d);
        check_porter(&d);
        check_plugins(&d);
        check_labs(&d);
        check_fonts(&d);
        check_socket(&d);
        check_configuration(&d);
        fputs(d.json ? "]\n" : "", stdout);
        return d.n_wrong > 0 ? COMMAND_FAILED : COMMAND_OK;
}
