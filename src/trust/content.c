/* SPDX-License-Identifier: Apache-2.0 */
/* Both digests of what is signed, in one pass. */
#include "trust/content.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

#define BLOCK 65536u

typedef struct passing {
    crypto_generichash_state digest, prehash;
    uint64_t size;
} passing;

static void
start(passing *pass)
{
    crypto_generichash_init(&pass->digest, NULL, 0, STK_DIGEST_BYTES);
    crypto_generichash_init(&pass->prehash, NULL, 0, STK_PREHASH_BYTES);
    pass->size = 0;
}

static void
add(passing *pass, const void *data, size_t length)
{
    crypto_generichash_update(&pass->digest, data, length);
    crypto_generichash_update(&pass->prehash, data, length);
    pass->size += length;
}

static void
finish(passing *pass, stk_content *out)
{
    crypto_generichash_final(&pass->digest, out->digest, STK_DIGEST_BYTES);
    crypto_generichash_final(&pass->prehash, out->prehash, STK_PREHASH_BYTES);
    out->size = pass->size;
}

void
stk_content_memory(stk_content *out, const void *data, size_t length)
{
    passing pass;

    start(&pass);
    add(&pass, data, length);
    finish(&pass, out);
}

int
stk_content_file(stk_content *out, const char *path, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    STK_CLEANUP(stk_freep) unsigned char *block = malloc(BLOCK);
    passing pass;
    ssize_t n;

    if (!block)
        return stk_error_memory(err);
    fd = stk_file_open(path, err);
    if (fd < 0)
        return fd;
    start(&pass);
    while ((n = stk_fd_read(fd, block, BLOCK)) > 0)
        add(&pass, block, (size_t)n);
    if (n < 0) {
        stk_error_set_errno(err, STK_E_IO, errno, "cannot read");
        stk_error_at(err, path, 0);
        return -STK_E_IO;
    }
    finish(&pass, out);
    return 0;
}
