/* SPDX-License-Identifier: Apache-2.0 */
/* A denied system call as text, from its registers alone. */
#ifndef STK_SANDBOX_DENIAL_H
#define STK_SANDBOX_DENIAL_H

#include "sandbox/supervise.h"

/* Fills `name`, `text` and `groups` from `number` and `arguments`. Allocates
 * only within libseccomp; what it does not know is told by number. */
void stk_denial_describe(stk_denial *denial);

#endif
