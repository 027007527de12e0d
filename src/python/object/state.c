/* SPDX-License-Identifier: Apache-2.0 */
/* What stockade keeps of one interpreter, and of the process. */
#include "python/object/state.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/*
 * The one process-wide piece of state beside the importers' numbers: audit
 * hooks are process-wide by nature (PEP 578).
 */
static struct {
    pthread_mutex_t lock;
    _Atomic(stk_guard *) guard;
    stk_interp *_Atomic first;
} process = { PTHREAD_MUTEX_INITIALIZER, NULL, NULL };

/* Between the event that a new interpreter is made and its first import. */
static _Thread_local struct {
    uint32_t numbers[STK_CREATORS_MAX];
    size_t n;
    bool announced; /* the event came */
} creators;

static atomic_bool embedded;

stk_guard *
stk_process_guard(void)
{
    return atomic_load_explicit(&process.guard, memory_order_acquire);
}

int
stk_process_set_guard(stk_guard *guard)
{
    stk_guard *none = NULL;

    return atomic_compare_exchange_strong(&process.guard, &none, guard) ||
                   none == guard
               ? 0
               : -1;
}

void
stk_process_clear_guard(stk_guard *guard)
{
    stk_guard *ours = guard;

    atomic_compare_exchange_strong(&process.guard, &ours, NULL);
}

bool
stk_process_embedded(void)
{
    return atomic_load(&embedded);
}

void
stk_process_set_embedded(bool is_embedded)
{
    atomic_store(&embedded, is_embedded);
}

/* The last one stands for those that do not fit: unknown. */
static size_t
copy_numbers(uint32_t out[STK_CREATORS_MAX], const uint32_t *numbers, size_t n)
{
    size_t fit = n < STK_CREATORS_MAX ? n : STK_CREATORS_MAX;

    if (fit > 0)
        memcpy(out, numbers, fit * sizeof *numbers);
    if (n > STK_CREATORS_MAX)
        out[STK_CREATORS_MAX - 1] = 0;
    return fit;
}

void
stk_interp_set_creators(const uint32_t *numbers, size_t n)
{
    creators.n = copy_numbers(creators.numbers, numbers, n);
    creators.announced = numbers != NULL;
}

void
stk_interp_set_own_creators(stk_interp *state, const uint32_t *numbers,
                            size_t n)
{
    state->n_creators = copy_numbers(state->creators, numbers, n);
}

/* Where no interpreter was current there was no event, and nobody can tell
 * who has made this one: somebody unknown, as number 0. */
void
stk_interp_take_creators(stk_interp *state)
{
    const stk_interp *first = process.first;

    if (!creators.announced && first && first->program_began &&
        !stk_process_embedded()) {
        creators.numbers[0] = 0;
        creators.n = 1;
    }
    memcpy(state->creators, creators.numbers, sizeof state->creators);
    state->n_creators = creators.n;
    creators.n = 0;
    creators.announced = false;
}

/* ---- the list -------------------------------------------------------- */

/* At the end: the first is looked at without the lock, and the main one, which
 * ends last, is there before the others. */
void
stk_interp_link(stk_interp *state)
{
    stk_interp *last;

    pthread_mutex_lock(&process.lock);
    last = process.first;
    while (last && last->next)
        last = last->next;
    if (last)
        last->next = state;
    else
        process.first = state;
    pthread_mutex_unlock(&process.lock);
}

void
stk_interp_unlink(stk_interp *state)
{
    stk_interp *before = NULL, *at;

    pthread_mutex_lock(&process.lock);
    for (at = process.first; at && at != state; at = at->next)
        before = at;
    if (at && before)
        before->next = state->next;
    else if (at)
        process.first = state->next;
    pthread_mutex_unlock(&process.lock);
}

stk_interp *
stk_interp_find(void)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    stk_interp *at = process.first;

    if (at && at->interp == interp)
        return at;
    pthread_mutex_lock(&process.lock);
    for (at = process.first; at && at->interp != interp; at = at->next)
        ;
    pthread_mutex_unlock(&process.lock);
    return at;
}
