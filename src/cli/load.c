/* SPDX-License-Identifier: Apache-2.0 */
/* A policy for a command that needs one: its errors are told, all of them. */
#include "cli/load.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/options.h"
#include "cli/output.h"
#include "guard/policykey.h"

void
cli_report(void *payload, const stk_diagnostic *found)
{
    unsigned *count = payload;

    ++*count;
    cli_put_diagnostic(stderr, found);
}

int
cli_take_policy(const cli_command *self, const char **at, const char *path)
{
    if (*at)
        return cli_usage_error(self, "--policy is given twice; a policy takes "
                                     "in others by extends = FILE");
    *at = path;
    return CLI_GOOD;
}

int
cli_load_policy(stk_policy **out, const char *path, const char *given)
{
    STK_CLEANUP(stk_policykey_freep) stk_policykey *key = NULL;
    unsigned reported = 0;
    stk_policy_loading how = { .path = path,
                               .report = cli_report,
                               .payload = &reported };
    stk_error err = STK_ERROR_INIT;

    if (given && stk_policykey_new(&key, given, &err) < 0)
        return cli_say_error(&err);
    how.check = key ? stk_policykey_check : NULL;
    how.check_payload = key;
    if (stk_policy_load_checked(out, &how, &err) == 0)
        return CLI_GOOD;
    if (!reported)
        return cli_say_error(&err);
    return err.code == STK_E_MEMORY ? CLI_MACHINE : CLI_NO;
}

int
cli_load_asked(stk_policy **out, const char *path, const char *key)
{
    int status = cli_load_policy(out, path, key);
    struct stat seen;

    if (status != CLI_NO)
        return status;
    return stat(path, &seen) < 0 || !S_ISREG(seen.st_mode) ||
                   access(path, R_OK) < 0
               ? CLI_USAGE
               : status;
}

void
cli_policy_freep(stk_policy **policy)
{
    stk_policy_free(*policy);
    *policy = NULL;
}
