/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in groups: policy/groups.ini, built in. */
#include "policy/groups.h"

#include <pthread.h>
#include <string.h>

static int
take_group(stk_draft *draft, const stk_builtin *from,
           const stk_builtin_group *taken, bool events)
{
    stk_draft_group *to = stk_draft_group_named(draft, taken->name);
    stk_group *group;

    if (!to)
        return -STK_E_MEMORY;
    group = to->group;
    group->place = (stk_place){ from->file, taken->line };
    group->builtin = !events;
    group->events = events;
    group->members = taken->members;
    group->n_members = taken->n;
    to->done = true;
    return 0;
}

int
stk_groups_take(stk_draft *draft, const stk_builtin *from, bool events)
{
    for (size_t i = 0; i < from->n_groups; i++)
        if (take_group(draft, from, &from->groups[i], events) < 0)
            return -STK_E_MEMORY;
    return 0;
}

/* ---- without a policy -------------------------------------------------- */

/*
 * All members of the parts, found once: no allocation, so that asking cannot
 * fail. A power of two over twice their number.
 */
#define SLOTS 1024u

typedef struct part_slot {
    uint32_t hash;   /* mixed, the whole of it */
    uint16_t member; /* of that part */
    uint16_t part;   /* 1 added; 0: empty */
} part_slot;

static part_slot slots[SLOTS];
static pthread_once_t filled = PTHREAD_ONCE_INIT;

static void
add_member(const char *name, size_t part, size_t member)
{
    uint32_t hash = stk_table_mix(stk_hash(name, strlen(name)));
    uint32_t at = hash % SLOTS;

    while (slots[at].part)
        at = (at + 1) % SLOTS;
    slots[at] = (part_slot){ hash, (uint16_t)member, (uint16_t)(part + 1) };
}

static void
fill_slots(void)
{
    const stk_builtin_group *parts = stk_builtins[STK_BUILTIN_GROUPS].groups;

    for (size_t i = 0; i < STK_PARTS; i++)
        for (size_t j = 0; j < parts[i].n; j++)
            add_member(parts[i].members[j], i, j);
}

static bool
is_member(part_slot slot, const char *name, uint32_t length)
{
    const stk_builtin_group *parts = stk_builtins[STK_BUILTIN_GROUPS].groups;
    const char *member = parts[slot.part - 1].members[slot.member];

    return !strncmp(member, name, length) && member[length] == '\0';
}

int
stk_groups_part(const char *name, uint32_t length, uint32_t hash)
{
    uint32_t at;

    pthread_once(&filled, fill_slots);
    hash = stk_table_mix(hash);
    for (at = hash % SLOTS; slots[at].part; at = (at + 1) % SLOTS)
        if (slots[at].hash == hash && is_member(slots[at], name, length))
            return slots[at].part - 1;
    return -1;
}

bool
stk_policy_in_stdlib(const char *name)
{
    size_t length = strcspn(name, ".");

    if (length == 0 || length > STK_NAME_MAX)
        return false;
    return stk_name_is_sysconfigs(name) ||
           stk_groups_part(name, (uint32_t)length, stk_hash(name, length)) >=
               0;
}

bool
stk_groups_is_librarys_rule(const char *text)
{
    static const char group[] = "@stdlib";
    size_t n = sizeof group - 1;

    return text && !strncmp(text, group, n) &&
           (text[n] == ' ' || text[n] == '.');
}
