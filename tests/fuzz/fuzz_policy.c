/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a policy. What loads answers every question without fault,
 * explains what it answers, and printed and read again answers the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stockade/policy.h>

#include "policy/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAMES_MAX 48u

/* Relative paths of `extends` lead nowhere. */
static const char file[] = "/nonexistent/stockade/fuzz.ini";

typedef struct names {
    char *items[NAMES_MAX];
    size_t n;
} names;

static void
add_name(names *all, const char *name, const char *more)
{
    char *copy;

    if (all->n == NAMES_MAX)
        return;
    if (asprintf(&copy, "%s%s", name, more) < 0)
        abort();
    all->items[all->n++] = copy;
}

/* What the policy speaks of, what is beside it, and what is below. */
static void
collect_names(names *all, const stk_policy *policy)
{
    add_name(all, "os.path", "");
    add_name(all, "urllib.request", "");
    add_name(all, "a..b", "");
    for (size_t i = policy->n_groups; i-- > 0 && !policy->groups[i]->builtin;)
        for (size_t j = 0; j < policy->groups[i]->n_members && j < 2; j++)
            add_name(all, policy->groups[i]->members[j], "");
    for (size_t i = 0; i < policy->n_sections; i++) {
        const stk_section *section = policy->sections[i];

        if (section->importer)
            add_name(all, section->importer, ".sub");
        for (size_t j = 0; j < section->n_rules && j < 6; j++) {
            add_name(all, section->rules[j]->literal, "");
            add_name(all, section->rules[j]->literal, ".x");
            add_name(all, section->rules[j]->literal, "x");
        }
    }
}

static void
fail(const char *what, const stk_request *request, const char *text)
{
    fprintf(stderr, "%s: %s from %s\n%s\n", what, request->name,
            request->importer ? request->importer : "-", text ? text : "");
    abort();
}

/* What is allowed and runs in another worker than the importer is told as
 * denied. */
static bool
is_apart(const stk_explanation *e, const stk_request *request,
         const stk_decision *wanted)
{
    return e->decision.verdict == STK_DENY && wanted->verdict == STK_ALLOW &&
           request->importer && stk_requirement_profile(wanted->requirement);
}

static void
check_explanation(const stk_policy *policy, const stk_request *request,
                  const stk_decision *wanted)
{
    stk_explanation *e = NULL;

    if (stk_policy_explain(&e, policy, request, NULL) < 0)
        return;
    if ((e->decision.verdict != wanted->verdict &&
         !is_apart(e, request, wanted)) ||
        e->decision.reason != wanted->reason || !e->reason[0] ||
        strchr(e->reason, '\n'))
        fail("explained otherwise", request, e->reason);
    stk_explanation_free(e);
}

static bool
is_same(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static void
check_request(const stk_policy *policy, const stk_policy *again,
              const stk_request *request, const char *text)
{
    stk_decision a = stk_policy_decide(policy, request);
    stk_decision b = stk_policy_decide(again, request);

    if (a.verdict != b.verdict || a.reason != b.reason ||
        !is_same(a.requirement, b.requirement) || !is_same(a.bundle, b.bundle))
        fail("printed and read again answers otherwise", request, text);
    if ((a.verdict == STK_DENY || a.requirement) &&
        stk_policy_is_free(policy, request->name))
        fail("free and denied", request, text);
    check_explanation(policy, request, &a);
}

static void
check_answers(const stk_policy *policy, const stk_policy *again,
              const char *text)
{
    names all = { .n = 0 };

    collect_names(&all, policy);
    for (size_t i = 0; i < all.n; i++)
        for (size_t j = 0; j <= all.n; j += 1 + all.n / 8) {
            stk_request request = { all.items[i],
                                    j < all.n ? all.items[j] : NULL,
                                    j % 2 ? STK_REQUEST_CLOSURE : 0 };

            check_request(policy, again, &request, text);
        }
    for (size_t i = 0; i < all.n; i++)
        free(all.items[i]);
}

static void
check_printed(const stk_policy *policy)
{
    stk_policy_text printed = { .name = file };
    stk_error err = STK_ERROR_INIT;
    stk_policy *again = NULL;
    char *text = NULL, *second = NULL;

    if (stk_policy_print(&text, policy, &err) < 0)
        return;
    printed.text = text;
    printed.length = strlen(text);
    if (stk_policy_parse(&again, &printed, NULL, NULL, &err) < 0) {
        fprintf(stderr, "line %u: %s\n%s\n", (unsigned)err.line, err.message,
                text);
        abort();
    }
    check_answers(policy, again, text);
    if (stk_policy_print(&second, again, &err) == 0 && strcmp(text, second)) {
        fprintf(stderr, "no fixed point:\n%s\n----\n%s\n", text, second);
        abort();
    }
    stk_policy_free(again);
    free(text);
    free(second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_policy_text text = { file, (const char *)data, size };
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;

    if (stk_policy_parse(&policy, &text, NULL, NULL, &err) < 0) {
        if (!err.message[0] || err.code == 0)
            abort();
        return 0;
    }
    stk_policy_lint(policy, NULL, NULL, &err);
    check_printed(policy);
    stk_policy_free(policy);
    return 0;
}
