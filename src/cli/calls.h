/* SPDX-License-Identifier: Apache-2.0 */
/* System calls of workers, for explain and for learn. */
#ifndef STK_CLI_CALLS_H
#define STK_CLI_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* "@compute @time": the groups of these bits. */
void cli_put_groups(FILE *to, uint32_t groups);

/* What the profile of a policy says of a call, which is a name, or what a
 * record says: "openat(AT_FDCWD, ..., O_RDONLY)". `key`: as in
 * cli_load_asked(). An exit code. */
int cli_explain_call(const char *policy, const char *key, const char *call,
                     const char *profile, bool json);

/* What the profiles of a policy lack of the calls that a log says were
 * refused, as the lines to change. An exit code. */
int cli_learn_calls(const char *policy, const char *log);

#endif
