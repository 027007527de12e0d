/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy while it is read: what the files say, one after the other, each
 * on top of the one it extends. rule.c makes the immutable policy of it.
 */
#ifndef STK_POLICY_DRAFT_H
#define STK_POLICY_DRAFT_H

#include "policy/arena.h"
#include "policy/complain.h"
#include "policy/rule.h"
#include "policy/table.h"

typedef struct stk_member {
    const char *name;
    uint32_t line;
} stk_member;

typedef struct stk_draft_group {
    stk_group *group;
    stk_member *members; /* in the arena, as all lists here */
    size_t n_members, size;
} stk_draft_group;

typedef struct stk_draft_list {
    const char **items;
    size_t n, size;
} stk_draft_list;

typedef struct stk_draft {
    stk_arena *arena;           /* borrowed; the policy's */
    stk_complaints *complaints; /* borrowed */
    stk_rule **rules;
    size_t n_rules, rules_size;
    stk_table section_names; /* owned; "modules from x" */
    stk_section **sections;  /* by the number of their name */
    size_t sections_size;
    stk_table group_names; /* owned */
    stk_draft_group *groups;
    size_t groups_size;
    stk_setting settings[STK_SETTING_COUNT];
    stk_draft_list trusted; /* names of groups */
    stk_draft_list audit;   /* sinks, resolved */
    const char *observe;    /* path, resolved */
    bool too_many;          /* rules: said once */
} stk_draft;

/* Fills `draft` with the two sections that every policy has. Returns 0 or
 * -STK_E_MEMORY. */
int stk_draft_init(stk_draft *draft, stk_arena *arena,
                   stk_complaints *complaints);
void stk_draft_clear(stk_draft *draft);

/* The section, or group, of this name, added when it is new: place.file is
 * NULL then. NULL when memory is out. */
stk_section *stk_draft_section(stk_draft *draft, const char *name);
stk_draft_group *stk_draft_group_named(stk_draft *draft, const char *name);

/* These return 0 or -STK_E_MEMORY. `rule` lives in the arena. */
int stk_draft_add_rule(stk_draft *draft, stk_rule *rule);
int stk_draft_add_member(stk_draft *draft, stk_draft_group *group,
                         const char *name, uint32_t line);
int stk_draft_append(stk_draft *draft, stk_draft_list *list, const char *item);

#endif
