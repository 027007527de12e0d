/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the C API every question of a table and prints what differs. The
 * table's head says how a line is read; tests/python/test_decisions.py puts
 * the same lines to the command and to the Python package. With --printed,
 * the policies are those that parse the canonical text of the ones loaded:
 * verdict and reason must be the same, the lines are others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stockade/policy.h>

enum { COLUMNS = 8, LINE_MAX_BYTES = 4096, POLICIES_MAX = 64 };

enum { POLICY = 0, NAME, IMPORTER, FLAGS, VERDICT, REASON, RULE, NEEDS };

typedef struct table {
    const char *path;
    char names[POLICIES_MAX][128];
    stk_policy *policies[POLICIES_MAX];
    size_t n_policies;
    unsigned line, cases, failed;
    bool printed;
} table;

static void
stop(const table *t, const char *why, const char *what)
{
    fprintf(stderr, "%s:%u: %s: %s\n", t->path, t->line, why, what);
    exit(2);
}

static void
say_diagnostic(void *payload, const stk_diagnostic *found)
{
    (void)payload;
    fprintf(stderr, "%s:%u: %s\n", found->file, (unsigned)found->line,
            found->message);
}

static stk_policy *
print_and_parse(table *t, const char *path, stk_policy *policy)
{
    stk_policy_text text = { path, NULL, 0 };
    stk_error err = STK_ERROR_INIT;
    stk_policy *again = NULL;
    char *printed = NULL;

    if (stk_policy_print(&printed, policy, &err) < 0)
        stop(t, err.message, path);
    text.text = printed;
    text.length = strlen(printed);
    if (stk_policy_parse(&again, &text, say_diagnostic, NULL, &err) < 0)
        stop(t, err.message, path);
    free(printed);
    stk_policy_free(policy);
    return again;
}

/* Policies stand beside the table, or at a path relative to it. */
static const stk_policy *
get_policy(table *t, const char *name)
{
    const char *slash = strrchr(t->path, '/');
    int folder = slash ? (int)(slash - t->path) + 1 : 0;
    stk_error err = STK_ERROR_INIT;
    char path[1024];

    for (size_t i = 0; i < t->n_policies; i++) {
        if (strcmp(t->names[i], name) == 0)
            return t->policies[i];
    }
    if (t->n_policies == POLICIES_MAX || strlen(name) >= sizeof(t->names[0]))
        stop(t, "too many policies, or too long a name", name);
    snprintf(path, sizeof(path), "%.*s%s", folder, t->path, name);
    if (stk_policy_load(&t->policies[t->n_policies], path, say_diagnostic,
                        NULL, &err) < 0)
        stop(t, err.message, path);
    if (t->printed)
        t->policies[t->n_policies] =
            print_and_parse(t, path, t->policies[t->n_policies]);
    strcpy(t->names[t->n_policies], name);
    return t->policies[t->n_policies++];
}

static int
hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* %20 is a byte, '' is the empty name, - is none. */
static char *
decode(table *t, char *field)
{
    char *to = field;

    if (strcmp(field, "-") == 0)
        return NULL;
    if (strcmp(field, "''") == 0)
        *field = '\0';
    for (const char *from = field; *from; from++) {
        if (*from == '%') {
            int high = hex_digit(from[1]);
            int low = high < 0 ? -1 : hex_digit(from[2]);

            if (low < 0)
                stop(t, "no two hex digits after %", field);
            *to++ = (char)(high * 16 + low);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return field;
}

/* "file.ini:12" without the folders, or "-". */
static void
show_rule(char *out, size_t size, const stk_rule_ref *rule)
{
    const char *slash;

    if (!rule->file) {
        snprintf(out, size, "-");
        return;
    }
    slash = strrchr(rule->file, '/');
    snprintf(out, size, "%s:%u", slash ? slash + 1 : rule->file,
             (unsigned)rule->line);
}

/* "signed:file.stk" without the folders, "signed", or "-". */
static void
show_needs(char *out, size_t size, const stk_decision *decision)
{
    const char *slash = NULL;

    if (decision->bundle)
        slash = strrchr(decision->bundle, '/');
    snprintf(out, size, "%s%s%s",
             decision->requirement ? decision->requirement : "-",
             decision->bundle ? ":" : "",
             slash              ? slash + 1
             : decision->bundle ? decision->bundle
                                : "");
}

static void
judge(table *t, char **field)
{
    const stk_policy *policy = get_policy(t, field[POLICY]);
    stk_request request = STK_REQUEST_INIT;
    char shown[128], rule[256], needs[256];
    const char *wanted = field[NEEDS] ? field[NEEDS] : "-";
    const char *verdict;
    stk_decision got;

    snprintf(shown, sizeof(shown), "%.60s %.60s", field[NAME],
             field[IMPORTER]);
    request.name = decode(t, field[NAME]);
    request.importer = decode(t, field[IMPORTER]);
    if (strcmp(field[FLAGS], "closure") == 0)
        request.flags = STK_REQUEST_CLOSURE;
    else if (strcmp(field[FLAGS], "event") == 0)
        request.flags = STK_REQUEST_EVENT;
    else if (strcmp(field[FLAGS], "-") != 0)
        stop(t, "unknown flags", field[FLAGS]);
    got = stk_policy_decide(policy, &request);
    verdict = got.verdict == STK_ALLOW ? "allow" : "deny";
    show_rule(rule, sizeof(rule), &got.rule);
    show_needs(needs, sizeof(needs), &got);
    t->cases++;
    if (strcmp(verdict, field[VERDICT]) == 0 &&
        strcmp(stk_reason_name(got.reason), field[REASON]) == 0 &&
        strcmp(needs, wanted) == 0 &&
        (t->printed || strcmp(rule, field[RULE]) == 0))
        return;
    t->failed++;
    printf("%s:%u: %s %s: expected %s %s %s %s, got %s %s %s %s\n", t->path,
           t->line, field[POLICY], shown, field[VERDICT], field[REASON],
           field[RULE], wanted, verdict, stk_reason_name(got.reason), rule,
           needs);
}

static void
read_line(table *t, char *line)
{
    char *field[COLUMNS] = { NULL };
    size_t n = 0;

    t->line++;
    if (!strchr(line, '\n'))
        stop(t, "the line is too long, or has no end", line);
    if (*line == '#')
        return;
    for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
        if (n == COLUMNS)
            stop(t, "too many columns", word);
        field[n++] = word;
    }
    if (n > RULE)
        judge(t, field);
    else if (n > 0)
        stop(t, "too few columns", field[0]);
}

int
main(int argc, char **argv)
{
    static table t;
    char line[LINE_MAX_BYTES];
    FILE *file;

    t.printed = argc == 3 && strcmp(argv[1], "--printed") == 0;
    if (argc != 2 && !t.printed) {
        fputs("usage: run_table [--printed] TABLE\n", stderr);
        return 2;
    }
    t.path = argv[argc - 1];
    file = fopen(t.path, "r");
    if (!file)
        stop(&t, "cannot open", t.path);
    while (fgets(line, sizeof(line), file))
        read_line(&t, line);
    fclose(file);
    for (size_t i = 0; i < t.n_policies; i++)
        stk_policy_free(t.policies[i]);
    printf("%u cases, %u failed\n", t.cases, t.failed);
    return t.failed > 0 || t.cases < 150;
}
