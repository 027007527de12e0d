/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign a name, told. */
#ifndef STK_POLICY_TELLKEYS_H
#define STK_POLICY_TELLKEYS_H

#include "policy/told.h"

/* Fills what an explanation says of signatures. 0 or -STK_E_MEMORY. */
int stk_tell_signers(stk_explanation *out, const stk_told *told);

#endif
