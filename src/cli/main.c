/* SPDX-License-Identifier: Apache-2.0 */
/* stockade(1): the table of commands. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <stockade/stockade.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"

static const cli_command *const commands[] = {
    &cli_run,    &cli_learn,  &cli_check,  &cli_explain,
    &cli_diff,   &cli_keygen, &cli_sign,   &cli_verify,
    &cli_bundle, &cli_audit,  &cli_doctor,
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

static void
print_help(void)
{
    puts("usage: stockade COMMAND [OPTIONS] [ARGS...]\n\n"
         "Decides for every import of a Python program whether it may "
         "happen,\nand writes down what it decided.\n\ncommands:");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-10s  %s\n", commands[i]->name, commands[i]->summary);
    puts("\noptions:\n"
         "  -h, --help     show this and exit; after a command, its help\n"
         "  -V, --version  show the version and exit");
}

static int
say_unknown(const char *given)
{
    static const char *const options[] = { "--help", "--version", NULL };
    const char *names[N_COMMANDS + 1] = { NULL };
    bool option = given[0] == '-';
    char hint[96], shown[256];

    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i]->name;
    stk_text_printable(shown, sizeof shown, given, strlen(given));
    cli_nearest(hint, sizeof hint, given, option ? options : names);
    fprintf(stderr,
            "stockade: unknown %s %s%s\n"
            "run 'stockade --help' for the commands\n",
            option ? "option" : "command", shown, hint);
    return CLI_USAGE;
}

/* Output that was lost is a failure: a full disk must not look like "good". */
static int
finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    cli_say("cannot write the answer: %s", strerror(errno));
    return CLI_MACHINE;
}

int
main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;

    /* a limit of file sizes is an error to tell, and half a file to remove */
    signal(SIGXFSZ, SIG_IGN);
    if (!name) {
        fputs("stockade: a command is missing\n"
              "run 'stockade --help' for the commands\n",
              stderr);
        return CLI_USAGE;
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
        print_help();
        return finish(CLI_GOOD);
    }
    if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
        puts("stockade " STK_VERSION);
        return finish(CLI_GOOD);
    }
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (!strcmp(name, commands[i]->name))
            return finish(commands[i]->run(commands[i], argc - 1, argv + 1));
    return say_unknown(name);
}
