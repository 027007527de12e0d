/* SPDX-License-Identifier: Apache-2.0 */
/* stockade verify: against whom, what was found. */
#ifndef STK_CLI_VERIFY_H
#define STK_CLI_VERIFY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/verify_cache.h"
#include "trust/bundle.h"
#include "trust/keyring.h"

typedef struct cli_verifier {
    stk_keyring *ring; /* owned */
    const char *root;
    enum stk_kind kind; /* 0: by the file's name */
    bool accept;        /* remember what is good in the state file */
    cli_cache *cache;   /* keep the code of what is good; or NULL */
    int64_t now;
    json_t *json; /* a list of what was found; NULL: told as text */
} cli_verifier;

/* What was found for one path. Returns CLI_GOOD or CLI_NO. */
int cli_verify_tell(const cli_verifier *verifier, const char *path,
                    enum stk_kind kind, const char *name,
                    const stk_proof *proof);

/* Remembers a good proof where that is wanted; a failure makes it a bad
 * one. */
void cli_verify_accept(const cli_verifier *verifier, stk_proof *proof);

/* Opens a bundle and verifies all that it holds, telling of each part that
 * is wrong. `*out` stays NULL where not even its header is good; otherwise it
 * is freed by stk_bundle_free(), and `proof` says whether it is good. */
void cli_prove_bundle(stk_bundle **out, stk_proof *proof,
                      const cli_verifier *verifier, const char *path);

/* A bundle: its signatures, the names in it, and all that it holds. Returns
 * an exit code. */
int cli_verify_bundle(const cli_verifier *verifier, const char *path);

/* A file with its signatures beside it. Returns an exit code. */
int cli_verify_file(const cli_verifier *verifier, const char *path);

/* A folder with its manifest. */
int cli_verify_tree(const cli_verifier *verifier, const char *path);

#endif
