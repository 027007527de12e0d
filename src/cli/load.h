/* SPDX-License-Identifier: Apache-2.0 */
/* A policy for a command that needs one: its errors are told, all of them. */
#ifndef STK_CLI_LOAD_H
#define STK_CLI_LOAD_H

#include <stockade/policy.h>

#include "cli/command.h"

/* Of a command that reads a policy to answer: its id is `id`. */
#define CLI_OPTION_POLICY_KEY(id)                                             \
    {                                                                         \
        id, "policy-key", "KEY",                                              \
            "a public key that the policy must be signed with, or its file"   \
    }

/* --policy, which is given once: `path` into `*at`. Returns CLI_GOOD, or what
 * to exit with, having said so. */
int cli_take_policy(const cli_command *self, const char **at,
                    const char *path);

/* Returns CLI_GOOD with a new reference in `*out`, or what to exit with. The
 * policy, and each file of it, must be signed with `key`: a public key or the
 * path of its file; NULL: no signature is wanted. */
int cli_load_policy(stk_policy **out, const char *path, const char *key);

/* The same of a command whose 1 is an answer about the policy: one that cannot
 * be read is CLI_USAGE. */
int cli_load_asked(stk_policy **out, const char *path, const char *key);

/* A stk_report_fn that tells standard error; `payload` is an `unsigned` that
 * it counts in. */
void cli_report(void *payload, const stk_diagnostic *found);

/* For cleanup attributes. */
void cli_policy_freep(stk_policy **policy);

#endif
