/* SPDX-License-Identifier: Apache-2.0 */
/* What an interpreter imports for itself. */
#include "python/asks/startup.h"

#include <string.h>

static bool
is_startup_asker(const stk_importer *importer, bool cached)
{
    return importer->name ? stk_policy_in_stdlib(importer->name) : cached;
}

/* The interpreter cannot start without its own modules. Code that nobody
 * can name (a line of a .pth file) gets what is loaded already, no more. */
static bool
is_needed(const stk_startup_question *q)
{
    if (!stk_policy_in_stdlib(q->name))
        return false;
    for (size_t i = 0; q->asked_by_code && i < q->asker->n; i++)
        if (!is_startup_asker(&q->asker->importers[i], q->cached))
            return false;
    return true;
}

/* Nothing was written down about the name: `default`, or `*`. */
static bool
is_unnamed(const stk_decision *decision)
{
    return decision->reason == STK_REASON_DEFAULT ||
           (decision->reason == STK_REASON_RULE && decision->rule.text &&
            decision->rule.text[0] == '*');
}

/* What CPython asks for whatever it runs: -m, -c, and a traceback. */
static bool
is_cpythons(const char *name)
{
    static const char *const names[] = { "io", "linecache", "runpy",
                                         "traceback" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

/* Who denies a group means the code that runs, not what starts it. */
static bool
is_denied_as_one_of_many(const stk_decision *decision)
{
    return decision->reason == STK_REASON_RULE && decision->rule.text &&
           decision->rule.text[0] == '@';
}

/* CPython itself asks, with no Python code in between. */
static bool
is_interpreters(const stk_startup_question *q)
{
    return !q->asked_by_code && q->asker->n == 1 &&
           !q->asker->importers[0].name && q->asker->importers[0].flags == 0 &&
           stk_policy_in_stdlib(q->name);
}

/*
 * What site does - .pth lines, sitecustomize - is the environment's own
 * business and recorded; a deny that names a module holds for it, too.
 */
void
stk_startup_allow(const stk_startup_question *q, stk_judgement *judgement)
{
    const stk_decision *decision = &judgement->decision;
    bool unnamed, grouped;

    /* the verdict, not the refusal: what `observe` records is learned from */
    if (decision->verdict == STK_ALLOW)
        return;
    unnamed = is_unnamed(decision);
    grouped = is_cpythons(q->name) && is_denied_as_one_of_many(decision);
    if (q->phase == STK_PHASE_STARTUP
            ? !unnamed && !is_needed(q)
            : !(unnamed || grouped) || !is_interpreters(q))
        return;
    judgement->decision.verdict = STK_ALLOW;
    judgement->decision.reason = STK_REASON_STARTUP;
    judgement->refuse = false;
}
