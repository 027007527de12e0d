/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard itself imports. */
#ifndef STK_PYTHON_OWN_H
#define STK_PYTHON_OWN_H

#include <stdbool.h>

#include "guard/judge.h"
#include "python/asks/asker.h"

/*
 * A module of the standard library that the guard needs, as `stockade`, and
 * not for the code that runs now: the log of a plugin's output is no import
 * of whoever called the plugin. `name` is one of a table. A new reference to
 * that very module, or NULL with an exception: ImportError where the policy
 * has it in [forbidden] or in [modules from stockade], or what it imports
 * itself is denied.
 */
PyObject *stk_own_import(const char *name);

/* stk_own_import() of this thread, called by the code in frame `asking`, asks
 * for `name` or what is below it. */
bool stk_own_asks(const PyFrameObject *asking, const char *name);

/* The code in frame `asking` called stk_own_import(), which has not returned
 * in this thread. */
bool stk_own_is_at(const PyFrameObject *asking);

/* Its number as an importer, noted in `out` as who asks: whose code called it
 * has no say. */
uint32_t stk_own_number(stk_asker *out);

/* The guard is trusted with what it needs: nothing binds it but what is
 * forbidden to all, or denied to `stockade` by name. */
void stk_own_allow(const stk_asker *asker, const char *name,
                   stk_judgement *judgement);

#endif
