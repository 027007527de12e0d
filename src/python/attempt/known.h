/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the policy in force has said of a name before. Each import statement
 * of a program asks of a few hundred names; most importers are told the same
 * of each, so that the policy is walked once and not for each of them.
 */
#ifndef STK_PYTHON_KNOWN_H
#define STK_PYTHON_KNOWN_H

#include <stdbool.h>

#include "policy/beforehand.h"
#include "python/asks/asker.h"
#include "python/object/state.h"

/* One name of an attempt: an exact str, and the same as UTF-8. */
typedef struct stk_known_name {
    PyObject *exact;
    const char *text;
} stk_known_name;

/* stk_guard_openness() of the guard of the process. */
enum stk_openness stk_known_openness(stk_interp *state,
                                     const stk_known_name *name);

/* stk_guard_judge() of an attempt of `asker`. */
void stk_known_judge(stk_interp *state, const stk_known_name *name,
                     const stk_asker *asker, stk_judgement *out);

/* Gives back what is kept. */
void stk_known_forget(stk_interp *state);

#endif
