/* SPDX-License-Identifier: Apache-2.0 */
/* stockade verify: do the signatures hold, and would a policy take them? */
#include "cli/verify.h"

#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/bundle.h"
#include "cli/claim.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/whom.h"

enum {
    OPT_KEY = CLI_LONG + 1,
    OPT_ROOT,
    OPT_KIND,
    OPT_CONTEXT,
    OPT_BINDING,
    OPT_ACCEPT
};

static const cli_option options[] = {
    { 'p', "policy", "POLICY", "whose [key] and [signing] sections count" },
    { OPT_KEY, "key", "KEY", "a public key, or its file, good for all" },
    { OPT_ROOT, "root", "FOLDER",
      "names begin below FOLDER (default: the file's own)" },
    { OPT_KIND, "kind", "KIND", "module, package, extension, data or policy" },
    { OPT_CONTEXT, "context", "WORD", "with --key: where it must be for" },
    { OPT_BINDING, "binding", "strict|basename",
      "with --key: basename takes minisign's own comments" },
    { OPT_ACCEPT, "accept", NULL, "with --policy: remember it in its state" },
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

typedef struct request {
    cli_verifier verifier;
    cli_whom whom;
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
take_option(const cli_command *self, request *asked, int option)
{
    switch (option) {
    case 'p':
        asked->whom.policy_file = optarg;
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
    return cli_whom_check(self, &asked->whom);
}

/* ---- verifying ------------------------------------------------------ */

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

    if (status != CLI_GOOD)
        return status;
    asked->verifier.now = (int64_t)(stk_clock_wall_us() / 1000000u);
    for (int i = 0; i < n; i++) {
        int one = verify_one(&asked->verifier, paths[i]);

        status = one > status ? one : status;
    }
    return status;
}

static int
run_verify(const cli_command *self, int argc, char **argv)
{
    request asked;
    cli_line line;
    int option, status;

    memset(&asked, 0, sizeof asked);
    cli_line_start(&line, self, argc, argv);
    while ((option = cli_next(&line)) >= 0) {
        status = take_option(self, &asked, option);
        if (status != CLI_GOOD)
            return status;
    }
    if (option == CLI_STOP || cli_operands(&line, 1, 0) < 0)
        return line.status;
    status = check_request(self, &asked);
    if (status != CLI_GOOD)
        return status;
    if (line.json)
        asked.verifier.json = cli_json_array();
    status = verify_all(&asked, argv + optind, argc - optind);
    stk_keyring_free(asked.verifier.ring);
    cli_whom_clear(&asked.whom);
    if (line.json) {
        json_t *answer = cli_json_object();

        cli_json_set(answer, "good", json_boolean(status == CLI_GOOD));
        cli_json_set(answer, "results", asked.verifier.json);
        cli_json_print(answer);
    }
    return status;
}

const cli_command cli_verify = {
    "verify", "PATH...",  "say whose signatures files have",
    options,  run_verify,
};
