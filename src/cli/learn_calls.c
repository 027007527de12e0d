/* SPDX-License-Identifier: Apache-2.0 */
/* stockade learn --calls: what profiles lack of what workers were refused. */
#include <stdlib.h>
#include <string.h>

#include <stockade/policy.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/calls.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/records.h"
#include "sandbox/syscalls.h"

#define REFUSALS_MAX 10000u /* that differ; a log may be anybody's */

/* One kind of refusal, and how often it was seen. */
typedef struct refusal {
    char *profile, *package, *call; /* owned */
    uint32_t groups;                /* any of which would allow it */
    unsigned long count;
} refusal;

typedef struct refusals {
    refusal *all; /* owned */
    size_t n, room;
    bool cut; /* there were more */
} refusals;

/* ---- the log -------------------------------------------------------- */

/* "@time @process-info" as a record has it. */
static uint32_t
read_groups(const char *text)
{
    uint32_t groups = 0;

    while (text && *text) {
        size_t length = strcspn(text, " ");

        for (uint32_t bit = 1; bit & STK_CALLS_ALL; bit <<= 1) {
            const char *name = stk_calls_name((enum stk_calls)bit);

            if (strlen(name) == length && !strncmp(name, text, length))
                groups |= bit;
        }
        text += length;
        text += strspn(text, " ");
    }
    return groups;
}

static refusal *
find(const refusals *seen, const stk_record *record, const char *package)
{
    for (size_t i = 0; i < seen->n; i++)
        if (!strcmp(seen->all[i].call, record->name) &&
            !strcmp(seen->all[i].package, package) &&
            !strcmp(seen->all[i].profile, record->sandbox))
            return &seen->all[i];
    return NULL;
}

static refusal *
add(refusals *seen, const stk_record *record, const char *package)
{
    refusal *more = NULL;

    if (seen->n == REFUSALS_MAX) {
        seen->cut = true;
        return NULL;
    }
    if (seen->n == seen->room) {
        seen->room = seen->room ? 2 * seen->room : 64;
        more = realloc(seen->all, seen->room * sizeof *more);
        if (!more)
            die(CLI_MACHINE, "out of memory");
        seen->all = more;
    }
    more = &seen->all[seen->n++];
    *more = (refusal){ stk_text_dup(record->sandbox), stk_text_dup(package),
                       stk_text_dup(record->name),
                       read_groups(record->requirement), 0 };
    if (!more->profile || !more->package || !more->call)
        die(CLI_MACHINE, "out of memory");
    return more;
}

static void
take_record(void *payload, const stk_record *record, const char *raw,
            size_t length)
{
    refusals *seen = payload;
    const char *package = record->importer ? record->importer : "?";
    refusal *one;

    (void)raw;
    (void)length;
    if (!record->event || strcmp(record->event, "syscall") || !record->name ||
        !record->sandbox)
        return;
    one = find(seen, record, package);
    if (!one)
        one = add(seen, record, package);
    if (one)
        one->count++;
}

static void
clear(refusals *seen)
{
    for (size_t i = 0; i < seen->n; i++) {
        free(seen->all[i].profile);
        free(seen->all[i].package);
        free(seen->all[i].call);
    }
    free(seen->all);
}

/* ---- one profile ---------------------------------------------------- */

static bool
is_one(uint32_t groups)
{
    return groups && !(groups & (groups - 1));
}

/* The least that allows what any group does: first those calls that one
 * group alone has, then the first group of each that is left. */
static uint32_t
needed(const refusals *seen, const stk_profile *profile)
{
    uint32_t groups = profile->calls;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < seen->n; i++) {
            uint32_t of = seen->all[i].groups;

            if (strcmp(seen->all[i].profile, profile->name) ||
                (pass == 0 && !is_one(of)) ||
                stk_syscalls_closure(groups) & of)
                continue;
            groups |= of & -of;
        }
    /* what another one of the new ones has anyway is not written down */
    for (uint32_t bit = 1; bit & STK_CALLS_ALL; bit <<= 1)
        if (!(profile->calls & bit) &&
            stk_syscalls_closure(groups & ~bit) & bit)
            groups &= ~bit;
    return groups;
}

static void
print_refusal(const refusal *one)
{
    fputs(" ; ", stdout);
    cli_put(stdout, one->package);
    fputs(": ", stdout);
    cli_put(stdout, one->call);
    fputs(one->groups ? ": " : ": in no group", stdout);
    cli_put_groups(stdout, one->groups);
    if (one->count > 1)
        printf(", %lu times", one->count);
    putchar('\n');
}

static void
print_change(uint32_t before, uint32_t after)
{
    if (before == after)
        return;
    fputs("-syscalls = ", stdout);
    cli_put_groups(stdout, before);
    fputs("\n+syscalls = ", stdout);
    cli_put_groups(stdout, after);
    putchar('\n');
    after &= ~before;
    if (after & STK_CALLS_FILES_READ)
        puts("+; read = the files and folders, which no record names");
    if (after & STK_CALLS_FILES_WRITE)
        puts("+; write = the files and folders, which no record names");
    if (after & STK_CALLS_NETWORK)
        puts("+; network = the ports, which no record names");
}

/* Of what it has the group of, listen(2) alone is refused for a key. */
static bool
wants_port(const refusal *one, const stk_profile *profile)
{
    return profile->calls & STK_CALLS_NETWORK && !profile->listen.n &&
           !strncmp(one->call, "listen(", strlen("listen("));
}

static void
print_port(const refusals *seen, const stk_profile *profile)
{
    for (size_t i = 0; i < seen->n; i++)
        if (!strcmp(seen->all[i].profile, profile->name) &&
            wants_port(&seen->all[i], profile)) {
            puts("+; network = listen:PORT, which no record names");
            return;
        }
}

static bool
print_profile(const refusals *seen, const stk_profile *profile)
{
    bool any = false;

    for (size_t i = 0; i < seen->n; i++) {
        if (strcmp(seen->all[i].profile, profile->name))
            continue;
        if (!any) {
            printf("[sandbox %s]\n", profile->name);
            print_change(profile->calls, needed(seen, profile));
            print_port(seen, profile);
        }
        any = true;
        print_refusal(&seen->all[i]);
    }
    return any;
}

/* ---- the answer ----------------------------------------------------- */

static void
tell_unknown(const refusals *seen, const stk_policy *policy, const char *path)
{
    for (size_t i = 0; i < seen->n; i++)
        if (!stk_policy_profile(policy, seen->all[i].profile))
            cli_say("%s has no [sandbox %s], under which a call was refused",
                    path, seen->all[i].profile);
    if (seen->cut)
        cli_say("more than %u kinds of calls were refused: the others are "
                "left out",
                REFUSALS_MAX);
}

int
cli_learn_calls(const char *path, const char *log)
{
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;
    STK_CLEANUP(clear) refusals seen = { NULL, 0, 0, false };
    int status = cli_load_policy(&policy, path, NULL);
    const stk_profile *profiles;
    uint64_t invalid = 0;
    bool any = false;
    size_t n;

    if (status == CLI_GOOD)
        status = cli_each_record(log, take_record, &seen, &invalid);
    if (status != CLI_GOOD)
        return status;
    profiles = stk_policy_profiles(policy, &n);
    for (size_t i = 0; i < n; i++)
        any = print_profile(&seen, &profiles[i]) || any;
    tell_unknown(&seen, policy, path);
    if (!any)
        cli_say("%s: no worker was refused a call", log);
    return CLI_GOOD;
}
