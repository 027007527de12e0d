/* SPDX-License-Identifier: Apache-2.0 */
/* stockade verify: do the signatures hold, and would a policy take them? */
#include "cli/verify.h"

#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/bundle.h"
#include "cli/claim.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/release.h"
#include "cli/whom.h"

enum {
    OPT_KEY = CLI_LONG + 1,
    OPT_POLICY_KEY,
    OPT_ROOT,
    OPT_KIND,
    OPT_CONTEXT,
    OPT_BINDING,
    OPT_ACCEPT,
    OPT_CACHE,
    OPT_PYTHON,
    OPT_OPTIMIZE
};

static const cli_option options[] = {
    { 'p', "policy", "POLICY", "whose [key] and [signing] sections count" },
    CLI_OPTION_POLICY_KEY(OPT_POLICY_KEY),
    { OPT_KEY, "key", "KEY", "a public key, or its file, good for all" },
    { OPT_ROOT, "root", "FOLDER",
      "names begin below FOLDER (default: the file's own)" },
    { OPT_KIND, "kind", "KIND", "module, package, extension, data or policy" },
    { OPT_CONTEXT, "context", "WORD", "with --key: where it must be for" },
    { OPT_BINDING, "binding", "strict|basename",
      "with --key: basename takes minisign's own comments" },
    { OPT_ACCEPT, "accept", NULL, "with --policy: remember it in its state" },
    { OPT_CACHE, "cache", NULL,
      "with --policy: keep the code of what is good in its cache" },
    { OPT_PYTHON, "python", "PYTHON",
      "with --cache: code for this one; repeat it for more" },
    { OPT_OPTIMIZE, "optimize", "0|1|2",
      "with --cache: code for no -O, -O or -OO; repeat it for more" },
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

typedef struct request {
    cli_verifier verifier;
    cli_whom whom;
    bool cache;
    cli_cache_plan plan; /* of the cache */
} request;

/* ---- whom to trust -------------------------------------------------- */

static int
take_binding(const cli_command *self, request *asked, const char *text)
{
    if (!strcmp(text, "basename"))
        asked->whom.signing.binding = STK_BINDING_BASENAME;
    else if (!strcmp(text, "strict"))
        asked->whom.signing.binding = STK_BINDING_STRICT;
    else
        return cli_usage_error(
            self, "--binding is strict or basename, not \"%s\"", text);
    return CLI_GOOD;
}

static int
take_option(cli_line *line, void *payload, int option)
{
    const cli_command *self = line->command;
    request *asked = payload;

    switch (option) {
    case 'p':
        return cli_take_policy(self, &asked->whom.policy_file, optarg);
    case OPT_POLICY_KEY:
        asked->whom.policy_key = optarg;
        return CLI_GOOD;
    case OPT_KEY:
        return cli_whom_add(self, &asked->whom, optarg);
    case OPT_ROOT:
        asked->verifier.root = optarg;
        return CLI_GOOD;
    case OPT_KIND:
        asked->verifier.kind = cli_claim_kind(optarg);
        return asked->verifier.kind ? CLI_GOOD : CLI_USAGE;
    case OPT_CONTEXT:
        asked->whom.signing.context = optarg;
        return CLI_GOOD;
    case OPT_BINDING:
        return take_binding(self, asked, optarg);
    case OPT_CACHE:
        asked->cache = true;
        return CLI_GOOD;
    case OPT_PYTHON:
        return cli_release_add(self, asked->plan.pythons,
                               &asked->plan.n_pythons, CLI_CACHE_PYTHONS_MAX,
                               "python");
    case OPT_OPTIMIZE:
        return cli_release_optimize(self, &asked->plan.optimisations, optarg);
    default:
        asked->verifier.accept = option == OPT_ACCEPT;
        return CLI_GOOD;
    }
}

static int
check_request(const cli_command *self, const request *asked)
{
    if (asked->verifier.accept && !asked->whom.policy_file)
        return cli_usage_error(self, "--accept is for --policy: its state "
                                     "file remembers");
    if (asked->cache && !asked->whom.policy_file)
        return cli_usage_error(self, "--cache is for --policy: it says where "
                                     "the cache is");
    if (!asked->cache && (asked->plan.n_pythons || asked->plan.optimisations))
        return cli_usage_error(self, "--python and --optimize are for "
                                     "--cache");
    return cli_whom_check(self, &asked->whom);
}

/* ---- verifying ------------------------------------------------------ */

static int
open_cache(request *asked)
{
    const char *folder = asked->whom.signing.cache;
    stk_error err = STK_ERROR_INIT;

    if (!asked->cache)
        return CLI_GOOD;
    if (!folder) {
        cli_say("%s: [signing] has no cache = FOLDER",
                asked->whom.policy_file);
        return CLI_NO;
    }
    if (cli_cache_new(&asked->verifier.cache, folder, &asked->plan, &err) < 0)
        return cli_say_error(&err);
    return CLI_GOOD;
}

static int
verify_one(const cli_verifier *verifier, const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return cli_verify_tree(verifier, path);
    if (!verifier->kind && cli_is_bundle(path))
        return cli_verify_bundle(verifier, path);
    return cli_verify_file(verifier, path);
}

static int
verify_all(request *asked, char **paths, int n)
{
    int status = cli_whom_ring(&asked->whom, &asked->verifier.ring,
                               asked->verifier.accept);

    if (status == CLI_GOOD)
        status = open_cache(asked);
    if (status != CLI_GOOD)
        return status;
    asked->verifier.now = (int64_t)(stk_clock_wall_us() / 1000000u);
    for (int i = 0; i < n; i++) {
        int one = verify_one(&asked->verifier, paths[i]);

        status = one > status ? one : status;
    }
    return status;
}

/* What was kept in the cache, and for programs all the rest. */
static void
tell(const request *asked, int status)
{
    const cli_cache *cache = asked->verifier.cache;
    json_t *answer;

    if (!asked->verifier.json) {
        if (cache) {
            cli_put(stdout, asked->whom.signing.cache);
            printf(": code kept %zu time%s\n", cli_cache_kept(cache),
                   cli_plural(cli_cache_kept(cache)));
        }
        return;
    }
    answer = cli_json_object();
    cli_json_set(answer, "good", json_boolean(status == CLI_GOOD));
    cli_json_set(answer, "results", asked->verifier.json);
    if (cache)
        cli_json_set(answer, "kept",
                     json_integer((json_int_t)cli_cache_kept(cache)));
    cli_json_print(answer);
}

static int
run_verify(const cli_command *self, int argc, char **argv)
{
    request asked;
    cli_line line;
    int status;

    memset(&asked, 0, sizeof asked);
    cli_line_start(&line, self, argc, argv);
    if (!cli_take_options(&line, take_option, &asked) ||
        cli_operands(&line, 1, 0) < 0)
        return line.status;
    status = check_request(self, &asked);
    if (status != CLI_GOOD)
        return status;
    if (line.json)
        asked.verifier.json = cli_json_array();
    status = verify_all(&asked, argv + optind, argc - optind);
    tell(&asked, status);
    cli_cache_free(asked.verifier.cache);
    stk_keyring_free(asked.verifier.ring);
    cli_whom_clear(&asked.whom);
    return status;
}

const cli_command cli_verify = {
    "verify", "PATH...",  "say whose signatures files have",
    options,  run_verify,
};
