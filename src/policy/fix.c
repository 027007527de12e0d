/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest change of a policy that turns an answer. It is narrow: where
 * the importer is known, the line goes to its own section, and opens of a
 * package that was closed what was asked for alone.
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
    const char *words;          /* what it says */
} edit;

/* Two a label at most: a line that opens it, and one that closes again what is
 * below it. */
typedef struct plan {
    edit edits[2 * STK_LABELS_MAX];
    uint32_t n;
} plan;

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

    /* that of a package is everybody's in it: the importer gets his own */
    *fresh = (t->n_chain == 0 || t->holders[0] < whole) && t->known &&
             stk_name_is_dotted(t->request->importer, whole) &&
             !stk_told_is_own(t, name, whole) &&
             strlen(heading(t)) + whole <= STK_SECTION_NAME_MAX;
    if (*fresh)
        return NULL;
    if (t->n_chain && !stk_told_is_own(t, name, t->holders[0]))
        return t->chain[0];
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

const char *
stk_fix_file(const stk_told *t, const stk_section *section)
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

/* Code may ask for 0001_initial: a rule cannot spell it. */
static bool
can_write(const stk_told *t, const edit *e)
{
    const char *below = e->kind == STK_PATTERN_BELOW ? ".*" : "";

    return stk_name_is_dotted(t->request->name, e->length) &&
           e->length + strlen(below) + strlen(" = ") + strlen(e->words) <=
               STK_LINE_LENGTH_MAX;
}

static void
write_line(const stk_told *t, stk_buffer *text, const edit *e)
{
    stk_buffer_printf(text, "\"%.*s%s = %s\"", (int)e->length,
                      t->request->name,
                      e->kind == STK_PATTERN_BELOW ? ".*" : "", e->words);
}

/* The lines of `e` and of what stands behind it for the same section. */
static uint32_t
write_added(const stk_told *t, stk_buffer *text, const edit *e, uint32_t n)
{
    uint32_t used = 0;

    stk_buffer_puts(text, "add ");
    do {
        if (used)
            stk_buffer_puts(text, " and ");
        write_line(t, text, &e[used++]);
    } while (used < n && !e[used].rule && e[used].section == e->section);
    if (e->section)
        stk_buffer_printf(text, " to [%s], %s", e->section->name,
                          stk_fix_file(t, e->section));
    else
        stk_buffer_printf(text, " to [%s%s], %s", heading(t),
                          t->request->importer, t->policy->file);
    return used;
}

static bool
write_edits(const stk_told *t, stk_buffer *text, const edit *e, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!can_write(t, &e[i]))
            return false;
    for (uint32_t i = 0; i < n;) {
        join(text);
        if (!e[i].rule) {
            i += write_added(t, text, &e[i], n - i);
            continue;
        }
        stk_buffer_printf(text, "change %s:%u to ", e[i].rule->place.file,
                          e[i].rule->place.line);
        write_line(t, text, &e[i++]);
    }
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
        strcmp(rule->place.file, e->rule ? e->rule->place.file
                                         : stk_fix_file(t, e->section)) != 0)
        return rule->requirement;
    return stk_arena_printf(t->arena, "%s bundle:%s", rule->requirement,
                            rule->bundle_text);
}

/* The rule for all that is below the name of the edit, in its section. */
static const stk_rule *
rule_below(const stk_told *t, const edit *e)
{
    edit below = *e;
    char *name =
        stk_arena_copy(t->arena, t->request->name, e->length + sizeof ".x");

    below.kind = STK_PATTERN_BELOW;
    if (!name)
        return NULL;
    memcpy(name + e->length, ".x", sizeof ".x");
    return find_exact(t, &below, name);
}

/*
 * A line for a package opens all of it. Where it was closed to an importer,
 * and that alone is to be opened which was asked for, what is below it is
 * closed again. Not in [modules]: there a package would be closed to its own
 * modules. False: it is as narrow as it was.
 */
static bool
narrow(const stk_told *t, plan *all, uint32_t label)
{
    edit *e = &all->edits[all->n - 1];
    bool modules = e->section && e->section->kind == STK_SECTION_MODULES;

    if (t->policy->for_events || modules || label + 1 == t->name.labels ||
        e->kind != STK_PATTERN_NAME || e->length != t->name.end[label] ||
        !stk_name_is_dotted(t->request->name, strlen(t->request->name)) ||
        rule_below(t, e))
        return false;
    e[1] = *e;
    e[1].kind = STK_PATTERN_BELOW;
    e[1].rule = NULL;
    e[1].words = "deny";
    all->n++;
    return true;
}

/* Whether a rule of the section opens the label although what is above it
 * was closed just now. */
static bool
is_open(const stk_judged *judged, const edit *closed)
{
    return judged->verdict == STK_ALLOW && judged->rule &&
           judged->rule->section == closed->section &&
           !outranks(closed, judged->rule);
}

/* Every label that is denied needs a line, or a line for a parent. */
static bool
plan_allows(const stk_told *t, plan *all)
{
    const edit *closed = NULL;

    for (uint32_t i = 0; i < t->name.labels; i++) {
        bool settled = false;
        edit *e = &all->edits[all->n];

        if (closed ? is_open(&t->judged[i], closed)
                   : t->judged[i].verdict == STK_ALLOW)
            continue;
        for (uint32_t j = 0; j < all->n && !settled && !closed; j++)
            settled = is_settled(&t->judged[i], &all->edits[j]);
        if (settled)
            continue;
        if (!plan_edit(t, i, e))
            return false;
        e->words = allow_words(t, i, e);
        if (!e->words)
            return false;
        all->n++;
        closed = narrow(t, all, i) ? &all->edits[all->n - 1] : NULL;
    }
    return true;
}

static bool
write_allows(const stk_told *t, stk_buffer *text)
{
    plan all;

    all.n = 0;
    if (plan_allows(t, &all))
        return write_edits(t, text, all.edits, all.n);
    text->failed = STK_E_MEMORY;
    return false;
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
    e.words = "deny";
    /* no rule of [modules] binds a trusted importer */
    if (t->decision.reason == STK_REASON_TRUSTED && t->policy->for_events &&
        e.section && e.section->kind == STK_SECTION_MODULES)
        return false;
    if (t->decision.reason == STK_REASON_TRUSTED && e.section &&
        e.section->kind == STK_SECTION_MODULES) {
        e.section = stk_rule_forbidden(t->policy);
        e.rule = NULL;
        e.words = "forbidden";
    }
    return write_edits(t, text, &e, 1);
}

#define OURS      "stockade"
#define OURS_LINE "\"" OURS " = allow closure\""

bool
stk_fix_is_loose(const stk_told *t)
{
    for (uint32_t i = 0; i < t->name.labels; i++) {
        const stk_judged *one = &t->judged[i];

        if (one->verdict == STK_DENY && one->reason != STK_REASON_DEFAULT &&
            (one->reason != STK_REASON_RULE ||
             one->rule->kind != STK_PATTERN_ANY))
            return false;
    }
    return true;
}

/* Our own package needs its extension and what that imports for itself: one
 * line does, and one after the other would not. False: it is another's. */
static bool
write_ours(const stk_told *t, stk_buffer *text)
{
    const stk_section *modules = stk_rule_modules(t->policy);
    const char *who = t->request->importer;
    const stk_rule *rule = NULL;

    if (t->policy->for_events || !stk_fix_is_loose(t) ||
        (!stk_name_is_within(t->request->name, OURS) &&
         !(t->known && stk_name_is_within(who, OURS))))
        return false;
    stk_rule_matches(&rule, 1, t->policy, modules, OURS);
    if (rule && rule->kind == STK_PATTERN_NAME)
        stk_buffer_printf(text, "change %s:%u to " OURS_LINE, rule->place.file,
                          rule->place.line);
    else
        stk_buffer_printf(text, "add " OURS_LINE " to [%s], %s", modules->name,
                          stk_fix_file(t, modules));
    return true;
}

/* What denies this very name, of those that it goes by. */
static bool
write_opening(stk_told *t, stk_buffer *text)
{
    stk_decision left = t->decision;

    if (t->decision.reason == STK_REASON_FORBIDDEN) {
        if (!write_removals(t, text))
            return false;
        left = stk_decide_told(t->policy, t->request, false, t->judged);
        if (t->alias && !stk_decide_holds_alias(&left))
            return true;
    }
    return write_allows(t, text);
}

/* A module with a second name that is denied under both. */
static bool
write_own(const stk_told *t, stk_buffer *text)
{
    stk_told own = *t;

    if (t->alias || t->policy->for_events ||
        !stk_decide_alias(t->policy, t->request, &own.own))
        return true;
    own.alias = t->request->name;
    own.request = &own.own;
    own.winner = NULL;
    own.decision = stk_decide_told(own.policy, own.request, true, own.judged);
    if (stk_told_walk(&own) < 0) {
        text->failed = STK_E_MEMORY;
        return false;
    }
    return write_opening(&own, text);
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
        if (write_ours(t, &text))
            return stk_arena_copy(t->arena, text.data, text.length);
        good = write_opening(t, &text) && write_own(t, &text);
    }
    if (text.failed == STK_E_MEMORY)
        return NULL;
    if (!good || text.failed || text.length == 0)
        return "";
    return stk_arena_copy(t->arena, text.data, text.length);
}
