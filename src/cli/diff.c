/* SPDX-License-Identifier: Apache-2.0 */
/* stockade diff: who gains and loses what between two policies. */
#include <getopt.h>
#include <string.h>

#include <stockade/policy.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"

static const cli_option options[] = {
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

typedef struct differences {
    json_t *changes;  /* NULL: text is printed */
    json_t *settings; /* likewise */
    unsigned gained, lost, altered, set;
} differences;

/* ---- one difference ------------------------------------------------- */

static const char *
kind_name(const stk_change *change)
{
    if (change->before.verdict == change->after.verdict)
        return "alter";
    return change->after.verdict == STK_ALLOW ? "gain" : "lose";
}

static json_t *
side_object(const stk_decision *side)
{
    json_t *object = cli_json_object();

    cli_json_set(object, "verdict",
                 cli_json_text(cli_verdict_name(side->verdict)));
    cli_json_set(object, "requirements", cli_json_requirements(side));
    cli_json_set(object, "rule", cli_json_rule(&side->rule));
    cli_json_set(object, "reason",
                 cli_json_text(stk_reason_name(side->reason)));
    return object;
}

static void
add_change(json_t *changes, const stk_change *change)
{
    json_t *object = cli_json_object();

    cli_json_set(object, "change", cli_json_text(kind_name(change)));
    cli_json_set(object, "name", cli_json_text(change->name));
    cli_json_set(object, "event", json_boolean(change->event));
    cli_json_set(object, "importer", cli_json_text(change->importer));
    cli_json_set(object, "before", side_object(&change->before));
    cli_json_set(object, "after", side_object(&change->after));
    cli_json_add(changes, object);
}

static void
put_side(const stk_decision *side)
{
    fputs(cli_verdict_name(side->verdict), stdout);
    if (side->requirement) {
        putchar(' ');
        cli_put(stdout, side->requirement);
    }
    fputs(" (", stdout);
    if (side->rule.file) {
        cli_put(stdout, side->rule.file);
        printf(":%u", (unsigned)side->rule.line);
    } else {
        cli_put(stdout, stk_reason_text(side->reason));
    }
    putchar(')');
}

static void
put_change(const stk_change *change)
{
    const char *kind = kind_name(change);
    enum cli_colour colour = !strcmp(kind, "gain")   ? CLI_GREEN
                             : !strcmp(kind, "lose") ? CLI_RED
                                                     : CLI_YELLOW;

    cli_put_coloured(stdout, colour,
                     colour == CLI_GREEN ? "+"
                     : colour == CLI_RED ? "-"
                                         : "~");
    putchar(' ');
    cli_put(stdout, change->importer ? change->importer : "any importer");
    fputs(colour == CLI_GREEN ? " gains "
          : colour == CLI_RED ? " loses "
                              : " keeps ",
          stdout);
    if (change->event)
        fputs("event ", stdout);
    cli_put(stdout, change->name);
    fputs(": ", stdout);
    put_side(&change->before);
    fputs(" -> ", stdout);
    put_side(&change->after);
    putchar('\n');
}

static void
take_change(void *payload, const stk_change *change)
{
    differences *all = payload;

    if (change->before.verdict == change->after.verdict)
        all->altered++;
    else if (change->after.verdict == STK_ALLOW)
        all->gained++;
    else
        all->lost++;
    if (all->changes)
        add_change(all->changes, change);
    else
        put_change(change);
}

/* ---- settings ------------------------------------------------------- */

static void
take_setting(differences *all, const char *name, const char *before,
             const char *after)
{
    if (!strcmp(before, after))
        return;
    all->set++;
    if (all->settings) {
        json_t *object = cli_json_object();

        cli_json_set(object, "setting", cli_json_text(name));
        cli_json_set(object, "before", cli_json_text(before));
        cli_json_set(object, "after", cli_json_text(after));
        cli_json_add(all->settings, object);
        return;
    }
    cli_put_coloured(stdout, CLI_YELLOW, "~");
    putchar(' ');
    cli_put(stdout, name); /* patterns may hold any letters */
    fputs(": ", stdout);
    cli_put(stdout, before);
    fputs(" -> ", stdout);
    cli_put(stdout, after);
    putchar('\n');
}

static const char *
mode_name(const stk_policy *policy)
{
    return stk_policy_mode(policy) == STK_MODE_OBSERVE ? "observe" : "enforce";
}

static const char *
cached_name(const stk_policy *policy)
{
    static const char *const names[] = { "first", "all", "none" };

    return names[stk_policy_cached(policy)];
}

static const char *
failure_name(const stk_policy *policy)
{
    return stk_policy_on_audit_failure(policy) == STK_DENY ? "deny"
                                                           : "continue";
}

static const char *
finders_name(const stk_policy *policy)
{
    return stk_policy_finders(policy) == STK_FINDERS_OURS ? "ours" : "all";
}

static const char *
children_name(const stk_policy *policy)
{
    static const char *const names[] = { "deny", "guarded", "free" };

    return names[stk_policy_children(policy)];
}

/* A path beside the policy, as it was written: the two policies may lie in
 * different folders. */
static void
put_sink(FILE *to, const char *sink, const char *folder)
{
    size_t n = strlen(folder);

    if (!strncmp(sink, "file:", 5) && !strncmp(sink + 5, folder, n) &&
        sink[5 + n] == '/')
        fprintf(to, "file:%s", sink + 5 + n + 1);
    else
        fputs(sink, to);
}

static char *
sinks_text(const stk_policy *policy)
{
    STK_CLEANUP(stk_freep)
    char *folder = stk_path_folder(stk_policy_file(policy));
    size_t n = 0, length = 0;
    const char *const *sinks = stk_policy_audit(policy, &n);
    char *text = NULL;
    FILE *to = open_memstream(&text, &length);

    if (!to || !folder)
        die(CLI_MACHINE, "out of memory");
    for (size_t i = 0; i < n; i++) {
        if (i)
            fputc(' ', to);
        put_sink(to, sinks[i], folder);
    }
    if (n == 0)
        fputs("none", to);
    if (fclose(to) != 0 || !text)
        die(CLI_MACHINE, "out of memory");
    return text;
}

static void
compare_settings(differences *all, const stk_policy *before,
                 const stk_policy *after)
{
    STK_CLEANUP(stk_freep) char *old_sinks = sinks_text(before);
    STK_CLEANUP(stk_freep) char *new_sinks = sinks_text(after);

    take_setting(all, "mode", mode_name(before), mode_name(after));
    take_setting(all, "default", cli_verdict_name(stk_policy_default(before)),
                 cli_verdict_name(stk_policy_default(after)));
    take_setting(all, "shadowing",
                 cli_verdict_name(stk_policy_shadowing(before)),
                 cli_verdict_name(stk_policy_shadowing(after)));
    take_setting(all, "cached", cached_name(before), cached_name(after));
    take_setting(all, "on_audit_failure", failure_name(before),
                 failure_name(after));
    take_setting(all, "finders", finders_name(before), finders_name(after));
    take_setting(all, "children", children_name(before), children_name(after));
    take_setting(all, "audit", old_sinks, new_sinks);
}

static void
take_signing(void *payload, const char *name, const char *before,
             const char *after)
{
    take_setting(payload, name, before ? before : "none",
                 after ? after : "none");
}

/* ---- the command ---------------------------------------------------- */

static void
finish_answer(differences *all)
{
    json_t *answer;

    if (!all->changes) {
        if (all->gained + all->lost + all->altered + all->set == 0)
            puts("no difference");
        else
            printf("%u gained, %u lost, %u altered, %u setting%s\n",
                   all->gained, all->lost, all->altered, all->set,
                   cli_plural(all->set));
        return;
    }
    answer = cli_json_object();
    cli_json_set(answer, "gained", json_integer(all->gained));
    cli_json_set(answer, "lost", json_integer(all->lost));
    cli_json_set(answer, "altered", json_integer(all->altered));
    cli_json_set(answer, "settings", all->settings);
    cli_json_set(answer, "changes", all->changes);
    cli_json_print(answer);
}

static int
compare(const char *old_path, const char *new_path, bool json)
{
    STK_CLEANUP(cli_policy_freep) stk_policy *before = NULL;
    STK_CLEANUP(cli_policy_freep) stk_policy *after = NULL;
    differences all = { NULL, NULL, 0, 0, 0, 0 };
    stk_error err = STK_ERROR_INIT;
    int old_status = cli_load_asked(&before, old_path, NULL);
    int new_status = cli_load_asked(&after, new_path, NULL);

    if (old_status != CLI_GOOD || new_status != CLI_GOOD)
        return old_status > new_status ? old_status : new_status;
    if (json) {
        all.changes = cli_json_array();
        all.settings = cli_json_array();
    }
    compare_settings(&all, before, after);
    if (stk_policy_diff_signing(before, after, take_signing, &all, &err) < 0 ||
        stk_policy_diff(before, after, take_change, &all, &err) < 0)
        return cli_say_error(&err);
    finish_answer(&all);
    return all.gained + all.lost + all.altered + all.set ? CLI_NO : CLI_GOOD;
}

static int
run_diff(const cli_command *self, int argc, char **argv)
{
    cli_line line;

    cli_line_start(&line, self, argc, argv);
    if (cli_next(&line) == CLI_STOP || cli_operands(&line, 2, 2) < 0)
        return line.status;
    return compare(argv[optind], argv[optind + 1], line.json);
}

const cli_command cli_diff = {
    "diff",  "OLD NEW", "say who gains and loses what between two policies",
    options, run_diff,
};
