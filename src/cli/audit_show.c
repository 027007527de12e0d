/* SPDX-License-Identifier: Apache-2.0 */
/* stockade audit show: the records of a log. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/audit.h"
#include "cli/filter.h"
#include "cli/records.h"
#include "cli/table.h"

static const cli_option options[] = {
    CLI_FILTER_OPTIONS,
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

typedef struct showing {
    cli_filter filter;
    bool json, headed;
} showing;

static void
show_record(void *payload, const stk_record *record, const char *raw,
            size_t length)
{
    showing *show = payload;

    if (!cli_filter_match(&show->filter, record))
        return;
    if (show->json) {
        fwrite(raw, 1, length, stdout);
        putchar('\n');
        return;
    }
    if (!show->headed)
        cli_table_head();
    show->headed = true;
    cli_table_row(record);
}

static int
take_option(cli_line *line, void *asked, int option)
{
    showing *show = asked;

    return cli_filter_take(&show->filter, line, option);
}

static int
run_show(const cli_command *self, int argc, char **argv)
{
    showing show;
    uint64_t invalid;
    cli_line line;
    int status;

    memset(&show, 0, sizeof show);
    cli_line_start(&line, self, argc, argv);
    if (!cli_take_options(&line, take_option, &show) ||
        cli_operands(&line, 1, 1) < 0) {
        cli_filter_clear(&show.filter);
        return line.status;
    }
    show.json = line.json;
    status = cli_each_record(argv[optind], show_record, &show, &invalid);
    cli_filter_clear(&show.filter);
    return status;
}

const cli_command cli_audit_show = {
    "audit show",
    "FILE",
    "show the records of a log; FILE - is standard input",
    options,
    run_show,
};
