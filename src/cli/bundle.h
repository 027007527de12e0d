/* SPDX-License-Identifier: Apache-2.0 */
/* stockade bundle: what its files share. */
#ifndef STK_CLI_BUNDLE_H
#define STK_CLI_BUNDLE_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/release.h"
#include "cli/whom.h"
#include "trust/bundle_header.h"
#include "trust/secret.h"

/* Whether a file begins as a bundle does; false for what cannot be read. */
bool cli_is_bundle(const char *path);

/* Puts one more signature behind a bundle, which is the release that was said,
 * if any was. Returns an exit code, having said what is wrong. */
int cli_bundle_sign_more(const char *path, const stk_secret_key *key,
                         const cli_release *said);

/* Verifies a bundle for `whom` and says what is in it, as JSON or as text.
 * Returns an exit code. */
int cli_bundle_list(cli_whom *whom, const char *path, bool json);

/* The Pythons that it has code for: [{"tag", "magic", "optimisation"}], and
 * one of them for people. */
json_t *cli_bundle_pythons_json(const stk_bundle_header *header);
void cli_bundle_put_python(const stk_bundle_python *python);

#define CLI_BUNDLE_KEYS_MAX 9

#endif
