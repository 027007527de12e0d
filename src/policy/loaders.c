/* SPDX-License-Identifier: Apache-2.0 */
/* The sections [loader NAME]: a finder that runs in a worker, and what it is
 * asked for. */
#include "policy/loaders.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/pattern.h"
#include "base/text.h"
#include "policy/gate.h"
#include "policy/heading.h"
#include "policy/keys.h"
#include "policy/sectionkey.h"

#define NAME_MAX_LENGTH 40u /* as of a key: it is a word in records */
#define ARGUMENTS_MAX   100u

typedef struct entry {
    stk_sectionkey key; /* first, as the table wants it */
    int (*take)(stk_loader_reader *r, uint32_t line, const char *value);
} entry;

/* ---- the entries -------------------------------------------------------- */

static int
take_finder(stk_loader_reader *r, uint32_t line, const char *value)
{
    stk_arena *arena = r->draft->arena;
    stk_loader_rule *rule = &r->loader->rule;
    const char *colon = strchr(value, ':');
    size_t length = colon ? (size_t)(colon - value) : 0;
    char text[STK_QUOTE_MAX];

    if (!colon || !stk_name_is_dotted(value, length) ||
        !stk_name_is_dotted(colon + 1, strlen(colon + 1))) {
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "%s names no class; write finder = package.module:Class",
                     stk_quote_word(text, value));
        return 0;
    }
    rule->module = stk_arena_copy(arena, value, length);
    rule->attribute = stk_arena_copy(arena, colon + 1, strlen(colon + 1));
    return rule->module && rule->attribute ? 0 : -STK_E_MEMORY;
}

/* Paths begin at the folder of the file that says them, and are the same
 * wherever the host goes. */
static int
resolve(stk_loader_reader *r, const char *path, const char **out)
{
    STK_CLEANUP(stk_freep) char *joined = stk_path_join(r->folder, path);
    STK_CLEANUP(stk_freep)
    char *whole = joined ? stk_path_absolute(joined) : NULL;

    *out =
        whole ? stk_arena_copy(r->draft->arena, whole, strlen(whole)) : NULL;
    return *out ? 0 : -STK_E_MEMORY;
}

static int
read_argument(stk_loader_reader *r, const char *word, stk_loader_argument *out)
{
    bool is_path = !strncmp(word, "path:", 5);
    bool is_file = !strncmp(word, "file:", 5);

    if (is_path || is_file) {
        out->kind = is_path ? STK_ARGUMENT_PATH : STK_ARGUMENT_FILE;
        return resolve(r, word + 5, &out->text);
    }
    out->kind = STK_ARGUMENT_TEXT;
    out->text = stk_arena_copy(r->draft->arena, word, strlen(word));
    return out->text ? 0 : -STK_E_MEMORY;
}

static int
take_arguments(stk_loader_reader *r, uint32_t line, const char *value)
{
    char word[STK_LINE_LENGTH_MAX + 1];
    stk_loader_argument argument;

    while (stk_text_word(word, sizeof word, &value, ", \t")) {
        if (!strcmp(word, "path:") || !strcmp(word, "file:")) {
            STK_COMPLAIN(r, line, STK_E_INVALID, "%s lacks its path", word);
            continue;
        }
        if (r->loader->n_arguments == ARGUMENTS_MAX) {
            STK_COMPLAIN(r, line, STK_E_LIMIT, "more than %u arguments",
                         ARGUMENTS_MAX);
            return 0;
        }
        if (read_argument(r, word, &argument) < 0 ||
            stk_draft_add_argument(r->draft, r->loader, &argument) < 0)
            return -STK_E_MEMORY;
    }
    return 0;
}

static bool
is_pattern(stk_draft *draft, stk_place place, const char *word)
{
    char text[STK_QUOTE_MAX];

    if (strcmp(word, "*") && stk_key_is_pattern(word))
        return true;
    STK_COMPLAIN_AT(draft, place, STK_E_INVALID,
                    "%s is no pattern for a loader; write vault, vault.* or "
                    "vault_*",
                    stk_quote_word(text, word));
    return false;
}

static int
take_modules(stk_loader_reader *r, uint32_t line, const char *value)
{
    return stk_sectionkey_patterns(r->draft, (stk_place){ r->file, line },
                                   &r->loader->modules, value, is_pattern);
}

static int
take_result(stk_loader_reader *r, uint32_t line, const char *value)
{
    static const char *const words[] = { "source", "module", NULL };

    if (!strcmp(value, "source"))
        r->loader->rule.result = STK_LOADER_SOURCE;
    else if (!strcmp(value, "module"))
        r->loader->rule.result = STK_LOADER_MODULE;
    else
        return stk_sectionkey_unknown(r->draft, (stk_place){ r->file, line },
                                      "result", value, words);
    return 0;
}

static int
take_sandbox(stk_loader_reader *r, uint32_t line, const char *value)
{
    char text[STK_QUOTE_MAX];

    r->loader->sandbox_line = line;
    if (stk_profile_is_name(value))
        r->loader->rule.sandbox = value;
    else
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "%s names no sandbox; write strict",
                     stk_quote_word(text, value));
    return 0;
}

enum { FINDER, ARGUMENTS, MODULES, RESULT, SANDBOX };

static const entry entries[] = {
    [FINDER] = { { "finder", false }, take_finder },
    [ARGUMENTS] = { { "arguments", true }, take_arguments },
    [MODULES] = { { "modules", true }, take_modules },
    [RESULT] = { { "result", false }, take_result },
    [SANDBOX] = { { "sandbox", false }, take_sandbox },
};

#define N_ENTRIES (sizeof entries / sizeof entries[0])

_Static_assert(N_ENTRIES <= 5, "stk_loader_reader.seen holds every key");

int
stk_loader_take(stk_loader_reader *r, uint32_t line, const char *key,
                const char *value)
{
    const stk_sectionline said = { r->draft, { r->file, line }, key, value };
    static const stk_sectionkeys table = { entries, N_ENTRIES,
                                           sizeof entries[0] };
    size_t row;
    int found =
        stk_sectionkey_find(&row, &said, &table, r->loader ? r->seen : NULL);

    return found > 0 ? entries[row].take(r, line, value) : found;
}

/* ---- the section -------------------------------------------------------- */

int
stk_loader_begin(stk_loader_reader *r, uint32_t line, const char *name)
{
    static const stk_heading_kind kind = { "loader", "loaders",
                                           NAME_MAX_LENGTH, STK_LOADERS_MAX };
    const stk_heading heading = { &kind, r->draft, { r->file, line }, name };
    stk_draft_loader *loader;

    r->heading = line;
    if (!stk_heading_is_named(&heading))
        return 0;
    loader = stk_draft_loader_named(r->draft, name);
    if (!loader)
        return stk_heading_refused(&heading, r->draft->n_loaders);
    if (stk_heading_is_repeated(
            &heading, (stk_place){ loader->rule.file, loader->rule.line }))
        return 0;
    *loader = (stk_draft_loader){ .rule = { .name = loader->rule.name,
                                            .sandbox = "strict",
                                            .file = r->file,
                                            .line = line } };
    r->loader = loader;
    return 0;
}

void
stk_loader_end(stk_loader_reader *r)
{
    if (r->loader && !r->seen[FINDER])
        STK_COMPLAIN(r, r->heading, STK_E_INVALID,
                     "[loader %s] has no finder; write finder = "
                     "package.module:Class",
                     r->loader->rule.name);
    if (r->loader && !r->seen[MODULES])
        STK_COMPLAIN(
            r, r->heading, STK_E_INVALID,
            "[loader %s] has no modules; write modules = and the names "
            "that it is asked for",
            r->loader->rule.name);
    r->loader = NULL;
    memset(r->seen, 0, sizeof r->seen);
}

/* ---- the policy ------------------------------------------------------ */

#define COMPLAIN_OF(draft, rule, ...)                                         \
    stk_complain((draft)->complaints, (rule)->file, (rule)->line,             \
                 STK_E_INVALID, __VA_ARGS__)

/* One name, one loader. */
static void
check_twice(stk_draft *draft, const stk_loader_rule *rule,
            const stk_loader_rule *before)
{
    for (size_t i = 0; i < rule->n_modules; i++)
        for (size_t j = 0; j < before->n_modules; j++)
            if (!strcmp(rule->modules[i], before->modules[j]))
                COMPLAIN_OF(draft, rule,
                            "[loader %s]: %s is of [loader %s] (%s:%u) "
                            "already; keep one",
                            rule->name, rule->modules[i], before->name,
                            before->file, before->line);
}

/* The profile that [modules] has `name` in, where that is another one. */
static const stk_rule *
find_other_profile(const stk_policy *policy, const stk_loader_rule *loader,
                   const char *name, const char **profile)
{
    const stk_rule *rule = stk_rule_required(policy, name);

    *profile = rule ? stk_requirement_profile(rule->requirement) : NULL;
    return *profile && strcmp(*profile, loader->sandbox) ? rule : NULL;
}

static void
check_finder(const stk_policy *policy, stk_draft *draft,
             const stk_loader_rule *loader)
{
    const char *profile;
    const stk_rule *rule =
        find_other_profile(policy, loader, loader->module, &profile);

    if (rule)
        COMPLAIN_OF(draft, loader,
                    "[loader %s]: %s runs in sandbox:%s (%s:%u); write "
                    "sandbox = %s",
                    loader->name, loader->module, profile, rule->place.file,
                    rule->place.line, profile);
    for (size_t i = 0; i < loader->n_modules; i++)
        if (stk_pattern_rank(loader->modules[i], loader->module))
            COMPLAIN_OF(draft, loader,
                        "[loader %s]: its finder, %s, is one of its own "
                        "modules: nobody would find it",
                        loader->name, loader->module);
}

/* What stays in the loader's worker is seen by nobody, and is in that. */
static void
check_module(const stk_policy *policy, stk_draft *draft,
             const stk_loader_rule *loader, const char *pattern)
{
    char name[STK_LINE_LENGTH_MAX + 1];
    size_t length = strcspn(pattern, "*");
    const char *profile;
    const stk_rule *rule;

    snprintf(name, sizeof name, "%.*s%s", (int)length, pattern,
             pattern[length] ? "_" : "");
    rule = stk_rule_required(policy, name);
    if (rule && stk_requirement_signed(rule->requirement))
        COMPLAIN_OF(draft, loader,
                    "[loader %s]: %s must be signed (%s:%u), and what stays "
                    "in a worker is not verified; write result = source",
                    loader->name, pattern, rule->place.file, rule->place.line);
    rule = find_other_profile(policy, loader, name, &profile);
    if (rule)
        COMPLAIN_OF(draft, loader,
                    "[loader %s]: %s runs in sandbox:%s (%s:%u), and the "
                    "loader in %s; write the same, or result = source",
                    loader->name, pattern, profile, rule->place.file,
                    rule->place.line, loader->sandbox);
}

static int
check_profile(const stk_policy *policy, stk_draft *draft,
              const stk_draft_loader *loader)
{
    const stk_loader_rule *rule = &loader->rule;
    const char *names[STK_PROFILES_MAX + 1] = { NULL };
    size_t n;
    const stk_profile *profiles = stk_policy_profiles(policy, &n);

    if (stk_policy_profile(policy, rule->sandbox))
        return 0;
    for (size_t i = 0; i < n && i < STK_PROFILES_MAX; i++)
        names[i] = profiles[i].name;
    return stk_sectionkey_unknown(
        draft, (stk_place){ rule->file, loader->sandbox_line }, "sandbox",
        rule->sandbox, names);
}

static void
check_stdlib(stk_draft *draft, const stk_loader_rule *rule)
{
    for (size_t i = 0; i < rule->n_modules; i++)
        if (stk_policy_in_stdlib(rule->modules[i]))
            COMPLAIN_OF(draft, rule,
                        "[loader %s]: %s is of the standard library, which "
                        "no loader is asked for",
                        rule->name, rule->modules[i]);
}

static int
check_loader(const stk_policy *policy, stk_draft *draft, size_t n)
{
    const stk_loader_rule *rule = &policy->loaders[n];

    if (!rule->module)
        return 0; /* that was said */
    for (size_t i = 0; i < n; i++)
        check_twice(draft, rule, &policy->loaders[i]);
    check_stdlib(draft, rule);
    check_finder(policy, draft, rule);
    for (size_t i = 0;
         rule->result == STK_LOADER_MODULE && i < rule->n_modules; i++)
        check_module(policy, draft, rule, rule->modules[i]);
    return check_profile(policy, draft, &draft->loaders[n]);
}

int
stk_loaders_finish(stk_policy *policy, stk_draft *draft)
{
    stk_loader_rule *rules =
        stk_arena_take(draft->arena, draft->n_loaders, sizeof *rules);
    int result = rules ? 0 : -STK_E_MEMORY;

    for (size_t i = 0; rules && i < draft->n_loaders; i++) {
        stk_draft_loader *from = &draft->loaders[i];

        rules[i] = from->rule;
        rules[i].arguments = from->arguments;
        rules[i].n_arguments = from->n_arguments;
        rules[i].modules = from->modules.items;
        rules[i].n_modules = from->modules.n;
    }
    policy->loaders = rules;
    policy->n_loaders = rules ? draft->n_loaders : 0;
    for (size_t i = 0; result == 0 && i < policy->n_loaders; i++)
        result = check_loader(policy, draft, i);
    return result;
}

/* ---- asking ---------------------------------------------------------- */

const stk_loader_rule *
stk_policy_loader(const stk_policy *policy, const char *name)
{
    const stk_loader_rule *found = NULL;
    size_t best = 0;

    if (policy->n_loaders == 0 || stk_policy_in_stdlib(name))
        return NULL;
    for (size_t i = 0; i < policy->n_loaders; i++) {
        const stk_loader_rule *rule = &policy->loaders[i];

        for (size_t j = 0; j < rule->n_modules; j++) {
            size_t rank = stk_pattern_rank(rule->modules[j], name);

            if (rank <= best)
                continue;
            best = rank;
            found = rule;
        }
    }
    return found;
}

const stk_loader_rule *
stk_policy_loaders(const stk_policy *policy, size_t *n)
{
    *n = policy->n_loaders;
    return policy->loaders;
}
