/* SPDX-License-Identifier: Apache-2.0 */
/* The program on a command line: SCRIPT, -m MODULE or -c CODE, and what
 * follows, which is the program's own. */
#include "cli/program.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/output.h"

/* A script whose name looks like an option was meant: it stood after `--`. */
static char *
script_name(cli_program *program, char *name)
{
    if (name[0] != '-' || !name[1])
        return name;
    program->path = stk_text_printf("./%s", name);
    if (!program->path)
        die(CLI_MACHINE, "out of memory");
    return program->path;
}

int
cli_program_take(cli_program *program, cli_line *line, int option)
{
    static char flag_m[] = "-m", flag_c[] = "-c";
    int n = line->argc - optind, at = 0;
    char **argv;

    if (option < 0 && n == 0) {
        line->status = cli_usage_error(
            line->command,
            "nothing to run: give SCRIPT, -m MODULE or -c CODE");
        return CLI_STOP;
    }
    argv = calloc((size_t)n + 3, sizeof *argv);
    if (!argv)
        die(CLI_MACHINE, "out of memory");
    if (option >= 0) {
        argv[at++] = option == 'm' ? flag_m : flag_c;
        argv[at++] = optarg;
    }
    memcpy(argv + at, line->argv + optind, (size_t)n * sizeof *argv);
    program->is_script = option < 0;
    if (program->is_script)
        argv[0] = script_name(program, argv[0]);
    program->argc = at + n;
    program->argv = argv;
    return 0;
}

void
cli_program_clear(cli_program *program)
{
    free(program->argv);
    free(program->path);
    program->path = NULL;
    program->argv = NULL;
    program->argc = 0;
}
