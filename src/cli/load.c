/* SPDX-License-Identifier: Apache-2.0 */
/* A policy for a command that needs one: its errors are told, all of them. */
#include "cli/load.h"

#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/output.h"

void
cli_report(void *payload, const stk_diagnostic *found)
{
    unsigned *count = payload;

    ++*count;
    cli_put_diagnostic(stderr, found);
}

int
cli_load_policy(stk_policy **out, const char *path)
{
    stk_error err = STK_ERROR_INIT;
    unsigned reported = 0;

    if (stk_policy_load(out, path, cli_report, &reported, &err) == 0)
        return CLI_GOOD;
    if (!reported)
        return cli_say_error(&err);
    return err.code == STK_E_MEMORY ? CLI_MACHINE : CLI_NO;
}

int
cli_load_asked(stk_policy **out, const char *path)
{
    int status = cli_load_policy(out, path);
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
