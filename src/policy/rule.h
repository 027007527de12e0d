/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled policy: sections, rules, groups and settings, with the hash
 * index that answers in the length of the name. Built once by the parser,
 * never changed afterwards. Everything it points to lives in its arena.
 */
#ifndef STK_POLICY_RULE_H
#define STK_POLICY_RULE_H

#include <stdatomic.h>

#include <stockade/policy.h>
#include <stockade/sandbox.h>
#include <stockade/trust.h>

#include "policy/name.h"

#define STK_SIGNED "signed" /* the requirement */

#define STK_ALL_KINDS ((uint32_t)STK_KIND_POLICY * 2 - 1)

#define STK_PARTS 6u /* of @stdlib */

#define STK_RULES_MAX 100000u /* in one policy, all its files together */

typedef struct stk_place {
    const char *file; /* as loaded; "builtin:groups.ini" for built-ins */
    uint32_t line;    /* 1-based */
} stk_place;

/* In the order in which they win over names below their literal. */
enum stk_pattern {
    STK_PATTERN_BELOW = 0, /* x.* : everything below x, not x */
    STK_PATTERN_NAME,      /* x   : x and everything below */
    STK_PATTERN_PREFIX,    /* x*  : what begins with x, and below that */
    STK_PATTERN_GROUP,     /* @g  : its members and everything below */
    STK_PATTERN_ANY        /* *   */
};

enum stk_section_kind {
    STK_SECTION_FORBIDDEN = 0,
    STK_SECTION_MODULES, /* [modules]; of the half for events: [events] */
    STK_SECTION_FROM     /* [modules from X], [events from X] */
};

typedef struct stk_section stk_section;
typedef struct stk_group stk_group;
typedef struct stk_rule stk_rule;

struct stk_rule {
    stk_place place;
    const stk_section *section;
    const char *text;    /* canonical: "os = deny" */
    const char *pattern; /* canonical: "plugins.*", "@web", "*" */
    const char *literal; /* "plugins", the group's name, "" for * */
    size_t length;       /* of literal */
    enum stk_pattern kind;
    enum stk_verdict verdict;
    bool closure;
    const char *words;        /* canonical: "allow closure"; or NULL */
    const char *requirement;  /* STK_SIGNED, "sandbox:x", both with a space
                                 between them, or NULL */
    const char *bundle;       /* path, resolved, or NULL */
    const char *bundle_text;  /* the same as written */
    const char *reason;       /* of a [forbidden] rule, or NULL */
    const stk_group *group;   /* of STK_PATTERN_GROUP, or NULL */
    const stk_rule *replaces; /* the same pattern of a file that came before,
                                 with no section; or NULL */
};

/*
 * A section with what all files say in it: rules in file order (the extended
 * file's first), those that a later file replaces left out.
 */
struct stk_section {
    stk_place place; /* its heading, in the last file that has one */
    enum stk_section_kind kind;
    uint32_t index;         /* in policy->sections */
    const char *name;       /* "modules from plugins.reports" */
    const char *importer;   /* FROM a name: "plugins.reports"; else NULL */
    const stk_group *group; /* FROM a group; else NULL */
    const stk_rule **rules;
    size_t n_rules;

    /* for the index */
    const stk_rule *any;          /* the rule of `*`, or NULL */
    const stk_rule **group_rules; /* sorted by group->index */
    size_t n_group_rules;
};

struct stk_group {
    stk_place place;
    const char *name; /* without the @ */
    uint32_t index;   /* in policy->groups */
    bool builtin;     /* @stdlib or a part of it */
    bool events;      /* a built-in set of audit events */
    bool trusted;     /* by [stockade] trusted; through @stdlib too */
    const char *const *members; /* sorted, dotted names; those of @stdlib are
                                   the members of all its parts */
    size_t n_members;

    /* for the index */
    const stk_section *section; /* [modules from @name], or NULL */
    const stk_rule *in_modules, *in_forbidden;
    bool denied_from; /* some [modules from X] denies it */
};

/* A key of [stockade] as written. place.file is NULL when no file has it. */
typedef struct stk_setting {
    stk_place place;
    const char *value; /* canonical; the words of a list joined by ", " */
} stk_setting;

/* Those that the policy carries; `version` and `extends` are done with. */
enum stk_setting_key {
    STK_SETTING_MODE = 0,
    STK_SETTING_DEFAULT,
    STK_SETTING_TRUSTED,
    STK_SETTING_SHADOWING,
    STK_SETTING_OBSERVE,
    STK_SETTING_AUDIT,
    STK_SETTING_CACHED,
    STK_SETTING_ON_AUDIT_FAILURE,
    STK_SETTING_CHILDREN,
    STK_SETTING_FINDERS,
    STK_SETTING_COUNT
};

/* What the index knows of one literal; see index.h. */
typedef struct stk_node stk_node;
struct stk_slot;

/* A word of a list of a [sandbox NAME], and the line that has it. */
typedef struct stk_profile_word {
    const struct stk_profile_word
        *before; /* what was read before it, or NULL */
    int key;
    const char *word;
    stk_place place;
} stk_profile_word;

struct stk_policy {
    atomic_uint references;
    struct stk_arena *arena; /* owns everything below */
    const char *file;

    /* settings, compiled; and as written, for lint, print and explain */
    enum stk_mode mode;
    enum stk_verdict fallback; /* default = */
    enum stk_verdict shadowing;
    enum stk_cached cached;
    enum stk_verdict on_audit_failure;
    enum stk_children children;
    enum stk_finders finders;
    const char **audit; /* sinks, file paths resolved */
    size_t n_audit;
    const char *observe_path; /* resolved, or NULL */
    stk_policy *observed;     /* owned reference, or NULL */
    stk_setting settings[STK_SETTING_COUNT];

    stk_signing signing; /* [key NAME] and [signing] */
    const stk_place *threshold_places, *floor_places;
    stk_place signing_place; /* of the last [signing] */
    const char **bundles;    /* of the rules, resolved, each once */
    size_t n_bundles;

    /* [sandbox NAME], the built-in ones first; none when there is no section:
     * stk_policy_profiles() has them */
    const stk_profile *profiles;
    const stk_place *profile_places;
    const stk_profile_word *const *profile_words;
    size_t n_profiles;

    const stk_loader_rule *loaders; /* [loader NAME], in file order */
    size_t n_loaders;

    /* [forbidden], [modules], then [modules from X] in file order. The
     * first two always exist, with no rules when no file has them. */
    const stk_section **sections;
    size_t n_sections;
    size_t n_rules;

    /* the built-in groups first, then [group X] in file order */
    const stk_group **groups;
    size_t n_groups;

    /* the index */
    const struct stk_slot *slots;
    uint32_t slot_mask;
    const stk_node *nodes;
    uint64_t prefix_lengths[4]; /* bit n: some x* has a literal of n bytes */
    const stk_group *stdlib;    /* all parts together */
    const stk_group *parts[STK_PARTS];
    stk_rule_ref trusted; /* `trusted = ...` as a rule; or zero */
    bool has_trusted, has_closure, has_from, has_prefixes;
    bool has_requirements; /* some rule of [modules] has one ... */
    bool has_signed;       /* ... and it says STK_SIGNED */
    bool from_denies_any;  /* some [modules from X] has `* = deny` */

    /* The half that judges audit events: a policy of its own, of [events]
     * and [events from X], with default = allow. In the same arena, never
     * given out. NULL in that half itself. */
    stk_policy *events;
    bool for_events; /* this is such a half */
};

/* The sections that every policy has. */
static inline const stk_section *
stk_rule_forbidden(const stk_policy *policy)
{
    return policy->sections[STK_SECTION_FORBIDDEN];
}

static inline const stk_section *
stk_rule_modules(const stk_policy *policy)
{
    return policy->sections[STK_SECTION_MODULES];
}

/* [modules from `importer`] exactly, `importer` as written in a heading
 * ("plugins.reports", "@web"); NULL when there is none. */
const stk_section *stk_rule_section(const stk_policy *policy,
                                    const char *importer);

/*
 * The [modules from X] sections that hold `importer` (NULL: none), in the
 * order in which they are asked. Writes at most `max`, returns how many
 * there are. `holders`, when not NULL, gets how many bytes of `importer`
 * each one names: that much is its own package.
 */
size_t stk_rule_chain(const stk_section **out, size_t *holders, size_t max,
                      const stk_policy *policy, const char *importer);

/*
 * The rules of one section that match `name`, the winner first, the losers
 * after it in the order in which they would win. The parent rule, own
 * packages, trust and closure are not applied. Writes at most `max`, returns
 * how many match; 0 when `name` is no dotted identifier.
 */
size_t stk_rule_matches(const stk_rule **out, size_t max,
                        const stk_policy *policy, const stk_section *section,
                        const char *name);

/* The rule of [modules] that says what `name` needs, whoever asks: the first
 * that is no deny; NULL when there is none. */
const stk_rule *stk_rule_required(const stk_policy *policy, const char *name);

/* The group of this name (without the @), or NULL. */
const stk_group *stk_rule_group(const stk_policy *policy, const char *name);

/* True when `name` is a member, or below one. For the built-in groups the
 * longest member of all parts decides to which part a name belongs. */
bool stk_rule_group_holds(const stk_policy *policy, const stk_group *group,
                          const char *name);

void stk_policy_freep(stk_policy **policy); /* for STK_CLEANUP */

/* How the rule is shown outside; NULL gives "no rule". */
stk_rule_ref stk_rule_show(const stk_rule *rule);

#endif
