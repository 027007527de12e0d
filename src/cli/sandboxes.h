/* SPDX-License-Identifier: Apache-2.0 */
/* What there is around a worker here, and what each shipped profile lacks. */
#ifndef STK_CLI_SANDBOXES_H
#define STK_CLI_SANDBOXES_H

#include <jansson.h>

#include <stockade/sandbox.h>

/* {"seccomp": {"present", "must", "what", "reason"}, ...}, and "abi" for
 * landlock. A new reference. */
json_t *cli_sandbox_layers(const stk_sandbox_report *report);

/*
 * {"strict": {"runs", "lacks", "without"}, ...}: the layers that the profile
 * requires and this machine has not, and those that it does without. A new
 * reference; NULL with `err` filled.
 */
json_t *cli_sandbox_profiles(const stk_sandbox_report *report, stk_error *err);

#endif
