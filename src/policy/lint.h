/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of lint.c that have files of their own. */
#ifndef STK_POLICY_LINT_H
#define STK_POLICY_LINT_H

#include "policy/warnings.h"

/* Of a policy with errors: what is odd with the lines that were understood,
 * whatever the others would have said. */
void stk_lint_understood(const stk_policy *policy, stk_report_fn report,
                         void *payload);

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
