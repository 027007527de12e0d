/* SPDX-License-Identifier: Apache-2.0 */
/* Records as a table for people. */
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/output.h"
#include "guard/needs.h"

/* Wide enough for most; what is longer pushes the rest of its row. */
static const struct column {
    const char *title;
    int width;
} columns[] = {
    { "TIME", 23 },          { "PID", 7 },   { "VERDICT", 7 },
    { "OUTCOME", 12 },       { "NAME", 26 }, { "IMPORTER", 18 },
    { "RULE OR REASON", 0 },
};

#define PROBE "  (the standard library looks whether it is there)"

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

/* Why the code is what it is, or is refused: the reason of a signature says
 * more than the rule that wants one. */
static bool
is_of_trust(const stk_record *record)
{
    if (!record->requirement || !record->reason)
        return false;
    for (int i = 0; i <= STK_REASON_SIGNATURE; i++)
        if (!strcmp(record->reason, stk_reason_name((enum stk_reason)i)))
            return false;
    return true;
}

/* By its name alone: the row stays, for code may ask for that as well. */
static bool
is_noise(const stk_record *record)
{
    return record->verdict && !strcmp(record->verdict, "deny") &&
           record->name && stk_needs_is_probe(record->name);
}

static void
put_why(const stk_record *record)
{
    const char *why = record->rule    ? record->rule
                      : record->error ? record->error
                                      : record->reason;

    if (!is_of_trust(record)) {
        cli_put(stdout, or_dash(why));
        puts(is_noise(record) ? PROBE : "");
        return;
    }
    cli_put(stdout, record->reason);
    if (record->error) {
        fputs(": ", stdout);
        cli_put(stdout, record->error);
    }
    putchar('\n');
}

void
cli_table_row(const stk_record *record)
{
    char when[STK_CLOCK_TEXT_MAX], pid[24];
    /* what is no attempt has no verdict: its event stands there */
    const char *verdict = record->verdict ? record->verdict : record->event;

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
    put_why(record);
}

void
cli_say_line(const char *path, uint64_t line, const char *message)
{
    cli_put(stderr, path);
    fprintf(stderr, ":%" PRIu64 ": ", line);
    cli_put(stderr, message);
    fputc('\n', stderr);
}
