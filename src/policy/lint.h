/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of lint.c that have files of their own. */
#ifndef STK_POLICY_LINT_H
#define STK_POLICY_LINT_H

#include "policy/warnings.h"

/* lintkeys.c: what is odd with keys, [signing] and what must be signed. `now`
 * is in seconds since 1970. */
void stk_lint_signing(stk_linter *linter, int64_t now);

/* lintnames.c: modules below what has none, such as the events of os. */
void stk_lint_names(stk_linter *linter);

/* lintloaders.c: what is odd with [loader NAME]. */
void stk_lint_loaders(stk_linter *linter);

#endif
