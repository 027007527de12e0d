/* SPDX-License-Identifier: Apache-2.0 */
/* What was found of each layer while a process was locked down, and whether
 * that is enough. */
#ifndef STK_SANDBOX_LAYERS_H
#define STK_SANDBOX_LAYERS_H

#include <stockade/sandbox.h>

#include "base/error.h"

/* Notes one layer. `level` is Landlock's ABI, else 0. */
void stk_layers_active(stk_sandbox_report *report, enum stk_layer layer,
                       int level);
void stk_layers_unused(stk_sandbox_report *report, enum stk_layer layer);
/* "STEP: what errno says"; `number` 0 leaves the step alone. */
void stk_layers_absent(stk_sandbox_report *report, enum stk_layer layer,
                       const char *step, int number);

/* The layers that `profile` cannot do without here: the musts, `require`,
 * one of Landlock and the empty root, and what makes its ports true. */
uint32_t stk_layers_needed(const stk_profile *profile,
                           const stk_sandbox_report *report);

/*
 * Whether a process so surrounded may run under `profile`: every needed
 * layer is active, or of no use. Returns 0, or -STK_E_UNSUPPORTED and "the
 * profile strict requires landlock: landlock_create_ruleset: Function not
 * implemented".
 */
int stk_layers_judge(const stk_profile *profile,
                     const stk_sandbox_report *report, stk_error *err);

#endif
