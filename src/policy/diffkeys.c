/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two policies say of keys, signatures, sandboxes and loaders, compared
 * fact by fact: who may sign what, and what a worker may do, is a change even
 * where no answer changes.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/profile.h"
#include "policy/arena.h"
#include "policy/moment.h"
#include "policy/rule.h"

#define VALUE_MAX (1u << 19) /* the patterns of a key */

typedef struct fact {
    const char *name, *value; /* in the arena, or in the policy */
} fact;

typedef struct facts {
    fact *items; /* owned */
    size_t n, size;
    stk_arena *arena; /* borrowed */
    char *folder;     /* owned; of the policy */
    bool no_memory;
} facts;

static void
add(facts *all, const char *name, const char *value)
{
    if (!name || !value) {
        all->no_memory = true;
        return;
    }
    if (all->n == all->size) {
        size_t size = all->size ? all->size * 2 : 64;
        fact *items = reallocarray(all->items, size, sizeof *items);

        if (!items) {
            all->no_memory = true;
            return;
        }
        all->items = items;
        all->size = size;
    }
    all->items[all->n++] = (fact){ name, value };
}

#define NAME(all, ...) stk_arena_printf((all)->arena, __VA_ARGS__)

/* ---- one key ------------------------------------------------------------ */

static int
compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The order in which they are written is nobody's business. */
static const char *
join(facts *all, const char *const *words, size_t n)
{
    STK_CLEANUP(stk_buffer_clear)
    stk_buffer text = STK_BUFFER_INIT(VALUE_MAX);
    STK_CLEANUP(stk_freep) const char **sorted = calloc(n + 1, sizeof *sorted);

    if (!sorted)
        return NULL;
    for (size_t i = 0; i < n; i++)
        sorted[i] = words[i];
    qsort(sorted, n, sizeof *sorted, compare_words);
    stk_buffer_puts(&text, "");
    for (size_t i = 0; i < n; i++)
        stk_buffer_printf(&text, "%s%s", i ? ", " : "", sorted[i]);
    return text.failed ? NULL
                       : stk_arena_copy(all->arena, text.data, text.length);
}

static const char *
kinds_of(facts *all, const stk_key_rule *key)
{
    const char *words[32];
    size_t n = 0;

    if (key->kinds == STK_ALL_KINDS)
        return "all";
    for (unsigned bit = 1; bit <= STK_KIND_POLICY; bit <<= 1)
        if (key->kinds & bit)
            words[n++] = stk_kind_name((enum stk_kind)bit);
    return join(all, words, n);
}

static void
add_moment(facts *all, const char *name, int64_t seconds, bool end)
{
    char text[STK_MOMENT_MAX];

    if (seconds)
        add(all, name, NAME(all, "%s", stk_moment_text(text, seconds, end)));
}

static const char *
status_of(facts *all, const stk_key_rule *key)
{
    char text[STK_MOMENT_MAX];

    if (key->status != STK_KEY_REVOKED)
        return key->status == STK_KEY_RETIRING ? "retiring" : "active";
    if (!key->revoked)
        return "revoked";
    return NAME(all, "revoked %s", stk_moment_text(text, key->revoked, false));
}

static void
add_key(facts *all, const stk_key_rule *key)
{
    const char *name = key->name;

    add(all, NAME(all, "key %s public", name), key->public_key);
    add(all, NAME(all, "key %s modules", name),
        join(all, key->modules, key->n_modules));
    add(all, NAME(all, "key %s kinds", name), kinds_of(all, key));
    add_moment(all, NAME(all, "key %s not_before", name), key->not_before,
               false);
    add_moment(all, NAME(all, "key %s not_after", name), key->not_after, true);
    add(all, NAME(all, "key %s status", name), status_of(all, key));
}

/* ---- the rest -------------------------------------------------------- */

/* The two policies may lie in different folders. */
static const char *
path_of(const facts *all, const char *path)
{
    size_t length = strlen(all->folder);

    return !strncmp(path, all->folder, length) && path[length] == '/'
               ? path + length + 1
               : path;
}

static void
add_lists(facts *all, const stk_signing *signing)
{
    for (size_t i = 0; i < signing->n_thresholds; i++)
        add(all, NAME(all, "threshold %s", signing->thresholds[i].pattern),
            NAME(all, "%u", signing->thresholds[i].keys));
    for (size_t i = 0; i < signing->n_floors; i++)
        add(all, NAME(all, "floor %s", signing->floors[i].package),
            NAME(all, "%" PRIu64, signing->floors[i].sequence));
    for (size_t i = 0; i < signing->n_revoked_hashes; i++)
        add(all, NAME(all, "revoked %s", signing->revoked_hashes[i]), "yes");
    for (size_t i = 0; i < signing->n_revoked_keys; i++)
        add(all, NAME(all, "revoked %s", signing->revoked_keys[i]), "yes");
}

static void
add_signing(facts *all, const stk_signing *signing)
{
    add_lists(all, signing);
    if (signing->state)
        add(all, "state", path_of(all, signing->state));
    if (signing->state_key)
        add(all, "state_key", path_of(all, signing->state_key));
    add(all, "require_state", signing->require_state ? "yes" : "no");
    add(all, "fast_path", signing->slow ? "off" : "auto");
    add_moment(all, "clock_floor", signing->clock_floor, false);
    if (signing->context)
        add(all, "context", signing->context);
    add(all, "binding",
        signing->binding == STK_BINDING_BASENAME ? "basename" : "strict");
    if (signing->cache)
        add(all, "cache", path_of(all, signing->cache));
}

/* Each line of its text, an item of a list as a fact of its own. */
static void
add_profile(facts *all, const stk_profile *profile)
{
    STK_CLEANUP(stk_freep) char *text = stk_profile_print(profile);
    char *rest = NULL;

    if (!text)
        all->no_memory = true;
    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *value = strstr(line, " = ");
        int key;

        *value = '\0';
        value += strlen(" = ");
        key = stk_profile_find(line);
        if (stk_profile_keys[key].list)
            add(all,
                NAME(all, "sandbox %s %s %s", profile->name, line,
                     path_of(all, value)),
                "yes");
        else
            add(all, NAME(all, "sandbox %s %s", profile->name, line),
                NAME(all, "%s", value));
    }
}

static void
add_loader(facts *all, const stk_loader_rule *loader)
{
    static const char *const heads[] = { "", "path:", "file:" };
    const char *name = loader->name;

    add(all, NAME(all, "loader %s finder", name),
        NAME(all, "%s:%s", loader->module, loader->attribute));
    add(all, NAME(all, "loader %s result", name),
        loader->result == STK_LOADER_MODULE ? "module" : "source");
    add(all, NAME(all, "loader %s sandbox", name), loader->sandbox);
    for (size_t i = 0; i < loader->n_modules; i++)
        add(all, NAME(all, "loader %s modules %s", name, loader->modules[i]),
            "yes");
    for (size_t i = 0; i < loader->n_arguments; i++) {
        const stk_loader_argument *one = &loader->arguments[i];

        add(all, NAME(all, "loader %s argument %zu", name, i + 1),
            NAME(all, "%s%s", heads[one->kind],
                 one->kind == STK_ARGUMENT_TEXT ? one->text
                                                : path_of(all, one->text)));
    }
}

static int
compare_facts(const void *a, const void *b)
{
    const fact *left = a, *right = b;

    return strcmp(left->name, right->name);
}

/* Each name is there once: patterns and names are. */
static bool
gather(facts *all, const stk_policy *policy)
{
    const stk_section *modules = stk_rule_modules(policy);
    size_t n;
    const stk_profile *profiles = stk_policy_profiles(policy, &n);

    all->folder = stk_path_folder(policy->file);
    if (!all->folder)
        return false;
    for (size_t i = 0; i < policy->signing.n_keys; i++)
        add_key(all, &policy->signing.keys[i]);
    add_signing(all, &policy->signing);
    for (size_t i = 0; i < n; i++)
        add_profile(all, &profiles[i]);
    for (size_t i = 0; i < policy->n_loaders; i++)
        add_loader(all, &policy->loaders[i]);
    for (size_t i = 0; i < modules->n_rules; i++)
        if (modules->rules[i]->bundle)
            add(all, NAME(all, "bundle of %s", modules->rules[i]->pattern),
                path_of(all, modules->rules[i]->bundle));
    if (!all->no_memory)
        qsort(all->items, all->n, sizeof *all->items, compare_facts);
    return !all->no_memory;
}

static int
merge(const facts *before, const facts *after, stk_setting_fn changed,
      void *payload)
{
    size_t i = 0, j = 0;
    int found = 0;

    while (i < before->n || j < after->n) {
        const fact *old = i < before->n ? &before->items[i] : NULL;
        const fact *new = j < after->n ? &after->items[j] : NULL;
        int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);

        i += order <= 0;
        j += order >= 0;
        if (order == 0 && !strcmp(old->value, new->value))
            continue;
        found += found < INT_MAX;
        if (changed)
            changed(payload, order <= 0 ? old->name : new->name,
                    order <= 0 ? old->value : NULL,
                    order >= 0 ? new->value : NULL);
    }
    return found;
}

int
stk_policy_diff_signing(const stk_policy *before, const stk_policy *after,
                        stk_setting_fn changed, void *payload, stk_error *err)
{
    STK_CLEANUP(stk_arena_freep) stk_arena *arena = stk_arena_new();
    facts left = { .arena = arena }, right = { .arena = arena };
    int found = arena && gather(&left, before) && gather(&right, after)
                    ? merge(&left, &right, changed, payload)
                    : stk_error_memory(err);

    free(left.items);
    free(left.folder);
    free(right.items);
    free(right.folder);
    return found;
}
