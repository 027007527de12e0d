/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys as minisign writes them: "Ed", an identifier of 8 bytes, the
 * Ed25519 key (RFC 8032). The identifier is random, signed by nobody: a hint
 * for finding the key, never who it is.
 */
#ifndef STK_TRUST_KEY_H
#define STK_TRUST_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include <stockade/error.h>
#include <stockade/trust.h>

#define STK_KEY_ID_BYTES 8u
#define STK_KEY_ID_TEXT  17u   /* "63A0DBB88F285916" and NUL */
#define STK_KEY_FILE_MAX 2048u /* bytes of a key file */

typedef struct stk_public_key {
    unsigned char id[STK_KEY_ID_BYTES];
    unsigned char key[32];
} stk_public_key;

/*
 * One line of STK_PUBLIC_KEY_LENGTH characters. What is no point of the
 * prime-order group is refused: for a small-order key there are signatures
 * that hold for any message. Returns 0 or -STK_E_INVALID.
 */
int stk_public_key_parse(stk_public_key *out, const char *text, size_t length,
                         stk_error *err);

/*
 * The same of a key in a policy that is loaded: a tenth of the time. A point
 * with a part of small order passes, which its owner alone can have made;
 * `stockade check` refuses it.
 */
int stk_public_key_load(stk_public_key *out, const char *text, size_t length,
                        stk_error *err);

/* The text of a .pub file: a comment line and the key, or the key alone.
 * Returns as stk_public_key_parse(). */
int stk_public_key_read(stk_public_key *out, const char *text, size_t length,
                        stk_error *err);

/* The key itself where `given` is one, else the file of that name. Returns
 * as stk_public_key_parse(), and -STK_E_IO, -STK_E_LIMIT, -STK_E_MEMORY. */
int stk_public_key_get(stk_public_key *out, const char *given, stk_error *err);

/* STK_PUBLIC_KEY_LENGTH characters and a NUL. Returns `text`. */
const char *stk_public_key_text(char text[STK_PUBLIC_KEY_LENGTH + 1],
                                const stk_public_key *key);

/* The identifier as minisign shows it. Returns `text`. */
const char *stk_key_id_text(char text[STK_KEY_ID_TEXT],
                            const unsigned char id[STK_KEY_ID_BYTES]);

/* Who a key is: its 32 bytes. */
bool stk_public_key_equal(const stk_public_key *a, const stk_public_key *b);

#endif
