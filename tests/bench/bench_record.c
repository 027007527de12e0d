/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record to one line, by audit/record.c and by jansson with the same
 * fields, in turns in one run. Prints records a second, the best of the
 * turns, and the ratio.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stockade/audit.h>

#include "audit/record.h"
#include "base/clock.h"

#define TURNS   7
#define RECORDS 40000u

static stk_record
ordinary_record(void)
{
    stk_record record = STK_RECORD_INIT;

    record.seq = 1234;
    record.time = UINT64_C(1769860800123456);
    record.pid = record.tid = 4711;
    record.event = "import";
    record.name = "sqlite3.dbapi2";
    record.importer = "plugins.reports";
    record.file = "/srv/app/plugins/reports.py";
    record.line = 12;
    record.verdict = "allow";
    record.rule = "/etc/app/policy.ini:14";
    record.reason = "rule";
    record.origin = "/usr/lib/python3.11/sqlite3/dbapi2.py";
    record.loader = "SourceFileLoader";
    record.outcome = "found";
    record.ns = 1834;
    record.prev = stk_hash_none;
    return record;
}

static size_t
format_by_hand(const stk_record *record, char *text, size_t size)
{
    return stk_record_format(record, text, size);
}

static size_t
format_by_jansson(const stk_record *record, char *text, size_t size)
{
    char time[STK_CLOCK_TEXT_MAX];
    json_t *root = json_pack(
        "{si sI ss sI sI ss ss ss ss si ss ss ss ss ss ss sI ss}", "v", 1,
        "seq", (json_int_t)record->seq, "time",
        stk_clock_text(time, record->time), "pid", (json_int_t)record->pid,
        "tid", (json_int_t)record->tid, "event", record->event, "name",
        record->name, "importer", record->importer, "file", record->file,
        "line", (int)record->line, "verdict", record->verdict, "rule",
        record->rule, "reason", record->reason, "origin", record->origin,
        "loader", record->loader, "outcome", record->outcome, "ns",
        (json_int_t)record->ns, "prev", record->prev);
    size_t n = json_dumpb(root, text, size, JSON_COMPACT);

    json_decref(root);
    return n;
}

typedef size_t (*format_fn)(const stk_record *, char *, size_t);

/* Records a second. */
static double
measure(format_fn format, const stk_record *record)
{
    char text[4096];
    uint64_t before = stk_clock_monotonic_ns(), after;

    for (unsigned i = 0; i < RECORDS; i++)
        if (format(record, text, sizeof text) >= sizeof text)
            abort();
    after = stk_clock_monotonic_ns();
    return RECORDS * 1e9 / (double)(after - before);
}

/* Both make the same line, or the ratio says nothing. */
static void
check_equal(const stk_record *record)
{
    char a[4096], b[4096];
    size_t n = format_by_hand(record, a, sizeof a);

    if (format_by_jansson(record, b, sizeof b) != n || memcmp(a, b, n)) {
        fprintf(stderr, "the two lines differ:\n%.*s\n%.*s\n", (int)n, a,
                (int)n, b);
        exit(1);
    }
}

int
main(void)
{
    stk_record record = ordinary_record();
    double hand = 0, jansson = 0;

    check_equal(&record);
    for (int i = 0; i < TURNS; i++) {
        double a = measure(format_by_hand, &record);
        double b = measure(format_by_jansson, &record);

        hand = a > hand ? a : hand;
        jansson = b > jansson ? b : jansson;
    }
    printf("record: by hand %.0f/s, jansson %.0f/s, ratio %.2f\n", hand,
           jansson, hand / jansson);
    return 0;
}
