/* SPDX-License-Identifier: Apache-2.0 */
/* The warnings of a policy as text. */
#ifndef STK_TEST_POLICY_TOLD_H
#define STK_TEST_POLICY_TOLD_H

#include "text.h"

/* All warnings of a policy named p.ini, a line each. */
typedef struct told {
    char text[8192];
    int n;
} told;

static inline void
tell(void *payload, const stk_diagnostic *found)
{
    told *all = payload;
    size_t used = strlen(all->text);

    assert_int_equal(found->severity, STK_SEVERITY_WARNING);
    assert_null(strchr(found->message, '\n'));
    all->n++;
    snprintf(all->text + used, sizeof(all->text) - used, "%s:%u: %s\n",
             found->file, (unsigned)found->line, found->message);
}

static inline told
lint(const char *text)
{
    stk_policy *policy = text_parse("p.ini", text);
    stk_error err = STK_ERROR_INIT;
    told all = { "", 0 };
    int found = stk_policy_lint(policy, tell, &all, &err);

    assert_int_equal(found, all.n);
    stk_policy_free(policy);
    return all;
}

/* `text` follows [stockade] and version, so that its first line is 3. */
#define assert_lint(policy, expected) assert_told(TEXT_HEAD policy, expected)

static inline void
assert_told(const char *text, const char *expected)
{
    told all = lint(text);

    assert_string_equal(all.text, expected);
}

#endif
