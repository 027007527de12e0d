/* SPDX-License-Identifier: Apache-2.0 */
/* stockade sign: what every signature needs, one file's. */
#ifndef STK_CLI_SIGN_H
#define STK_CLI_SIGN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/release.h"
#include "trust/content.h"
#include "trust/secret.h"

/* What was asked for; texts are NULL where nothing was said. */
typedef struct cli_signer {
    stk_secret_key *key; /* owned */
    const char *root;
    enum stk_kind kind;  /* 0: by the file's name */
    cli_release release; /* package NULL: the first label of the module */
    bool additional;     /* beside the signatures that are there */
    const char *const *pythons; /* whose code goes into a manifest */
    size_t n_pythons;
    unsigned optimisations; /* as cli_tree has them */
    json_t *json;           /* a list of what was signed; NULL: told as text */
} cli_signer;

/* One content, under one name; `path` is the file beside which the signature
 * goes. */
typedef struct cli_subject {
    const char *path;
    enum stk_kind kind;
    const char *module;
    const stk_content *content;
} cli_subject;

/* Signs it, writes PATH.minisig, tells it. Returns an exit code. */
int cli_sign_subject(const cli_signer *signer, const cli_subject *subject);

/* The text of a .minisig file for it. `*out` is freed by free(). Returns an
 * exit code, having said what is wrong. */
int cli_sign_text(char **out, const cli_signer *signer,
                  const cli_subject *subject);

/* A file: module, package, extension, data or policy. */
int cli_sign_file(const cli_signer *signer, const char *path);

/* A folder: its manifest is made, or with `additional` taken as it is, and
 * signed. */
int cli_sign_tree(const cli_signer *signer, const char *path);

#endif
