/* SPDX-License-Identifier: Apache-2.0 */
/* What an interpreter imports for itself: its start, and now and then. */
#ifndef STK_PYTHON_STARTUP_H
#define STK_PYTHON_STARTUP_H

#include <stdbool.h>

#include "python/asks/asker.h"
#include "python/object/state.h"

/* What matters of an attempt; all borrowed. */
typedef struct stk_startup_question {
    enum stk_phase phase;
    const char *name; /* UTF-8 */
    const stk_asker *asker;
    bool asked_by_code; /* Python code is on the stack */
    bool cached;        /* the module is loaded already */
} stk_startup_question;

/* Turns a denial of what the interpreter itself needs into an allowance
 * with STK_REASON_STARTUP. */
void stk_startup_allow(const stk_startup_question *question,
                       stk_judgement *judgement);

#endif
