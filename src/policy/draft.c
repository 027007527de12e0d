/* SPDX-License-Identifier: Apache-2.0 */
/* A policy while it is read. */
#include "policy/draft.h"

#include <string.h>

#define LARGE 1024u /* few are ever needed of such an element */

/* Room for one more element at array[n]; the old array stays in the arena.
 * NULL when memory is out. */
static void *
grow_array(stk_arena *arena, void *array, size_t n, size_t *size,
           size_t element)
{
    size_t wanted = *size ? *size * 2 : element > LARGE ? 4 : 8;
    void *grown;

    if (n < *size)
        return array;
    grown = stk_arena_take(arena, wanted, element);
    if (!grown)
        return NULL;
    if (n)
        memcpy(grown, array, n * element);
    *size = wanted;
    return grown;
}

static int
init_half(stk_draft *draft, stk_arena *arena, stk_complaints *complaints,
          const char *everybody)
{
    memset(draft, 0, sizeof *draft);
    draft->arena = arena;
    draft->complaints = complaints;
    if (!stk_draft_section(draft, "forbidden") ||
        !stk_draft_section(draft, everybody))
        return -STK_E_MEMORY;
    draft->sections[STK_SECTION_FORBIDDEN]->kind = STK_SECTION_FORBIDDEN;
    draft->sections[STK_SECTION_MODULES]->kind = STK_SECTION_MODULES;
    return 0;
}

int
stk_draft_init(stk_draft *draft, stk_arena *arena, stk_complaints *complaints)
{
    return init_half(draft, arena, complaints, "modules");
}

/* Nothing is ever put into its [forbidden]. */
int
stk_draft_init_events(stk_draft *draft, stk_arena *arena,
                      stk_complaints *complaints)
{
    return init_half(draft, arena, complaints, "events");
}

void
stk_draft_clear(stk_draft *draft)
{
    stk_table_clear(&draft->section_names);
    stk_table_clear(&draft->group_names);
}

stk_section *
stk_draft_section(stk_draft *draft, const char *name)
{
    size_t length = strlen(name);
    uint32_t number = stk_table_find(&draft->section_names, name, length);
    stk_section **grown, *section;
    char *copy;

    if (number != STK_TABLE_NONE)
        return draft->sections[number];
    number = draft->section_names.used;
    grown = grow_array(draft->arena, draft->sections, number,
                       &draft->sections_size, sizeof(stk_section *));
    section = stk_arena_take(draft->arena, 1, sizeof *section);
    copy = stk_arena_copy(draft->arena, name, length);
    if (!grown || !section || !copy)
        return NULL;
    draft->sections = grown;
    if (stk_table_add(&draft->section_names, copy, length) == STK_TABLE_NONE)
        return NULL;
    section->kind = STK_SECTION_FROM;
    section->index = number;
    section->name = copy;
    return draft->sections[number] = section;
}

stk_draft_group *
stk_draft_group_named(stk_draft *draft, const char *name)
{
    size_t length = strlen(name);
    uint32_t number = stk_table_find(&draft->group_names, name, length);
    stk_draft_group *grown;
    stk_group *group;
    char *copy;

    if (number != STK_TABLE_NONE)
        return &draft->groups[number];
    number = draft->group_names.used;
    grown = grow_array(draft->arena, draft->groups, number,
                       &draft->groups_size, sizeof *grown);
    group = stk_arena_take(draft->arena, 1, sizeof *group);
    copy = stk_arena_copy(draft->arena, name, length);
    if (!grown || !group || !copy)
        return NULL;
    draft->groups = grown;
    if (stk_table_add(&draft->group_names, copy, length) == STK_TABLE_NONE)
        return NULL;
    group->name = copy;
    group->index = number;
    draft->groups[number] = (stk_draft_group){ .group = group };
    return &draft->groups[number];
}

int
stk_draft_add_rule(stk_draft *draft, stk_rule *rule)
{
    stk_rule **grown;

    if (draft->n_rules == STK_RULES_MAX) {
        if (!draft->too_many)
            STK_COMPLAIN_AT(draft, rule->place, STK_E_LIMIT,
                            "more than %u rules, with all that is extended",
                            STK_RULES_MAX);
        draft->too_many = true;
        return 0;
    }
    grown = grow_array(draft->arena, draft->rules, draft->n_rules,
                       &draft->rules_size, sizeof(stk_rule *));
    if (!grown)
        return -STK_E_MEMORY;
    draft->rules = grown;
    draft->rules[draft->n_rules++] = rule;
    return 0;
}

int
stk_draft_add_member(stk_draft *draft, stk_draft_group *group,
                     const char *name, uint32_t line)
{
    stk_member *grown =
        grow_array(draft->arena, group->members, group->n_members,
                   &group->size, sizeof *grown);

    if (!grown)
        return -STK_E_MEMORY;
    group->members = grown;
    group->members[group->n_members++] = (stk_member){ name, line };
    return 0;
}

int
stk_draft_append(stk_draft *draft, stk_draft_list *list, const char *item)
{
    const char **grown = grow_array(draft->arena, list->items, list->n,
                                    &list->size, sizeof(const char *));

    if (!grown)
        return -STK_E_MEMORY;
    list->items = grown;
    list->items[list->n++] = item;
    return 0;
}

stk_draft_key *
stk_draft_key_named(stk_draft *draft, const char *name)
{
    stk_draft_key *grown;
    char *copy;

    for (size_t i = 0; i < draft->n_keys; i++)
        if (!strcmp(draft->keys[i].rule.name, name))
            return &draft->keys[i];
    if (draft->n_keys == STK_KEYS_MAX)
        return NULL;
    grown = grow_array(draft->arena, draft->keys, draft->n_keys,
                       &draft->keys_size, sizeof *grown);
    copy = stk_arena_copy(draft->arena, name, strlen(name));
    if (!grown || !copy)
        return NULL;
    draft->keys = grown;
    draft->keys[draft->n_keys] = (stk_draft_key){ .rule.name = copy };
    return &draft->keys[draft->n_keys++];
}

stk_draft_profile *
stk_draft_profile_named(stk_draft *draft, const char *name)
{
    stk_draft_profile *grown;

    for (size_t i = 0; i < draft->n_profiles; i++)
        if (!strcmp(draft->profiles[i].profile.name, name))
            return &draft->profiles[i];
    if (draft->n_profiles == STK_PROFILES_MAX)
        return NULL;
    grown = grow_array(draft->arena, draft->profiles, draft->n_profiles,
                       &draft->profiles_size, sizeof *grown);
    if (!grown)
        return NULL;
    draft->profiles = grown;
    grown = &draft->profiles[draft->n_profiles++];
    stk_profile_init(&grown->profile, name);
    grown->place = (stk_place){ NULL, 0 };
    return grown;
}

stk_draft_loader *
stk_draft_loader_named(stk_draft *draft, const char *name)
{
    stk_draft_loader *grown;
    char *copy;

    for (size_t i = 0; i < draft->n_loaders; i++)
        if (!strcmp(draft->loaders[i].rule.name, name))
            return &draft->loaders[i];
    if (draft->n_loaders == STK_LOADERS_MAX)
        return NULL;
    grown = grow_array(draft->arena, draft->loaders, draft->n_loaders,
                       &draft->loaders_size, sizeof *grown);
    copy = stk_arena_copy(draft->arena, name, strlen(name));
    if (!grown || !copy)
        return NULL;
    draft->loaders = grown;
    draft->loaders[draft->n_loaders] = (stk_draft_loader){ .rule.name = copy };
    return &draft->loaders[draft->n_loaders++];
}

int
stk_draft_add_argument(stk_draft *draft, stk_draft_loader *loader,
                       const stk_loader_argument *argument)
{
    stk_loader_argument *grown =
        grow_array(draft->arena, loader->arguments, loader->n_arguments,
                   &loader->size, sizeof *grown);

    if (!grown)
        return -STK_E_MEMORY;
    loader->arguments = grown;
    loader->arguments[loader->n_arguments++] = *argument;
    return 0;
}

int
stk_draft_add_item(stk_draft *draft, stk_draft_items *items,
                   const stk_draft_item *item)
{
    stk_draft_item *grown = grow_array(draft->arena, items->items, items->n,
                                       &items->size, sizeof *grown);

    if (!grown)
        return -STK_E_MEMORY;
    items->items = grown;
    items->items[items->n++] = *item;
    return 0;
}

bool
stk_draft_has(const stk_draft_list *list, const char *item)
{
    for (size_t i = 0; i < list->n; i++)
        if (!strcmp(list->items[i], item))
            return true;
    return false;
}
