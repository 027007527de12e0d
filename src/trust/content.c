/* SPDX-License-Identifier: Apache-2.0 */
/* Both digests of what is signed, in one pass. */
#include "trust/content.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

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

static int
fail(const char *path, int sys_errno, const char *what, stk_error *err)
{
    if (sys_errno)
        stk_error_set_errno(err, STK_E_IO, sys_errno, "%s", what);
    else
        stk_error_set(err, STK_E_IO, "%s", what);
    stk_error_at(err, path, 0);
    return -STK_E_IO;
}

int
stk_content_file(stk_content *out, const char *path, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    STK_CLEANUP(stk_freep) unsigned char *block = malloc(BLOCK);
    struct stat st;
    passing pass;
    ssize_t n;

    if (!block)
        return stk_error_memory(err);
    /* O_NONBLOCK: opening a FIFO must not wait for its writer */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return fail(path, errno, "cannot open", err);
    if (fstat(fd, &st) < 0)
        return fail(path, errno, "cannot stat", err);
    if (!S_ISREG(st.st_mode))
        return fail(path, 0, "is no regular file", err);
    start(&pass);
    while ((n = read(fd, block, BLOCK)) != 0) {
        if (n > 0)
            add(&pass, block, (size_t)n);
        else if (errno != EINTR)
            return fail(path, errno, "cannot read", err);
    }
    finish(&pass, out);
    return 0;
}
