/* SPDX-License-Identifier: Apache-2.0 */
/* What the profile of a worker may have loaded before the lock-down. */
#include "policy/preload.h"

#include <string.h>

#include "base/error.h"
#include "policy/rule.h"

typedef struct preload {
    const stk_policy *policy;
    const stk_profile *profile;
    const char *word; /* as the profile has it */
    char top[STK_NAME_MAX + 1];
} preload;

static int
refuse(const preload *p, const stk_rule *rule, const char *why, stk_error *err)
{
    stk_error_set(err, STK_E_UNSUPPORTED,
                  "[sandbox %s] cannot load %s before the lock-down: \"%s\" "
                  "at %s:%u %s",
                  p->profile->name, p->word, rule->text, rule->place.file,
                  (unsigned)rule->place.line, why);
    return stk_error_at(err, rule->place.file, rule->place.line);
}

static int
check_rule(const preload *p, const stk_rule *rule, stk_error *err)
{
    return rule && rule->requirement &&
                   stk_requirement_signed(rule->requirement)
               ? refuse(p, rule, "wants it verified, which is not done there",
                        err)
               : 0;
}

static int
check_forbidden(const preload *p, stk_error *err)
{
    const stk_rule *rule;

    return stk_rule_matches(&rule, 1, p->policy, stk_rule_forbidden(p->policy),
                            p->word) > 0
               ? refuse(p, rule, "forbids it", err)
               : 0;
}

/* The word, and the packages that it is in. */
static int
check_word(const preload *p, stk_error *err)
{
    char name[STK_NAME_MAX + 1];
    int result = check_forbidden(p, err);
    size_t length = strlen(p->word);

    while (result == 0 && length > 0) {
        memcpy(name, p->word, length);
        name[length] = '\0';
        result = check_rule(p, stk_rule_required(p->policy, name), err);
        length = stk_name_parent(name);
    }
    return result;
}

static bool
is_below(const stk_rule *rule, const char *top)
{
    if (!rule->group)
        return stk_name_is_within(rule->literal, top);
    for (size_t i = 0; i < rule->group->n_members; i++)
        if (stk_name_is_within(rule->group->members[i], top))
            return true;
    return false;
}

/* What the package imports of itself is loaded there as well. */
static int
check_below(const preload *p, stk_error *err)
{
    const stk_section *modules = stk_rule_modules(p->policy);
    const stk_section *forbidden = stk_rule_forbidden(p->policy);
    int result = 0;

    for (size_t i = 0; i < modules->n_rules && result == 0; i++)
        if (is_below(modules->rules[i], p->top))
            result = check_rule(p, modules->rules[i], err);
    for (size_t i = 0; i < forbidden->n_rules && result == 0; i++)
        if (is_below(forbidden->rules[i], p->top))
            result =
                refuse(p, forbidden->rules[i], "forbids a part of it", err);
    return result;
}

static int
check_one(preload *p, stk_error *err)
{
    size_t length = strcspn(p->word, ".");
    int result;

    if (length >= sizeof p->top || stk_policy_in_stdlib(p->word))
        return 0;
    memcpy(p->top, p->word, length);
    p->top[length] = '\0';
    result = check_word(p, err);
    return result < 0 ? result : check_below(p, err);
}

int
stk_policy_preloads(const stk_policy *policy, const stk_profile *profile,
                    stk_error *err)
{
    preload p = { .policy = policy, .profile = profile };
    int result = 0;

    p.word = profile->preload.text;
    for (uint32_t i = 0; i < profile->preload.n && result == 0; i++) {
        result = check_one(&p, err);
        p.word += strlen(p.word) + 1;
    }
    return result;
}
