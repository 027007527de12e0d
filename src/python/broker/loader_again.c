/* SPDX-License-Identifier: Apache-2.0 */
/* What a finder in a worker has found, and that worker died: found again, in
 * another. */
#include "python/broker/loaders.h"

/* The policy that is in force now may have another loader for it, or none. */
static int
check_rule(const stk_fetching *asked, bool stays)
{
    stk_decision wanted = stk_policy_require(asked->policy, asked->text);

    if (!asked->rule || (asked->rule->result == STK_LOADER_SOURCE) == stays ||
        (stays && stk_requirement_signed(wanted.requirement))) {
        PyErr_Format(PyExc_ImportError,
                     stays ? "%U is kept in the worker of no loader any more"
                           : "%U is of no loader any more",
                     asked->name);
        return -1;
    }
    return stk_foreign_check_sandbox(
        asked->rule, stk_requirement_profile(wanted.requirement), asked->name);
}

static int
find_again(stk_interp *state, const stk_fetching *asked, bool stays,
           stk_fetched *out)
{
    if (check_rule(asked, stays) < 0 ||
        stk_loaders_find(state, asked, out) < 0)
        return -1;
    if (out->spec)
        return 0;
    PyErr_Format(PyExc_ImportError,
                 "%U: the finder of [loader %s] does not find it again",
                 asked->name, asked->rule->name);
    return -1;
}

int
stk_loaders_again(stk_interp *state, PyObject *name, bool stays,
                  stk_fetched *out)
{
    stk_policy *policy = stk_guard_policy(stk_process_guard());
    stk_fetching asked = { .policy = policy,
                           .name = name,
                           .text = PyUnicode_AsUTF8(name) };
    int result = -1;

    if (asked.text) {
        asked.rule = stk_policy_loader(policy, asked.text);
        result = find_again(state, &asked, stays, out);
    }
    stk_policy_free(policy);
    return result;
}
