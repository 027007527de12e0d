/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signatures count: a policy's keys, or keys that were given. */
#include "cli/whom.h"

#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"
#include "trust/key.h"

int
cli_whom_add(const cli_command *self, cli_whom *whom, const char *given)
{
    static const char *const all[] = { "*" };
    size_t n = whom->signing.n_keys;
    stk_public_key key;
    stk_error err = STK_ERROR_INIT;

    if (n == CLI_WHOM_KEYS_MAX)
        return cli_usage_error(self, "--key is given at most %d times",
                               CLI_WHOM_KEYS_MAX);
    if (stk_public_key_get(&key, given, &err) < 0)
        return cli_say_error(&err);
    stk_public_key_text(whom->public_keys[n], &key);
    whom->rules[n] = (stk_key_rule){
        .name = given,
        .public_key = whom->public_keys[n],
        .modules = all,
        .n_modules = 1,
        .kinds = UINT32_MAX,
        .status = STK_KEY_ACTIVE,
    };
    whom->signing.n_keys++;
    return CLI_GOOD;
}

int
cli_whom_check(const cli_command *self, const cli_whom *whom)
{
    const stk_signing *signing = &whom->signing;

    if (!whom->policy_file && !signing->n_keys)
        return cli_usage_error(self, "--policy POLICY or --key KEY is "
                                     "missing");
    if (whom->policy_key && !whom->policy_file)
        return cli_usage_error(self, "--policy-key goes with --policy");
    if (whom->policy_file &&
        (signing->n_keys || signing->context || signing->binding))
        return cli_usage_error(self, "--policy says it all: --key, --context "
                                     "and --binding do not go with it");
    return CLI_GOOD;
}

int
cli_whom_ring(cli_whom *whom, stk_keyring **ring, bool first)
{
    stk_error err = STK_ERROR_INIT;
    int status;

    whom->signing.keys = whom->rules;
    if (whom->policy_file) {
        status = cli_load_policy(&whom->policy, whom->policy_file,
                                 whom->policy_key);
        if (status != CLI_GOOD)
            return status;
        whom->signing = *stk_policy_signing(whom->policy);
        if (first)
            whom->signing.require_state = false;
    }
    if (stk_keyring_new(ring, &whom->signing, &err) < 0)
        return cli_say_error(&err);
    return CLI_GOOD;
}

void
cli_whom_clear(cli_whom *whom)
{
    stk_policy_free(whom->policy);
    whom->policy = NULL;
}
