/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest change of a policy that turns an answer. It is narrow: where
 * the importer is known, the line goes to its own section.
 */
#include "policy/fix.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "policy/gate.h"

#define FIX_MAX 65536u

/* One line to write: what for, and where. */
typedef struct edit {
    const stk_section *section; /* NULL: a new one for the importer */
    uint32_t length;            /* of the literal, a part of the name */
    enum stk_pattern kind;      /* NAME; BELOW when no rule can spell more */
    const stk_rule *rule;       /* the rule that it replaces, or NULL */
} edit;

static const char *
heading(const stk_told *t)
{
    return t->policy->for_events ? "events from " : "modules from ";
}

/* Where a line about the name's first `length` bytes takes effect. */
static const stk_section *
choose_section(const stk_told *t, const char *name, bool *fresh)
{
    size_t whole = t->known ? strlen(t->request->importer) : 0;

    *fresh = false;
    if (t->n_chain && !stk_told_is_own(t, name, t->holders[0]))
        return t->chain[0];
    if (t->n_chain == 0 && t->known &&
        stk_name_is_dotted(t->request->importer, whole) &&
        !stk_told_is_own(t, name, whole) &&
        strlen(heading(t)) + whole <= STK_SECTION_NAME_MAX) {
        *fresh = true;
        return NULL;
    }
    return stk_rule_modules(t->policy);
}

/* The rule of the very pattern that the edit writes. */
static const stk_rule *
find_exact(const stk_told *t, const edit *e, const char *name)
{
    const stk_rule *rule = NULL;

    if (e->section)
        stk_rule_matches(&rule, 1, t->policy, e->section, name);
    return rule && rule->kind == e->kind && rule->length == e->length ? rule
                                                                      : NULL;
}

/* Whether the pattern wins over the rule, for a name below its literal and
 * in the same section. */
static bool
outranks(const edit *made, const stk_rule *rule)
{
    if (rule->kind >= STK_PATTERN_GROUP || rule->length < made->length)
        return true;
    return rule->length == made->length && rule->kind > made->kind;
}

/* Whether an edit that is made for a parent settles this label too. */
static bool
is_settled(const stk_judged *judged, const edit *made)
{
    bool modules = made->section && made->section->kind == STK_SECTION_MODULES;

    if (!judged->rule || judged->rule == made->rule)
        return true;
    if (judged->rule->section == made->section)
        return outranks(made, judged->rule);
    return !modules;
}

static const char *
place_of(const stk_told *t, const stk_section *section)
{
    return section && section->place.file ? section->place.file
                                          : t->policy->file;
}

static void
join(stk_buffer *text)
{
    if (text->length)
        stk_buffer_puts(text, " and ");
}

static bool
write_edit(const stk_told *t, stk_buffer *text, const edit *e,
           const char *word)
{
    const char *below = e->kind == STK_PATTERN_BELOW ? ".*" : "";
    const char *name = t->request->name;
    int length = (int)e->length;

    /* code may ask for 0001_initial, a rule cannot spell it */
    if (!stk_name_is_dotted(name, e->length) ||
        e->length + strlen(below) + strlen(" = ") + strlen(word) >
            STK_LINE_LENGTH_MAX)
        return false;
    join(text);
    if (e->rule)
        stk_buffer_printf(text, "change %s:%u to \"%.*s%s = %s\"",
                          e->rule->place.file, e->rule->place.line, length,
                          name, below, word);
    else if (e->section)
        stk_buffer_printf(text, "add \"%.*s%s = %s\" to [%s], %s", length,
                          name, below, word, e->section->name,
                          place_of(t, e->section));
    else
        stk_buffer_printf(text, "add \"%.*s%s = %s\" to [%s%s], %s", length,
                          name, below, word, heading(t), t->request->importer,
                          t->policy->file);
    return true;
}

/* The edit for the name that ends with label `i`; false: out of memory. */
static bool
plan_edit(const stk_told *t, uint32_t i, edit *out)
{
    const char *name =
        stk_arena_copy(t->arena, t->request->name, t->name.end[i]);
    uint32_t j = i + 1;
    bool fresh;

    if (!name)
        return false;
    while (j > 0 && !stk_name_is_dotted(name, t->name.end[j - 1]))
        j--;
    out->section = choose_section(t, name, &fresh);
    out->length = j ? t->name.end[j - 1] : 0;
    out->kind = j == i + 1 ? STK_PATTERN_NAME : STK_PATTERN_BELOW;
    out->rule = fresh ? NULL : find_exact(t, out, name);
    return true;
}

/* An exception takes no signature away: what [modules] would want of the
 * name, or of what the line covers, the line wants too. So do the parents of
 * what must be signed: they run first. */
static const char *
allow_words(const stk_told *t, uint32_t i, const edit *e)
{
    const stk_rule *rule;
    char *name;

    if (!t->policy->has_requirements || !e->section ||
        e->section->kind != STK_SECTION_MODULES)
        return "allow";
    name = stk_arena_copy(t->arena, t->request->name, t->name.end[i]);
    if (!name)
        return NULL;
    rule = stk_rule_required(t->policy, name);
    if (!rule || !rule->requirement) {
        rule = stk_rule_required(t->policy, t->request->name);
        if (!rule || !rule->requirement)
            return "allow";
        if (!outranks(e, rule))
            return rule->requirement;
    }
    /* a path means another file where it is written in another folder */
    if (!rule->bundle ||
        strcmp(rule->place.file,
               e->rule ? e->rule->place.file : place_of(t, e->section)) != 0)
        return rule->requirement;
    return stk_arena_printf(t->arena, "%s bundle:%s", rule->requirement,
                            rule->bundle_text);
}

/* Every label that is denied needs a line, or a line for a parent. */
static bool
write_allows(const stk_told *t, stk_buffer *text)
{
    edit made[STK_LABELS_MAX];
    uint32_t n = 0;

    for (uint32_t i = 0; i < t->name.labels; i++) {
        bool settled = false;
        const char *words;

        if (t->judged[i].verdict == STK_ALLOW)
            continue;
        for (uint32_t j = 0; j < n && !settled; j++)
            settled = is_settled(&t->judged[i], &made[j]);
        if (settled)
            continue;
        if (!plan_edit(t, i, &made[n])) {
            text->failed = STK_E_MEMORY;
            return false;
        }
        words = allow_words(t, i, &made[n]);
        if (!words)
            text->failed = STK_E_MEMORY;
        if (!words || !write_edit(t, text, &made[n], words))
            return false;
        n++;
    }
    return true;
}

static bool
is_listed(const stk_rule *const *rules, size_t n, const stk_rule *rule)
{
    for (size_t i = 0; i < n; i++)
        if (rules[i] == rule)
            return true;
    return false;
}

/* Adds the rules of [forbidden] that name the first `length` bytes; false
 * when memory is out. */
static bool
find_removals(const stk_told *t, uint32_t length, const stk_rule ***rules,
              size_t *n)
{
    const stk_section *section = stk_rule_forbidden(t->policy);
    const char *name = stk_arena_copy(t->arena, t->request->name, length);
    const stk_rule **all, **more;
    size_t found, used = *n;

    if (!name)
        return false;
    found = stk_rule_matches(NULL, 0, t->policy, section, name);
    all = stk_arena_take(t->arena, *n + found, sizeof *all);
    more = stk_arena_take(t->arena, found, sizeof *more);
    if (!all || !more)
        return false;
    found = stk_rule_matches(more, found, t->policy, section, name);
    if (*n)
        memcpy(all, *rules, *n * sizeof *all);
    for (size_t i = 0; i < found; i++)
        if (!is_listed(all, used, more[i]))
            all[used++] = more[i];
    *rules = all;
    *n = used;
    return true;
}

/* What it replaced in the files before would come back. */
static void
write_removal(stk_buffer *text, const stk_rule *rule)
{
    for (; rule; rule = rule->replaces) {
        join(text);
        stk_buffer_printf(text, "remove %s:%u", rule->place.file,
                          rule->place.line);
    }
}

/* All that name it, or a parent, must go: each of them would do alone. */
static bool
write_removals(const stk_told *t, stk_buffer *text)
{
    const stk_rule **rules = NULL;
    size_t n = 0;

    for (uint32_t i = 0; i < t->name.labels; i++)
        if (!find_removals(t, t->name.end[i], &rules, &n)) {
            text->failed = STK_E_MEMORY;
            return false;
        }
    for (size_t i = 0; i < n; i++)
        write_removal(text, rules[i]);
    return true;
}

static bool
write_denial(const stk_told *t, stk_buffer *text)
{
    edit e;

    if (!plan_edit(t, t->name.labels - 1, &e)) {
        text->failed = STK_E_MEMORY;
        return false;
    }
    /* no rule of [modules] binds a trusted importer */
    if (t->decision.reason == STK_REASON_TRUSTED && t->policy->for_events &&
        e.section && e.section->kind == STK_SECTION_MODULES)
        return false;
    if (t->decision.reason == STK_REASON_TRUSTED && e.section &&
        e.section->kind == STK_SECTION_MODULES) {
        e.section = stk_rule_forbidden(t->policy);
        e.rule = NULL;
        return write_edit(t, text, &e, "forbidden");
    }
    return write_edit(t, text, &e, "deny");
}

const char *
stk_fix(stk_told *t)
{
    STK_CLEANUP(stk_buffer_clear)
    stk_buffer text = STK_BUFFER_INIT(FIX_MAX);
    bool good;

    if (t->decision.verdict == STK_ALLOW) {
        good = write_denial(t, &text);
    } else {
        good = true;
        if (t->decision.reason == STK_REASON_FORBIDDEN) {
            good = write_removals(t, &text);
            stk_decide_told(t->policy, t->request, false, t->judged);
        }
        good = good && write_allows(t, &text);
    }
    if (text.failed == STK_E_MEMORY)
        return NULL;
    if (!good || text.failed || text.length == 0)
        return "";
    return stk_arena_copy(t->arena, text.data, text.length);
}
