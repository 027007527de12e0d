/* SPDX-License-Identifier: Apache-2.0 */
/* A decision with what was found for the name and each of its parents. */
#ifndef STK_POLICY_DECIDE_H
#define STK_POLICY_DECIDE_H

#include "policy/rule.h"

/* Of one label: the name that ends there. */
typedef struct stk_judged {
    const stk_rule *rule; /* NULL: default, or trusted */
    enum stk_reason reason;
    enum stk_verdict verdict;
    bool aside; /* a [modules from X] matched: the name is X's own */
} stk_judged;

/*
 * What stk_policy_decide() answers, as if [forbidden] were empty when
 * `forbidden` is false. `judged` has room for STK_LABELS_MAX, and is filled
 * but for STK_REASON_NAME and STK_REASON_FORBIDDEN.
 */
stk_decision stk_decide_told(const stk_policy *policy,
                             const stk_request *request, bool forbidden,
                             stk_judged *judged);

/*
 * True where what is asked for by a second name, os.path, is denied to the
 * importer under its own: `own` asks for that.
 */
bool stk_decide_alias(const stk_policy *policy, const stk_request *request,
                      stk_request *own);
/* Whether a decision about that other name denies it: by [forbidden], or by a
 * rule that is for this name and not for many. */
bool stk_decide_holds_alias(const stk_decision *decision);

#endif
