/* SPDX-License-Identifier: Apache-2.0 */
/* stockade audit verify: is the log whole, and where does it end? */
#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include <stockade/audit.h>

#include "cli/audit.h"
#include "cli/options.h"
#include "cli/output.h"

enum { OPT_HEAD = CLI_LONG + 1 };

static const cli_option options[] = {
    { OPT_HEAD, "head", "HASH", "expect that a chain ends with HASH" },
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

#define HEAD_DIGITS 64

typedef struct verification {
    const char *path;
    const char *head; /* expected, or NULL */
    bool head_found;
    json_t *findings, *chains; /* NULL: text is printed */
} verification;

static void
take_finding(void *payload, const stk_log_finding *found)
{
    verification *v = payload;
    json_t *object;

    if (!v->findings) {
        cli_put(stdout, v->path);
        printf(":%" PRIu64 ": ", found->line);
        cli_put_coloured(stdout, CLI_RED, found->message);
        putchar('\n');
        return;
    }
    object = cli_json_object();
    cli_json_set(object, "line", json_integer((json_int_t)found->line));
    cli_json_set(object, "pid", json_integer(found->pid));
    cli_json_set(object, "seq", json_integer((json_int_t)found->seq));
    cli_json_set(object, "message", cli_json_text(found->message));
    cli_json_add(v->findings, object);
}

static void
put_chain(const stk_log_chain *chain)
{
    printf("process %" PRId64 ": %" PRIu64 " record%s, the last (seq %" PRIu64
           ") on line %" PRIu64 ", %s\n  head %s\n",
           chain->pid, chain->records, cli_plural(chain->records),
           chain->last_seq, chain->last_line,
           chain->ended ? "ended"
                        : "no end: killed, still running, or cut off",
           chain->head);
}

static void
take_chain(void *payload, const stk_log_chain *chain)
{
    verification *v = payload;
    json_t *object;

    if (v->head && !strcasecmp(v->head, chain->head))
        v->head_found = true;
    if (!v->chains) {
        put_chain(chain);
        return;
    }
    object = cli_json_object();
    cli_json_set(object, "pid", json_integer(chain->pid));
    cli_json_set(object, "records", json_integer((json_int_t)chain->records));
    cli_json_set(object, "last_line",
                 json_integer((json_int_t)chain->last_line));
    cli_json_set(object, "last_seq",
                 json_integer((json_int_t)chain->last_seq));
    cli_json_set(object, "ended", json_boolean(chain->ended));
    cli_json_set(object, "head", cli_json_text(chain->head));
    cli_json_add(v->chains, object);
}

/* ---- telling -------------------------------------------------------- */

static void
print_json(const verification *v, const stk_log_summary *summary, bool good)
{
    json_t *answer = cli_json_object();

    cli_json_set(answer, "file", cli_json_text(v->path));
    cli_json_set(answer, "good", json_boolean(good));
    cli_json_set(answer, "lines", json_integer((json_int_t)summary->lines));
    cli_json_set(answer, "records",
                 json_integer((json_int_t)summary->records));
    cli_json_set(answer, "open", json_integer((json_int_t)summary->open));
    cli_json_set(answer, "findings", v->findings);
    cli_json_set(answer, "chains", v->chains);
    if (v->head)
        cli_json_set(answer, "head_found", json_boolean(v->head_found));
    cli_json_print(answer);
}

static void
print_text(const verification *v, const stk_log_summary *summary, bool good)
{
    if (v->head && !v->head_found) {
        cli_put(stdout, v->path);
        fputs(": ", stdout);
        cli_put_coloured(stdout, CLI_RED, "no chain ends with ");
        printf("%s: records after or before it are missing or were added\n",
               v->head);
    }
    cli_put(stdout, v->path);
    fputs(": ", stdout);
    cli_put_coloured(stdout, good ? CLI_GREEN : CLI_RED,
                     good ? "whole" : "not whole");
    printf(", %" PRIu64 " record%s in %" PRIu64 " chain%s, %" PRIu64
           " without an end, %" PRIu64 " finding%s\n",
           summary->records, cli_plural(summary->records), summary->chains,
           cli_plural(summary->chains), summary->open, summary->findings,
           cli_plural(summary->findings));
}

/* ---- the command ---------------------------------------------------- */

static int
verify(verification *v, bool json)
{
    stk_verify_calls calls = { take_finding, take_chain, v };
    stk_log_summary summary;
    stk_error err = STK_ERROR_INIT;
    bool good;
    int r;

    memset(&summary, 0, sizeof summary);
    if (json) {
        v->findings = cli_json_array();
        v->chains = cli_json_array();
    }
    r = stk_log_verify(&summary, v->path, &calls, &err);
    if (r < 0)
        return cli_say_error(&err);
    if (v->head && !v->head_found)
        summary.findings++;
    good = summary.findings == 0;
    if (json)
        print_json(v, &summary, good);
    else
        print_text(v, &summary, good);
    return good ? CLI_GOOD : CLI_NO;
}

static bool
is_head(const char *text)
{
    size_t n = 0;

    while (isxdigit((unsigned char)text[n]))
        n++;
    return n == HEAD_DIGITS && !text[n];
}

static int
run_verify(const cli_command *self, int argc, char **argv)
{
    verification v = { NULL, NULL, false, NULL, NULL };
    cli_line line;
    int option;

    cli_line_start(&line, self, argc, argv);
    while ((option = cli_next(&line)) >= 0)
        v.head = optarg;
    if (option == CLI_STOP || cli_operands(&line, 1, 1) < 0)
        return line.status;
    if (v.head && !is_head(v.head))
        return cli_usage_error(self, "--head is %d hex digits, not \"%s\"",
                               HEAD_DIGITS, v.head);
    v.path = argv[optind];
    return verify(&v, line.json);
}

const cli_command cli_audit_verify = {
    "audit verify",
    "FILE",
    "say whether a log is whole, and where each chain ends",
    options,
    run_verify,
};
