/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a policy for another command. */
#ifndef STK_CLI_CHECK_H
#define STK_CLI_CHECK_H

#include <stdio.h>

#include "cli/command.h"

/* Loads and lints `path`, tells `to`. Returns how many errors there are. */
unsigned cli_check_policy(const char *path, FILE *to);

#endif
