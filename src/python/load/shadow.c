/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a module found is in the place of one of the standard library. */
#include "python/load/shadow.h"

#include <stdio.h>

#include "policy/groups.h"
#include "python/load/origin.h"

static bool
is_anyones_library(PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);

    if (!text)
        PyErr_Clear();
    return text && stk_policy_in_stdlib(text);
}

stk_shadow
stk_shadow_of(const stk_interp *state, PyObject *name, PyObject *spec)
{
    bool is_ours = stk_origin_is_stdlib_name(state, name);

    if (!is_ours && !is_anyones_library(name))
        return STK_SHADOW_NONE;
    if (stk_origin_in_stdlib(state, name, spec))
        return is_ours ? STK_SHADOW_LIBRARY : STK_SHADOW_NONE;
    return is_ours ? STK_SHADOW_FILE : STK_SHADOW_STRANGER;
}

bool
stk_shadow_is_one(stk_shadow found, const stk_rule_ref *rule)
{
    return found == STK_SHADOW_FILE ||
           (found == STK_SHADOW_STRANGER &&
            stk_groups_is_librarys_rule(rule->text));
}

void
stk_shadow_tell(char detail[STK_SHADOW_DETAIL], const char *origin)
{
    snprintf(detail, STK_SHADOW_DETAIL, "found at %.400s",
             origin ? origin : "no known place");
}
