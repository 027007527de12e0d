/* SPDX-License-Identifier: Apache-2.0 */
/* stockade explain --syscall: what a profile says of one system call. */
#include <stdlib.h>
#include <string.h>

#include <stockade/policy.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/calls.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/output.h"
#include "sandbox/syscalls.h"

#define CALL_MAX 64u

typedef struct question {
    char name[CALL_MAX];
    const stk_profile *profile;
    uint32_t has;        /* the profile's groups, with what these extend */
    stk_call_groups in;  /* where the call is */
    const char *verdict; /* allow, deny, depends */
    char reason[300], fix[300];
} question;

/* ---- groups --------------------------------------------------------- */

void
cli_put_groups(FILE *to, uint32_t groups)
{
    char text[STK_GROUPS_TEXT];

    fputs(stk_syscalls_text(text, sizeof text, groups), to);
}

static json_t *
group_list(uint32_t groups)
{
    json_t *array = cli_json_array();

    for (uint32_t bit = 1; bit & STK_CALLS_ALL; bit <<= 1)
        if (groups & bit)
            cli_json_add(array,
                         cli_json_text(stk_calls_name((enum stk_calls)bit)));
    return array;
}

/* ---- the answer ----------------------------------------------------- */

/* The first that would do: they stand from the least to the most. */
static uint32_t
least(uint32_t groups)
{
    return groups & -groups;
}

/* What a group does nothing without, " and read = PATH" for each. */
static void
put_needs(question *q, uint32_t groups)
{
    const stk_profile *p = q->profile;
    const struct {
        bool lacks;
        const char *line;
    } needs[] = {
        { groups & STK_CALLS_THREADS && p->processes < 2, "processes = 2" },
        { groups & STK_CALLS_FILES_READ && !(groups & STK_CALLS_FILES_WRITE) &&
              p->read.n + p->write.n == 0,
          "read = PATH" },
        { groups & STK_CALLS_FILES_WRITE && p->write.n == 0, "write = PATH" },
        { groups & STK_CALLS_NETWORK && p->connect.n + p->listen.n == 0,
          "network = PORT" },
    };
    size_t used = strlen(q->fix);

    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (needs[i].lacks)
            used +=
                (size_t)snprintf(q->fix + used, sizeof q->fix - used, "%s%s",
                                 used ? " and " : "", needs[i].line);
}

/* The profile has the group, and nothing that it is good for. */
static void
judge_idle(question *q, uint32_t groups)
{
    char lines[sizeof q->fix];

    put_needs(q, groups);
    if (!q->fix[0])
        return;
    snprintf(lines, sizeof lines, "%s", q->fix);
    snprintf(q->fix, sizeof q->fix, "[sandbox %s] %.200s", q->profile->name,
             lines);
}

static void
judge(question *q)
{
    uint32_t all = q->in.always | q->in.sometimes;
    char groups[STK_GROUPS_TEXT];

    q->has = stk_syscalls_closure(q->profile->calls);
    stk_syscalls_text(groups, sizeof groups, all);
    if (q->in.always & q->has) {
        q->verdict = "allow";
        stk_syscalls_text(groups, sizeof groups, q->in.always & q->has);
        snprintf(q->reason, sizeof q->reason, "it is in %s", groups);
        if (!(q->in.always & q->has & STK_CALLS_COMPUTE))
            judge_idle(q, least(q->in.always & q->has));
        return;
    }
    q->verdict = all & q->has ? "depends" : "deny";
    if (all & q->has)
        snprintf(q->reason, sizeof q->reason,
                 "it is in %s with some arguments alone, which the record of "
                 "a refused call shows",
                 groups);
    else if (all)
        snprintf(q->reason, sizeof q->reason,
                 "it is in %s, and the profile has none of these", groups);
    else
        snprintf(q->reason, sizeof q->reason,
                 "it is in no group: no worker makes it");
    if (all & q->has)
        judge_idle(q, least(all & q->has));
    all &= ~q->has;
    if (!all || q->fix[0])
        return;
    stk_syscalls_text(groups, sizeof groups, q->profile->calls | least(all));
    snprintf(q->fix, sizeof q->fix, "[sandbox %s] syscalls = %s",
             q->profile->name, groups);
    put_needs(q, stk_syscalls_closure(least(all)));
}

static void
print_json(const question *q)
{
    json_t *answer = cli_json_object();

    cli_json_set(answer, "syscall", cli_json_text(q->name));
    cli_json_set(answer, "profile", cli_json_text(q->profile->name));
    cli_json_set(answer, "verdict", cli_json_text(q->verdict));
    cli_json_set(answer, "has", group_list(q->has));
    cli_json_set(answer, "always", group_list(q->in.always));
    cli_json_set(answer, "sometimes", group_list(q->in.sometimes));
    cli_json_set(answer, "reason", cli_json_text(q->reason));
    cli_json_set(answer, "fix", cli_json_text(q->fix));
    cli_json_print(answer);
}

static void
print_text(const question *q)
{
    bool allowed = !strcmp(q->verdict, "allow");

    printf("system call %s under %s: ", q->name, q->profile->name);
    cli_put_coloured(stdout,
                     cli_verdict_colour(allowed ? STK_ALLOW : STK_DENY),
                     q->verdict);
    printf("\n  reason   %s\n  has      ", q->reason);
    cli_put_groups(stdout, q->has);
    putchar('\n');
    if (q->fix[0])
        printf("  fix      %s\n", q->fix);
}

/* The name alone: what is behind it in a record, registers held. */
static bool
take_name(question *q, const char *call)
{
    size_t length = strcspn(call, "(");

    if (length == 0 || length >= sizeof q->name)
        return false;
    memcpy(q->name, call, length);
    q->name[length] = '\0';
    return stk_syscalls_named(&q->in, q->name) == 0;
}

static void
say_no_profile(const stk_policy *policy, const char *path, const char *given)
{
    STK_CLEANUP(stk_freep) const char **names = NULL;
    const stk_profile *profiles;
    const char *meant;
    size_t n;

    profiles = stk_policy_profiles(policy, &n);
    names = calloc(n + 1, sizeof *names);
    if (!names)
        die(CLI_MACHINE, "out of memory");
    for (size_t i = 0; i < n; i++)
        names[i] = profiles[i].name;
    meant = stk_text_nearest(given, names);
    cli_say("%s has no [sandbox %s]%s%s", path, given,
            meant ? "; did you mean " : "", meant ? meant : "");
}

int
cli_explain_call(const char *path, const char *key, const char *call,
                 const char *profile, bool json)
{
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;
    int status = cli_load_asked(&policy, path, key);
    char near[CALL_MAX];
    question q;

    if (status != CLI_GOOD)
        return status;
    memset(&q, 0, sizeof q);
    q.profile = stk_policy_profile(policy, profile);
    if (!q.profile) {
        say_no_profile(policy, path, profile);
        return CLI_USAGE;
    }
    if (!take_name(&q, call)) {
        cli_say("\"%s\" is no system call of this machine%s%s", call,
                stk_syscalls_nearest(near, sizeof near, call)
                    ? "; did you mean "
                    : "",
                near);
        return CLI_USAGE;
    }
    judge(&q);
    if (json)
        print_json(&q);
    else
        print_text(&q);
    return strcmp(q.verdict, "allow") ? CLI_NO : CLI_GOOD;
}
