/* SPDX-License-Identifier: Apache-2.0 */
/* Policies out of texts, for the tests of what works on whole policies. */
#ifndef STK_UNIT_POLICY_TEXT_H
#define STK_UNIT_POLICY_TEXT_H

#include <stockade/policy.h>

#include "unit.h"

static inline void
text_say(void *payload, const stk_diagnostic *found)
{
    (void)payload;
    print_error("%s:%u: %s\n", found->file, (unsigned)found->line,
                found->message);
}

static inline stk_policy *
text_parse(const char *name, const char *text)
{
    stk_policy_text given = { name, text, strlen(text) };
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;

    if (stk_policy_parse(&policy, &given, text_say, NULL, &err) < 0)
        fail_msg("%s:%u: %s", err.file, (unsigned)err.line, err.message);
    return policy;
}

/* Without the two lines that every file has. */
#define TEXT_HEAD "[stockade]\nversion = 1\n"

#endif
