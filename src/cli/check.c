/* SPDX-License-Identifier: Apache-2.0 */
/* stockade check: what is wrong, and what is odd, with policies. */
#include "cli/check.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/bundle.h"
#include "cli/options.h"
#include "cli/output.h"
#include "guard/policyfloor.h"
#include "trust/key.h"

enum { OPT_STRICT = CLI_LONG + 1, OPT_KEY, OPT_STATE };

static const cli_option options[] = {
    { OPT_KEY, "policy-key", "KEY",
      "a public key that policies must be signed with, or its file" },
    { OPT_STATE, "policy-state", "FILE",
      "where run remembers the newest policy: none may be older" },
    { OPT_STRICT, "strict", NULL, "exit 1 on warnings too" },
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

typedef struct findings {
    FILE *to;           /* NULL: nothing is printed */
    json_t *messages;   /* NULL: not wanted */
    stk_policykey *key; /* owned; NULL: no signature is wanted */
    const char *state;  /* NULL: a policy may be of any age */
    unsigned errors, warnings;
} findings;

static void
clear_findings(findings *all)
{
    stk_policykey_freep(&all->key);
}

static void
take_finding(void *payload, const stk_diagnostic *found)
{
    findings *all = payload;

    if (found->severity == STK_SEVERITY_WARNING)
        all->warnings++;
    else
        all->errors++;
    if (all->messages)
        cli_json_add(all->messages, cli_json_diagnostic(found));
    if (all->to)
        cli_put_diagnostic(all->to, found);
}

/* An error that was reported to nobody is a finding as well. */
static void
take_error(findings *all, const char *path, const stk_error *err)
{
    stk_diagnostic found = { STK_SEVERITY_ERROR,
                             err->file[0] ? err->file : path, err->line,
                             err->message };

    take_finding(all, &found);
}

/* What loading refuses, and more: a key that only its owner can have made. */
static void
check_keys(findings *all, const stk_policy *policy)
{
    const stk_signing *signing = stk_policy_signing(policy);

    for (size_t i = 0; i < signing->n_keys; i++) {
        const stk_key_rule *rule = &signing->keys[i];
        stk_error err = STK_ERROR_INIT, found = STK_ERROR_INIT;
        stk_public_key key;

        if (stk_public_key_parse(&key, rule->public_key,
                                 strlen(rule->public_key), &found) == 0)
            continue;
        stk_error_set(&err, found.code, "the key %s %s", rule->name,
                      found.message);
        stk_error_at(&err, rule->file, rule->line);
        take_error(all, rule->file, &err);
    }
}

/* A policy may be checked where its bundles are not: a warning. */
static void
check_bundles(findings *all, const stk_policy *policy)
{
    size_t n;
    const char *const *paths = stk_policy_bundles(policy, &n);

    for (size_t i = 0; i < n; i++) {
        stk_rule_ref rule = stk_policy_bundle_rule(policy, paths[i]);
        stk_error err = STK_ERROR_INIT;
        stk_diagnostic found = { STK_SEVERITY_WARNING, rule.file, rule.line,
                                 err.message };

        if (access(paths[i], R_OK) < 0)
            stk_error_set_errno(&err, STK_E_IO, errno,
                                "cannot open the bundle %s; stockade run "
                                "needs it to start",
                                paths[i]);
        else if (!cli_is_bundle(paths[i]))
            stk_error_set(&err, STK_E_INVALID,
                          "%s is no bundle; make one with stockade bundle",
                          paths[i]);
        else
            continue;
        take_finding(all, &found);
    }
}

static void
check_one(findings *all, const char *path)
{
    STK_CLEANUP(stk_policyfloor_clear)
    stk_policyfloor files = { .key = all->key };
    unsigned before = all->errors;
    stk_policy_loading how = { path,   take_finding,
                               all,    all->key ? stk_policyfloor_check : NULL,
                               &files, true };
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;

    if (stk_policy_load_checked(&policy, &how, &err) < 0) {
        if (all->errors == before)
            take_error(all, path, &err);
        return;
    }
    if (stk_policyfloor_ask(&files, all->state, &err) < 0 ||
        stk_policy_lint(policy, take_finding, all, &err) < 0)
        take_error(all, path, &err);
    check_keys(all, policy);
    check_bundles(all, policy);
    stk_policy_free(policy);
}

unsigned
cli_check_policy(const char *path, FILE *to)
{
    findings all = { .to = to };

    check_one(&all, path);
    return all.errors;
}

static void
print_answer(const findings *all)
{
    json_t *answer = cli_json_object();

    cli_json_set(answer, "errors", json_integer(all->errors));
    cli_json_set(answer, "warnings", json_integer(all->warnings));
    cli_json_set(answer, "messages", all->messages);
    cli_json_print(answer);
}

static int
run_check(const cli_command *self, int argc, char **argv)
{
    STK_CLEANUP(clear_findings) findings all = { .to = NULL };
    stk_error err = STK_ERROR_INIT;
    const char *key = NULL;
    bool strict = false;
    cli_line line;
    int option;

    cli_line_start(&line, self, argc, argv);
    while ((option = cli_next(&line)) >= 0)
        if (option == OPT_KEY)
            key = optarg;
        else if (option == OPT_STATE)
            all.state = optarg;
        else
            strict = true;
    if (option == CLI_STOP || cli_operands(&line, 1, 0) < 0)
        return line.status;
    if (all.state && !key)
        return cli_usage_error(self, "--policy-state needs --policy-key");
    if (key && stk_policykey_new(&all.key, key, &err) < 0)
        return cli_say_error(&err);
    if (line.json)
        all.messages = cli_json_array();
    else
        all.to = stdout;
    for (int i = optind; i < argc; i++)
        check_one(&all, argv[i]);
    if (line.json)
        print_answer(&all);
    return all.errors || (strict && all.warnings) ? CLI_NO : CLI_GOOD;
}

const cli_command cli_check = {
    "check", "POLICY...", "say what is wrong or odd with a policy",
    options, run_check,
};
