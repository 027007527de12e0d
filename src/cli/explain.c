/* SPDX-License-Identifier: Apache-2.0 */
/* stockade explain: what a policy says of one import, and why. */
#include <getopt.h>

#include <stockade/policy.h>

#include "base/cleanup.h"
#include "cli/audited.h"
#include "cli/calls.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"
#include "policy/events.h"
#include "policy/typo.h"

enum {
    OPT_FROM = CLI_LONG + 1,
    OPT_CLOSURE,
    OPT_EVENT,
    OPT_SYSCALL,
    OPT_PROFILE,
    OPT_KEY
};

static const cli_option options[] = {
    { OPT_FROM, "from", "IMPORTER", "the module whose code asks" },
    { OPT_EVENT, "event", "EVENT",
      "an audit event that the importer fires, in place of NAME" },
    { OPT_SYSCALL, "syscall", "CALL",
      "a system call that a worker makes, in place of NAME" },
    { OPT_PROFILE, "profile", "PROFILE", "the worker's: strict, if not said" },
    { OPT_CLOSURE, "closure", NULL, "the importer came in with `closure`" },
    CLI_OPTION_POLICY_KEY(OPT_KEY),
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

/* ---- for programs --------------------------------------------------- */

static json_t *
lost_list(const stk_explanation *told)
{
    json_t *array = cli_json_array();

    for (size_t i = 0; i < told->n_lost; i++) {
        json_t *rule = cli_json_rule(&told->lost[i].rule);

        if (json_is_null(rule))
            continue;
        cli_json_set(rule, "why", cli_json_text(told->lost[i].why));
        cli_json_add(array, rule);
    }
    return array;
}

/* What is there for a name that must be signed alone. */
static json_t *
signing_object(const stk_explanation *told)
{
    json_t *object = cli_json_object(), *keys = cli_json_array();

    for (size_t i = 0; i < told->n_signers; i++) {
        json_t *key = cli_json_object();

        cli_json_set(key, "name", cli_json_text(told->signers[i].key));
        cli_json_set(key, "usable", json_boolean(told->signers[i].usable));
        cli_json_set(key, "note", cli_json_text(told->signers[i].note));
        cli_json_add(keys, key);
    }
    cli_json_set(object, "threshold", json_integer(told->threshold));
    cli_json_set(object, "keys", keys);
    cli_json_set(object, "bundle", cli_json_text(told->decision.bundle));
    cli_json_set(object, "rule", cli_json_rule(&told->required_by));
    return object;
}

static const char *
result_name(const stk_loader_rule *loader)
{
    return loader->result == STK_LOADER_MODULE ? "module" : "source";
}

static json_t *
loader_object(const stk_loader_rule *loader)
{
    json_t *object = cli_json_object();

    cli_json_set(object, "name", cli_json_text(loader->name));
    cli_json_set(object, "module", cli_json_text(loader->module));
    cli_json_set(object, "class", cli_json_text(loader->attribute));
    cli_json_set(object, "result", cli_json_text(result_name(loader)));
    cli_json_set(object, "sandbox", cli_json_text(loader->sandbox));
    cli_json_set(object, "file", cli_json_text(loader->file));
    cli_json_set(object, "line", json_integer(loader->line));
    return object;
}

/* What the answer for a name alone cannot know: what is found under it, and
 * what was meant by it; NULL where there is nothing to say. */
static const char *
find_but(const stk_policy *policy, const stk_decision *decision,
         const stk_request *request)
{
    bool is = !(request->flags & STK_REQUEST_EVENT) &&
              decision->verdict == STK_ALLOW &&
              stk_policy_in_stdlib(request->name) &&
              stk_policy_shadowing(policy) == STK_DENY;

    return is ? "found outside the standard library it is denied: "
                "shadowing = deny"
              : NULL;
}

static const char *
find_hint(const stk_policy *policy, const stk_decision *decision,
          const stk_request *request)
{
    return !(request->flags & STK_REQUEST_EVENT) &&
                   decision->reason == STK_REASON_DEFAULT
               ? stk_typo_guess(policy, request->name)
               : NULL;
}

static void
print_json(const stk_policy *policy, const stk_explanation *told,
           const stk_request *request)
{
    const stk_decision *decision = &told->decision;
    json_t *answer = cli_json_object();

    cli_json_set(answer, "name", cli_json_text(request->name));
    cli_json_set(answer, "event",
                 json_boolean(request->flags & STK_REQUEST_EVENT));
    cli_json_set(answer, "importer", cli_json_text(request->importer));
    cli_json_set(answer, "verdict",
                 cli_json_text(cli_verdict_name(decision->verdict)));
    cli_json_set(answer, "enforced", json_boolean(told->enforced));
    cli_json_set(answer, "rule", cli_json_rule(&decision->rule));
    cli_json_set(answer, "requirements", cli_json_requirements(decision));
    if (told->threshold)
        cli_json_set(answer, "signing", signing_object(told));
    if (told->loader)
        cli_json_set(answer, "loader", loader_object(told->loader));
    cli_json_set(answer, "reason", cli_json_text(told->reason));
    cli_json_set(answer, "fix", cli_json_text(told->fix));
    cli_json_set(answer, "closure", cli_json_text(told->closure));
    cli_json_set(answer, "lost", lost_list(told));
    cli_json_set(answer, "reason_name",
                 cli_json_text(stk_reason_name(decision->reason)));
    cli_json_set(answer, "but",
                 cli_json_text(find_but(policy, decision, request)));
    cli_json_set(answer, "hint",
                 cli_json_text(find_hint(policy, decision, request)));
    cli_json_print(answer);
}

/* ---- for people ----------------------------------------------------- */

static void
put_rule(const char *label, const stk_rule_ref *rule)
{
    printf("  %-9s", label);
    if (!rule->file) {
        fputs("none\n", stdout);
        return;
    }
    cli_put(stdout, rule->file);
    printf(":%u: ", (unsigned)rule->line);
    cli_put(stdout, rule->text);
    if (rule->section) {
        fputs("  [", stdout);
        cli_put(stdout, rule->section);
        putchar(']');
    }
    putchar('\n');
}

static void
put_line(const char *label, const char *text)
{
    if (!text || !*text)
        return;
    printf("  %-9s", label);
    cli_put(stdout, text);
    putchar('\n');
}

static void
put_loader(const stk_loader_rule *loader)
{
    printf("  %-9s", "loader");
    cli_put(stdout, loader->file);
    printf(":%u: ", (unsigned)loader->line);
    cli_put(stdout, loader->module);
    putchar(':');
    cli_put(stdout, loader->attribute);
    printf(", result = %s, in sandbox:", result_name(loader));
    cli_put(stdout, loader->sandbox);
    fputs("  [loader ", stdout);
    cli_put(stdout, loader->name);
    fputs("]\n", stdout);
}

static void
print_text(const stk_policy *policy, const stk_explanation *told,
           const stk_request *request)
{
    const stk_decision *decision = &told->decision;
    const char *meant = find_hint(policy, decision, request);

    if (request->flags & STK_REQUEST_EVENT)
        fputs("event ", stdout);
    cli_put(stdout, request->name);
    if (request->importer) {
        fputs(" from ", stdout);
        cli_put(stdout, request->importer);
    }
    fputs(": ", stdout);
    cli_put_coloured(stdout, cli_verdict_colour(decision->verdict),
                     cli_verdict_name(decision->verdict));
    puts(told->enforced ? "" : " (not enforced: mode = observe)");
    put_rule("rule", &decision->rule);
    put_line("reason", told->reason);
    put_line("requires", told->needs);
    if (told->needs && (told->required_by.line != decision->rule.line ||
                        told->required_by.file != decision->rule.file))
        put_rule("by", &told->required_by);
    if (told->loader)
        put_loader(told->loader);
    for (size_t i = 0; i < told->n_lost; i++) {
        put_rule("lost", &told->lost[i].rule);
        put_line("", told->lost[i].why);
    }
    put_line("fix", told->fix);
    put_line("or", told->closure);
    put_line("but", find_but(policy, decision, request));
    if (meant)
        printf("  %-9sdid you mean %s?\n", "hint", meant);
}

/* ---- the command ---------------------------------------------------- */

/* The answer stands, for whoever raises an event of that name. */
static void
say_meant(const char *event)
{
    STK_CLEANUP(cli_policy_freep) stk_policy *audited = NULL;
    char wrong[CLI_AUDITED_WRONG];

    if (cli_audited_read(&audited, event, wrong) < 0 && wrong[0] &&
        !stk_event_is_reserved(event))
        cli_say("%s", wrong);
}

static int
answer(const char *path, const char *key, const stk_request *request,
       bool json)
{
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;
    stk_explanation *told = NULL;
    stk_error err = STK_ERROR_INIT;
    int status = cli_load_asked(&policy, path, key);

    if (status != CLI_GOOD)
        return status;
    if (stk_policy_explain(&told, policy, request, &err) < 0)
        return cli_say_error(&err);
    if (request->flags & STK_REQUEST_EVENT)
        say_meant(request->name);
    if (json)
        print_json(policy, told, request);
    else
        print_text(policy, told, request);
    status = told->decision.verdict == STK_ALLOW ? CLI_GOOD : CLI_NO;
    stk_explanation_free(told);
    return status;
}

/* Options that stand for nothing, or in place of each other. */
static bool
is_wrong(cli_line *line, const stk_request *request, const char *call,
         const char *profile)
{
    const char *instead = call ? "--syscall" : "--event";
    bool event = (request->flags & STK_REQUEST_EVENT) != 0;

    if (call && event)
        line->status = cli_usage_error(
            line->command, "--syscall and --event do not go together");
    else if (call && (request->importer || request->flags))
        line->status = cli_usage_error(
            line->command,
            "--syscall is asked of a profile: --from and --closure say "
            "nothing there");
    else if (profile && !call)
        line->status =
            cli_usage_error(line->command, "--profile goes with --syscall");
    else if (request->importer && !*request->importer)
        line->status = cli_usage_error(
            line->command, "--from \"\": leave it out to ask for no importer "
                           "in particular");
    else if ((call || event) && line->argc - optind == 2)
        line->status = cli_usage_error(
            line->command, "what is \"%s\"? %s stands in place of NAME",
            line->argv[optind + 1], instead);
    else
        return false;
    return true;
}

static int
run_explain(const cli_command *self, int argc, char **argv)
{
    stk_request request = STK_REQUEST_INIT;
    const char *call = NULL, *profile = NULL, *key = NULL;
    cli_line line;
    int option, operands = 2;

    cli_line_start(&line, self, argc, argv);
    while ((option = cli_next(&line)) >= 0) {
        if (option == OPT_FROM)
            request.importer = optarg;
        else if (option == OPT_CLOSURE)
            request.flags |= STK_REQUEST_CLOSURE;
        else if (option == OPT_PROFILE)
            profile = optarg;
        else if (option == OPT_KEY)
            key = optarg;
        else if (option == OPT_SYSCALL) {
            call = optarg;
            operands = 1;
        } else if (option == OPT_EVENT) {
            request.flags |= STK_REQUEST_EVENT;
            request.name = optarg;
            operands = 1;
        }
    }
    if (option == CLI_STOP || is_wrong(&line, &request, call, profile) ||
        cli_operands(&line, operands, operands) < 0)
        return line.status;
    if (call)
        return cli_explain_call(argv[optind], key, call,
                                profile ? profile : "strict", line.json);
    if (operands == 2)
        request.name = argv[optind + 1];
    return answer(argv[optind], key, &request, line.json);
}

const cli_command cli_explain = {
    "explain",
    "POLICY NAME",
    "say what a policy answers for one import, event or system call",
    options,
    run_explain,
};
