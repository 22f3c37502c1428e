/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* labgate sessions, labgate kill: who is there, and that they go. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../base/descriptor.h"
#include "../lab/json.h"
#include "command.h"
#include "roll.h"

#define GONE_WITHIN 5000 /* milliseconds for a session to say goodbye, before systemd stops it */
#define SECOND ((uint64_t) 1000000)

const CommandOption kill_options[] = {
        { "lab", 'l', "NAME", "end all sessions of this lab" },
        { "json", 'j', NULL, "say it in JSON" },
        {},
};

static const char *or_dash(const char *text) {
        return text && *text ? text : "-";
}

static void format_since(uint64_t usec, char ret[static 32]) {
        time_t t = (time_t) (usec / SECOND);
        struct tm tm;

        if (usec == 0 || !gmtime_r(&t, &tm) || strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
                strcpy(ret, "-");
}

static void print_member(const char *name, const char *text) {
        printf("\"%s\":", name);
        if (text && *text && strcmp(text, "-") != 0)
                json_string(text, stdout);
        else
                fputs("null", stdout);
}

static void print_json(const RollSession *s) {
        char since[32];

        format_since(s->since, since);
        fputs("{", stdout);
        print_member("session", s->id);
        fputs(",", stdout);
        print_member("lab", s->lab);
        fputs(",", stdout);
        print_member("protocol", s->protocol);
        fputs(",", stdout);
        print_member("upstream", s->upstream);
        fputs(",", stdout);
        print_member("remote_address", s->address);
        fputs(",", stdout);
        print_member("since", since);
        fputs(",", stdout);
        print_member("unit", s->unit);
        fputs(",", stdout);
        print_member("status", s->status);
        printf(",\"pid\":%d}", (int) s->pid);
}

static void print_line(const RollSession *s) {
        char since[32];

        format_since(s->since, since);
        printf("%-36s %-20s %-8s %-22s %-20s %s\n", or_dash(*s->id ? s->id : s->unit), or_dash(s->lab),
               or_dash(s->protocol), or_dash(s->address), since, or_dash(s->status));
}

static int open_and_read(Roll *roll, const Places *places) {
        char reason[256];
        int r;

        r = roll_open(roll, places, reason, sizeof reason);
        if (r < 0) {
                fprintf(stderr, "labgate: %s\n", reason);
                return r;
        }
        r = roll_read(roll);
        if (r == -ECONNRESET)
                fputs("labgate: the porter does not say: only root may ask; if it is older than this command, "
                      "systemctl restart labgate-porter (that ends no session)\n", stderr);
        else if (r < 0)
                fprintf(stderr, "labgate: the porter does not answer: %s\n", strerror(-r));
        return r;
}

CommandStatus sessions_run(const Command *command, const Places *places, int argc, char **argv) {
        _cleanup_(roll_done) Roll roll = { .porter = -1 };
        bool json;
        int r;

        r = command_only_json(command, argc, argv, &json);
        if (r >= 0)
                return (CommandStatus) r;
        if (optind < argc)
                return command_usage(command, "takes no argument");
        if (open_and_read(&roll, places) < 0)
                return COMMAND_FAILED;
        if (!json && roll.n > 0)
                printf("%-36s %-20s %-8s %-22s %-20s %s\n", "SESSION", "LAB", "PROTOCOL", "BROWSER", "SINCE", "STATUS");
        fputs(json ? "[" : "", stdout);
        for (size_t i = 0; i < roll.n; i++) {
                fputs(json && i > 0 ? ",\n" : "", stdout);
                if (json)
                        print_json(&roll.sessions[i]);
                else
                        print_line(&roll.sessions[i]);
        }
        fputs(json ? "]\n" : "", stdout);
        return COMMAND_OK;
}

/* ---- kill ---- */

typedef struct Kill {
        const char *lab, *id;
        bool json;
        size_t n, failed;
} Kill;

static bool is_meant(const Kill *k, const RollSession *s) {
        if (k->lab)
                return strcmp(s->lab, k->lab) == 0;
        return (*s->id && strcmp(s->id, k->id) == 0) || (s->unit && strcmp(s->unit, k->id) == 0);
}

/* True if the process has ended. */
static bool is_gone(pid_t pid) {
        _cleanup_close_ int fd = (int) syscall(SYS_pidfd_open, pid, 0);
        struct pollfd p = { .fd = fd, .events = POLLIN };

        return fd < 0 ? errno == ESRCH : poll(&p, 1, GONE_WITHIN) > 0;
}

/* First asked, so that the person reads why; who does not go is stopped. */
static int kill_one(Roll *roll, const RollSession *s) {
        int r = *s->id ? roll_kill(roll, s->id) : 0;

        if (r > 0 && s->unit && s->pid > 0 && is_gone(s->pid))
                return 0;
        if (s->unit && roll->bus)
                return units_stop(roll->bus, s->unit);
        return r < 0 ? r : 0;
}

static void kill_all_meant(Kill *k, Roll *roll) {
        for (size_t i = 0; i < roll->n; i++) {
                const RollSession *s = &roll->sessions[i];
                int r;

                if (!is_meant(k, s))
                        continue;
                r = kill_one(roll, s);
                if (r < 0) {
                        fprintf(stderr, "labgate: %s: %s\n", *s->id ? s->id : s->unit, strerror(-r));
                        k->failed++;
                        continue;
                }
                if (k->json) {
                        fputs(k->n > 0 ? "," : "", stdout);
                        json_string(*s->id ? s->id : s->unit, stdout);
                }
                k->n++;
        }
}

CommandStatus sessions_kill(const Command *command, const Places *places, int argc, char **argv) {
        _cleanup_(roll_done) Roll roll = { .porter = -1 };
        const CommandOption *option;
        Kill k = {};
        int more;

        while ((more = command_next_option(command, argc, argv, &option)) != -1) {
                if (more != COMMAND_MORE)
                        return (CommandStatus) more;
                if (option->key == 'l')
                        k.lab = optarg;
                else
                        k.json = true;
        }
        if (optind + (k.lab ? 0 : 1) != argc)
                return command_usage(command, "needs the id of one session, or --lab NAME");
        k.id = k.lab ? NULL : argv[optind];
        if (open_and_read(&roll, places) < 0)
                return COMMAND_FAILED;
        fputs(k.json ? "{\"killed\":[" : "", stdout);
        kill_all_meant(&k, &roll);
        fputs(k.json ? "]}\n" : "", stdout);
        if (k.n + k.failed == 0)
                fprintf(stderr, "labgate: no session %s%s\n", k.lab ? "of lab " : "", k.lab ? k.lab : k.id);
        return k.n == 0 || k.failed > 0 ? COMMAND_FAILED : COMMAND_OK;
}
