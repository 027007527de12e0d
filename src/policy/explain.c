/* SPDX-License-Identifier: Apache-2.0 */
/* The walk of decide.c, told: what won, what lost and why. fix.c says what
 * would turn the answer. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "policy/arena.h"
#include "policy/complain.h"
#include "policy/events.h"
#include "policy/fix.h"
#include "policy/tellkeys.h"
#include "policy/told.h"

/* The public part comes first: it is freed through its address. */
typedef struct explanation {
    stk_explanation shown;
    stk_arena *arena;
} explanation;

static void
free_freep(explanation **e)
{
    if (*e)
        stk_explanation_free(&(*e)->shown);
    *e = NULL;
}

void
stk_explanation_free(stk_explanation *shown)
{
    explanation *e = (explanation *)shown;

    if (!e)
        return;
    stk_arena_free(e->arena);
    free(e);
}

/* ---- the reason, one sentence ---------------------------------------- */

/* A name as it may stand in a sentence. */
static const char *
show(const stk_told *t, const char *name)
{
    char text[STK_QUOTE_MAX];
    size_t length = strlen(name);

    if (stk_name_is_dotted(name, length))
        return name;
    stk_quote(text, name, length);
    return stk_arena_copy(t->arena, text, strlen(text));
}

static const char *
tell_parent(const stk_told *t)
{
    const stk_decision *d = &t->decision;

    if (d->rule.file)
        return stk_arena_printf(t->arena,
                                "%s is denied: its parent %s is denied by "
                                "\"%s\" in [%s]",
                                t->name_shown, show(t, t->subject),
                                d->rule.text, d->rule.section);
    return stk_arena_printf(t->arena,
                            "%s is denied: no rule covers its parent %s, and "
                            "the default is deny",
                            t->name_shown, show(t, t->subject));
}

static const char *
tell_closure(const stk_told *t)
{
    if (t->decision.rule.file)
        return stk_arena_printf(
            t->arena, "%s is allowed: %s came in with \"%s\"", t->name_shown,
            t->importer_shown, t->decision.rule.text);
    return stk_arena_printf(
        t->arena, "%s is allowed: the importer came in through a closure",
        t->name_shown);
}

static const char *
tell_reason(const stk_told *t)
{
    const stk_decision *d = &t->decision;
    const char *name = t->name_shown;
    const char *verdict = d->verdict == STK_ALLOW ? "allowed" : "denied";

    switch (d->reason) {
    case STK_REASON_NAME:
        return stk_arena_printf(t->arena, "%s is no dotted module name", name);
    case STK_REASON_FORBIDDEN:
        return stk_arena_printf(t->arena, "%s is forbidden to everybody: %s",
                                name, t->winner->reason);
    case STK_REASON_PARENT:
        return tell_parent(t);
    case STK_REASON_CLOSURE:
        return tell_closure(t);
    case STK_REASON_DEFAULT:
        return stk_arena_printf(
            t->arena,
            t->policy->for_events
                ? "%s is %s: no rule covers it, and events are free"
                : "%s is %s: no rule covers it, and the default is %s",
            name, verdict, d->verdict == STK_ALLOW ? "allow" : "deny");
    case STK_REASON_TRUSTED:
        return stk_arena_printf(t->arena,
                                "%s is allowed: %s is trusted by \"%s\"", name,
                                t->importer_shown, d->rule.text);
    case STK_REASON_OWN:
        return stk_arena_printf(
            t->arena, "%s is allowed: it belongs to the package of %s", name,
            t->importer_shown);
    case STK_REASON_IMPORTER:
        return stk_arena_printf(t->arena, "%s is %s to %s by \"%s\" in [%s]",
                                name, verdict, t->importer_shown, d->rule.text,
                                d->rule.section);
    default:
        return stk_arena_printf(t->arena, "%s is %s by \"%s\" in [%s]", name,
                                verdict, d->rule.text, d->rule.section);
    }
}

/* ---- what lost ------------------------------------------------------- */

typedef struct losers {
    const stk_told *told;
    stk_lost_rule *items;
    size_t n, size;
    bool no_memory;
} losers;

static void
add_loser(losers *l, const stk_rule *rule, const char *why)
{
    if (!why) {
        l->no_memory = true;
        return;
    }
    if (l->n == l->size) {
        size_t size = l->size ? l->size * 2 : 8;
        stk_lost_rule *items =
            stk_arena_take(l->told->arena, size, sizeof *items);

        if (!items) {
            l->no_memory = true;
            return;
        }
        if (l->n)
            memcpy(items, l->items, l->n * sizeof *items);
        l->items = items;
        l->size = size;
    }
    l->items[l->n++] = (stk_lost_rule){ stk_rule_show(rule), why };
}

/* Why one rule of a section lost against another of it. */
static const char *
tell_rank(stk_arena *arena, const stk_rule *lost, const stk_rule *won)
{
    if (lost->kind == STK_PATTERN_ANY)
        return "* comes last";
    if (lost->kind == STK_PATTERN_GROUP && won->kind != STK_PATTERN_GROUP)
        return "names come before groups";
    if (lost->kind == STK_PATTERN_GROUP)
        return stk_arena_printf(arena, "ranks below %s", won->pattern);
    if (lost->length < won->length)
        return stk_arena_printf(arena, "shorter than %s", won->pattern);
    return stk_arena_printf(arena, "%s comes before %s", won->pattern,
                            lost->pattern);
}

static const char *
tell_loss(const stk_told *t, const stk_rule *lost, bool own)
{
    enum stk_reason reason = t->decision.reason;

    if (own)
        return stk_arena_printf(
            t->arena, "[%s] does not judge the package's own modules",
            lost->section->name);
    if (reason == STK_REASON_CLOSURE)
        return lost->verdict == STK_DENY ? "lifted by closure"
                                         : "does not cover its parent";
    if (reason == STK_REASON_TRUSTED)
        return "the importer is trusted";
    if (reason == STK_REASON_FORBIDDEN &&
        lost->section->kind != STK_SECTION_FORBIDDEN)
        return "[forbidden] comes first";
    if (!t->winner)
        return "not asked";
    if (lost->section == t->winner->section)
        return tell_rank(t->arena, lost, t->winner);
    return stk_arena_printf(t->arena, "[%s] is asked first",
                            t->winner->section->name);
}

static void
add_section(losers *l, const stk_section *section, const char *name,
            const char *why, bool own)
{
    STK_CLEANUP(stk_freep) const stk_rule **rules = NULL;
    const stk_told *t = l->told;
    size_t n;

    n = stk_rule_matches(NULL, 0, t->policy, section, name);
    rules = n ? calloc(n, sizeof *rules) : NULL;
    if (n && !rules) {
        l->no_memory = true;
        return;
    }
    n = stk_rule_matches(rules, n, t->policy, section, name);
    for (size_t i = 0; i < n; i++)
        if (rules[i] != t->winner)
            add_loser(l, rules[i], why ? why : tell_loss(t, rules[i], own));
}

/* All that matches `name`, in the order in which it is asked. */
static void
add_sections(losers *l, const char *name, const char *why)
{
    const stk_told *t = l->told;

    add_section(l, stk_rule_forbidden(t->policy), name, why, false);
    for (size_t i = 0; i < t->n_chain; i++)
        add_section(l, t->chain[i], name, why,
                    stk_told_is_own(t, name, t->holders[i]));
    add_section(l, stk_rule_modules(t->policy), name, why, false);
}

static int
tell_losers(stk_explanation *out, const stk_told *t)
{
    losers l = { .told = t };
    const char *why;

    if (t->decision.reason != STK_REASON_NAME)
        add_sections(&l, t->subject, NULL);
    if (t->decision.reason == STK_REASON_PARENT) {
        why =
            stk_arena_printf(t->arena, "its parent %s is denied", t->subject);
        if (!why)
            return -STK_E_MEMORY;
        add_sections(&l, t->request->name, why);
    }
    out->lost = l.items;
    out->n_lost = l.n;
    return l.no_memory ? -STK_E_MEMORY : 0;
}

/* ---- the explanation ------------------------------------------------- */

/* No rule of the half for events is ever asked. */
static int
tell_reserved(stk_explanation *out, const stk_told *t)
{
    out->decision =
        (stk_decision){ .verdict = STK_ALLOW, .reason = STK_REASON_DEFAULT };
    out->fix = out->closure = "";
    out->enforced = t->policy->mode == STK_MODE_ENFORCE;
    out->reason = !strcmp(t->request->name, "import")
                      ? "import is judged by [modules] and [modules from X]"
                      : "it is what a record of the log is called, and never "
                        "judged";
    return 0;
}

/* Where its own name is what is denied, that is told in its place. */
static void
decide_told(stk_told *t)
{
    t->decision = stk_decide_told(t->policy, t->request, true, t->judged);
    if (t->policy->for_events || t->decision.verdict == STK_DENY ||
        !stk_decide_alias(t->policy, t->request, &t->own))
        return;
    t->alias = t->request->name;
    t->request = &t->own;
    t->decision = stk_decide_told(t->policy, t->request, true, t->judged);
}

static const char *
tell_alias(const stk_told *t, const char *reason)
{
    size_t n = strlen(t->name_shown);

    return reason ? stk_arena_printf(t->arena, "%s is %s, which%s", t->alias,
                                     t->name_shown, reason + n)
                  : NULL;
}

/* ---- workers --------------------------------------------------------- */

/* How much of `name` is the package that a worker is for; 0: it runs in none.
 */
static size_t
worker_length(const stk_told *t, const char *name)
{
    char part[STK_NAME_MAX + 1];
    size_t length = strlen(name), end = 0;

    while (length <= STK_NAME_MAX && end < length) {
        const stk_rule *rule;

        end += strcspn(name + end, ".");
        memcpy(part, name, end);
        part[end] = '\0';
        rule = stk_rule_required(t->policy, part);
        if (rule && stk_requirement_profile(rule->requirement))
            return end;
        end++;
    }
    return 0;
}

/* A worker imports nothing that runs in another; nor is that ever lifted. */
static int
tell_workers(stk_explanation *out, const stk_told *t)
{
    const char *name = t->request->name, *importer = t->request->importer;
    size_t other, own;

    if (t->policy->for_events || t->decision.verdict == STK_DENY ||
        !importer || !stk_requirement_profile(t->decision.requirement))
        return 0;
    other = worker_length(t, name);
    own = worker_length(t, importer);
    if (!own || (other == own && !strncmp(name, importer, own)))
        return 0;
    out->decision.verdict = STK_DENY;
    out->enforced = true;
    out->fix = "";
    out->reason = stk_arena_printf(
        t->arena,
        "%s is denied to %s: %.*s runs in a worker of its own, and so does "
        "%.*s: neither can import the other; have the host call both",
        t->name_shown, t->importer_shown, (int)other, name, (int)own,
        importer);
    return out->reason ? 0 : -STK_E_MEMORY;
}

static int
fill(stk_explanation *out, stk_told *t)
{
    decide_told(t);
    out->decision = t->decision;
    if (t->policy->for_events && t->request->name &&
        stk_event_is_reserved(t->request->name))
        return tell_reserved(out, t);
    out->enforced = t->policy->mode == STK_MODE_ENFORCE;
    out->fix = "";
    t->name_shown = show(t, t->request->name ? t->request->name : "");
    t->importer_shown =
        show(t, t->request->importer ? t->request->importer : "");
    if (!t->name_shown || !t->importer_shown)
        return -STK_E_MEMORY;
    if (t->decision.reason != STK_REASON_NAME && stk_told_walk(t) < 0)
        return -STK_E_MEMORY;
    out->reason = t->alias ? tell_alias(t, tell_reason(t)) : tell_reason(t);
    if (!out->reason || tell_losers(out, t) < 0 ||
        stk_tell_signers(out, t) < 0)
        return -STK_E_MEMORY;
    if (!t->policy->for_events && t->decision.reason != STK_REASON_NAME)
        out->loader = stk_policy_loader(t->policy, t->request->name);
    out->closure = stk_fix_closure(t);
    if (!out->closure)
        return -STK_E_MEMORY;
    if (t->decision.reason != STK_REASON_NAME)
        out->fix = stk_fix(t);
    return out->fix ? tell_workers(out, t) : -STK_E_MEMORY;
}

int
stk_policy_explain(stk_explanation **out, const stk_policy *policy,
                   const stk_request *request, stk_error *err)
{
    STK_CLEANUP(free_freep) explanation *e = calloc(1, sizeof *e);
    stk_told told = { .policy = policy, .request = request };
    stk_request asked = *request;
    char name[STK_NAME_MAX + 1];

    if (!e)
        return stk_error_memory(err);
    if (request->flags & STK_REQUEST_EVENT) {
        asked.flags &= ~STK_REQUEST_EVENT;
        asked.name = name;
        stk_event_name(name, request->name ? request->name : "");
        told.policy = policy->events;
        told.request = &asked;
    }
    told.arena = e->arena = stk_arena_new();
    if (!told.arena || fill(&e->shown, &told) < 0)
        return stk_error_memory(err);
    *out = &e->shown;
    e = NULL;
    return 0;
}
