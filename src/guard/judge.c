/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt and everybody who asks for it: the decision. */
#include "guard/judge.h"

#include "guard/internal.h"

static const stk_importer unknown_importer = { NULL, 0 };

static stk_decision
decide_for(const stk_policy *policy, const stk_attempt *attempt,
           const stk_importer *importer)
{
    uint32_t own = STK_IMPORTER_BROUGHT | STK_IMPORTER_BEYOND;
    stk_request request = { attempt->name, importer->name,
                            (importer->flags & ~own) | attempt->flags };

    return stk_policy_decide(policy, &request);
}

/* Who does not ask himself is held to what his own section denies: who
 * brought the code along to all of it, who is beyond to what it names. */
static bool
denies_importer(const stk_importer *importer, const stk_decision *decision)
{
    const char *text = decision->rule.text;

    if (decision->verdict == STK_ALLOW)
        return false;
    if (importer->flags & STK_IMPORTER_BEYOND)
        return decision->reason == STK_REASON_IMPORTER && text &&
               text[0] != '*';
    if (importer->flags & STK_IMPORTER_BROUGHT)
        return decision->reason == STK_REASON_IMPORTER;
    return true;
}

/* A rule speaks of it: an event that none speaks of is nobody's business. */
static bool
is_ruled(const stk_decision *decision)
{
    return decision->reason == STK_REASON_RULE ||
           decision->reason == STK_REASON_IMPORTER;
}

/* All must be allowed: the first that is denied decides. */
static stk_decision
decide_all(const stk_policy *policy, const stk_attempt *attempt, size_t *by)
{
    const stk_importer *importers = attempt->importers;
    size_t n = attempt->n_importers;
    stk_decision first, decision;

    if (n == 0) {
        importers = &unknown_importer;
        n = 1;
    }
    *by = 0;
    first = decide_for(policy, attempt, &importers[0]);
    if (first.verdict == STK_DENY)
        return first;
    for (size_t i = 1; i < n; i++) {
        decision = decide_for(policy, attempt, &importers[i]);
        if (denies_importer(&importers[i], &decision)) {
            *by = i;
            return decision;
        }
        if (attempt->flags & STK_REQUEST_EVENT && !is_ruled(&first) &&
            is_ruled(&decision)) {
            *by = i;
            first = decision;
        }
    }
    return first;
}

void
stk_guard_judge(stk_guard *guard, const stk_attempt *attempt,
                stk_judgement *out)
{
    stk_snapshot snapshot = stk_guard_snapshot(guard);
    stk_policy *policy = snapshot.policy;
    const stk_policy *observed = stk_policy_observed(policy);
    stk_decision second;
    size_t by;

    out->policy = policy;
    out->evidence = snapshot.evidence;
    out->decision = decide_all(policy, attempt, &out->by);
    out->refuse = out->decision.verdict == STK_DENY && !guard->force_observe &&
                  stk_policy_mode(policy) != STK_MODE_OBSERVE;
    out->has_observed = observed != NULL;
    out->observed = STK_DENY;
    out->observed_rule = (stk_rule_ref){ NULL, 0, NULL, NULL };
    if (observed) {
        second = decide_all(observed, attempt, &by);
        out->observed = second.verdict;
        out->observed_rule = second.rule;
    }
}

bool
stk_guard_allow_again(stk_guard *guard, const stk_policy *policy,
                      const stk_decision *decision, stk_judgement *out)
{
    stk_snapshot snapshot = stk_guard_snapshot(guard);

    if (snapshot.policy != policy) {
        stk_evidence_store_free(snapshot.evidence);
        stk_policy_free(snapshot.policy);
        return false;
    }
    *out = (stk_judgement){ .decision = *decision,
                            .policy = snapshot.policy,
                            .evidence = snapshot.evidence };
    return true;
}

void
stk_guard_distrust(stk_guard *guard, stk_judgement *judgement,
                   const char *name)
{
    stk_decision wanted = stk_policy_require(judgement->policy, name);

    /* who is trusted may import it, and by no rule for it */
    if (stk_requirement_signed(wanted.requirement))
        judgement->decision.rule = wanted.rule;
    judgement->decision.verdict = STK_DENY;
    judgement->decision.reason = STK_REASON_SIGNATURE;
    judgement->refuse = !stk_guard_observes(guard);
}

void
stk_judgement_clear(stk_judgement *judgement)
{
    stk_evidence_store_free(judgement->evidence);
    stk_policy_free(judgement->policy);
    judgement->evidence = NULL;
    judgement->policy = NULL;
}
