/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy in force has said of a name before. */
#include "python/attempt/known.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "guard/judge.h"

#define NAMES 512u /* a power of two */

/* Found by identity: what is not found is asked once more. Side by side in
 * the order in which they came: most programs fill a few pages. */
typedef struct kept_name {
    PyObject *name; /* strong, exact; NULL: free */
    bool has_open;
    enum stk_openness open;
    uint8_t told; /* the standing of who was told so last; 0: nobody was */
    stk_decision decision;
} kept_name;

struct stk_known {
    stk_policy *policy;  /* a reference; decisions borrow from it */
    uint64_t generation; /* of that policy, or of one before it */
    uint8_t *standings;  /* by importer number, 1 added; owned */
    uint32_t n_standings;
    uint16_t places[NAMES]; /* by hash: 1 more than where it is in `names` */
    uint16_t used;
    kept_name names[NAMES]; /* `used` of them */
};

static void
empty_known(stk_known *known)
{
    for (size_t i = 0; i < known->used; i++)
        Py_XDECREF(known->names[i].name);
    free(known->standings);
    stk_policy_free(known->policy);
    memset(known, 0, offsetof(stk_known, names));
}

void
stk_known_forget(stk_interp *state)
{
    if (!state->known)
        return;
    empty_known(state->known);
    free(state->known);
    state->known = NULL;
}

/* What is kept under the policy in force; NULL when memory is out. */
static stk_known *
current(stk_interp *state)
{
    stk_guard *guard = stk_process_guard();
    uint64_t generation = stk_guard_generation(guard);
    stk_known *known = state->known;

    if (known && known->policy && known->generation == generation)
        return known;
    if (known) {
        empty_known(known);
    } else {
        known = state->known = malloc(sizeof *known);
        if (known)
            memset(known, 0, offsetof(stk_known, names));
    }
    if (!known)
        return NULL;
    known->generation = generation;
    known->policy = stk_guard_policy(guard);
    return known;
}

static kept_name *
slot_of(stk_known *known, PyObject *name)
{
    uintptr_t hash = (uintptr_t)name;
    uint16_t *place = &known->places[(hash >> 4 ^ hash >> 14) & (NAMES - 1)];
    kept_name *kept;

    if (!*place) {
        known->names[known->used].name = NULL;
        *place = ++known->used;
    }
    kept = &known->names[*place - 1];
    if (kept->name != name) {
        Py_XDECREF(kept->name);
        kept->name = Py_NewRef(name);
        kept->has_open = false;
        kept->told = 0;
    }
    return kept;
}

enum stk_openness
stk_known_openness(stk_interp *state, const stk_known_name *name)
{
    stk_known *known = current(state);
    kept_name *kept = known ? slot_of(known, name->exact) : NULL;

    if (!kept)
        return stk_guard_openness(stk_process_guard(), name->text);
    if (!kept->has_open) {
        kept->open = stk_guard_openness(stk_process_guard(), name->text);
        kept->has_open = true;
    }
    return kept->open;
}

/* ---- who asks -------------------------------------------------------- */

static int
make_room(stk_known *known, uint32_t number)
{
    uint32_t n = number + 256;
    uint8_t *grown = realloc(known->standings, n);

    if (!grown)
        return -1;
    memset(grown + known->n_standings, 0, n - known->n_standings);
    known->standings = grown;
    known->n_standings = n;
    return 0;
}

/* STK_STANDING_OWN for whoever is not asked of with his bare name. */
static enum stk_standing
standing_of(stk_known *known, const stk_asker *asker)
{
    const stk_importer *importer = &asker->importers[0];
    uint32_t number = asker->numbers[0];

    if (asker->n != 1 || !importer->name || importer->flags || number == 0 ||
        (number >= known->n_standings && make_room(known, number) < 0))
        return STK_STANDING_OWN;
    if (!known->standings[number])
        known->standings[number] =
            (uint8_t)(1 + stk_policy_standing(known->policy, importer->name));
    return (enum stk_standing)(known->standings[number] - 1);
}

void
stk_known_judge(stk_interp *state, const stk_known_name *name,
                const stk_asker *asker, stk_judgement *out)
{
    stk_guard *guard = stk_process_guard();
    stk_attempt attempt = { name->text, asker->importers, asker->n, 0 };
    stk_known *known = current(state);
    enum stk_standing standing =
        known ? standing_of(known, asker) : STK_STANDING_OWN;
    kept_name *kept =
        standing == STK_STANDING_OWN ? NULL : slot_of(known, name->exact);

    if (kept && kept->told == standing &&
        stk_guard_allow_again(guard, known->policy, &kept->decision, out))
        return;
    stk_guard_judge(guard, &attempt, out);
    if (!kept || out->policy != known->policy || out->has_observed ||
        out->decision.verdict != STK_ALLOW ||
        /* the program is the program's alone */
        out->decision.reason == STK_REASON_OWN)
        return;
    kept->decision = out->decision;
    kept->told = (uint8_t)standing;
}
