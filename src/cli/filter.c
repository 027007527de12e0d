/* SPDX-License-Identifier: Apache-2.0 */
/* Which records of a log are wanted. */
#include "cli/filter.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/audited.h"
#include "cli/load.h"
#include "policy/name.h"

/* ---- times ---------------------------------------------------------- */

static int
parse_ago(uint64_t *since, const char *text, uint64_t now)
{
    static const char units[] = "smhd";
    static const uint64_t seconds[] = { 1, 60, 3600, 86400 };
    const char *unit;
    char *end;
    uint64_t n, ago;

    if (text[0] < '0' || text[0] > '9')
        return -1;
    errno = 0;
    n = strtoull(text, &end, 10);
    unit = *end ? strchr(units, *end) : NULL;
    if (errno || !unit || end[1] || n > 1000000000u)
        return -1;
    ago = n * seconds[unit - units] * 1000000u;
    *since = ago < now ? now - ago : 0;
    return 0;
}

int
cli_parse_since(uint64_t *since, const char *text, uint64_t now)
{
    static const char whole[] = "0000-00-00T00:00:00.000000Z";
    char filled[sizeof whole];
    size_t n = strlen(text);

    if (parse_ago(since, text, now) == 0)
        return 0;
    if (n > 0 && text[n - 1] == 'Z')
        n--;
    /* a date, and as much of the time as was given */
    if (n != 10 && n != 16 && n != 19 && n != 26)
        return -1;
    memcpy(filled, whole, sizeof whole);
    memcpy(filled, text, n);
    if (filled[10] == ' ')
        filled[10] = 'T';
    return stk_clock_parse(since, filled);
}

/* ---- options -------------------------------------------------------- */

static int
take_event(cli_filter *filter, cli_line *line)
{
    static const char *const events[] = { "start",    "import", "reload",
                                          "tamper",   "finder", "child",
                                          "frozen",   "worker", "syscall",
                                          "resource", "end",    NULL };
    static const char or_these[] = "; it is a word that --help names, or an "
                                   "audit event: os.system, socket.*, "
                                   "@events.process, *";
    char hint[64], wrong[CLI_AUDITED_WRONG];

    for (const char *const *e = events; *e; e++) {
        if (strcmp(optarg, *e))
            continue;
        cli_policy_freep(&filter->audited);
        filter->event = *e;
        return CLI_GOOD;
    }
    cli_policy_freep(&filter->audited);
    if (cli_audited_read(&filter->audited, optarg, wrong) == 0) {
        filter->event = NULL;
        return CLI_GOOD;
    }
    /* a word of these is nearer than what a policy would say of it */
    cli_nearest(hint, sizeof hint, optarg, events);
    line->status =
        wrong[0] && !hint[0]
            ? cli_usage_error(line->command, "--event: %s", wrong)
            : cli_usage_error(line->command, "unknown event \"%s\"%s", optarg,
                              hint[0] ? hint : or_these);
    return CLI_STOP;
}

static int
take_pid(cli_filter *filter, cli_line *line)
{
    char *end;

    errno = 0;
    filter->pid = strtoll(optarg, &end, 10);
    if (!errno && end != optarg && !*end && filter->pid > 0)
        return CLI_GOOD;
    line->status =
        cli_usage_error(line->command, "\"%s\" is no process number", optarg);
    return CLI_STOP;
}

static int
take_since(cli_filter *filter, cli_line *line)
{
    if (cli_parse_since(&filter->since, optarg, stk_clock_wall_us()) == 0)
        return CLI_GOOD;
    line->status = cli_usage_error(
        line->command,
        "\"%s\" is no time; write 2026-01-31, 2026-01-31T12:00 or 10m",
        optarg);
    return CLI_STOP;
}

int
cli_filter_take(cli_filter *filter, cli_line *line, int option)
{
    switch (option) {
    case CLI_FILTER_DENIED:
        filter->denied = true;
        return CLI_GOOD;
    case CLI_FILTER_NAME:
        filter->name = optarg;
        return CLI_GOOD;
    case CLI_FILTER_IMPORTER:
        filter->importer = optarg;
        return CLI_GOOD;
    case CLI_FILTER_EVENT:
        return take_event(filter, line);
    case CLI_FILTER_PID:
        return take_pid(filter, line);
    default:
        return take_since(filter, line);
    }
}

/* ---- matching ------------------------------------------------------- */

static bool
is_below(const char *name, const char *top)
{
    return name && stk_name_is_within(name, top);
}

void
cli_filter_clear(cli_filter *filter)
{
    cli_policy_freep(&filter->audited);
}

bool
cli_filter_match(const cli_filter *filter, const stk_record *record)
{
    if (filter->denied &&
        (!record->verdict || strcmp(record->verdict, "deny")))
        return false;
    if (filter->name && !is_below(record->name, filter->name))
        return false;
    if (filter->importer && !is_below(record->importer, filter->importer))
        return false;
    if (filter->event &&
        (!record->event || strcmp(record->event, filter->event)))
        return false;
    if (filter->audited && !cli_audited_has(filter->audited, record->event))
        return false;
    if (filter->pid && record->pid != filter->pid)
        return false;
    return record->time >= filter->since;
}
