/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table drives getopt_long(3) and --help. */
#include "cli/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/output.h"

#define OPTIONS_MAX 24

/* ---- help ----------------------------------------------------------- */

static void
print_option(const cli_option *option)
{
    char left[48];
    int n = 0;

    if (option->id < CLI_LONG)
        n = snprintf(left, sizeof left, "-%c", option->id);
    if (option->name)
        n += snprintf(left + n, sizeof left - (size_t)n, "%s--%s",
                      n ? ", " : "", option->name);
    if (option->argument)
        snprintf(left + n, sizeof left - (size_t)n, " %s", option->argument);
    if (strlen(left) > 22)
        printf("  %s\n  %-22s  %s\n", left, "", option->help);
    else
        printf("  %-22s  %s\n", left, option->help);
}

void
cli_print_help(const cli_command *command)
{
    printf("usage: stockade %s [OPTIONS]%s%s\n\n%s\n\noptions:\n",
           command->name, command->operands[0] ? " " : "", command->operands,
           command->summary);
    for (const cli_option *o = command->options; o->id; o++)
        print_option(o);
}

/* ---- what is wrong -------------------------------------------------- */

const char *
cli_nearest(char *text, unsigned size, const char *given,
            const char *const *words)
{
    const char *word = stk_text_nearest(given, words);

    text[0] = '\0';
    if (word)
        snprintf(text, size, "; did you mean %s?", word);
    return text;
}

int
cli_usage_error(const cli_command *command, const char *format, ...)
{
    char message[1024], shown[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fprintf(stderr,
            "stockade %s: %s\nrun 'stockade %s --help' for how to use it\n",
            command->name,
            stk_text_printable(shown, sizeof shown, message, strlen(message)),
            command->name);
    return CLI_USAGE;
}

static void
say_unknown(const cli_command *command, const char *given)
{
    const char *words[OPTIONS_MAX + 1] = { NULL };
    char name[64], hint[96], dashed[OPTIONS_MAX][32];
    size_t n = 0;

    snprintf(name, sizeof name, "%s", given);
    name[strcspn(name, "=")] = '\0';
    for (const cli_option *o = command->options; o->id; o++) {
        if (!o->name || n == OPTIONS_MAX)
            continue;
        snprintf(dashed[n], sizeof dashed[n], "--%s", o->name);
        words[n] = dashed[n];
        n++;
    }
    cli_usage_error(command, "unknown option %s%s", name,
                    cli_nearest(hint, sizeof hint, name, words));
}

static void
say_wrong(cli_line *line, int found)
{
    const char *given = line->argv[optind - 1];

    line->status = CLI_USAGE;
    if (found == ':' && !strncmp(given, "--", 2))
        cli_usage_error(line->command, "option %s needs an argument", given);
    else if (found == ':')
        cli_usage_error(line->command, "option -%c needs an argument", optopt);
    else if (optopt && optopt < CLI_LONG && strncmp(given, "--", 2))
        cli_usage_error(line->command, "unknown option -%c", optopt);
    else if (optopt)
        cli_usage_error(line->command, "option %s takes no argument", given);
    else
        say_unknown(line->command, given);
}

/* ---- reading -------------------------------------------------------- */

/* getopt's two tables out of ours. */
static void
fill_tables(const cli_line *line, char *letters, struct option *longs)
{
    size_t n = 0;

    if (line->in_order)
        *letters++ = '+';
    *letters++ = ':';
    for (const cli_option *o = line->command->options; o->id; o++) {
        if (o->id < CLI_LONG) {
            *letters++ = (char)o->id;
            if (o->argument)
                *letters++ = ':';
        }
        if (o->name && n < OPTIONS_MAX) {
            longs[n].name = o->name;
            longs[n].has_arg = o->argument ? required_argument : no_argument;
            longs[n].flag = NULL;
            longs[n++].val = o->id;
        }
    }
    *letters = '\0';
    memset(&longs[n], 0, sizeof longs[n]);
}

void
cli_line_start(cli_line *line, const cli_command *command, int argc,
               char **argv)
{
    memset(line, 0, sizeof *line);
    line->command = command;
    line->argc = argc;
    line->argv = argv;
    optind = 0; /* 0, not 1: glibc starts its scan afresh */
    opterr = 0;
}

static int
read_format(cli_line *line)
{
    static const char *const words[] = { "text", "json", NULL };
    char hint[64];

    if (!strcmp(optarg, "json")) {
        line->json = true;
        return 0;
    }
    if (!strcmp(optarg, "text")) {
        line->json = false;
        return 0;
    }
    line->status = cli_usage_error(
        line->command, "--format is text or json, not \"%s\"%s", optarg,
        cli_nearest(hint, sizeof hint, optarg, words));
    return CLI_STOP;
}

static bool
has_format(const cli_command *command)
{
    for (const cli_option *o = command->options; o->id; o++)
        if (o->name && !strcmp(o->name, "format"))
            return true;
    return false;
}

int
cli_next(cli_line *line)
{
    char letters[2 * OPTIONS_MAX + 3];
    struct option longs[OPTIONS_MAX + 1];
    int found;

    fill_tables(line, letters, longs);
    while ((found = getopt_long(line->argc, line->argv, letters, longs,
                                NULL)) != -1) {
        if (found == '?' || found == ':') {
            say_wrong(line, found);
            return CLI_STOP;
        }
        if (found == 'h') {
            cli_print_help(line->command);
            line->status = CLI_GOOD;
            return CLI_STOP;
        }
        if (found != CLI_LONG || !has_format(line->command))
            return found;
        if (read_format(line) < 0)
            return CLI_STOP;
    }
    return -1;
}

bool
cli_take_options(cli_line *line, cli_take_fn take, void *asked)
{
    int option;

    while ((option = cli_next(line)) >= 0) {
        int status = take(line, asked, option);

        if (status == CLI_GOOD)
            continue;
        if (status != CLI_STOP)
            line->status = status;
        return false;
    }
    return option != CLI_STOP;
}

/* "POLICY NAME" are two; of `least`, those that `n` are not. */
static int
say_missing(cli_line *line, int n, int least)
{
    const char *words = line->command->operands;
    size_t length = 0;

    for (int i = 0; i < n && strchr(words, ' '); i++)
        words = strchr(words, ' ') + 1;
    for (int i = n; i < least && words[length]; i++) {
        length += words[length] == ' ';
        length += strcspn(words + length, " ");
    }
    return cli_usage_error(line->command, "%.*s is missing", (int)length,
                           words);
}

int
cli_operands(cli_line *line, int least, int most)
{
    int n = line->argc - optind;

    if (n < least)
        line->status = say_missing(line, n, least);
    else if (most && n > most)
        line->status = cli_usage_error(
            line->command, "what is \"%s\"? expected %s",
            line->argv[optind + most], line->command->operands);
    else
        return n;
    return CLI_STOP;
}
