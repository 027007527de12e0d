/* SPDX-License-Identifier: Apache-2.0 */
/* What the profile of a worker may have loaded before the lock-down. */
#include "policy/preload.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "policy/rule.h"

typedef struct preload {
    const stk_policy *policy;
    const stk_profile *profile;
    const char *word; /* as the profile has it */
} preload;

static int
refuse(const preload *p, const char *file, uint32_t line, const char *why,
       stk_error *err)
{
    stk_error_set(err, STK_E_UNSUPPORTED,
                  "[sandbox %s] cannot load %s before the lock-down: %s",
                  p->profile->name, p->word, why);
    return stk_error_at(err, file, line);
}

static int
check_forbidden(const preload *p, stk_error *err)
{
    const stk_rule *rule;
    STK_CLEANUP(stk_freep) char *why = NULL;

    if (stk_rule_matches(&rule, 1, p->policy, stk_rule_forbidden(p->policy),
                         p->word) == 0)
        return 0;
    why = stk_text_printf("\"%s\" at %s:%u forbids it", rule->text,
                          rule->place.file, (unsigned)rule->place.line);
    if (!why)
        return stk_error_memory(err);
    return refuse(p, rule->place.file, rule->place.line, why, err);
}

/* What it finds is not verified here, and loaded nowhere but in workers. */
static int
check_loader(const preload *p, stk_error *err)
{
    const stk_loader_rule *rule = stk_policy_loader(p->policy, p->word);
    STK_CLEANUP(stk_freep) char *why = NULL;

    if (!rule)
        return 0;
    why = stk_text_printf("[loader %s] at %s:%u finds it, in a worker",
                          rule->name, rule->file, (unsigned)rule->line);
    if (!why)
        return stk_error_memory(err);
    return refuse(p, rule->file, rule->line, why, err);
}

static int
check_one(const preload *p, stk_error *err)
{
    int result;

    if (stk_policy_in_stdlib(p->word))
        return 0;
    result = check_forbidden(p, err);
    return result < 0 ? result : check_loader(p, err);
}

int
stk_policy_preloads_word(const stk_policy *policy, const stk_profile *profile,
                         const char *word, stk_error *err)
{
    preload p = { .policy = policy, .profile = profile, .word = word };

    return check_one(&p, err);
}

int
stk_policy_preloads(const stk_policy *policy, const stk_profile *profile,
                    stk_error *err)
{
    const char *word = profile->preload.text;
    int result = 0;

    for (uint32_t i = 0; i < profile->preload.n && result == 0; i++) {
        result = stk_policy_preloads_word(policy, profile, word, err);
        word += strlen(word) + 1;
    }
    return result;
}
