/* SPDX-License-Identifier: Apache-2.0 */
/* stockade sign: signatures for what a policy calls signed. */
#include "cli/sign.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <stockade/embed.h>

#include "cli/bundle.h"
#include "cli/claim.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/passphrase.h"
#include "cli/release.h"

enum {
    OPT_KEY = CLI_LONG + 1,
    OPT_FILE,
    OPT_ROOT,
    OPT_KIND,
    OPT_PACKAGE,
    OPT_ADDITIONAL,
    OPT_PYTHON,
    OPT_OPTIMIZE,
    OPT_NO_CODE
};

static const cli_option options[] = {
    { OPT_KEY, "key", "FILE", "the secret key to sign with" },
    { OPT_FILE, "passphrase-file", "FILE",
      "take its passphrase from FILE's first line" },
    { OPT_ROOT, "root", "FOLDER",
      "names begin below FOLDER (default: the file's own)" },
    { OPT_KIND, "kind", "KIND", "module, package, extension, data or policy" },
    { OPT_PACKAGE, "package", "NAME",
      "the package that it is of (default: the first label)" },
    CLI_RELEASE_OPTIONS,
    { OPT_ADDITIONAL, "additional", NULL,
      "keep the signatures of other keys" },
    { OPT_PYTHON, "python", "PYTHON",
      "of a folder: code for this one; repeat it for more" },
    { OPT_OPTIMIZE, "optimize", "0|1|2",
      "of a folder: code for no -O, -O or -OO; repeat it for more" },
    { OPT_NO_CODE, "no-code", NULL, "of a folder: sources alone" },
    CLI_OPTION_FORMAT,
    CLI_OPTION_HELP,
    CLI_OPTION_END,
};

#define PYTHONS_MAX 16

typedef struct request {
    cli_signer signer;
    const char *pythons[PYTHONS_MAX];
    bool no_code;
    const char *key;
    const char *passphrase_file;
} request;

/* ---- options -------------------------------------------------------- */

static int
take_kind(request *asked, const char *text)
{
    asked->signer.kind = cli_claim_kind(text);
    return asked->signer.kind ? CLI_GOOD : CLI_USAGE;
}

static int
take_option(cli_line *line, void *payload, int option)
{
    const cli_command *self = line->command;
    request *asked = payload;

    switch (option) {
    case OPT_KEY:
        asked->key = optarg;
        return CLI_GOOD;
    case OPT_FILE:
        asked->passphrase_file = optarg;
        return CLI_GOOD;
    case OPT_ROOT:
        asked->signer.root = optarg;
        return CLI_GOOD;
    case OPT_KIND:
        return take_kind(asked, optarg);
    case OPT_PACKAGE:
        asked->signer.release.package = optarg;
        return CLI_GOOD;
    case OPT_PYTHON:
        return cli_release_add(self, asked->pythons, &asked->signer.n_pythons,
                               PYTHONS_MAX, "python");
    case OPT_OPTIMIZE:
        return cli_release_optimize(self, &asked->signer.optimisations,
                                    optarg);
    case OPT_NO_CODE:
        asked->no_code = true;
        return CLI_GOOD;
    case OPT_ADDITIONAL:
        asked->signer.additional = true;
        return CLI_GOOD;
    default:
        return cli_release_take(self, &asked->signer.release, option, optarg);
    }
}

/* ---- signing -------------------------------------------------------- */

static int
sign_one(const cli_signer *signer, const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return cli_sign_tree(signer, path);
    if (signer->additional && cli_is_bundle(path))
        return cli_bundle_sign_more(path, signer->key, &signer->release);
    if (!signer->kind && cli_is_bundle(path)) {
        cli_say("%s is a bundle, with its signatures in it: add one with "
                "--additional; a file beside it is for --kind data alone",
                path);
        return CLI_NO;
    }
    return cli_sign_file(signer, path);
}

/* Code is for the Python that this was built for, unless others are named. */
static void
choose_pythons(request *asked)
{
    cli_signer *signer = &asked->signer;

    if (!asked->no_code && !signer->n_pythons)
        asked->pythons[signer->n_pythons++] = stk_python_executable();
    signer->pythons = asked->pythons;
}

static int
sign_all(request *asked, char **paths, int n)
{
    int status = cli_secret_key_load(&asked->signer.key, asked->key,
                                     asked->passphrase_file);

    if (status != CLI_GOOD)
        return status;
    cli_release_stamp(&asked->signer.release);
    choose_pythons(asked);
    for (int i = 0; i < n; i++) {
        int one = sign_one(&asked->signer, paths[i]);

        status = one > status ? one : status;
    }
    return status;
}

static int
run_sign(const cli_command *self, int argc, char **argv)
{
    request asked;
    cli_line line;
    int status;

    memset(&asked, 0, sizeof asked);
    cli_line_start(&line, self, argc, argv);
    if (!cli_take_options(&line, take_option, &asked) ||
        cli_operands(&line, 1, 0) < 0)
        return line.status;
    if (asked.no_code && asked.signer.n_pythons)
        return cli_usage_error(self, "--no-code and --python do not go "
                                     "together");
    if (!asked.key)
        return cli_usage_error(self, "--key FILE is missing; stockade keygen "
                                     "makes one");
    if (line.json)
        asked.signer.json = cli_json_array();
    status = sign_all(&asked, argv + optind, argc - optind);
    stk_secret_key_free(asked.signer.key);
    if (line.json) {
        json_t *answer = cli_json_object();

        cli_json_set(answer, "signed", asked.signer.json);
        cli_json_print(answer);
    }
    return status;
}

const cli_command cli_sign = {
    "sign",  "PATH...", "sign files for the policies that want it",
    options, run_sign,
};
