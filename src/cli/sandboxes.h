/* SPDX-License-Identifier: Apache-2.0 */
/* What there is around a worker here, and what each profile lacks. */
#ifndef STK_CLI_SANDBOXES_H
#define STK_CLI_SANDBOXES_H

#include <jansson.h>

#include <stockade/policy.h>
#include <stockade/sandbox.h>

/* {"seccomp": {"present", "must", "what", "reason"}, ...}, and "abi" for
 * landlock. A new reference. */
json_t *cli_sandbox_layers(const stk_sandbox_report *report);

/*
 * {"strict": {"runs", "lacks", "without", "missing"}, ...} of each profile of
 * the policy: the layers that it requires and this machine has not, those that
 * it does without, and what it names that is not there. `python` is
 * the program that workers are of. A new reference.
 */
json_t *cli_sandbox_profiles(const stk_sandbox_report *report,
                             const stk_policy *policy, const char *python);

#endif
