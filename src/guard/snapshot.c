/* SPDX-License-Identifier: Apache-2.0 */
/* What a guard has in force at this moment; guard.c swaps it. */
#include <stockade/guard.h>

#include "guard/internal.h"
#include "guard/judge.h"

/* Locked until end_reading(). */
static const stk_snapshot *
begin_reading(stk_guard *guard)
{
    pthread_rwlock_rdlock(&guard->lock);
    return &guard->snapshot;
}

static void
end_reading(stk_guard *guard)
{
    pthread_rwlock_unlock(&guard->lock);
}

stk_snapshot
stk_guard_snapshot(stk_guard *guard)
{
    stk_snapshot snapshot = *begin_reading(guard);

    stk_policy_ref(snapshot.policy);
    stk_evidence_store_ref(snapshot.evidence);
    end_reading(guard);
    return snapshot;
}

stk_evidence_store *
stk_guard_evidence(stk_guard *guard)
{
    stk_evidence_store *store =
        stk_evidence_store_ref(begin_reading(guard)->evidence);

    end_reading(guard);
    return store;
}

stk_policy *
stk_guard_policy(stk_guard *guard)
{
    stk_policy *policy = stk_policy_ref(begin_reading(guard)->policy);

    end_reading(guard);
    return policy;
}

uint64_t
stk_guard_generation(const stk_guard *guard)
{
    return atomic_load_explicit(&guard->generation, memory_order_acquire);
}

bool
stk_guard_observes(const stk_guard *guard)
{
    stk_guard *held = (stk_guard *)(uintptr_t)guard;
    bool observes =
        stk_policy_mode(begin_reading(held)->policy) == STK_MODE_OBSERVE;

    end_reading(held);
    return observes || guard->force_observe;
}

enum stk_openness
stk_guard_openness(stk_guard *guard, const char *name)
{
    const stk_policy *policy = begin_reading(guard)->policy;
    const stk_policy *observed = stk_policy_observed(policy);
    enum stk_openness open = stk_policy_openness(policy, name);
    enum stk_openness second =
        observed ? stk_policy_openness(observed, name) : open;

    end_reading(guard);
    return open < second ? open : second;
}

bool
stk_guard_is_free(stk_guard *guard, const char *name)
{
    return stk_guard_openness(guard, name) == STK_OPEN_FREE;
}

bool
stk_guard_tells_importers(stk_guard *guard)
{
    const stk_policy *policy = begin_reading(guard)->policy;
    const stk_policy *observed = stk_policy_observed(policy);
    bool tells = stk_policy_tells_importers(policy) ||
                 (observed && stk_policy_tells_importers(observed));

    end_reading(guard);
    return tells;
}
