/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key that a state file is kept under: 64 hexadecimal digits and a line
 * feed, in a file that its owner alone may write to and not everybody may
 * read. Who cannot read it cannot write a state that is believed; an older
 * state, whole, is one that was written.
 */
#ifndef STK_TRUST_STATEKEY_H
#define STK_TRUST_STATEKEY_H

#include <stddef.h>

#define STK_STATEKEY_BYTES 32u
#define STK_STATEKEY_MAC   65u /* of its text, with the NUL */

/*
 * Reads the key at `path`. Returns 1; 0 when there is none; -1 with one
 * clause in `why`.
 */
int stk_statekey_read(unsigned char key[STK_STATEKEY_BYTES], const char *path,
                      char *why, size_t size);

/* Makes a key at `path`, where there is nothing: 0, or -1 with `why`. */
int stk_statekey_make(unsigned char key[STK_STATEKEY_BYTES], const char *path,
                      char *why, size_t size);

/* The keyed BLAKE2b-256 of `text`, in hexadecimal. Returns `out`. */
char *stk_statekey_mac(char out[STK_STATEKEY_MAC],
                       const unsigned char key[STK_STATEKEY_BYTES],
                       const char *text, size_t length);

#endif
