/* SPDX-License-Identifier: Apache-2.0 */
/* What is odd with [loader NAME]: nobody can be asked, or the host executes
 * whatever it is given. */
#include <stdio.h>
#include <string.h>

#include "policy/gate.h"
#include "policy/lint.h"

static stk_decision
ask(const stk_linter *l, const char *name, const char *importer)
{
    stk_request request = { name, importer, 0 };

    return stk_policy_decide(l->policy, &request);
}

static stk_place
place_of(const stk_loader_rule *loader)
{
    return (stk_place){ loader->file, loader->line };
}

static void
check_finder(stk_linter *l, const stk_loader_rule *loader)
{
    stk_decision answer = ask(l, loader->module, loader->module);
    stk_place place = place_of(loader);

    if (answer.verdict == STK_DENY)
        STK_WARN(l, &place,
                 "[loader %s] finds nothing: its finder, %s, is denied; add "
                 "\"%s = allow\" to [modules]",
                 loader->name, loader->module, loader->module);
}

/* The finder is not trusted, or it would be in sys.meta_path: what it gives
 * should be signed, or run in a worker too. */
static void
check_source(stk_linter *l, const stk_loader_rule *loader, const char *pattern)
{
    char name[STK_LINE_LENGTH_MAX + 1];
    size_t length = strcspn(pattern, "*");
    stk_place place = place_of(loader);
    stk_decision answer;

    snprintf(name, sizeof name, "%.*s%s", (int)length, pattern,
             pattern[length] ? STK_ANY_OTHER : "");
    answer = ask(l, name, NULL);
    if (answer.verdict == STK_ALLOW && !answer.requirement)
        STK_WARN(l, &place,
                 "[loader %s]: the host executes whatever it gives for %s; "
                 "write \"%s = signed\" or \"%s = sandbox:%s\" in [modules], "
                 "or result = module",
                 loader->name, pattern, pattern, pattern, loader->sandbox);
}

void
stk_lint_loaders(stk_linter *l)
{
    for (size_t i = 0; i < l->policy->n_loaders; i++) {
        const stk_loader_rule *loader = &l->policy->loaders[i];

        check_finder(l, loader);
        for (size_t j = 0;
             loader->result == STK_LOADER_SOURCE && j < loader->n_modules; j++)
            check_source(l, loader, loader->modules[j]);
    }
}
