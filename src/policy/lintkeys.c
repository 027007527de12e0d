/* SPDX-License-Identifier: Apache-2.0 */
/* What is odd with keys and signatures: nobody can sign it, nobody needs it,
 * or something unsigned runs first. */
#include <inttypes.h>
#include <string.h>

#include "base/pattern.h"
#include "policy/lint.h"
#include "policy/moment.h"
#include "policy/signers.h"

static bool
is_signed(const stk_rule *rule)
{
    return stk_requirement_signed(rule->requirement);
}

/* ---- what nobody can sign ---------------------------------------------- */

/* A name that the pattern covers, itself where it can be. */
static const char *
sample_of(stk_linter *l, const char *pattern)
{
    size_t length = strlen(pattern);
    char *name;

    if (!length || pattern[length - 1] != '*')
        return pattern;
    name = stk_arena_printf(l->arena, "%.*s" STK_ANY_OTHER, (int)length - 1,
                            pattern);
    if (!name)
        l->no_memory = true;
    return name ? name : pattern;
}

static bool
is_signable(const stk_linter *l, const char *name, int64_t now)
{
    const stk_signing *signing = &l->policy->signing;

    return stk_signers_count(signing, name, now) >=
           stk_signers_threshold(signing, name);
}

/* Of a pattern, something must be signable; a key may be for a part of it.
 * Of a name, the name itself: what is below it is imported after it. */
static bool
is_part_signable(stk_linter *l, const stk_rule *rule, int64_t now)
{
    const stk_signing *signing = &l->policy->signing;

    if (rule->kind == STK_PATTERN_NAME)
        return false;
    for (size_t i = 0; i < signing->n_keys; i++)
        for (size_t j = 0; j < signing->keys[i].n_modules; j++) {
            const char *name = sample_of(l, signing->keys[i].modules[j]);

            if (stk_pattern_rank(rule->pattern, name) &&
                is_signable(l, name, now))
                return true;
        }
    return false;
}

/* NULL when something of the rule can be signed; else what cannot. */
static const char *
find_unsignable(stk_linter *l, const stk_rule *rule, int64_t now)
{
    const char *name;

    if (rule->kind == STK_PATTERN_GROUP) {
        for (size_t i = 0; i < rule->group->n_members; i++)
            if (is_signable(l, rule->group->members[i], now))
                return NULL;
        return rule->group->members[0];
    }
    name = sample_of(l, rule->pattern);
    return is_signable(l, name, now) || is_part_signable(l, rule, now) ? NULL
                                                                       : name;
}

static size_t
count_covering(const stk_signing *signing, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < signing->n_keys; i++)
        n += stk_signers_covers(&signing->keys[i], name);
    return n;
}

static void
check_signable(stk_linter *l, const stk_rule *rule, int64_t now)
{
    const stk_signing *signing = &l->policy->signing;
    const char *name = find_unsignable(l, rule, now);
    unsigned threshold;
    size_t usable;

    if (!name)
        return;
    threshold = stk_signers_threshold(signing, name);
    usable = stk_signers_count(signing, name, now);
    if (count_covering(signing, name) == 0)
        STK_WARN(l, &rule->place,
                 "\"%s\" allows nothing: no [key] may sign it; name it in the "
                 "modules of one",
                 rule->text);
    else if (usable == 0)
        STK_WARN(l, &rule->place,
                 "\"%s\" allows nothing: each [key] that may sign it is "
                 "revoked or out of its dates",
                 rule->text);
    else
        STK_WARN(l, &rule->place,
                 "\"%s\" allows nothing: %u keys must have signed it, and "
                 "%zu may",
                 rule->text, threshold, usable);
}

/* ---- what runs first ------------------------------------------------- */

static void
warn_parent(stk_linter *l, const stk_rule *rule, const char *parent,
            const stk_rule *loose)
{
    if (loose)
        STK_WARN(l, &rule->place,
                 "\"%s\": its parent %s runs first, and need not be signed "
                 "(\"%s\", %s:%u)",
                 rule->text, parent, loose->text, loose->place.file,
                 loose->place.line);
    else
        STK_WARN(l, &rule->place,
                 "\"%s\": its parent %s runs first, and need not be signed; "
                 "add \"%s = signed\" to [modules]",
                 rule->text, parent, parent);
}

/* Whoever may write a parent's code may put anything in the module's place.
 * A parent that is denied is another warning. */
static void
check_unsigned_parents(stk_linter *l, const stk_rule *rule)
{
    size_t end = rule->kind == STK_PATTERN_BELOW
                     ? rule->length
                     : stk_name_parent(rule->literal);

    if (rule->kind >= STK_PATTERN_GROUP)
        return;
    for (size_t i = 0; i < end; i++) {
        const stk_rule *winner = NULL;
        char *parent;

        if (i + 1 < end && rule->literal[i + 1] != '.')
            continue;
        parent = stk_arena_copy(l->arena, rule->literal, i + 1);
        if (!parent) {
            l->no_memory = true;
            return;
        }
        stk_rule_matches(&winner, 1, l->policy, stk_rule_modules(l->policy),
                         parent);
        if (winner ? winner->verdict == STK_ALLOW && !winner->requirement
                   : l->policy->fallback == STK_ALLOW) {
            warn_parent(l, rule, parent, winner);
            return;
        }
    }
}

/* ---- what nobody needs ----------------------------------------------- */

static bool
meets(const char *pattern, const stk_rule *rule)
{
    if (rule->kind != STK_PATTERN_GROUP)
        return stk_pattern_overlaps(pattern, rule->pattern);
    for (size_t i = 0; i < rule->group->n_members; i++)
        if (stk_pattern_overlaps(pattern, rule->group->members[i]))
            return true;
    return false;
}

static bool
is_needed(const stk_linter *l, const char *pattern)
{
    const stk_section *modules = stk_rule_modules(l->policy);

    for (size_t i = 0; i < modules->n_rules; i++)
        if (is_signed(modules->rules[i]) && meets(pattern, modules->rules[i]))
            return true;
    return false;
}

static bool
is_key_needed(const stk_linter *l, const stk_key_rule *key)
{
    for (size_t i = 0; i < key->n_modules; i++)
        if (is_needed(l, key->modules[i]))
            return true;
    return key->kinds == STK_KIND_POLICY;
}

/* A file of keys that others extend has no rules of its own. */
static bool
is_here(const stk_linter *l, const char *file)
{
    return !strcmp(file, l->policy->file);
}

static void
check_key(stk_linter *l, const stk_key_rule *key, int64_t now)
{
    stk_place place = { key->file, key->line };
    char when[STK_MOMENT_MAX];

    if (!is_here(l, key->file) || key->status == STK_KEY_REVOKED)
        return;
    if (key->not_after && now > key->not_after)
        STK_WARN(l, &place, "[key %s] expired %s: what it signed is refused",
                 key->name, stk_moment_text(when, key->not_after, true));
    if (!is_key_needed(l, key))
        STK_WARN(l, &place,
                 "[key %s] is not used: nothing in its modules must be signed",
                 key->name);
}

static void
check_settings(stk_linter *l)
{
    const stk_policy *policy = l->policy;
    const stk_signing *signing = &policy->signing;

    for (size_t i = 0; i < signing->n_thresholds; i++)
        if (is_here(l, policy->threshold_places[i].file) &&
            !is_needed(l, signing->thresholds[i].pattern))
            STK_WARN(l, &policy->threshold_places[i],
                     "threshold %s:%u is not used: nothing there must be "
                     "signed",
                     signing->thresholds[i].pattern,
                     signing->thresholds[i].keys);
    for (size_t i = 0; i < signing->n_floors; i++)
        if (is_here(l, policy->floor_places[i].file) &&
            !is_needed(l, signing->floors[i].package))
            STK_WARN(l, &policy->floor_places[i],
                     "floor %s:%" PRIu64 " is not used: nothing of %s must "
                     "be signed",
                     signing->floors[i].package, signing->floors[i].sequence,
                     signing->floors[i].package);
    if (signing->require_state && !signing->state)
        STK_WARN(l, &policy->signing_place,
                 "require_state without state: everything that must be "
                 "signed is refused");
    if (signing->state_key && !signing->state)
        STK_WARN(l, &policy->signing_place,
                 "state_key without state: there is nothing to keep under "
                 "it");
}

void
stk_lint_signing(stk_linter *l, int64_t now)
{
    const stk_section *modules = stk_rule_modules(l->policy);

    for (size_t i = 0; i < modules->n_rules && !l->no_memory; i++) {
        if (!is_signed(modules->rules[i]))
            continue;
        check_signable(l, modules->rules[i], now);
        check_unsigned_parents(l, modules->rules[i]);
    }
    for (size_t i = 0; i < l->policy->signing.n_keys; i++)
        check_key(l, &l->policy->signing.keys[i], now);
    check_settings(l);
}
