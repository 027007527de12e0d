/* SPDX-License-Identifier: Apache-2.0 */
/* stockade bundle: what its files share. */
#ifndef STK_CLI_BUNDLE_H
#define STK_CLI_BUNDLE_H

#include <stdbool.h>

#include "trust/secret.h"

/* Whether a file begins as a bundle does; false for what cannot be read. */
bool cli_is_bundle(const char *path);

/* Puts one more signature behind a bundle. Returns an exit code, having said
 * what is wrong. */
int cli_bundle_sign_more(const char *path, const stk_secret_key *key);

#define CLI_BUNDLE_KEYS_MAX 9

#endif
