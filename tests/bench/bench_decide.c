/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stk_policy_decide() with 10 rules and with 100,000, in turns in one run:
 * the same names, some with a rule, some below one, some with none, from
 * unknown code and from an importer. Prints the medians and their ratio as
 * one line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stockade/policy.h>

#include "base/buffer.h"
#include "base/clock.h"

#define TURNS     41u
#define QUESTIONS 20000u

static const stk_request requests[] = {
    { "aaaa", NULL, 0 },
    { "aaab.core", "aaaa", 0 },
    { "aaac.sub.module", "plugins.reports", 0 },
    { "json", "aaad", 0 },
    { "zzzz", NULL, 0 },
    { "os.path", "plugins.reports.views", 0 },
    { "aaaj", "plugins", 0 },
    { "not.covered.by.any.rule", "aaae", 0 },
};

#define N_REQUESTS (sizeof requests / sizeof requests[0])

/* Four letters a rule: 100,000 of them fit in 1 MiB. */
static stk_policy *
make_policy(unsigned rules)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 20);
    stk_policy_text source = { .name = "bench.ini" };
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;

    stk_buffer_puts(&text, "[stockade]\nversion=1\n[modules]\n");
    for (unsigned i = 0; i < rules; i++)
        stk_buffer_printf(&text, "%c%c%c%c=deny\n", 'a' + i / 17576 % 26,
                          'a' + i / 676 % 26, 'a' + i / 26 % 26, 'a' + i % 26);
    source.text = text.data;
    source.length = text.length;
    if (text.failed ||
        stk_policy_parse(&policy, &source, NULL, NULL, &err) < 0) {
        fprintf(stderr, "bench.ini:%u: %s\n", (unsigned)err.line, err.message);
        exit(1);
    }
    stk_buffer_clear(&text);
    return policy;
}

/* Nanoseconds a decision; the sum keeps the compiler from leaving it out. */
static double
measure(const stk_policy *policy, unsigned *sum)
{
    uint64_t before = stk_clock_monotonic_ns();

    for (unsigned i = 0; i < QUESTIONS; i++)
        *sum += (unsigned)stk_policy_decide(policy, &requests[i % N_REQUESTS])
                    .reason;
    return (double)(stk_clock_monotonic_ns() - before) / QUESTIONS;
}

static int
compare_times(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double
median(double *times)
{
    qsort(times, TURNS, sizeof *times, compare_times);
    return times[TURNS / 2];
}

int
main(void)
{
    stk_policy *few = make_policy(10), *many = make_policy(100000);
    double few_times[TURNS], many_times[TURNS], a, b;
    unsigned sum = 0;

    measure(few, &sum);
    measure(many, &sum);
    for (unsigned i = 0; i < TURNS; i++) {
        few_times[i] = measure(few, &sum);
        many_times[i] = measure(many, &sum);
    }
    a = median(few_times);
    b = median(many_times);
    printf("{\"bench\": \"decide\", \"rules\": [%zu, %zu], \"ns\": [%.1f, "
           "%.1f], \"ratio\": %.3f, \"at_most\": 1.3, \"checksum\": %u}\n",
           stk_policy_rules(few), stk_policy_rules(many), a, b, b / a, sum);
    stk_policy_free(few);
    stk_policy_free(many);
    return 0;
}
