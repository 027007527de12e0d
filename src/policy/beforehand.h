/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says of names and importers before anybody asks. */
#ifndef STK_POLICY_BEFOREHAND_H
#define STK_POLICY_BEFOREHAND_H

#include "policy/rule.h"

/* To whom a name is open, and what it needs. */
enum stk_openness {
    STK_OPEN_NO = 0, /* it may be that not everybody is told the same */
    STK_OPEN_SIGNED, /* to all, if it is signed, or a parent of it */
    STK_OPEN_FREE,   /* as stk_policy_is_free() */
};
enum stk_openness stk_policy_openness(const stk_policy *policy,
                                      const char *name);

/*
 * What a decision depends on of who asks, beside flags: whoever stands alike
 * is told the same of each name.
 */
enum stk_standing {
    STK_STANDING_OWN = 0, /* on the importer himself */
    STK_STANDING_PLAIN,   /* on nothing: no section, no group names him */
    STK_STANDING_TRUSTED, /* on his being trusted */
    STK_STANDINGS,
};
enum stk_standing stk_policy_standing(const stk_policy *policy,
                                      const char *importer);

#endif
