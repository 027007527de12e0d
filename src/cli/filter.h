/* SPDX-License-Identifier: Apache-2.0 */
/* Which records of a log are wanted. */
#ifndef STK_CLI_FILTER_H
#define STK_CLI_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <stockade/audit.h>
#include <stockade/policy.h>

#include "cli/options.h"

typedef struct cli_filter {
    bool denied;
    const char *name;     /* it, or below it */
    const char *importer; /* likewise */
    const char *event;    /* a kind of records */
    stk_policy *audited;  /* owned: audit events, cli/audited.h */
    int64_t pid;          /* 0: any */
    uint64_t since;       /* microseconds since 1970 UTC */
} cli_filter;

enum {
    CLI_FILTER_DENIED = CLI_LONG + 100,
    CLI_FILTER_NAME,
    CLI_FILTER_IMPORTER,
    CLI_FILTER_EVENT,
    CLI_FILTER_PID,
    CLI_FILTER_SINCE
};

/* clang-format off */
#define CLI_FILTER_OPTIONS                                                    \
    { CLI_FILTER_DENIED, "denied", NULL, "denied attempts alone" },           \
    { CLI_FILTER_NAME, "name", "NAME", "the module NAME and below it" },      \
    { CLI_FILTER_IMPORTER, "importer", "NAME",                                \
      "asked for by NAME or below it" },                                      \
    { CLI_FILTER_EVENT, "event", "EVENT",                                     \
      "start, import, reload, tamper, finder, child, frozen, worker, "        \
      "syscall, resource or end; or os.system, socket.*, @events.process: "   \
      "audit events" },                                                       \
    { CLI_FILTER_PID, "pid", "PID", "of the process PID" },                   \
    { CLI_FILTER_SINCE, "since", "WHEN",                                      \
      "since 2026-01-31[T12:00[:00]] (UTC), or 90s, 10m, 2h, 7d ago" }
/* clang-format on */

/* Takes one of these options with its argument in `optarg`: CLI_GOOD, or
 * CLI_STOP when that is wrong, which has been said. */
int cli_filter_take(cli_filter *filter, cli_line *line, int option);

bool cli_filter_match(const cli_filter *filter, const stk_record *record);

void cli_filter_clear(cli_filter *filter);

/* Reads a WHEN. Returns 0, or -1 when it is none. */
int cli_parse_since(uint64_t *since, const char *text, uint64_t now);

#endif
