/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-256 of memory and of files, through libsodium. */
#include "trust/digest.h"

#include <errno.h>
#include <sodium.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

#define BLOCK 65536u

void
stk_digest_memory(unsigned char out[STK_DIGEST_BYTES], const void *data,
                  size_t length)
{
    crypto_generichash(out, STK_DIGEST_BYTES, data, length, NULL, 0);
}

void
stk_digest_pieces(unsigned char out[STK_DIGEST_BYTES],
                  const stk_digest_piece *pieces, size_t n)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, STK_DIGEST_BYTES);
    for (size_t i = 0; i < n; i++)
        crypto_generichash_update(&state, pieces[i].data, pieces[i].length);
    crypto_generichash_final(&state, out, STK_DIGEST_BYTES);
}

int
stk_digest_fd(unsigned char out[STK_DIGEST_BYTES], uint64_t *size, int fd,
              stk_error *err)
{
    STK_CLEANUP(stk_freep) unsigned char *block = malloc(BLOCK);
    crypto_generichash_state state;
    ssize_t n;

    if (!block)
        return stk_error_memory(err);
    *size = 0;
    crypto_generichash_init(&state, NULL, 0, STK_DIGEST_BYTES);
    while ((n = stk_fd_read(fd, block, BLOCK)) > 0) {
        crypto_generichash_update(&state, block, (size_t)n);
        *size += (uint64_t)n;
    }
    if (n < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "cannot read");
    crypto_generichash_final(&state, out, STK_DIGEST_BYTES);
    return 0;
}

int
stk_digest_file(unsigned char out[STK_DIGEST_BYTES], const char *path,
                stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = stk_file_open(path, err);
    uint64_t size;
    int result;

    if (fd < 0)
        return -STK_E_IO;
    result = stk_digest_fd(out, &size, fd, err);
    if (result < 0)
        stk_error_at(err, path, 0);
    return result;
}

const char *
stk_digest_hex(char hex[STK_DIGEST_HEX],
               const unsigned char digest[STK_DIGEST_BYTES])
{
    return sodium_bin2hex(hex, STK_DIGEST_HEX, digest, STK_DIGEST_BYTES);
}
