/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule of [modules] or [modules from X] says. */
#ifndef STK_POLICY_WORDS_H
#define STK_POLICY_WORDS_H

#include "policy/draft.h"

/*
 * Reads `value`, as `signed closure bundle:shop.stk`, into the rule, whose
 * place, section and pattern are known. Paths begin at `folder`. Returns 1;
 * 0 when it was refused, which draft->complaints says; -STK_E_MEMORY.
 * `value` lives as long as the draft.
 */
int stk_words_take(stk_rule *rule, stk_draft *draft, const char *folder,
                   const char *value);

#endif
