/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-256 (RFC 7693), not keyed: the name of a content. */
#ifndef STK_TRUST_DIGEST_H
#define STK_TRUST_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>

#define STK_DIGEST_BYTES 32u
#define STK_DIGEST_HEX   65u /* 64 lower-case digits and a NUL */

void stk_digest_memory(unsigned char out[STK_DIGEST_BYTES], const void *data,
                       size_t length);

/* Several pieces as one content, without joining them. */
typedef struct stk_digest_piece {
    const void *data;
    size_t length;
} stk_digest_piece;
void stk_digest_pieces(unsigned char out[STK_DIGEST_BYTES],
                       const stk_digest_piece *pieces, size_t n);

/*
 * The content of a regular file of any length; symbolic links are followed.
 * It says what the file was, not what a later open will read: digest what
 * was read, where bytes are used afterwards. Returns 0, -STK_E_IO or
 * -STK_E_MEMORY.
 */
int stk_digest_file(unsigned char out[STK_DIGEST_BYTES], const char *path,
                    stk_error *err);

/* The same from where the descriptor stands to its end; `*size` is how many
 * bytes that were. */
int stk_digest_fd(unsigned char out[STK_DIGEST_BYTES], uint64_t *size, int fd,
                  stk_error *err);

/* Returns `hex`. */
const char *stk_digest_hex(char hex[STK_DIGEST_HEX],
                           const unsigned char digest[STK_DIGEST_BYTES]);

#endif
