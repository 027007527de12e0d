/* SPDX-License-Identifier: Apache-2.0 */
/* The sections [sandbox NAME]: what a worker may do. */
#include "policy/profiles.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/builtin.h"
#include "policy/gate.h"
#include "policy/heading.h"
#include "policy/sectionkey.h"

/* ---- the built-in ones ------------------------------------------------ */

#define SHIPPED 4u

/* Read when somebody asks for them, which few programs do. */
static stk_profile shipped[SHIPPED];
static uint32_t shipped_lines[SHIPPED];
static size_t n_shipped;
static pthread_once_t were_read = PTHREAD_ONCE_INIT;

/* The heading is `key`; without room for one, none is there. */
static stk_profile *
begin_shipped(const stk_entry *heading)
{
    const char *name = strchr(heading->key, ' ');

    if (!name || n_shipped == SHIPPED)
        return NULL;
    stk_profile_init(&shipped[n_shipped], name + 1);
    shipped_lines[n_shipped] = heading->line;
    return &shipped[n_shipped++];
}

static void
read_shipped(void)
{
    const stk_entries *entries = &stk_builtins[STK_BUILTIN_PROFILES].entries;
    stk_profile *profile = NULL;
    stk_error err = STK_ERROR_INIT;
    uint32_t seen = 0;

    for (size_t i = 0; i < entries->n; i++) {
        const stk_entry *entry = &entries->items[i];
        int key = entry->value ? stk_profile_find(entry->key) : -1;

        if (!entry->value) {
            profile = begin_shipped(entry);
            seen = 0;
        } else if (profile && key >= 0) {
            if (!(seen >> key & 1))
                stk_profile_reset(profile, entry->key);
            seen |= 1u << key;
            stk_profile_set(profile, entry->key, entry->value, &err);
        }
    }
}

static const stk_profile *
get_shipped(size_t *n)
{
    pthread_once(&were_read, read_shipped);
    *n = n_shipped;
    return shipped;
}

/* A section of a policy changes them key by key. */
static int
add_shipped(stk_draft *draft)
{
    size_t n;
    const stk_profile *profiles = get_shipped(&n);

    for (size_t i = 0; i < n; i++) {
        stk_draft_profile *at =
            stk_draft_profile_named(draft, profiles[i].name);

        if (!at)
            return -STK_E_MEMORY;
        at->profile = profiles[i];
        at->place = (stk_place){ STK_PROFILES_FILE, shipped_lines[i] };
    }
    return 0;
}

/* ---- one section ----------------------------------------------------- */

int
stk_profile_begin(stk_profile_reader *r, uint32_t line, const char *name)
{
    static const stk_heading_kind kind = { "sandbox", "sandboxes",
                                           STK_PROFILE_NAME_MAX - 1,
                                           STK_PROFILES_MAX };
    const stk_heading heading = { &kind, r->draft, { r->file, line }, name };
    stk_draft_profile *at;

    r->heading = line;
    if (!stk_heading_is_named(&heading))
        return 0;
    if (r->draft->n_profiles == 0 && add_shipped(r->draft) < 0)
        return -STK_E_MEMORY;
    at = stk_draft_profile_named(r->draft, name);
    if (!at)
        return stk_heading_refused(&heading, r->draft->n_profiles);
    if (stk_heading_is_repeated(&heading, at->place))
        return 0;
    at->place = (stk_place){ r->file, line };
    r->at = at;
    return 0;
}

/* Those that a later file has replaced stay: no profile has them any more. */
static int
note_word(stk_profile_reader *r, uint32_t line, const char *key,
          const char *word)
{
    stk_arena *arena = r->draft->arena;
    stk_profile_word *noted = stk_arena_take(arena, 1, sizeof *noted);
    const char *copy = stk_arena_copy(arena, word, strlen(word));

    if (!noted || !copy)
        return -STK_E_MEMORY;
    *noted = (stk_profile_word){
        r->at->words, stk_profile_find(key), copy, { r->file, line }
    };
    r->at->words = noted;
    return 0;
}

static int
set_word(stk_profile_reader *r, uint32_t line, const char *key,
         const char *word)
{
    STK_CLEANUP(stk_freep) char *joined = NULL;
    STK_CLEANUP(stk_freep) char *path = NULL;
    stk_error err = STK_ERROR_INIT;

    if (!strcmp(key, "read") || !strcmp(key, "write")) {
        /* a shell's word for a folder that depends on who runs it */
        if (word[0] == '~') {
            STK_COMPLAIN(r, line, STK_E_INVALID,
                         "\"%s\": a policy knows no home folder; write the "
                         "whole path, or ./%s for a file of that name",
                         word, word);
            return 0;
        }
        joined = stk_path_join(r->folder, word);
        path = joined ? stk_path_absolute(joined) : NULL;
        if (!path)
            return -STK_E_MEMORY;
        stk_path_fold(path);
        word = path;
    }
    if (stk_profile_set(&r->at->profile, key, word, &err) < 0)
        STK_COMPLAIN(r, line, err.code, "%s", err.message);
    else if (stk_profile_keys[stk_profile_find(key)].list)
        return note_word(r, line, key, word);
    return 0;
}

int
stk_profile_take(stk_profile_reader *r, uint32_t line, const char *key,
                 const char *value)
{
    char word[STK_LINE_LENGTH_MAX + 1];
    const stk_sectionline said = { r->draft, { r->file, line }, key, value };
    int i = stk_profile_find(key);
    bool list;

    if (!r->at)
        return 0;
    if (i < 0)
        return set_word(r, line, key, value); /* which says that it is none */
    list = stk_profile_keys[i].list;
    if (!r->seen[i])
        stk_profile_reset(&r->at->profile, key);
    if (!stk_sectionkey_accepts(&said, list, &r->seen[i]))
        return 0;
    if (!list)
        return set_word(r, line, key, value);
    while (stk_text_word(word, sizeof word, &value, ", \t"))
        if (set_word(r, line, key, word) < 0)
            return -STK_E_MEMORY;
    return 0;
}

void
stk_profile_end(stk_profile_reader *r)
{
    stk_error err = STK_ERROR_INIT;

    if (r->at && stk_profile_check(&r->at->profile, &err) < 0)
        STK_COMPLAIN(r, r->heading, err.code, "[sandbox %s]: %s",
                     r->at->profile.name, err.message);
    r->at = NULL;
    memset(r->seen, 0, sizeof r->seen);
}

/* ---- the policy ------------------------------------------------------ */

static int
complain_unknown(const stk_policy *policy, stk_draft *draft,
                 const stk_rule *rule, const char *name)
{
    STK_CLEANUP(stk_freep)
    const char **names = NULL;
    size_t n;
    const stk_profile *profiles = stk_policy_profiles(policy, &n);
    const char *near;

    names = calloc(n + 1, sizeof(char *));
    if (!names)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < n; i++)
        names[i] = profiles[i].name;
    near = stk_text_nearest(name, names);
    if (near)
        STK_COMPLAIN_AT(draft, rule->place, STK_E_INVALID,
                        "unknown sandbox \"%s\"; did you mean \"%s\"?", name,
                        near);
    else
        STK_COMPLAIN_AT(draft, rule->place, STK_E_INVALID,
                        "unknown sandbox \"%s\"; add a section [sandbox %s]",
                        name, name);
    return 0;
}

int
stk_profiles_finish(stk_policy *policy, stk_draft *draft)
{
    const stk_section *modules = stk_rule_modules(policy);
    stk_profile *profiles =
        stk_arena_take(draft->arena, draft->n_profiles, sizeof *profiles);
    stk_place *places =
        stk_arena_take(draft->arena, draft->n_profiles, sizeof *places);
    const stk_profile_word **words =
        stk_arena_take(draft->arena, draft->n_profiles, sizeof *words);

    if (!profiles || !places || !words)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < draft->n_profiles; i++) {
        profiles[i] = draft->profiles[i].profile;
        places[i] = draft->profiles[i].place;
        words[i] = draft->profiles[i].words;
    }
    policy->profiles = profiles;
    policy->profile_places = places;
    policy->profile_words = words;
    policy->n_profiles = draft->n_profiles;
    for (size_t i = 0; i < modules->n_rules; i++) {
        const stk_rule *rule = modules->rules[i];
        const char *name = stk_requirement_profile(rule->requirement);

        if (name && !stk_policy_profile(policy, name) &&
            complain_unknown(policy, draft, rule, name) < 0)
            return -STK_E_MEMORY;
    }
    return 0;
}

/* ---- parents --------------------------------------------------------- */

/* sys.modules has the package as a proxy: what is below it lives where it
 * does, or nowhere. */
static void
check_name(const stk_policy *policy, stk_draft *draft, const stk_rule *rule,
           const char *name)
{
    const char *dot = strrchr(name, '.');
    char parent[STK_LINE_LENGTH_MAX + 1];
    const char *outer, *own = stk_requirement_profile(rule->requirement);
    const stk_rule *above;

    if (!dot || (size_t)(dot - name) >= sizeof parent)
        return;
    memcpy(parent, name, (size_t)(dot - name));
    parent[dot - name] = '\0';
    above = stk_rule_required(policy, parent);
    outer = above ? stk_requirement_profile(above->requirement) : NULL;
    if (!outer || (own && !strcmp(own, outer)))
        return;
    STK_COMPLAIN_AT(draft, rule->place, STK_E_INVALID,
                    "%s: its parent %s runs in sandbox:"
                    "%s (%s:%u); write deny or the same",
                    rule->pattern, parent, outer, above->place.file,
                    above->place.line);
}

void
stk_profiles_check_parents(const stk_policy *policy, stk_draft *draft)
{
    const stk_section *modules = stk_rule_modules(policy);

    for (size_t i = 0; i < modules->n_rules; i++) {
        const stk_rule *rule = modules->rules[i];

        if (rule->verdict == STK_DENY || rule->kind == STK_PATTERN_ANY)
            continue;
        if (rule->kind != STK_PATTERN_GROUP) {
            check_name(policy, draft, rule, rule->literal);
            continue;
        }
        for (size_t j = 0; j < rule->group->n_members; j++)
            check_name(policy, draft, rule, rule->group->members[j]);
    }
}

/* ---- asking ---------------------------------------------------------- */

bool
stk_policy_needs_workers(const stk_policy *policy)
{
    const stk_section *modules = stk_rule_modules(policy);

    for (size_t i = 0; policy->has_requirements && i < modules->n_rules; i++)
        if (stk_requirement_profile(modules->rules[i]->requirement))
            return true;
    return false;
}

/* None of the shipped ones does. */
bool
stk_policy_starts_workers(const stk_policy *policy)
{
    for (size_t i = 0; i < policy->n_profiles; i++)
        if (policy->profiles[i].start == STK_START_ON_INSTALL)
            return true;
    return false;
}

const stk_profile *
stk_policy_profiles(const stk_policy *policy, size_t *n)
{
    if (policy->n_profiles == 0)
        return get_shipped(n);
    *n = policy->n_profiles;
    return policy->profiles;
}

const stk_profile *
stk_policy_profile(const stk_policy *policy, const char *name)
{
    size_t n;
    const stk_profile *profiles = stk_policy_profiles(policy, &n);

    for (size_t i = 0; i < n; i++)
        if (!strcmp(profiles[i].name, name))
            return &profiles[i];
    return NULL;
}

static const stk_place *
first_use(const stk_policy *policy, const char *profile)
{
    const stk_section *modules = stk_rule_modules(policy);

    for (size_t i = 0; i < modules->n_rules; i++) {
        const char *used =
            stk_requirement_profile(modules->rules[i]->requirement);

        if (used && !strcmp(used, profile))
            return &modules->rules[i]->place;
    }
    return NULL;
}

const stk_place *
stk_profiles_place(const stk_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->n_profiles; i++) {
        if (strcmp(policy->profiles[i].name, name) != 0)
            continue;
        return strcmp(policy->profile_places[i].file, STK_PROFILES_FILE)
                   ? &policy->profile_places[i]
                   : first_use(policy, name);
    }
    /* only the shipped ones are there */
    return policy->n_profiles == 0 && stk_policy_profile(policy, name)
               ? first_use(policy, name)
               : NULL;
}

const stk_place *
stk_profiles_word_place(const stk_policy *policy, const char *name,
                        const char *key, const char *word)
{
    const stk_profile_word *at = NULL;
    int wanted = stk_profile_find(key);

    for (size_t i = 0; i < policy->n_profiles; i++)
        if (!strcmp(policy->profiles[i].name, name))
            at = policy->profile_words[i];
    while (at && (at->key != wanted || strcmp(at->word, word) != 0))
        at = at->before;
    return at ? &at->place : stk_profiles_place(policy, name);
}
