/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of this room share: policies from text, their errors,
 * questions to them. */
#ifndef STK_TEST_POLICY_POLICIES_H
#define STK_TEST_POLICY_POLICIES_H

#include <stockade/policy.h>

#include "base/buffer.h"
#include "base/error.h"
#include "unit.h"

#define V1 "[stockade]\nversion = 1\n"

/* Keys that were made for these tests; nobody has their other halves. */
#define KEY_A "RWQAAAAAAAAAAKqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
#define KEY_B "RWQBAQEBAQEBAbu7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7"
#define KEY_C "RWQDAwMDAwMDA8zMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM"
/* The key of KEY_A with another id in front. */
#define KEY_A2 "RWRCQkJCQkJCQqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
#define A_KEY  "[key a]\npublic = " KEY_A "\nmodules = *\n"

static inline void
collect_error(void *payload, const stk_diagnostic *found)
{
    stk_buffer_printf(payload, "%s:%u: %s\n", found->file,
                      (unsigned)found->line, found->message);
}

/* Every error of the text, one a line; freed by free(). "" when it loads. */
static inline char *
errors_of_bytes(const char *text, size_t length, int *code)
{
    stk_policy_text source = { "policy.ini", text, length };
    stk_buffer errors = STK_BUFFER_INIT(1u << 22);
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;
    int n = stk_policy_parse(&policy, &source, collect_error, &errors, &err);

    if (n < 0)
        assert_null(policy);
    if (code)
        *code = n;
    stk_policy_free(policy);
    return stk_buffer_steal(&errors);
}

/* The text has exactly these errors, and the load returns this code. */
static inline void
assert_bytes_refused(const char *text, size_t length, int code,
                     const char *wanted)
{
    int got = 0;
    char *errors = errors_of_bytes(text, length, &got);

    assert_string_equal(errors, wanted);
    assert_int_equal(got, -code);
    free(errors);
}

static inline void
assert_refused(const char *text, const char *wanted)
{
    assert_bytes_refused(text, strlen(text), STK_E_INVALID, wanted);
}

static inline stk_policy *
policy_of(const char *text)
{
    stk_policy_text source = { "policy.ini", text, strlen(text) };
    stk_buffer errors = STK_BUFFER_INIT(1u << 20);
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;

    if (stk_policy_parse(&policy, &source, collect_error, &errors, &err) < 0)
        fail_msg("%s\n%s", err.message, errors.data ? errors.data : "");
    stk_buffer_clear(&errors);
    return policy;
}

static inline stk_policy *
policy_at(const char *path)
{
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;

    if (stk_policy_load(&policy, path, NULL, NULL, &err) < 0)
        fail_msg("%s:%u: %s", err.file, (unsigned)err.line, err.message);
    return policy;
}

static inline stk_decision
ask(const stk_policy *policy, const char *name, const char *importer)
{
    stk_request request = STK_REQUEST_INIT;

    request.name = name;
    request.importer = importer;
    return stk_policy_decide(policy, &request);
}

/* "allow rule:12", "deny default", ...: verdict, reason, line of the rule. */
static inline const char *
answer(const stk_policy *policy, const char *name, const char *importer)
{
    static char texts[8][64];
    static unsigned turn;
    char *text = texts[turn++ % 8];
    stk_decision d = ask(policy, name, importer);
    int n = snprintf(text, sizeof texts[0], "%s %s",
                     d.verdict == STK_ALLOW ? "allow" : "deny",
                     stk_reason_name(d.reason));

    if (d.rule.file)
        snprintf(text + n, sizeof texts[0] - (size_t)n, ":%u",
                 (unsigned)d.rule.line);
    return text;
}

/* A small generator with a seed: the same cases in every run. */
static inline uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

#endif
