/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The administrator's command. Writes and reads labs; takes no secret from its arguments and shows none. */

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "../base/cleanup.h"
#include "command.h"
#include "config.h"

const CommandOption command_json_option[] = { { "json", 'j', NULL, "say it in JSON" }, {} };

static const Command commands[] = {
        { "add", "PROTOCOL --name NAME --hostname HOST [OPTION]...", "make a lab and print its token", add_options,
          add_run },
        { "list", "", "list all labs", command_json_option, list_run },
        { "show", "NAME", "show a lab's settings, secrets only as set or not", command_json_option, show_run },
        { "remove", "NAME", "remove a lab; its sessions end within seconds", command_json_option, list_remove },
        { "check", "[FILE]...", "look for mistakes in lab files, in all and labgate.conf if none is named",
          inspect_options, inspect_run },
        { "sessions", "", "list who is in which lab", command_json_option, sessions_run },
        { "kill", "ID | --lab NAME", "end a session, or all of a lab", kill_options, sessions_kill },
        { "settings", "[PROTOCOL]", "list what a lab file may set, or labgate.conf", command_json_option,
          describe_run },
        { "doctor", "", "look for what is wrong with the installation, and say what to do", command_json_option,
          doctor_run },
        {},
};

static void print_option(const char *name, const char *argument, const char *help, FILE *out) {
        char left[64];

        snprintf(left, sizeof left, "--%s%s%s", name, argument ? " " : "", argument ? argument : "");
        fprintf(out, "  %-24s %s\n", left, help);
}

static void print_command_help(const Command *command, FILE *out) {
        fprintf(out, "Usage: labgate %s %s%s\n\nOptions:\n", command->name, command->arguments,
                command->options == command_json_option ? " [--json]" : "");
        for (const CommandOption *o = command->options; o->name; o++)
                print_option(o->name, o->argument, o->help, out);
        print_option("help", NULL, "print this", out);
}

static void print_help(FILE *out) {
        fputs("Usage: labgate COMMAND ...\n\nCommands:\n", out);
        for (const Command *c = commands; c->name; c++)
                fprintf(out, "  %-10s %s\n", c->name, c->help);
        fputs("\nlabgate COMMAND --help tells more, labgate --version the version.\n", out);
}

CommandStatus command_usage(const Command *command, const char *complaint) {
        fprintf(stderr, "labgate %s: %s\n", command->name, complaint);
        print_command_help(command, stderr);
        return COMMAND_USAGE;
}

CommandStatus command_failed(int error) {
        fprintf(stderr, "labgate: %s\n", strerror(-error));
        return COMMAND_FAILED;
}

int command_next_option(const Command *command, int argc, char **argv, const CommandOption **ret_option) {
        struct option rows[COMMAND_OPTIONS_MAX + 2] = {};
        int n = 0, index = -1;

        for (const CommandOption *o = command->options; o->name && n < COMMAND_OPTIONS_MAX; o++)
                rows[n++] = (struct option) { o->name, o->argument ? required_argument : no_argument, NULL, o->key };
        rows[n] = (struct option) { "help", no_argument, NULL, 'h' };
        switch (getopt_long(argc, argv, "h", rows, &index)) {
        case -1:
                return -1;
        case '?':
                return COMMAND_USAGE;
        case 'h':
                print_command_help(command, stdout);
                return COMMAND_OK;
        default:
                *ret_option = &command->options[index];
                return COMMAND_MORE;
        }
}

int command_only_json(const Command *command, int argc, char **argv, bool *ret_json) {
        const CommandOption *option;
        int r;

        *ret_json = false;
        while ((r = command_next_option(command, argc, argv, &option)) == COMMAND_MORE)
                *ret_json = true;
        return r;
}

static CommandStatus run(const Command *command, int argc, char **argv) {
        _cleanup_(places_done) Places places = {};
        CommandStatus status;
        int r;

        r = places_init(&places);
        if (r < 0)
                return command_failed(r);
        status = command->run(command, &places, argc, argv);
        if (fflush(stdout) != 0 || ferror(stdout))
                return command_failed(-EIO);
        return status;
}

int main(int argc, char **argv) {
        if (argc < 2) {
                print_help(stderr);
                return COMMAND_USAGE;
        }
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
                print_help(stdout);
                return COMMAND_OK;
        }
        if (strcmp(argv[1], "--version") == 0) {
                puts("labgate " LABGATE_VERSION);
                return COMMAND_OK;
        }
        for (const Command *c = commands; c->name; c++)
                if (strcmp(c->name, argv[1]) == 0) {
                        argv[1] = argv[0]; /* for what getopt_long() says */
                        return (int) run(c, argc - 1, argv + 1);
                }
        fprintf(stderr, "labgate: no such command as %s\n", argv[1]);
        print_help(stderr);
        return COMMAND_USAGE;
}
