/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of a compiled policy: one hash table of all literals, of all
 * sections and groups, so that a decision makes one probe per label however
 * many rules there are.
 */
#ifndef STK_POLICY_INDEX_H
#define STK_POLICY_INDEX_H

#include <string.h>

#include "policy/draft.h"
#include "policy/rule.h"
#include "policy/table.h"

#define STK_KINDS 3u /* BELOW, NAME, PREFIX: those that have a literal */

typedef struct stk_from_rules {
    const stk_section *section;
    const stk_rule *rules[STK_KINDS];
} stk_from_rules;

struct stk_node {
    const char *literal;
    uint32_t length;
    uint32_t denied; /* bit 1 << kind: some [modules from X] denies it */
    const stk_rule *forbidden[STK_KINDS];
    const stk_rule *modules[STK_KINDS];
    stk_from_rules *from; /* by the index of the section */
    uint32_t n_from;
    uint32_t n_groups;
    const stk_group **groups;   /* that have it as a member, by rank; not
                                   the built-in ones of modules */
    const stk_section *section; /* [modules from literal] */
};

/* A literal that the name begins with. */
typedef struct stk_step {
    const stk_node *node;  /* one that says nothing when only a part has it */
    const stk_group *part; /* of @stdlib that has it as a member, or NULL */
    uint32_t length;       /* of the literal */
    uint32_t label;        /* where it ends: in this label of the name ... */
    bool whole;            /* ... and at its end */
    bool stands;           /* another name's, which nothing is below */
} stk_step;

/* Literals of x* that are no whole label have at most this many lengths. */
#define STK_STEPS_MAX (STK_LABELS_MAX + STK_NAME_MAX / 4)

/* A name with what the index knows of it, the shortest literal first. */
typedef struct stk_trail {
    stk_name name;
    uint32_t n;
    stk_step steps[STK_STEPS_MAX];
} stk_trail;

/* False when `name` is no dotted identifier. */
bool stk_trail_find(stk_trail *out, const stk_policy *policy,
                    const char *name);

/* Which rule of `section` wins for the name and for each of its parents, one
 * per label, NULL for none. */
void stk_trail_winners(const stk_rule *out[STK_LABELS_MAX],
                       const stk_policy *policy, const stk_trail *trail,
                       const stk_section *section);

/* The last of them: the one that wins for the name itself. */
const stk_rule *stk_trail_winner(const stk_policy *policy,
                                 const stk_trail *trail,
                                 const stk_section *section);

/* The rule of [modules] that says what the name needs, whoever asks: the
 * first that is no deny. NULL where none covers it. */
const stk_rule *stk_trail_required(const stk_policy *policy,
                                   const stk_trail *trail);

/* Walks what holds a name, by rank: at each length, the longest first, the
 * literal itself, then the groups that have it as a member. */
typedef struct stk_holder {
    const stk_node *node;   /* when it is the literal itself; else NULL */
    const stk_group *group; /* else the group */
    uint32_t length;        /* of the literal, or the member */
} stk_holder;

typedef struct stk_holders {
    const stk_policy *policy;
    const stk_trail *trail;
    uint32_t step;  /* 1 more than the step that is walked */
    uint32_t group; /* the next of its groups */
    int part;       /* -1: the node first; 0: the part, 1: @stdlib, 2: none */
    bool had_part;  /* the longest member of the parts has been passed */
} stk_holders;

void stk_holders_begin(stk_holders *walk, const stk_policy *policy,
                       const stk_trail *trail);
bool stk_holders_next(stk_holders *walk, stk_holder *out);

/* Whether a group of `trusted` holds it. */
bool stk_trail_is_trusted(const stk_policy *policy, const stk_trail *trail);

/* The rule of a section for a group as a whole, or NULL. */
const stk_rule *stk_section_group_rule(const stk_section *section,
                                       const stk_group *group);

/* The rules of a section for a literal, by kind; NULL for none. */
const stk_rule *const *stk_section_node_rules(const stk_section *section,
                                              const stk_node *node);

/* Fills the index: slots, nodes, and what groups carry for it. Needs the
 * policy's sections and groups. Returns 0 or -STK_E_MEMORY. */
int stk_index_build(stk_policy *policy, stk_draft *draft);

/*
 * Makes the immutable policy of the draft: groups resolved, replaced rules
 * left out, the index built. Errors go to draft->complaints; the policy may
 * be asked, and must not be handed out, when there are any. Returns 0 or
 * -STK_E_MEMORY.
 */
int stk_compile(stk_policy *policy, stk_draft *draft);

#endif
