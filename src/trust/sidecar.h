/* SPDX-License-Identifier: Apache-2.0 */
/* The signature files beside a file: F.minisig, F.minisig.2 to F.minisig.9. */
#ifndef STK_TRUST_SIDECAR_H
#define STK_TRUST_SIDECAR_H

#include <stockade/error.h>

#include "trust/keyring.h"

typedef struct stk_sidecars {
    stk_text texts[STK_SIGNATURES_MAX]; /* owned, those that are there */
    size_t n;
} stk_sidecars;

/*
 * Reads them, each up to one byte more than STK_MINISIG_MAX: what is longer
 * is refused where it is parsed. On success the caller clears `out`. None at
 * all is no error. Returns 0, -STK_E_IO or -STK_E_MEMORY.
 */
int stk_sidecars_load(stk_sidecars *out, const char *path, stk_error *err);

/* The same beside `path` below the folder open at `folder`, no link followed:
 * also -STK_E_INVALID, for what is a link or no regular file. */
int stk_sidecars_beneath(stk_sidecars *out, int folder, const char *path,
                         stk_error *err);
void stk_sidecars_clear(stk_sidecars *sidecars);

/* Where ".minisig" or ".minisig.N" begins in the name of a signature file;
 * NULL in any other name. */
const char *stk_sidecar_tail(const char *name);

/* The path of the signature file `number`, from 1 on. Freed by free(); NULL
 * when memory is out. */
char *stk_sidecar_path(const char *path, unsigned number);

/*
 * Where a further signature by the key with this identifier belongs: in
 * place of its own, if there is one, else after the last. 0 when all nine
 * are taken.
 */
unsigned stk_sidecar_place(const char *path,
                           const unsigned char id[STK_KEY_ID_BYTES]);

#endif
