/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every subcommand is: rows for getopt_long() and for the help, and a function. */

#include <stdbool.h>
#include <stdio.h>

#include "places.h"

#define COMMAND_OPTIONS_MAX 24

typedef enum CommandStatus {
        COMMAND_OK     = 0,
        COMMAND_FAILED = 1, /* the reason is on stderr */
        COMMAND_USAGE  = 2,
} CommandStatus;

typedef struct CommandOption {
        const char *name;
        int key;
        const char *argument; /* NULL: takes none */
        const char *help;
} CommandOption;

typedef struct Command {
        const char *name;
        const char *arguments; /* for the help */
        const char *help;
        const CommandOption *options; /* ended by a row without name; --help is everybody's */
        CommandStatus (*run)(const struct Command *command, const Places *places, int argc, char **argv);
} Command;

#define COMMAND_MORE 3

/* COMMAND_MORE with the next option (its argument in optarg), -1 after the last; else what to end with: COMMAND_OK for
 * --help, COMMAND_USAGE after a complaint. */
int command_next_option(const Command *command, int argc, char **argv, const CommandOption **ret_option);

CommandStatus command_usage(const Command *command, const char *complaint);
CommandStatus command_failed(int error);

/* For commands whose only option is --json: the status to end with, or -1 to go on. */
int command_only_json(const Command *command, int argc, char **argv, bool *ret_json);

extern const CommandOption command_json_option[];
extern const CommandOption add_options[], inspect_options[], kill_options[];

CommandStatus add_run(const Command *command, const Places *places, int argc, char **argv);
CommandStatus list_run(const Command *command, const Places *places, int argc, char **argv);
CommandStatus list_remove(const Command *command, const Places *places, int argc, char **argv);
CommandStatus show_run(const Command *command, const Places *places, int argc, char **argv);
CommandStatus inspect_run(const Command *command, const Places *places, int argc, char **argv);
CommandStatus sessions_run(const Command *command, const Places *places, int argc, char **argv);
CommandStatus sessions_kill(const Command *command, const Places *places, int argc, char **argv);
CommandStatus doctor_run(const Command *command, const Places *places, int argc, char **argv);
CommandStatus describe_run(const Command *command, const Places *places, int argc, char **argv);
