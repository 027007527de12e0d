/* SPDX-License-Identifier: Apache-2.0 */
/* The sinks that `audit` names. */
#ifndef STK_POLICY_AUDITSINKS_H
#define STK_POLICY_AUDITSINKS_H

#include "policy/draft.h"

/* One word of `audit`, its path taken from `folder`: into `*out`, of the
 * draft's arena, or NULL where it was complained of. 0 or -STK_E_MEMORY. */
int stk_auditsink_read(const char **out, stk_draft *draft, stk_place place,
                       const char *folder, const char *word);

#endif
