/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy answers to its own checks. */
#ifndef STK_POLICY_LINTASK_H
#define STK_POLICY_LINTASK_H

#include "policy/warnings.h"

/*
 * Whether a rule that is undone at another place deserves a warning: to undo
 * what an extended file says is what extending is for, so that only rules of
 * the policy's own file, or undone by their own file, are odd.
 */
bool stk_lint_is_odd(const stk_linter *linter, const stk_place *rule,
                     const char *undone_in);

/* What the policy answers; the importer may be NULL. */
stk_decision stk_lint_ask(const stk_linter *linter, const char *name,
                          const char *importer);
bool stk_lint_allows(const stk_linter *linter, const char *name,
                     const char *importer);

/* True when an importer that a section names may import `name`. */
bool stk_lint_allows_somewhere(const stk_linter *linter, const char *name);

#endif
