/* SPDX-License-Identifier: Apache-2.0 */
/* Passphrases: asked for on the terminal, or read from a file. */
#ifndef STK_CLI_PASSPHRASE_H
#define STK_CLI_PASSPHRASE_H

#include <stddef.h>

#include "trust/secret.h"

#define CLI_PASSPHRASE_MAX 1024u /* bytes, as minisign's */

typedef struct cli_passphrase {
    char *text; /* guarded memory; freed by cli_passphrase_clear() */
    size_t length;
} cli_passphrase;

void cli_passphrase_clear(cli_passphrase *passphrase);

/*
 * The first line of `file`, "-" for standard input; or, where that is NULL,
 * what is typed at the terminal after `prompt`, twice when it is a new one.
 * Returns an exit code, having said what is wrong.
 */
int cli_passphrase_get(cli_passphrase *out, const char *file,
                       const char *prompt, int twice);

/*
 * The secret key in the file `path`, its passphrase from `file` or asked
 * for, where it needs one. Returns an exit code, having said what is wrong.
 */
int cli_secret_key_load(stk_secret_key **out, const char *path,
                        const char *file);

#endif
