/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guesses that a name was mistyped. A wrong guess costs an author a warning
 * that cannot be silenced, so a guess is made only when nothing speaks for
 * the name: one letter off (two in a long name), the first letter right, not
 * a known name, not a longer form of the module's own (httpx, jsons), and
 * mentioned once.
 */
#include "policy/typo.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/table.h"

/*
 * Names that people use and that look mistyped all the same: those of the
 * 15,000 most downloaded distributions of PyPI that the rules above leave,
 * and everyday words. Sorted.
 */
static const char *const known_names[] = {
    "contextily", "core",       "cose",   "cppy",  "curies", "geotext",
    "globe",      "glog",       "glom",   "grip",  "heap",   "hvac",
    "importlab",  "local",      "locate", "match", "mcap",   "ntplib",
    "number",     "operations", "ops",    "parse", "parsel", "parver",
    "pdoc",       "pipe",       "piper",  "polib", "print",  "pydo",
    "pydot",      "secret",     "size",   "start", "text",   "tile",
    "timm",       "trade",      "type",   "typer", "ulid",   "weave",
};

/* With fewer letters, too much is one letter off. */
#define SHORTEST       3u
#define SHORTEST_MEANT 4u
#define LONG           9u

#define LABEL_MAX 64u

typedef struct mention {
    const stk_place *place;
    const char *name;
    unsigned times;
} mention;

typedef struct finder {
    const stk_policy *policy;
    stk_table labels;  /* owned: first labels, each with its mention */
    mention *mentions; /* owned */
    size_t size;
    bool no_memory;
} finder;

/* ---- gathering -------------------------------------------------------- */

static bool
make_room(finder *f, uint32_t number)
{
    size_t size = f->size ? f->size * 2 : 64;
    mention *grown;

    if (number < f->size)
        return true;
    grown = reallocarray(f->mentions, size, sizeof(*grown));
    if (!grown)
        return false;
    f->mentions = grown;
    f->size = size;
    return true;
}

static void
add(finder *f, const stk_place *place, const char *name)
{
    uint32_t before = f->labels.used;
    uint32_t number = stk_table_add(&f->labels, name, strcspn(name, "."));

    if (number == STK_TABLE_NONE || !make_room(f, number)) {
        f->no_memory = true;
        return;
    }
    if (number >= before)
        f->mentions[number] = (mention){ place, name, 0 };
    f->mentions[number].times++;
}

static void
gather(finder *f)
{
    const stk_policy *policy = f->policy;

    for (size_t i = 0; i < policy->n_sections; i++) {
        const stk_section *section = policy->sections[i];

        if (section->importer)
            add(f, &section->place, section->importer);
        for (size_t j = 0; j < section->n_rules; j++) {
            const stk_rule *rule = section->rules[j];

            /* a prefix is no whole name */
            if (rule->kind == STK_PATTERN_NAME ||
                rule->kind == STK_PATTERN_BELOW)
                add(f, &rule->place, rule->literal);
        }
    }
    for (size_t i = 0; i < policy->n_groups; i++) {
        const stk_group *group = policy->groups[i];

        for (size_t j = 0; !group->builtin && j < group->n_members; j++)
            add(f, &group->place, group->members[j]);
    }
}

/* ---- guessing --------------------------------------------------------- */

static int
compare_names(const void *name, const void *known)
{
    return strcmp(name, *(const char *const *)known);
}

static bool
is_known(const char *label)
{
    return bsearch(label, known_names,
                   sizeof(known_names) / sizeof(known_names[0]),
                   sizeof(known_names[0]), compare_names) != NULL;
}

static bool
is_near(const char *label, const char *meant)
{
    size_t length = strlen(label);
    size_t most = length >= LONG ? 2 : 1;

    if (*label != *meant || strchr(meant, '.') ||
        strlen(meant) < SHORTEST_MEANT)
        return false;
    if (strncmp(label, meant, strlen(meant)) == 0)
        return false;
    return stk_text_distance(label, meant, most) <= most;
}

static const char *
guess(const stk_group *stdlib, const char *label)
{
    if (strlen(label) < SHORTEST || *label == '_' || is_known(label) ||
        stk_policy_in_stdlib(label))
        return NULL;
    for (size_t i = 0; i < stdlib->n_members; i++)
        if (is_near(label, stdlib->members[i]))
            return stdlib->members[i];
    return NULL;
}

static void
report(const finder *f, stk_typo_fn found, void *payload)
{
    const stk_group *stdlib = stk_rule_group(f->policy, "stdlib");

    for (uint32_t i = 0; stdlib && i < f->labels.used; i++) {
        const mention *m = &f->mentions[i];
        size_t length = f->labels.keys[i].length;
        char label[LABEL_MAX];
        const char *meant;

        if (m->times > 1 || length >= sizeof(label))
            continue;
        memcpy(label, f->labels.keys[i].text, length);
        label[length] = '\0';
        meant = guess(stdlib, label);
        if (meant)
            found(payload, m->place, m->name, meant);
    }
}

int
stk_typo_find(const stk_policy *policy, stk_typo_fn found, void *payload)
{
    finder f = { policy, { 0 }, NULL, 0, false };

    gather(&f);
    if (!f.no_memory)
        report(&f, found, payload);
    free(f.mentions);
    stk_table_clear(&f.labels);
    return f.no_memory ? -STK_E_MEMORY : 0;
}

const char *
stk_typo_guess(const stk_policy *policy, const char *name)
{
    const stk_group *stdlib = stk_rule_group(policy, "stdlib");
    size_t length = strcspn(name, ".");
    char label[LABEL_MAX];

    if (!stdlib || length >= sizeof label)
        return NULL;
    memcpy(label, name, length);
    label[length] = '\0';
    return guess(stdlib, label);
}
