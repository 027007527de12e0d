/* SPDX-License-Identifier: Apache-2.0 */
/* The walk that led to a decision: which name it fell on, and which rule. */
#include "policy/told.h"

#include <string.h>

#include "base/error.h"

bool
stk_told_is_own(const stk_told *t, const char *name, size_t held)
{
    size_t length = strlen(name);
    size_t shorter = length < held ? length : held;
    const char *importer = t->request->importer;

    return !t->policy->for_events && !strncmp(name, importer, shorter) &&
           (length == held ||
            (length < held ? importer : name)[shorter] == '.');
}

static int
find_chain(stk_told *t)
{
    const char *importer = t->request->importer;
    size_t n = stk_rule_chain(NULL, NULL, 0, t->policy, importer);

    t->known = importer && stk_name_is_dotted(importer, strlen(importer));
    if (n == 0)
        return 0;
    t->chain = stk_arena_take(t->arena, n, sizeof *t->chain);
    t->holders = stk_arena_take(t->arena, n, sizeof *t->holders);
    if (!t->chain || !t->holders)
        return -STK_E_MEMORY;
    t->n_chain = stk_rule_chain(t->chain, t->holders, n, t->policy, importer);
    return 0;
}

/* The rule behind decision.rule: the walk has it, the decision its words. */
static const stk_rule *
find_rule(const stk_told *t, const stk_section *section, const char *name)
{
    const stk_rule *rule = NULL;

    stk_rule_matches(&rule, 1, t->policy, section, name);
    return rule;
}

/* Which name the verdict fell on: the name itself, or a parent of it. */
static int
find_subject(stk_told *t)
{
    enum stk_reason reason = t->decision.reason;
    uint32_t i = t->name.labels - 1;

    t->subject = t->request->name;
    if (reason == STK_REASON_FORBIDDEN) {
        for (i = t->name.labels; i-- > 0 && !t->winner;) {
            t->subject =
                stk_arena_copy(t->arena, t->request->name, t->name.end[i]);
            if (!t->subject)
                return -STK_E_MEMORY;
            t->winner =
                find_rule(t, stk_rule_forbidden(t->policy), t->subject);
        }
        return 0;
    }
    if (reason == STK_REASON_PARENT) {
        for (i = 0; t->judged[i].verdict != STK_DENY;)
            i++;
        t->subject =
            stk_arena_copy(t->arena, t->request->name, t->name.end[i]);
        if (!t->subject)
            return -STK_E_MEMORY;
    }
    if (reason != STK_REASON_CLOSURE && reason != STK_REASON_NAME)
        t->winner = t->judged[i].rule;
    return 0;
}

int
stk_told_walk(stk_told *t)
{
    if (!stk_name_split(&t->name, t->request->name) || find_chain(t) < 0 ||
        find_subject(t) < 0)
        return -STK_E_MEMORY;
    return 0;
}
