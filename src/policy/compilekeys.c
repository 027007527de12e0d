/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and [signing] of a draft, in the compiled policy. */
#include "policy/signing.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/keys.h"

/* ---- keys -------------------------------------------------------------- */

typedef struct known {
    unsigned char bytes[STK_KEY_BYTES];
    const stk_draft_key *key;
} known;

static int
compare_known(const void *left, const void *right)
{
    const known *a = left, *b = right;
    int order = memcmp(a->bytes + STK_KEY_AT, b->bytes + STK_KEY_AT,
                       STK_KEY_BYTES - STK_KEY_AT);

    /* they lie in one array, in the order in which they were read */
    return order ? order : (a->key > b->key) - (a->key < b->key);
}

/* Under two names one key would count twice towards a threshold. The id in
 * front of it is anybody's to choose. */
static int
check_twins(stk_draft *draft)
{
    STK_CLEANUP(stk_freep) known *all = calloc(draft->n_keys + 1, sizeof *all);
    size_t n = 0;

    if (!all)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < draft->n_keys; i++) {
        const stk_draft_key *key = &draft->keys[i];

        if (key->rule.public_key &&
            stk_key_decode(all[n].bytes, key->rule.public_key))
            all[n++].key = key;
    }
    if (n)
        qsort(all, n, sizeof *all, compare_known);
    for (size_t i = 1; i < n; i++) {
        const stk_key_rule *first = &all[i - 1].key->rule;
        const stk_draft_key *second = all[i].key;

        if (!memcmp(all[i - 1].bytes + STK_KEY_AT, all[i].bytes + STK_KEY_AT,
                    STK_KEY_BYTES - STK_KEY_AT))
            stk_complain(draft->complaints, second->rule.file,
                         second->public_line, STK_E_INVALID,
                         "this is the key of [key %s] (%s:%u); one key has "
                         "one name",
                         first->name, first->file, first->line);
    }
    return 0;
}

static int
finish_keys(stk_policy *policy, stk_draft *draft)
{
    stk_key_rule *keys =
        stk_arena_take(draft->arena, draft->n_keys, sizeof *keys);

    if (!keys)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < draft->n_keys; i++) {
        const stk_draft_key *key = &draft->keys[i];

        keys[i] = key->rule;
        keys[i].modules = key->modules.items;
        keys[i].n_modules = key->modules.n;
        if (!keys[i].kinds)
            keys[i].kinds = STK_ALL_KINDS;
    }
    policy->signing.keys = keys;
    policy->signing.n_keys = draft->n_keys;
    return check_twins(draft);
}

/* ---- [signing] ---------------------------------------------------------- */

static int
compare_items(const void *left, const void *right)
{
    const stk_draft_item *a = left, *b = right;
    int order = strcmp(a->text, b->text);

    if (!order)
        order = strcmp(a->place.file, b->place.file);
    if (order)
        return order;
    return (a->place.line > b->place.line) - (a->place.line < b->place.line);
}

/* Sorted, each once; twice in one file is an error as everywhere. */
static int
finish_revoked(stk_policy *policy, stk_draft *draft)
{
    stk_draft_items *list = &draft->signing.revoked;
    stk_arena *arena = draft->arena;
    const char **hashes = stk_arena_take(arena, list->n, sizeof *hashes);
    const char **keys = stk_arena_take(arena, list->n, sizeof *keys);
    stk_signing *signing = &policy->signing;

    if (!hashes || !keys)
        return -STK_E_MEMORY;
    if (list->n)
        qsort(list->items, list->n, sizeof *list->items, compare_items);
    for (size_t i = 0; i < list->n; i++) {
        const stk_draft_item *item = &list->items[i];

        if (i == 0 || strcmp(item->text, item[-1].text)) {
            if (strlen(item->text) == STK_PUBLIC_KEY_LENGTH)
                keys[signing->n_revoked_keys++] = item->text;
            else
                hashes[signing->n_revoked_hashes++] = item->text;
        } else if (!strcmp(item->place.file, item[-1].place.file)) {
            STK_COMPLAIN_AT(draft, item->place, STK_E_INVALID,
                            "%.8s... is revoked already, line %u", item->text,
                            item[-1].place.line);
        }
    }
    signing->revoked_hashes = hashes;
    signing->revoked_keys = keys;
    return 0;
}

static const stk_place *
copy_places(stk_arena *arena, const stk_draft_items *items)
{
    stk_place *places = stk_arena_take(arena, items->n, sizeof *places);

    for (size_t i = 0; places && i < items->n; i++)
        places[i] = items->items[i].place;
    return places;
}

static int
finish_numbers(stk_policy *policy, stk_draft *draft)
{
    const stk_draft_signing *from = &draft->signing;
    stk_threshold *thresholds =
        stk_arena_take(draft->arena, from->thresholds.n, sizeof *thresholds);
    stk_floor *floors =
        stk_arena_take(draft->arena, from->floors.n, sizeof *floors);

    policy->threshold_places = copy_places(draft->arena, &from->thresholds);
    policy->floor_places = copy_places(draft->arena, &from->floors);
    if (!thresholds || !floors || !policy->threshold_places ||
        !policy->floor_places)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < from->thresholds.n; i++)
        thresholds[i] =
            (stk_threshold){ from->thresholds.items[i].text,
                             (unsigned)from->thresholds.items[i].number };
    for (size_t i = 0; i < from->floors.n; i++)
        floors[i] = (stk_floor){ from->floors.items[i].text,
                                 from->floors.items[i].number };
    policy->signing.thresholds = thresholds;
    policy->signing.n_thresholds = from->thresholds.n;
    policy->signing.floors = floors;
    policy->signing.n_floors = from->floors.n;
    return 0;
}

/* ---- what the rules want ------------------------------------------------ */

static bool
is_listed(const stk_policy *policy, const char *bundle)
{
    for (size_t i = 0; i < policy->n_bundles; i++)
        if (!strcmp(policy->bundles[i], bundle))
            return true;
    return false;
}

static int
finish_rules(stk_policy *policy, stk_draft *draft)
{
    const stk_section *modules = stk_rule_modules(policy);
    const stk_rule *keyless = NULL;

    policy->bundles =
        stk_arena_take(draft->arena, modules->n_rules, sizeof(char *));
    if (!policy->bundles)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < modules->n_rules; i++) {
        const stk_rule *rule = modules->rules[i];

        if (!rule->requirement)
            continue;
        policy->has_requirements = true;
        if (!stk_requirement_signed(rule->requirement))
            continue;
        policy->has_signed = true;
        if (!keyless && draft->n_keys == 0)
            keyless = rule;
        if (!rule->bundle || is_listed(policy, rule->bundle))
            continue;
        if (policy->n_bundles == STK_BUNDLES_MAX) {
            STK_COMPLAIN_AT(draft, rule->place, STK_E_LIMIT,
                            "more than %u bundles", STK_BUNDLES_MAX);
            break;
        }
        policy->bundles[policy->n_bundles++] = rule->bundle;
    }
    if (keyless)
        STK_COMPLAIN_AT(
            draft, keyless->place, STK_E_INVALID,
            "\"signed\": no [key] is there to sign it; add a section "
            "[key NAME]");
    return 0;
}

int
stk_signing_finish(stk_policy *policy, stk_draft *draft)
{
    const stk_draft_signing *from = &draft->signing;
    stk_signing *to = &policy->signing;

    to->state = from->state;
    to->state_key = from->state_key;
    to->require_state = from->require_state;
    to->slow = from->slow;
    to->clock_floor = from->clock_floor;
    to->context = from->context;
    to->binding = from->basename ? STK_BINDING_BASENAME : STK_BINDING_STRICT;
    to->cache = from->cache;
    policy->signing_place = from->place;
    if (finish_keys(policy, draft) < 0 || finish_revoked(policy, draft) < 0 ||
        finish_numbers(policy, draft) < 0)
        return -STK_E_MEMORY;
    return finish_rules(policy, draft);
}
