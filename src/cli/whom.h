/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signatures count: those of a policy's keys, or of keys that were
 * given, each good for everything. */
#ifndef STK_CLI_WHOM_H
#define STK_CLI_WHOM_H

#include <stdbool.h>

#include <stockade/policy.h>

#include "cli/command.h"
#include "trust/keyring.h"

#define CLI_WHOM_KEYS_MAX 9

typedef struct cli_whom {
    const char *policy_file; /* or NULL */
    const char *policy_key;  /* what that must be signed with, or NULL */
    stk_policy *policy;      /* owned */
    stk_signing signing;
    stk_key_rule rules[CLI_WHOM_KEYS_MAX];
    char public_keys[CLI_WHOM_KEYS_MAX][STK_PUBLIC_KEY_LENGTH + 1];
} cli_whom;

/* One more key: its text, or a file that has it. Returns an exit code,
 * having said what is wrong. */
int cli_whom_add(const cli_command *self, cli_whom *whom, const char *given);

/* Exactly one of both was given. The same. */
int cli_whom_check(const cli_command *self, const cli_whom *whom);

/* A keyring of them, freed by stk_keyring_free() before `whom` is cleared;
 * `first` lets a state file come to be. The same. */
int cli_whom_ring(cli_whom *whom, stk_keyring **ring, bool first);

void cli_whom_clear(cli_whom *whom);

#endif
