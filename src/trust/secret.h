/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secret keys in minisign's format, encrypted with a passphrase (scrypt) or
 * not. What is secret lies in guarded memory and is zeroed when freed.
 */
#ifndef STK_TRUST_SECRET_H
#define STK_TRUST_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>

#include "trust/key.h"

typedef struct stk_secret_key {
    stk_public_key public_key;
    unsigned char secret[64]; /* seed and public key, as libsodium has it */
} stk_secret_key;

/* A new key pair. `*out` is freed by stk_secret_key_free(). Returns 0,
 * -STK_E_MEMORY or -STK_E_UNSUPPORTED. */
int stk_secret_key_new(stk_secret_key **out, stk_error *err);
void stk_secret_key_free(stk_secret_key *key);
void stk_secret_key_freep(stk_secret_key **key);

/* The text of a secret key file, in guarded memory. */
typedef struct stk_secret_text {
    char *data; /* freed by stk_secret_text_clear() */
    size_t length;
    bool exposed; /* its permissions let others read it */
} stk_secret_text;

/* Reads it. Returns 0, -STK_E_IO, -STK_E_LIMIT or -STK_E_MEMORY. */
int stk_secret_text_load(stk_secret_text *out, const char *path,
                         stk_error *err);
void stk_secret_text_clear(stk_secret_text *text);

/* Copies the text of any file. Returns 1 where that is a secret key, 0 where
 * it is not, with nothing in `out`, -STK_E_MEMORY or -STK_E_UNSUPPORTED. */
int stk_secret_text_take(stk_secret_text *out, const char *data, size_t length,
                         stk_error *err);

/* True when its key is to be had with a passphrase alone; false too for what
 * is no secret key file. */
bool stk_secret_text_is_encrypted(const stk_secret_text *text);

/*
 * The key in `text`. `passphrase` is `length` bytes, or NULL for a key that
 * is not encrypted. Returns 0, -STK_E_INVALID (no key file, wrong
 * passphrase), -STK_E_LIMIT (asks for more than minisign ever does),
 * -STK_E_MEMORY.
 */
int stk_secret_key_read(stk_secret_key **out, const stk_secret_text *text,
                        const char *passphrase, size_t length, stk_error *err);

/* What opening the file costs: scrypt's work and memory. */
typedef struct stk_secret_cost {
    uint64_t operations;
    uint64_t memory; /* bytes */
} stk_secret_cost;

/* What `minisign -G` takes: 1 GiB of memory, some seconds. */
#define STK_SECRET_COST                                                       \
    {                                                                         \
        33554432u, 1073741824u                                                \
    }

/*
 * The file of a key; a NULL passphrase: not encrypted. Where the machine has
 * not the memory that `cost` asks for, less is taken, as minisign does.
 * Returns as stk_secret_text_load().
 */
int stk_secret_key_print(stk_secret_text *out, const stk_secret_key *key,
                         const char *passphrase, size_t length,
                         const stk_secret_cost *cost, stk_error *err);

#endif
