/* SPDX-License-Identifier: Apache-2.0 */
/* A policy for a command that needs one: its errors are told, all of them. */
#ifndef STK_CLI_LOAD_H
#define STK_CLI_LOAD_H

#include <stockade/policy.h>

/* Returns CLI_GOOD with a new reference in `*out`, or what to exit with. */
int cli_load_policy(stk_policy **out, const char *path);

/* The same of a command whose 1 is an answer about the policy: one that cannot
 * be read is CLI_USAGE. */
int cli_load_asked(stk_policy **out, const char *path);

/* A stk_report_fn that tells standard error; `payload` is an `unsigned` that
 * it counts in. */
void cli_report(void *payload, const stk_diagnostic *found);

/* For cleanup attributes. */
void cli_policy_freep(stk_policy **policy);

#endif
