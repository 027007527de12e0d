/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile names and this machine has not. */
#ifndef STK_CLI_ABSENT_H
#define STK_CLI_ABSENT_H

#include <jansson.h>

#include <stockade/policy.h>
#include <stockade/sandbox.h>

/*
 * Paths of `read` and `write`, and modules of `preload`, that are not there,
 * each as a line with the place in the policy. Of a built-in profile that no
 * rule has anything run under, nothing is asked. `python` is the program that
 * workers are of, or NULL. A new reference to a list.
 */
json_t *cli_profile_absent(const stk_policy *policy,
                           const stk_profile *profile, const char *python);

#endif
