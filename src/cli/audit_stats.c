/* SPDX-License-Identifier: Apache-2.0 */
/* stockade audit stats: how many of what a log holds. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/audit.h"
#include "cli/filter.h"
#include "cli/output.h"
#include "cli/records.h"

enum { OPT_TOP = CLI_LONG + 1 };

static const cli_option options[] = {
    { OPT_TOP, "top", "N", "how many of each kind to name (default: 10)" },
    CLI_FILTER_OPTIONS,
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

/* A tally is a JSON object from words to how often each was seen. */
typedef struct counts {
    cli_filter filter;
    json_t *events, *verdicts, *outcomes, *reasons, *processes;
    json_t *names, *importers, *rules; /* of denied attempts */
    uint64_t records, repeats, first, last;
    uint64_t timed, total_ns, most_ns;
    size_t top; /* rows of a list */
} counts;

static void
tally(json_t *words, const char *word)
{
    json_t *seen;

    if (!word)
        return;
    seen = json_object_get(words, word);
    if (seen)
        json_integer_set(seen, json_integer_value(seen) + 1);
    else
        cli_json_set(words, word, json_integer(1));
}

static void
count_time(counts *all, const stk_record *record)
{
    if (!all->first || record->time < all->first)
        all->first = record->time;
    if (record->time > all->last)
        all->last = record->time;
    if (!record->ns)
        return;
    all->timed++;
    all->total_ns += record->ns;
    if (record->ns > all->most_ns)
        all->most_ns = record->ns;
}

static void
count_record(void *payload, const stk_record *record, const char *raw,
             size_t length)
{
    counts *all = payload;
    char pid[24];

    (void)raw;
    (void)length;
    if (!cli_filter_match(&all->filter, record))
        return;
    all->records++;
    all->repeats += record->count;
    snprintf(pid, sizeof pid, "%" PRId64, record->pid);
    tally(all->processes, pid);
    tally(all->events, record->event);
    tally(all->verdicts, record->verdict);
    tally(all->outcomes, record->outcome);
    tally(all->reasons, record->reason);
    count_time(all, record);
    if (!record->verdict || strcmp(record->verdict, "deny"))
        return;
    tally(all->names, record->name);
    tally(all->importers, record->importer ? record->importer : "(unknown)");
    tally(all->rules, record->rule ? record->rule : record->reason);
}

/* ---- the most frequent ---------------------------------------------- */

typedef struct entry {
    const char *word;
    json_int_t count;
} entry;

static int
compare_entries(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->word, y->word);
}

/* Sorted, most frequent first, then by word. Freed by free(). */
static entry *
sort_words(json_t *words, size_t *n)
{
    entry *all;
    const char *word;
    json_t *count;
    size_t i = 0;

    *n = json_object_size(words);
    all = calloc(*n + 1, sizeof *all);
    if (!all)
        die(CLI_MACHINE, "out of memory");
    json_object_foreach(words, word, count)
    {
        all[i].word = word;
        all[i++].count = json_integer_value(count);
    }
    qsort(all, *n, sizeof *all, compare_entries);
    return all;
}

static json_t *
top_list(json_t *words, size_t top)
{
    json_t *array = cli_json_array();
    size_t n;
    entry *all = sort_words(words, &n);

    for (size_t i = 0; i < n && i < top; i++) {
        json_t *object = cli_json_object();

        cli_json_set(object, "name", cli_json_text(all[i].word));
        cli_json_set(object, "count", json_integer(all[i].count));
        cli_json_add(array, object);
    }
    free(all);
    return array;
}

/* "allow 12, deny 3" */
static void
put_words(const char *label, json_t *words)
{
    size_t n;
    entry *all = sort_words(words, &n);

    printf("%-10s", label);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ", " : "", stdout);
        cli_put(stdout, all[i].word);
        printf(" %" PRId64, (int64_t)all[i].count);
    }
    puts(n ? "" : "none");
    free(all);
}

static void
put_top(const char *label, json_t *words, size_t top)
{
    size_t n;
    entry *all = sort_words(words, &n);

    if (n)
        printf("\n%s\n", label);
    for (size_t i = 0; i < n && i < top; i++) {
        printf("%8" PRId64 "  ", (int64_t)all[i].count);
        cli_put(stdout, all[i].word);
        putchar('\n');
    }
    if (n > top)
        printf("%8s  and %zu more\n", "", n - top);
    free(all);
}

/* ---- telling -------------------------------------------------------- */

static void
print_text(const counts *all, size_t top)
{
    char first[STK_CLOCK_TEXT_MAX], last[STK_CLOCK_TEXT_MAX];

    printf("%-10s%" PRIu64 " in %zu process%s\n", "records", all->records,
           json_object_size(all->processes),
           json_object_size(all->processes) == 1 ? "" : "es");
    if (all->records)
        printf("%-10s%s to %s\n", "between", stk_clock_text(first, all->first),
               stk_clock_text(last, all->last));
    put_words("events", all->events);
    put_words("verdicts", all->verdicts);
    put_words("outcomes", all->outcomes);
    put_words("reasons", all->reasons);
    if (all->repeats)
        printf("%-10s%" PRIu64 " cached, counted and not written\n", "repeats",
               all->repeats);
    if (all->timed)
        printf("%-10s%.3f ms in all, %.1f us each, %.1f us at most\n", "taken",
               (double)all->total_ns / 1e6,
               (double)all->total_ns / 1e3 / (double)all->timed,
               (double)all->most_ns / 1e3);
    put_top("denied names", all->names, top);
    put_top("denied importers", all->importers, top);
    put_top("denying rules or reasons", all->rules, top);
}

static void
set_time(json_t *object, const char *key, uint64_t time)
{
    char text[STK_CLOCK_TEXT_MAX];

    cli_json_set(object, key,
                 time ? cli_json_text(stk_clock_text(text, time))
                      : json_null());
}

static void
set_number(json_t *object, const char *key, uint64_t number)
{
    cli_json_set(object, key, json_integer((json_int_t)number));
}

static void
print_json(const counts *all, uint64_t invalid, size_t top)
{
    json_t *answer = cli_json_object(), *denied = cli_json_object();
    json_t *taken = cli_json_object();

    set_number(answer, "records", all->records);
    set_number(answer, "invalid", invalid);
    set_number(answer, "processes", json_object_size(all->processes));
    set_time(answer, "first", all->first);
    set_time(answer, "last", all->last);
    cli_json_set(answer, "events", json_incref(all->events));
    cli_json_set(answer, "verdicts", json_incref(all->verdicts));
    cli_json_set(answer, "outcomes", json_incref(all->outcomes));
    cli_json_set(answer, "reasons", json_incref(all->reasons));
    set_number(answer, "repeats", all->repeats);
    set_number(taken, "records", all->timed);
    set_number(taken, "total", all->total_ns);
    set_number(taken, "mean", all->timed ? all->total_ns / all->timed : 0);
    set_number(taken, "most", all->most_ns);
    cli_json_set(answer, "ns", taken);
    cli_json_set(denied, "names", top_list(all->names, top));
    cli_json_set(denied, "importers", top_list(all->importers, top));
    cli_json_set(denied, "rules", top_list(all->rules, top));
    cli_json_set(answer, "denied", denied);
    cli_json_print(answer);
}

/* ---- the command ---------------------------------------------------- */

static void
start_counts(counts *all)
{
    json_t **tallies[] = { &all->events,    &all->verdicts,  &all->outcomes,
                           &all->reasons,   &all->processes, &all->names,
                           &all->importers, &all->rules };

    for (size_t i = 0; i < sizeof tallies / sizeof tallies[0]; i++)
        *tallies[i] = cli_json_object();
}

static void
free_counts(counts *all)
{
    json_t *tallies[] = { all->events,    all->verdicts,  all->outcomes,
                          all->reasons,   all->processes, all->names,
                          all->importers, all->rules };

    for (size_t i = 0; i < sizeof tallies / sizeof tallies[0]; i++)
        json_decref(tallies[i]);
}

static int
read_top(cli_line *line, size_t *top)
{
    char *end;
    long n = strtol(optarg, &end, 10);

    if (end != optarg && !*end && n > 0 && n <= 1000000) {
        *top = (size_t)n;
        return CLI_GOOD;
    }
    line->status = cli_usage_error(
        line->command, "--top is a number from 1, not \"%s\"", optarg);
    return CLI_STOP;
}

static int
take_option(cli_line *line, void *asked, int option)
{
    counts *all = asked;

    return option == OPT_TOP ? read_top(line, &all->top)
                             : cli_filter_take(&all->filter, line, option);
}

static int
run_stats(const cli_command *self, int argc, char **argv)
{
    counts all;
    uint64_t invalid;
    cli_line line;
    int status;

    memset(&all, 0, sizeof all);
    all.top = 10;
    cli_line_start(&line, self, argc, argv);
    if (!cli_take_options(&line, take_option, &all) ||
        cli_operands(&line, 1, 1) < 0) {
        cli_filter_clear(&all.filter);
        return line.status;
    }
    start_counts(&all);
    status = cli_each_record(argv[optind], count_record, &all, &invalid);
    if (line.json)
        print_json(&all, invalid, all.top);
    else if (status == CLI_GOOD || all.records)
        print_text(&all, all.top);
    free_counts(&all);
    cli_filter_clear(&all.filter);
    return status;
}

const cli_command cli_audit_stats = {
    "audit stats",
    "FILE",
    "count what a log holds; FILE - is standard input",
    options,
    run_stats,
};
