/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy while it is read: what the files say, one after the other, each
 * on top of the one it extends. rule.c makes the immutable policy of it.
 */
#ifndef STK_POLICY_DRAFT_H
#define STK_POLICY_DRAFT_H

#include "base/profile.h"
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
    bool done; /* compiled: built in, or a group of the other half */
} stk_draft_group;

typedef struct stk_draft_list {
    const char **items;
    size_t n, size;
} stk_draft_list;

/* What honest policies need is far below: they bound what a load costs. */
#define STK_KEYS_MAX     1000u  /* of a policy */
#define STK_PATTERNS_MAX 1000u  /* of a key; thresholds, and floors */
#define STK_BUNDLES_MAX  1000u  /* of the rules */
#define STK_REVOKED_MAX  10000u /* hashes and keys */

typedef struct stk_draft_key {
    stk_key_rule rule; /* file is NULL when it is new */
    stk_draft_list modules;
    uint32_t public_line;
} stk_draft_key;

/* A word of a list of [signing], and what is before and after its colon. */
typedef struct stk_draft_item {
    stk_place place;
    const char *text;
    uint64_t number; /* of a threshold or a floor */
} stk_draft_item;

typedef struct stk_draft_items {
    stk_draft_item *items;
    size_t n, size;
} stk_draft_items;

/* [signing]; the texts are resolved. */
typedef struct stk_draft_signing {
    stk_draft_items thresholds, floors, revoked;
    const char *state, *state_key, *context, *cache;
    bool require_state, basename, slow;
    int64_t clock_floor;
    stk_place place; /* of the last heading */
} stk_draft_signing;

#define STK_PROFILES_MAX 100u /* profiles of a policy */

typedef struct stk_draft_profile {
    stk_profile profile;
    stk_place place; /* of the last heading; file is NULL when it is new */
    const stk_profile_word *words; /* the last first */
} stk_draft_profile;

#define STK_LOADERS_MAX 100u /* of a policy */

typedef struct stk_draft_loader {
    stk_loader_rule rule; /* file is NULL when it is new */
    stk_draft_list modules;
    stk_loader_argument *arguments;
    size_t n_arguments, size;
    uint32_t sandbox_line;
} stk_draft_loader;

typedef struct stk_draft stk_draft;
struct stk_draft {
    stk_arena *arena;           /* borrowed; the policy's */
    stk_complaints *complaints; /* borrowed */
    stk_rule **rules;
    size_t n_rules, rules_size;
    const stk_rule *like;    /* the last whose words were read; or NULL */
    const char *like_value;  /* borrowed; what they were read from */
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
    stk_draft_key *keys;
    size_t n_keys, keys_size;
    stk_draft_signing signing;
    stk_draft_profile *profiles;
    size_t n_profiles, profiles_size;
    stk_draft_loader *loaders;
    size_t n_loaders, loaders_size;
    bool too_many;     /* rules: said once */
    stk_draft *events; /* borrowed; the half for audit events, NULL in it */
};

/* Fills `draft` with the two sections that every policy has, and with those
 * of the half for audit events. Returns 0 or -STK_E_MEMORY. */
int stk_draft_init(stk_draft *draft, stk_arena *arena,
                   stk_complaints *complaints);
int stk_draft_init_events(stk_draft *draft, stk_arena *arena,
                          stk_complaints *complaints);
void stk_draft_clear(stk_draft *draft);

/* The section, or group, of this name, added when it is new: place.file is
 * NULL then. NULL when memory is out. */
stk_section *stk_draft_section(stk_draft *draft, const char *name);
stk_draft_group *stk_draft_group_named(stk_draft *draft, const char *name);

/* The key of this name, added when it is new: rule.file is NULL then. NULL
 * when memory is out, or when there are STK_KEYS_MAX others. It stays where
 * it is until the next one is added. */
stk_draft_key *stk_draft_key_named(stk_draft *draft, const char *name);

/* The profile of this name, as stk_profile_init() makes it when it is new;
 * otherwise as the key. */
stk_draft_profile *stk_draft_profile_named(stk_draft *draft, const char *name);

/* The loader of this name, as the key. */
stk_draft_loader *stk_draft_loader_named(stk_draft *draft, const char *name);

/* These return 0 or -STK_E_MEMORY. `rule` lives in the arena. */
int stk_draft_add_rule(stk_draft *draft, stk_rule *rule);
int stk_draft_add_member(stk_draft *draft, stk_draft_group *group,
                         const char *name, uint32_t line);
int stk_draft_add_item(stk_draft *draft, stk_draft_items *items,
                       const stk_draft_item *item);
int stk_draft_add_argument(stk_draft *draft, stk_draft_loader *loader,
                           const stk_loader_argument *argument);
int stk_draft_append(stk_draft *draft, stk_draft_list *list, const char *item);

/* For what has a draft and the file that is read: of a line of that. */
#define STK_COMPLAIN(reader, line, code, ...)                                 \
    stk_complain((reader)->draft->complaints, (reader)->file, (line), (code), \
                 __VA_ARGS__)

/* The same of a stk_place. */
#define STK_COMPLAIN_AT(draft, place, code, ...)                              \
    stk_complain((draft)->complaints, (place).file, (place).line, (code),     \
                 __VA_ARGS__)

bool stk_draft_has(const stk_draft_list *list, const char *item);

#endif
