/* SPDX-License-Identifier: Apache-2.0 */
/* stockade audit: the table of its parts. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/audit.h"
#include "cli/options.h"
#include "cli/output.h"

static const cli_command *const parts[] = {
    &cli_audit_show,
    &cli_audit_stats,
    &cli_audit_follow,
    &cli_audit_verify,
};

#define N_PARTS (sizeof parts / sizeof parts[0])

static const cli_option options[] = { CLI_OPTION_HELP, CLI_OPTION_END };

static void
print_help(const cli_command *self)
{
    printf("usage: stockade audit %s\n\n%s\n\nparts:\n", self->operands,
           self->summary);
    for (size_t i = 0; i < N_PARTS; i++)
        printf("  %-8s  %s\n", parts[i]->name + strlen("audit "),
               parts[i]->summary);
    puts("\n'stockade audit PART --help' shows the options of a part");
}

static int
run_audit(const cli_command *self, int argc, char **argv)
{
    const char *names[N_PARTS + 1] = { NULL };
    char hint[64];

    if (argc < 2)
        return cli_usage_error(self, "show, stats, follow or verify?");
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_help(self);
        return CLI_GOOD;
    }
    for (size_t i = 0; i < N_PARTS; i++) {
        names[i] = parts[i]->name + strlen("audit ");
        if (!strcmp(argv[1], names[i]))
            return parts[i]->run(parts[i], argc - 1, argv + 1);
    }
    return cli_usage_error(self, "unknown part %s%s", argv[1],
                           cli_nearest(hint, sizeof hint, argv[1], names));
}

const cli_command cli_audit = {
    "audit",
    "(show | stats | follow | verify) [OPTIONS] FILE",
    "read, count, watch or verify the log",
    options,
    run_audit,
};
