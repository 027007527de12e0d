/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the policy wants of code that no finder was asked for: a file that is
 * opened by its path, the program, a loader that is driven by hand. Judged
 * by the name that the code has, whoever brings it.
 */
#ifndef STK_PYTHON_WANT_H
#define STK_PYTHON_WANT_H

#include "guard/evidence.h"
#include "python/object/state.h"

/* What one question needs of the policy in force. */
typedef struct stk_want {
    stk_interp *state;
    stk_judgement judgement; /* its decision is that of the last question */
    uint64_t began;
} stk_want;

/* False, with nothing to clear, where nothing has to be signed here. */
bool stk_want_begin(stk_want *out, stk_interp *state);
void stk_want_clear(stk_want *want);

/* True when the code of `name` (UTF-8) must be signed: the decision says by
 * which rule, and where its bundle is. */
bool stk_want_signed(stk_want *want, const char *name);

/* Records that `name` was verified; `evidence` says as what. 0, or -1 with
 * an exception when that could not be recorded. */
int stk_want_record(stk_want *want, const char *name,
                    const stk_evidence *evidence);

/*
 * Records that it was not, and raises SignatureError. Returns -1, or 0 where
 * the guard only observes.
 */
int stk_want_refuse(stk_want *want, const char *name,
                    const stk_evidence *evidence);

/* The same, with nothing raised: 1 where it is to be refused. */
int stk_want_distrust(stk_want *want, const char *name,
                      const stk_evidence *evidence);

/* The same for code of `name` that nothing verified, in one: `why` is a
 * sentence. 0 where it need not be signed, or the guard only observes. */
int stk_want_unverified(stk_interp *state, const char *name, const char *why);

/* The same for what cannot be told, whatever `name` is: refused where anything
 * has to be signed. */
int stk_want_unknown(stk_interp *state, const char *name, const char *why);

/*
 * Code of `name`, which the policy has run in a worker, is about to run in
 * this process. 0 when it may; -1 with ImportError, recorded. A guard that
 * only observes refuses it, too: to observe never weakens isolation.
 */
int stk_want_confined(stk_interp *state, PyObject *object, const char *name);

#endif
