/* SPDX-License-Identifier: Apache-2.0 */
/* What is odd with [sandbox NAME]: no worker of it could be started. */
#include "policy/boxes.h"
#include "policy/lint.h"
#include "policy/preload.h"

void
stk_lint_boxes(stk_linter *l)
{
    size_t n;
    const stk_profile *profiles = stk_policy_profiles(l->policy, &n);

    for (size_t i = 0; i < n; i++) {
        const stk_profile *profile = &profiles[i];
        const stk_place *place = stk_boxes_place(l->policy, profile->name);
        stk_error err = STK_ERROR_INIT;

        if (place && stk_policy_preloads(l->policy, profile, &err) < 0)
            STK_WARN(l, place, "%s; take it out of preload", err.message);
    }
}
