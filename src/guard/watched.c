/* SPDX-License-Identifier: Apache-2.0 */
/* Which audit events the policy in force speaks of: a table. */
#include "guard/watched.h"

#include <stdlib.h>
#include <string.h>

#include "policy/events.h"
#include "policy/rule.h"

#define SLOTS 1024u /* a power of two; CPython has some 200 events */

typedef struct slot {
    const char *event; /* borrowed from the policy; NULL: empty */
    uint32_t hash;
    bool watched;
} slot;

struct stk_watched {
    stk_policy *policy; /* owned reference; NULL where no rule is */
    stk_watched *older; /* owned */
    bool any;     /* some rule speaks of some event; else there are ... */
    slot slots[]; /* ... none of these, or SLOTS */
};

static bool
is_named(const stk_policy *policy, const char *event)
{
    const stk_policy *observed = stk_policy_observed(policy);

    return stk_policy_has_event(policy, event) ||
           (observed && stk_policy_has_event(observed, event));
}

/* The hash of the event without its variant, and how long that is. */
static uint32_t
hash_event(const char *event, size_t *length)
{
    uint32_t hash = STK_HASH_START;
    size_t n = 0;

    for (; event[n] && event[n] != '/'; n++)
        hash = stk_hash_step(hash, (unsigned char)event[n]);
    *length = n;
    return hash;
}

/* Half of the slots stay empty: a walk ends. */
static uint32_t
find_slot(const stk_watched *watched, const char *event, size_t length,
          uint32_t hash)
{
    uint32_t at = hash % SLOTS;

    for (; watched->slots[at].event; at = (at + 1) % SLOTS) {
        const slot *one = &watched->slots[at];

        if (one->hash == hash && !strncmp(one->event, event, length) &&
            one->event[length] == '\0')
            break;
    }
    return at;
}

static void
add_event(stk_watched *watched, const char *event, bool is_watched)
{
    size_t length;
    uint32_t hash = hash_event(event, &length);

    watched->slots[find_slot(watched, event, length, hash)] =
        (slot){ event, hash, is_watched };
}

static void
add_group(stk_watched *watched, const stk_group *group, uint32_t *n)
{
    for (size_t i = 0; i < group->n_members && *n < SLOTS / 2; i++, ++*n)
        add_event(watched, group->members[i],
                  is_named(watched->policy, group->members[i]));
}

static size_t
count_rules(const stk_policy *policy)
{
    return policy && policy->events ? policy->events->n_rules : 0;
}

static void
fill_slots(stk_watched *watched, const stk_policy *events)
{
    uint32_t n = 1;

    add_event(watched, "import", false);
    for (size_t i = 0; i < events->n_groups; i++)
        if (events->groups[i]->events)
            add_group(watched, events->groups[i], &n);
}

int
stk_watched_new(stk_watched **out, stk_policy *policy, stk_error *err)
{
    /* rules for a program's own events alone count, too */
    bool any = count_rules(policy) > 0 ||
               count_rules(stk_policy_observed(policy)) > 0;
    stk_watched *watched =
        calloc(1, sizeof *watched + (any ? SLOTS : 0) * sizeof(slot));

    if (!watched)
        return stk_error_memory(err);
    watched->any = any;
    if (any) {
        watched->policy = stk_policy_ref(policy);
        fill_slots(watched, policy->events);
    }
    *out = watched;
    return 0;
}

void
stk_watched_replace(stk_watched *watched, stk_watched *older)
{
    watched->older = older;
}

void
stk_watched_free(stk_watched *watched)
{
    while (watched) {
        stk_watched *older = watched->older;

        stk_policy_free(watched->policy);
        free(watched);
        watched = older;
    }
}

bool
stk_watched_has(const stk_watched *watched, const char *event)
{
    const slot *found;
    uint32_t hash;
    size_t length;

    if (!watched || !watched->any)
        return false;
    hash = hash_event(event, &length);
    found = &watched->slots[find_slot(watched, event, length, hash)];
    return found->event ? found->watched : is_named(watched->policy, event);
}
