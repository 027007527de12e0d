/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of lint.c that have files of their own. */
#ifndef STK_POLICY_LINT_H
#define STK_POLICY_LINT_H

#include "policy/warnings.h"

/* Of a policy with errors: what is odd with the lines that were understood,
 * whatever the others would have said. */
void stk_lint_understood(const stk_policy *policy, stk_report_fn report,
                         void *payload);

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

/* lintprofiles.c: what is odd with [sandbox NAME]. */
void stk_lint_profiles(stk_linter *linter);

/* lintimporters.c: what is odd with the X of [modules from X]. */
void stk_lint_importers(stk_linter *linter);

/* lintkeys.c: what is odd with keys, [signing] and what must be signed. `now`
 * is in seconds since 1970. */
void stk_lint_signing(stk_linter *linter, int64_t now);

/* lintnames.c: modules below what has none, such as the events of os. */
void stk_lint_names(stk_linter *linter);

/* lintloaders.c: what is odd with [loader NAME]. */
void stk_lint_loaders(stk_linter *linter);

#endif
