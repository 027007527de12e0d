/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request to a decision: total, without allocation, in the length of
 * the names. What can fail has failed at load.
 */
#include <stddef.h>

#include "policy/alias.h"
#include "policy/decide.h"
#include "policy/events.h"
#include "policy/index.h"

/* The question, and what is found out of the importer only when needed. */
typedef struct asking {
    const stk_policy *policy;
    const stk_request *request;
    stk_trail name;
    stk_trail importer;
    bool known; /* the importer has a dotted name */
} asking;

/* ---- the parts of a decision ----------------------------------------- */

static const stk_rule *
find_forbidden(const asking *a)
{
    const stk_section *section = stk_rule_forbidden(a->policy);
    const stk_rule *rules[STK_LABELS_MAX];
    uint32_t i = a->name.name.labels;

    if (section->n_rules == 0)
        return NULL;
    stk_trail_winners(rules, a->policy, &a->name, section);
    while (i-- > 0)
        if (rules[i])
            return rules[i];
    return NULL;
}

/*
 * Whether the name's first `end` bytes are in the package that the first
 * `held` bytes of the importer name, or are a parent of it.
 */
static bool
is_own(const asking *a, uint32_t end, uint32_t held)
{
    const char *name = a->name.name.text, *own = a->importer.name.text;
    uint32_t shorter = end < held ? end : held;

    if (memcmp(name, own, shorter))
        return false;
    return end == held || (end < held ? own : name)[shorter] == '.';
}

/* The [modules from X] that hold the importer, the first that matches. */
static void
judge_importer(const asking *a, stk_judged *judged)
{
    const stk_rule *rules[STK_LABELS_MAX];
    uint32_t labels = a->name.name.labels;
    stk_holders walk;
    stk_holder holder;

    stk_holders_begin(&walk, a->policy, &a->importer);
    while (stk_holders_next(&walk, &holder)) {
        const stk_section *section =
            holder.node ? holder.node->section : holder.group->section;

        if (!section || section->n_rules == 0)
            continue;
        stk_trail_winners(rules, a->policy, &a->name, section);
        for (uint32_t i = 0; i < labels; i++) {
            if (!rules[i] || judged[i].reason != STK_REASON_NONE)
                continue;
            if (!a->policy->for_events &&
                is_own(a, a->name.name.end[i], holder.length))
                judged[i].aside = true;
            else
                judged[i] = (stk_judged){ rules[i], STK_REASON_IMPORTER,
                                          rules[i]->verdict, false };
        }
    }
}

static void
judge_rest(const asking *a, stk_judged *judged)
{
    const stk_rule *rules[STK_LABELS_MAX];

    stk_trail_winners(rules, a->policy, &a->name, stk_rule_modules(a->policy));
    for (uint32_t i = 0; i < a->name.name.labels; i++) {
        stk_judged *one = &judged[i];

        if (one->reason != STK_REASON_NONE)
            continue;
        one->rule = rules[i];
        one->reason = rules[i] ? STK_REASON_RULE : STK_REASON_DEFAULT;
        one->verdict = rules[i] ? rules[i]->verdict : a->policy->fallback;
        if (one->aside && one->verdict == STK_ALLOW)
            one->reason = STK_REASON_OWN;
    }
}

static void
judge_trusted(const asking *a, stk_judged *judged)
{
    for (uint32_t i = 0; i < a->name.name.labels; i++)
        if (judged[i].reason == STK_REASON_NONE)
            judged[i] =
                (stk_judged){ NULL, STK_REASON_TRUSTED, STK_ALLOW, false };
}

/* Denied by nothing that was written down for the name. */
static bool
is_liftable(const stk_judged *one)
{
    return one->verdict == STK_DENY && (one->reason == STK_REASON_DEFAULT ||
                                        (one->reason == STK_REASON_RULE &&
                                         one->rule->kind == STK_PATTERN_ANY));
}

static bool
has_closure(const asking *a, const stk_rule **rule)
{
    *rule = NULL;
    if (a->known && a->policy->has_closure)
        *rule = stk_trail_winner(a->policy, &a->importer,
                                 stk_rule_modules(a->policy));
    if (*rule && !(*rule)->closure)
        *rule = NULL;
    return *rule || (a->request->flags & STK_REQUEST_CLOSURE);
}

/*
 * True when it turned the denial of the name itself; `*rule` is the
 * importer's, if one says so. A name with a rule of its own, whose parent
 * alone came through the closure, came by its rule, and inherits nothing.
 */
static bool
lift_denials(const asking *a, stk_judged *judged, const stk_rule **rule)
{
    bool last = is_liftable(&judged[a->name.name.labels - 1]);
    bool lifted = false;

    if (a->policy->for_events)
        return false;
    for (uint32_t i = 0; i < a->name.name.labels; i++) {
        if (!is_liftable(&judged[i]))
            continue;
        if (!lifted && !has_closure(a, rule))
            return false;
        judged[i].verdict = STK_ALLOW;
        lifted = true;
    }
    return lifted && last;
}

/* By nothing but `*` and the default. */
static bool
is_denied_loosely(const stk_judged *one)
{
    return one->verdict == STK_DENY &&
           (one->reason == STK_REASON_DEFAULT ||
            (one->rule && one->rule->kind == STK_PATTERN_ANY));
}

/* Pickling a function of the program imports the program: it has that. */
static void
lift_program(const asking *a, stk_judged *judged)
{
    const stk_request *r = a->request;

    if (!a->policy->for_events && r->importer &&
        !strcmp(r->importer, "__main__") && !strcmp(r->name, "__main__") &&
        is_denied_loosely(judged))
        *judged = (stk_judged){ NULL, STK_REASON_OWN, STK_ALLOW, false };
}

/* ---- the whole ------------------------------------------------------- */

static stk_decision
say(enum stk_verdict verdict, enum stk_reason reason, stk_rule_ref rule)
{
    return (stk_decision){ verdict, reason, rule, NULL, NULL };
}

static stk_decision
conclude(const asking *a, const stk_judged *judged, bool lifted,
         const stk_rule *closure)
{
    uint32_t labels = a->name.name.labels;
    const stk_judged *last = &judged[labels - 1];

    if (last->verdict == STK_DENY)
        return say(STK_DENY, last->reason, stk_rule_show(last->rule));
    for (uint32_t i = 0; i + 1 < labels; i++)
        if (judged[i].verdict == STK_DENY)
            return say(STK_DENY, STK_REASON_PARENT,
                       stk_rule_show(judged[i].rule));
    if (lifted)
        return say(STK_ALLOW, STK_REASON_CLOSURE, stk_rule_show(closure));
    if (last->reason == STK_REASON_TRUSTED)
        return say(STK_ALLOW, STK_REASON_TRUSTED, a->policy->trusted);
    return say(STK_ALLOW, last->reason, stk_rule_show(last->rule));
}

/*
 * What code needs cannot depend on who asks: sys.modules has one entry. The
 * rule that would give it where a deny was not lifted for this importer
 * gives it here, too.
 */
static stk_decision
require(const asking *a, const stk_judged *last, stk_decision decision)
{
    const stk_rule *rule = last->rule;

    if (!a->policy->has_requirements || decision.verdict == STK_DENY)
        return decision;
    if (!rule || rule->section->kind != STK_SECTION_MODULES ||
        rule->verdict == STK_DENY)
        rule = stk_trail_required(a->policy, &a->name);
    if (rule) {
        decision.requirement = rule->requirement;
        decision.bundle = rule->bundle;
    }
    return decision;
}

static stk_decision
judge(asking *a, stk_judged *judged)
{
    const stk_policy *policy = a->policy;
    const stk_rule *rule = NULL;
    bool lifted;

    for (uint32_t i = 0; i < a->name.name.labels; i++)
        judged[i] = (stk_judged){ NULL, STK_REASON_NONE, STK_DENY, false };
    /* there is no event `os` that would have to be allowed for os.system */
    for (uint32_t i = 0; policy->for_events && i + 1 < a->name.name.labels;
         i++)
        judged[i] = (stk_judged){ NULL, STK_REASON_DEFAULT, STK_ALLOW, false };
    a->known =
        a->request->importer &&
        (policy->has_from || policy->has_trusted || policy->has_closure) &&
        stk_trail_find(&a->importer, policy, a->request->importer);
    if (a->known && policy->has_from)
        judge_importer(a, judged);
    if (a->known && policy->has_trusted &&
        !(a->request->flags & STK_REQUEST_STRANGER) &&
        stk_trail_is_trusted(policy, &a->importer))
        judge_trusted(a, judged);
    else
        judge_rest(a, judged);
    lift_program(a, judged);
    lifted = lift_denials(a, judged, &rule);
    return conclude(a, judged, lifted, rule);
}

/* In the processes that multiprocessing starts, the program has this name. */
static bool
is_program_there(const stk_request *request)
{
    return request->name && !strcmp(request->name, "__mp_main__");
}

stk_decision
stk_decide_told(const stk_policy *policy, const stk_request *request,
                bool forbidden, stk_judged *judged)
{
    stk_request program = *request;
    stk_decision decision;
    const stk_rule *rule;
    asking a;

    a.policy = policy;
    a.request = request;
    if (!request->name || !stk_trail_find(&a.name, policy, request->name))
        return say(STK_DENY, STK_REASON_NAME, (stk_rule_ref){ 0 });
    rule = forbidden ? find_forbidden(&a) : NULL;
    if (rule)
        return say(STK_DENY, STK_REASON_FORBIDDEN, stk_rule_show(rule));
    decision = judge(&a, judged);
    if (is_program_there(request) && is_denied_loosely(judged)) {
        program.name = "__main__";
        return stk_decide_told(policy, &program, forbidden, judged);
    }
    return require(&a, &judged[a.name.name.labels - 1], decision);
}

/* The rule of some [modules from X] that denies `name`, or NULL. */
static const stk_rule *
find_any_denial(const stk_policy *policy, const char *name)
{
    const stk_rule *rule;

    for (size_t i = 0; i < policy->n_sections; i++) {
        const stk_section *section = policy->sections[i];

        if (section->kind == STK_SECTION_FROM &&
            stk_rule_matches(&rule, 1, policy, section, name) > 0 &&
            rule->verdict == STK_DENY)
            return rule;
    }
    return NULL;
}

/* Unknown code has no more rights than the least trusted importer. */
static stk_decision
bind_unknown(const stk_policy *policy, const char *name, stk_decision decision)
{
    char parent[STK_NAME_MAX + 1];
    size_t length = strlen(name);
    const stk_rule *rule;

    memcpy(parent, name, length + 1);
    for (; length > 0; length = stk_name_parent(parent)) {
        parent[length] = '\0';
        rule = find_any_denial(policy, parent);
        if (rule)
            return say(STK_DENY, STK_REASON_IMPORTER, stk_rule_show(rule));
        if (policy->for_events)
            break;
    }
    return decision;
}

/* The request in the words of the half that judges it. */
static stk_decision
decide_event(const stk_policy *policy, const stk_request *request)
{
    stk_request asked = *request;
    char name[STK_NAME_MAX + 1];

    asked.flags &= ~STK_REQUEST_EVENT;
    asked.name = name;
    stk_event_name(name, request->name ? request->name : "");
    if (stk_event_is_reserved(name))
        return say(STK_ALLOW, STK_REASON_DEFAULT, (stk_rule_ref){ 0 });
    return stk_policy_decide(policy->events, &asked);
}

static stk_decision
decide_import(const stk_policy *policy, const stk_request *request)
{
    stk_judged judged[STK_LABELS_MAX];
    stk_decision decision = stk_decide_told(policy, request, true, judged);

    if (decision.verdict == STK_ALLOW && policy->has_from &&
        !request->importer && (request->flags & STK_REQUEST_UNKNOWN))
        return bind_unknown(policy, request->name, decision);
    return decision;
}

bool
stk_decide_holds_alias(const stk_decision *decision)
{
    const char *text = decision->rule.text;

    return decision->verdict == STK_DENY &&
           (decision->reason == STK_REASON_FORBIDDEN ||
            (text && *text != '@' && *text != '*'));
}

bool
stk_decide_alias(const stk_policy *policy, const stk_request *request,
                 stk_request *own)
{
    stk_decision decision;

    *own = *request;
    own->name = request->name ? stk_alias_of(request->name) : NULL;
    if (!own->name)
        return false;
    decision = decide_import(policy, own);
    return stk_decide_holds_alias(&decision);
}

stk_decision
stk_policy_decide(const stk_policy *policy, const stk_request *request)
{
    stk_decision decision;
    stk_request own;

    if (request->flags & STK_REQUEST_EVENT)
        return decide_event(policy, request);
    decision = decide_import(policy, request);
    if (decision.verdict == STK_ALLOW &&
        stk_decide_alias(policy, request, &own))
        return decide_import(policy, &own);
    return decision;
}

stk_decision
stk_policy_require(const stk_policy *policy, const char *name)
{
    const stk_rule *rule =
        policy->has_requirements ? stk_rule_required(policy, name) : NULL;
    stk_decision decision =
        say(STK_DENY, STK_REASON_NONE, stk_rule_show(NULL));

    if (!rule || !rule->requirement)
        return decision;
    decision = say(STK_ALLOW, STK_REASON_RULE, stk_rule_show(rule));
    decision.requirement = rule->requirement;
    decision.bundle = rule->bundle;
    return decision;
}
