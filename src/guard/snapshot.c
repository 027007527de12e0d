/* SPDX-License-Identifier: Apache-2.0 */
/* What a guard has in force at this moment; guard.c swaps it. */
#include <stockade/guard.h>

#include "guard/internal.h"

stk_snapshot
stk_guard_snapshot(stk_guard *guard)
{
    stk_snapshot snapshot;

    pthread_rwlock_rdlock(&guard->lock);
    snapshot = guard->snapshot;
    stk_policy_ref(snapshot.policy);
    stk_evidence_store_ref(snapshot.evidence);
    pthread_rwlock_unlock(&guard->lock);
    return snapshot;
}

stk_evidence_store *
stk_guard_evidence(stk_guard *guard)
{
    stk_evidence_store *store;

    pthread_rwlock_rdlock(&guard->lock);
    store = stk_evidence_store_ref(guard->snapshot.evidence);
    pthread_rwlock_unlock(&guard->lock);
    return store;
}

stk_policy *
stk_guard_policy(stk_guard *guard)
{
    stk_policy *policy;

    pthread_rwlock_rdlock(&guard->lock);
    policy = stk_policy_ref(guard->snapshot.policy);
    pthread_rwlock_unlock(&guard->lock);
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
    bool observes = guard->force_observe;

    pthread_rwlock_rdlock(&held->lock);
    observes = observes ||
               stk_policy_mode(guard->snapshot.policy) == STK_MODE_OBSERVE;
    pthread_rwlock_unlock(&held->lock);
    return observes;
}

bool
stk_guard_is_free(stk_guard *guard, const char *name)
{
    const stk_policy *observed;
    bool is_free;

    pthread_rwlock_rdlock(&guard->lock);
    observed = stk_policy_observed(guard->snapshot.policy);
    is_free = stk_policy_is_free(guard->snapshot.policy, name) &&
              (!observed || stk_policy_is_free(observed, name));
    pthread_rwlock_unlock(&guard->lock);
    return is_free;
}

bool
stk_guard_tells_importers(stk_guard *guard)
{
    const stk_policy *observed;
    bool tells;

    pthread_rwlock_rdlock(&guard->lock);
    observed = stk_policy_observed(guard->snapshot.policy);
    tells = stk_policy_tells_importers(guard->snapshot.policy) ||
            (observed && stk_policy_tells_importers(observed));
    pthread_rwlock_unlock(&guard->lock);
    return tells;
}
