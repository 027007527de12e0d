/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table drives getopt_long(3) and --help. */
#ifndef STK_CLI_OPTIONS_H
#define STK_CLI_OPTIONS_H

#include <stdbool.h>

#include "cli/command.h"

/* Where reading a command line stands. */
typedef struct cli_line {
    const cli_command *command;
    int argc;
    char **argv;   /* argv[0] is the command's name */
    bool in_order; /* stop at the first operand: the rest is a program's */
    bool json;     /* --format json was given */
    int status;    /* what to exit with when cli_next() says CLI_STOP */
} cli_line;

#define CLI_STOP (-2)

void cli_line_start(cli_line *line, const cli_command *command, int argc,
                    char **argv);

/*
 * The id of the next option, its argument in `optarg`; -1 when the operands
 * begin (at `optind`); CLI_STOP when --help was answered or the line is
 * wrong, which has been said. --help and --format are handled here.
 */
int cli_next(cli_line *line);

/* Takes one option, its argument in `optarg`. CLI_GOOD; an exit code; or
 * CLI_STOP with line->status set. */
typedef int (*cli_take_fn)(cli_line *line, void *asked, int option);

/* Takes every option. True when the operands begin; otherwise line->status is
 * what to exit with. */
bool cli_take_options(cli_line *line, cli_take_fn take, void *asked);

/*
 * How many operands there are, when it is from `least` to `most` (0: any
 * number); otherwise says so and returns CLI_STOP.
 */
int cli_operands(cli_line *line, int least, int most);

/* Says what is wrong, and where help is. Returns CLI_USAGE. */
int cli_usage_error(const cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void cli_print_help(const cli_command *command);

/* "; did you mean WORD?", or "" when nothing is near. `size` bytes. */
const char *cli_nearest(char *text, unsigned size, const char *given,
                        const char *const *words);

#endif
