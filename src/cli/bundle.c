/* SPDX-License-Identifier: Apache-2.0 */
/* stockade bundle: a tree, with its code, in one signed file. */
#include "cli/bundle.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stockade/embed.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/bundle_make.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "cli/release.h"
#include "cli/tree_manifest.h"

enum {
    OPT_KEY = CLI_LONG + 1,
    OPT_FILE,
    OPT_STDLIB,
    OPT_ROOT,
    OPT_EXCLUDE,
    OPT_PYTHON,
    OPT_OPTIMIZE,
    OPT_NO_CODE,
    OPT_PACKAGE,
    OPT_ADDITIONAL,
    OPT_LIST,
    OPT_POLICY_KEY
};

static const cli_option options[] = {
    { OPT_KEY, "key", "FILE",
      "a secret key to sign with, with --list a public one" },
    { OPT_FILE, "passphrase-file", "FILE",
      "take passphrases from FILE's first line" },
    { 'o', "output", "BUNDLE", "where it goes" },
    { OPT_STDLIB, "stdlib", NULL,
      "the standard library of --python instead of TREE" },
    { OPT_ROOT, "root", "FOLDER",
      "names begin below FOLDER (default: TREE's own, or above a package)" },
    { OPT_EXCLUDE, "exclude", "PATTERN",
      "leave out what is named so; repeat it for more" },
    { OPT_PYTHON, "python", "PYTHON",
      "code for this one; repeat it for more" },
    { OPT_OPTIMIZE, "optimize", "0|1|2",
      "code for no -O, -O or -OO; repeat it for more" },
    { OPT_NO_CODE, "no-code", NULL, "sources alone" },
    { OPT_PACKAGE, "package", "NAME",
      "the package that it is of (default: its one top-level name)" },
    CLI_RELEASE_OPTIONS,
    { OPT_ADDITIONAL, "additional", NULL,
      "TREE is a bundle: sign it with this key, too" },
    { OPT_LIST, "list", NULL,
      "TREE is a bundle: verify it and say what is in it" },
    { 'p', "policy", "POLICY",
      "with --list: whose [key] and [signing] sections count" },
    CLI_OPTION_POLICY_KEY(OPT_POLICY_KEY),
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

#define EXCLUDES_MAX 64
#define BUNDLE_MAX   ((size_t)1 << 32)

/* Of a standard library: what no program imports from it. */
static const char *const no_library[] = {
    "site-packages", "dist-packages", "test",  "tests",
    "idle_test",     "config-*",      "*.pyc", "turtledemo",
};
#define N_NO_LIBRARY (sizeof no_library / sizeof no_library[0])

typedef struct request {
    const char *keys[CLI_BUNDLE_KEYS_MAX];
    size_t n_keys;
    const char *passphrase_file;
    const char *output;
    const char *root;
    const char *pythons[STK_BUNDLE_PYTHONS_MAX];
    const char *excludes[EXCLUDES_MAX + N_NO_LIBRARY];
    const char *policy;
    const char *policy_key;
    bool stdlib, no_code, additional, list, json;
    cli_release release;
    char prefix[STK_NAMING_MAX + 1];
    cli_bundle_plan plan;
} request;

/* ---- options -------------------------------------------------------- */

static int
take_list_option(const cli_command *self, request *asked, int option)
{
    if (option == OPT_KEY)
        return cli_release_add(self, asked->keys, &asked->n_keys,
                               CLI_BUNDLE_KEYS_MAX, "key");
    if (option == OPT_PYTHON)
        return cli_release_add(self, asked->pythons, &asked->plan.n_pythons,
                               STK_BUNDLE_PYTHONS_MAX, "python");
    return cli_release_add(self, asked->excludes, &asked->plan.n_excludes,
                           EXCLUDES_MAX, "exclude");
}

static int
take_option(cli_line *line, void *payload, int option)
{
    const cli_command *self = line->command;
    request *asked = payload;

    switch (option) {
    case OPT_KEY:
    case OPT_PYTHON:
    case OPT_EXCLUDE:
        return take_list_option(self, asked, option);
    case OPT_OPTIMIZE:
        return cli_release_optimize(self, &asked->plan.optimisations, optarg);
    case OPT_FILE:
        asked->passphrase_file = optarg;
        break;
    case OPT_LIST:
        asked->list = true;
        break;
    case 'p':
        return cli_take_policy(self, &asked->policy, optarg);
    case OPT_POLICY_KEY:
        asked->policy_key = optarg;
        break;
    case 'o':
        asked->output = optarg;
        break;
    case OPT_ROOT:
        asked->root = optarg;
        break;
    case OPT_PACKAGE:
        asked->release.package = optarg;
        break;
    case OPT_STDLIB:
        asked->stdlib = true;
        break;
    case OPT_NO_CODE:
        asked->no_code = true;
        break;
    case OPT_ADDITIONAL:
        asked->additional = true;
        break;
    default:
        return cli_release_take(self, &asked->release, option, optarg);
    }
    return CLI_GOOD;
}

/* What is listed is there: nothing else of the line would be heard. */
static int
check_list(const cli_command *self, const request *asked)
{
    if (asked->output || asked->additional || asked->stdlib ||
        asked->no_code || asked->root || asked->plan.n_excludes ||
        asked->plan.n_pythons)
        return cli_usage_error(self, "--list writes nothing: --policy, "
                                     "--policy-key, --key and --format alone "
                                     "go with it");
    return CLI_GOOD;
}

static int
check_request(const cli_command *self, const request *asked)
{
    if (asked->list)
        return check_list(self, asked);
    if (asked->policy || asked->policy_key)
        return cli_usage_error(self, "--policy%s is for --list",
                               asked->policy ? "" : "-key");
    if (!asked->n_keys)
        return cli_usage_error(self, "--key FILE is missing; stockade keygen "
                                     "makes one");
    if (asked->additional && asked->output)
        return cli_usage_error(self, "--additional writes into the bundle "
                                     "itself: --output does not go with it");
    if (asked->additional &&
        (asked->root || asked->no_code || asked->plan.n_excludes ||
         asked->plan.n_pythons || asked->plan.optimisations))
        return cli_usage_error(self, "--additional signs what the bundle has: "
                                     "nothing is packed, and what says how "
                                     "does not go with it");
    if (!asked->additional && !asked->output)
        return cli_usage_error(self, "--output BUNDLE is missing");
    if (asked->no_code && asked->plan.n_pythons && !asked->stdlib)
        return cli_usage_error(self, "--no-code and --python do not go "
                                     "together");
    if (asked->stdlib && (asked->root || asked->additional))
        return cli_usage_error(self, "--stdlib says what is bundled: --root "
                                     "and --additional do not go with it");
    return CLI_GOOD;
}

/* ---- the plan ------------------------------------------------------- */

static int
complete_plan(request *asked, const char *tree)
{
    cli_bundle_plan *plan = &asked->plan;
    cli_release *release = &asked->release;
    stk_error err = STK_ERROR_INIT;

    if (tree && cli_tree_prefix(asked->prefix, tree, asked->root, &err) < 0)
        return cli_say_error(&err);
    plan->tree = tree;
    plan->output = asked->output;
    plan->prefix = asked->prefix;
    cli_release_stamp(release);
    plan->about = (stk_bundle_about){ .context = release->context,
                                      .package = release->package,
                                      .version = release->version,
                                      .sequence = release->sequence,
                                      .signed_at = release->signed_at,
                                      .expires = release->expires };
    if (!plan->n_pythons && (asked->stdlib || !asked->no_code))
        asked->pythons[plan->n_pythons++] = stk_python_executable();
    if (!asked->no_code && !plan->optimisations)
        plan->optimisations = 1;
    for (size_t i = 0; asked->stdlib && i < N_NO_LIBRARY; i++)
        asked->excludes[plan->n_excludes++] = no_library[i];
    plan->pythons = asked->pythons;
    plan->excludes = asked->excludes;
    return CLI_GOOD;
}

/* What is replaced is a bundle: a slip on the line must cost neither the
 * key nor a source. */
static int
check_output(const char *path)
{
    static const char magic[] = STK_BUNDLE_MAGIC;
    STK_CLEANUP(stk_closep) int fd = -1;
    char start[STK_BUNDLE_MAGIC_BYTES];
    ssize_t n;

    if (access(path, F_OK) < 0)
        return CLI_GOOD;
    fd = stk_file_open(path, NULL);
    n = fd < 0 ? -1 : stk_fd_read(fd, start, sizeof start);
    if (n == 0 || (n == STK_BUNDLE_MAGIC_BYTES &&
                   memcmp(start, magic, STK_BUNDLE_MAGIC_BYTES) == 0))
        return CLI_GOOD;
    cli_say("%s: is there, and is no bundle; remove it, or write elsewhere",
            path);
    return CLI_NO;
}

/* ---- signing -------------------------------------------------------- */

typedef struct signers {
    stk_secret_key *keys[CLI_BUNDLE_KEYS_MAX];
    size_t n;
} signers;

static void
free_signers(signers *s)
{
    for (size_t i = 0; i < s->n; i++)
        stk_secret_key_free(s->keys[i]);
}

/* Whether one before the last is the same key. */
static bool
has_signed(const signers *s, const stk_secret_key *key)
{
    for (size_t i = 0; i + 1 < s->n; i++)
        if (!memcmp(&s->keys[i]->public_key, &key->public_key,
                    sizeof key->public_key))
            return true;
    return false;
}

/* Before the work: a passphrase that was mistyped costs nothing. */
static int
load_signers(signers *out, const request *asked)
{
    for (size_t i = 0; i < asked->n_keys; i++) {
        int status = cli_secret_key_load(&out->keys[i], asked->keys[i],
                                         asked->passphrase_file);

        if (status != CLI_GOOD)
            return status;
        out->n++;
        if (has_signed(out, out->keys[i])) {
            cli_say("%s: this key was given before; a key signs once",
                    asked->keys[i]);
            return CLI_NO;
        }
    }
    return CLI_GOOD;
}

static int
sign_bundle(stk_buffer *out, size_t header, const signers *s, stk_error *err)
{
    stk_comment comment;
    int result = stk_bundle_comment(&comment, out->data, header, err);

    if (result == 0 && comment.sequence && !comment.package[0])
        return stk_error_set(err, STK_E_INVALID,
                             "--sequence counts the releases of a package: "
                             "--package NAME is missing");
    for (size_t i = 0; result == 0 && i < s->n; i++)
        result = stk_bundle_sign(out, header, s->keys[i], &comment, err);
    return result;
}

/* ---- telling -------------------------------------------------------- */

static void
tell_json(const request *asked, const cli_bundle_made *made,
          const stk_bundle_header *header, size_t bytes)
{
    json_t *told = cli_json_object();

    cli_json_set(told, "bundle", cli_json_text(asked->output));
    cli_json_set(told, "name", cli_json_text(stk_bundle_module(header)));
    cli_json_set(told, "package", cli_json_text(header->package));
    cli_json_set(told, "files", json_integer((json_int_t)made->files));
    cli_json_set(told, "modules", json_integer((json_int_t)made->modules));
    cli_json_set(told, "codes", json_integer((json_int_t)made->codes));
    cli_json_set(told, "uncompiled",
                 json_integer((json_int_t)made->uncompiled));
    cli_json_set(told, "pythons", cli_bundle_pythons_json(header));
    cli_json_set(told, "header", json_integer((json_int_t)made->header));
    cli_json_set(told, "bytes", json_integer((json_int_t)bytes));
    cli_json_set(told, "signatures", json_integer((json_int_t)asked->n_keys));
    cli_json_print(told);
}

static void
tell_text(const request *asked, const cli_bundle_made *made,
          const stk_bundle_header *header, size_t bytes)
{
    cli_put(stdout, asked->output);
    printf(": %zu file%s, %zu module%s", made->files, cli_plural(made->files),
           made->modules, cli_plural(made->modules));
    for (size_t i = 0; i < header->n_pythons; i++) {
        fputs(i ? ", " : ", code for ", stdout);
        cli_bundle_put_python(&header->pythons[i]);
    }
    if (bytes < 1 << 20)
        printf(", %.1f KiB\n", (double)bytes / (1 << 10));
    else
        printf(", %.1f MiB\n", (double)bytes / (1 << 20));
}

static void
tell(const request *asked, const cli_bundle_made *made, const stk_buffer *out)
{
    stk_bundle_header header;

    if (stk_bundle_header_parse(&header, (const unsigned char *)out->data,
                                made->header, NULL) < 0)
        return;
    if (asked->json)
        tell_json(asked, made, &header, out->length);
    else
        tell_text(asked, made, &header, out->length);
    stk_bundle_header_clear(&header);
}

/* ---- the command ---------------------------------------------------- */

static int
make_bundle(request *asked, const signers *s, const char *tree)
{
    STK_CLEANUP(stk_buffer_clear) stk_buffer out = STK_BUFFER_INIT(BUNDLE_MAX);
    stk_error err = STK_ERROR_INIT;
    cli_bundle_made made;
    int status = check_output(asked->output);

    if (status == CLI_GOOD)
        status = complete_plan(asked, tree);
    if (status != CLI_GOOD)
        return status;
    if (cli_bundle_make(&out, &made, &asked->plan, &err) < 0 ||
        sign_bundle(&out, made.header, s, &err) < 0 ||
        stk_file_replace(asked->output, out.data, out.length, 0644, &err) < 0)
        return cli_say_error(&err);
    tell(asked, &made, &out);
    return CLI_GOOD;
}

static int
sign_more(const request *asked, const signers *s, const char *path)
{
    int status = CLI_GOOD;

    for (size_t i = 0; status == CLI_GOOD && i < s->n; i++)
        status = cli_bundle_sign_more(path, s->keys[i], &asked->release);
    return status;
}

/* The keys of the line are public ones then. */
static int
list_bundle(const cli_command *self, const request *asked, const char *path)
{
    cli_whom whom = { .policy_file = asked->policy,
                      .policy_key = asked->policy_key };
    int status = CLI_GOOD;

    for (size_t i = 0; status == CLI_GOOD && i < asked->n_keys; i++)
        status = cli_whom_add(self, &whom, asked->keys[i]);
    if (status == CLI_GOOD)
        status = cli_whom_check(self, &whom);
    if (status == CLI_GOOD)
        status = cli_bundle_list(&whom, path, asked->json);
    cli_whom_clear(&whom);
    return status;
}

static int
run_bundle(const cli_command *self, int argc, char **argv)
{
    STK_CLEANUP(stk_freep) request *asked = calloc(1, sizeof *asked);
    signers s = { { NULL }, 0 };
    cli_line line;
    int status;

    if (!asked)
        die(CLI_MACHINE, "out of memory");
    cli_line_start(&line, self, argc, argv);
    if (!cli_take_options(&line, take_option, asked))
        return line.status;
    asked->json = line.json;
    status = check_request(self, asked);
    if (status != CLI_GOOD)
        return status;
    if (asked->stdlib && optind < argc)
        return cli_usage_error(self, "--stdlib takes no TREE");
    if (!asked->stdlib && cli_operands(&line, 1, 1) < 0)
        return line.status;
    if (asked->list)
        return list_bundle(self, asked, argv[optind]);
    status = load_signers(&s, asked);
    if (status == CLI_GOOD)
        status = asked->additional ? sign_more(asked, &s, argv[optind])
                                   : make_bundle(asked, &s, argv[optind]);
    free_signers(&s);
    return status;
}

const cli_command cli_bundle = {
    "bundle", "[TREE]",   "sign a tree in one file that imports fast",
    options,  run_bundle,
};
