/* SPDX-License-Identifier: Apache-2.0 */
/* Records as a table for people. */
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/output.h"

/* Wide enough for most; what is longer pushes the rest of its row. */
static const struct column {
    const char *title;
    int width;
} columns[] = {
    { "TIME", 23 },          { "PID", 7 },   { "VERDICT", 7 },
    { "OUTCOME", 12 },       { "NAME", 26 }, { "IMPORTER", 18 },
    { "RULE OR REASON", 0 },
};

enum { TIME, PID, VERDICT, OUTCOME, NAME, IMPORTER, WHY, N_COLUMNS };

_Static_assert(sizeof columns / sizeof columns[0] == N_COLUMNS,
               "one title a column");

static void
put_cell(int column, enum cli_colour colour, const char *text)
{
    char shown[512];
    int fill, i;

    stk_text_printable(shown, sizeof shown, text, strlen(text));
    cli_put_coloured(stdout, colour, shown);
    fill = columns[column].width - (int)strlen(shown);
    for (i = 0; i < fill; i++)
        putchar(' ');
    putchar(column == WHY ? '\n' : ' ');
}

void
cli_table_head(void)
{
    for (int i = 0; i < N_COLUMNS; i++)
        put_cell(i, CLI_BOLD, columns[i].title);
}

static enum cli_colour
verdict_colour(const char *verdict)
{
    if (!strcmp(verdict, "allow"))
        return CLI_GREEN;
    if (!strcmp(verdict, "deny"))
        return CLI_RED;
    return CLI_YELLOW;
}

static const char *
or_dash(const char *text)
{
    return text && *text ? text : "-";
}

void
cli_table_row(const stk_record *record)
{
    char when[STK_CLOCK_TEXT_MAX], pid[24];
    /* what is no attempt has no verdict: its event stands there */
    const char *verdict = record->verdict ? record->verdict : record->event;
    const char *why = record->rule    ? record->rule
                      : record->error ? record->error
                                      : record->reason;

    stk_clock_text(when, record->time);
    when[10] = ' ';
    when[23] = '\0'; /* milliseconds are enough to read */
    snprintf(pid, sizeof pid, "%" PRId64, record->pid);
    verdict = or_dash(verdict);
    put_cell(TIME, CLI_PLAIN, when);
    put_cell(PID, CLI_PLAIN, pid);
    put_cell(VERDICT, verdict_colour(verdict), verdict);
    put_cell(OUTCOME, CLI_PLAIN, or_dash(record->outcome));
    put_cell(NAME, CLI_PLAIN, or_dash(record->name));
    put_cell(IMPORTER, CLI_PLAIN, or_dash(record->importer));
    put_cell(WHY, CLI_PLAIN, or_dash(why));
}

void
cli_say_line(const char *path, uint64_t line, const char *message)
{
    cli_put(stderr, path);
    fprintf(stderr, ":%" PRIu64 ": ", line);
    cli_put(stderr, message);
    fputc('\n', stderr);
}
