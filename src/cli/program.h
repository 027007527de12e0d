/* SPDX-License-Identifier: Apache-2.0 */
/* The program on a command line: SCRIPT, -m MODULE or -c CODE, and what
 * follows, which is the program's own. */
#ifndef STK_CLI_PROGRAM_H
#define STK_CLI_PROGRAM_H

#include "cli/options.h"

/* clang-format off */
#define CLI_PROGRAM_OPTIONS                                                   \
    { 'm', NULL, "MODULE", "run a module as python3 -m does" },               \
    { 'c', NULL, "CODE", "run a string as python3 -c does" }
/* clang-format on */

#define CLI_PROGRAM_OPERANDS "(SCRIPT | -m MODULE | -c CODE) [ARGS...]"

typedef struct cli_program {
    int argc;
    char **argv;    /* owned array of borrowed strings, NULL at its end */
    bool is_script; /* argv[0] is a SCRIPT */
    char *path;     /* owned: a SCRIPT that looked like an option, or NULL */
} cli_program;

/*
 * Takes the program from a line that was started with in_order. `option` is
 * what cli_next() said last: 'm' or 'c' with optarg, or -1. Returns 0, or
 * CLI_STOP when there is none, which has been said.
 */
int cli_program_take(cli_program *program, cli_line *line, int option);
void cli_program_clear(cli_program *program);

#endif
