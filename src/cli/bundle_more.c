/* SPDX-License-Identifier: Apache-2.0 */
/* One more signature behind a bundle that is there. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/bundle.h"
#include "cli/command.h"
#include "cli/output.h"
#include "trust/bundle_write.h"

bool
cli_is_bundle(const char *path)
{
    STK_CLEANUP(stk_closep)
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char magic[STK_BUNDLE_MAGIC_BYTES];
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
           pread(fd, magic, sizeof magic, 0) == sizeof magic &&
           memcmp(magic, STK_BUNDLE_MAGIC, sizeof magic) == 0;
}

/* ---- what is there -------------------------------------------------- */

typedef struct found {
    stk_buffer header;
    size_t n;       /* signatures */
    bool ours;      /* one of them is of this key */
    uint64_t total; /* where they begin */
} found;

typedef struct looking {
    found *out;
    const stk_secret_key *key;
    const cli_release *said;
    const char *path;
    int status;
} looking;

/* Takes any: whoever signed it before is not who is asked here. */
static int
look(void *payload, const stk_bundle_header *header, const stk_text *bytes,
     const stk_text *signatures, size_t n, stk_refusal *why)
{
    looking *l = payload;
    char fault[STK_WHY_MAX];
    stk_minisig minisig;

    for (size_t i = 0; i < n; i++) {
        if (stk_minisig_parse(&minisig, signatures[i].data,
                              signatures[i].length, fault) != STK_TRUST_OK)
            return stk_refuse(why, STK_TRUST_MALFORMED, "signature %zu %s",
                              i + 1, fault);
        l->out->ours |=
            !memcmp(minisig.id, l->key->public_key.id, sizeof minisig.id);
    }
    l->status = cli_release_agrees(l->said, &(cli_release)RELEASE_OF(*header),
                                   l->path);
    l->out->n = n;
    l->out->total = header->total;
    stk_buffer_append(&l->out->header, bytes->data, bytes->length);
    return 0;
}

static int
find_signatures(found *out, const char *path, const stk_secret_key *key,
                const cli_release *said)
{
    STK_CLEANUP(stk_bundle_freep) stk_bundle *bundle = NULL;
    looking l = { out, key, said, path, CLI_GOOD };
    stk_refusal why;

    if (stk_bundle_open_judged(&bundle, path, look, &l, &why) < 0) {
        cli_say("%s", why.message);
        return CLI_NO;
    }
    if (l.status != CLI_GOOD)
        return l.status;
    if (out->ours) {
        cli_say("%s: is signed with this key already", path);
        return CLI_NO;
    }
    if (out->n == STK_SIGNATURES_MAX) {
        cli_say("%s: has %u signatures, and there are no more than that", path,
                STK_SIGNATURES_MAX);
        return CLI_NO;
    }
    return CLI_GOOD;
}

/* ---- one more ------------------------------------------------------- */

/* In one write: a bundle with half a signature is none. */
static int
append(const char *path, const char *data, size_t length)
{
    STK_CLEANUP(stk_closep)
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    struct stat before;
    ssize_t n;

    if (fd < 0 || fstat(fd, &before) < 0) {
        cli_say("%s: cannot open: %s", path, strerror(errno));
        return CLI_MACHINE;
    }
    n = write(fd, data, length);
    if (n == (ssize_t)length)
        return CLI_GOOD;
    if (n >= 0)
        errno = ENOSPC;
    cli_say("%s: cannot write: %s", path, strerror(errno));
    if (n > 0 && ftruncate(fd, before.st_size) < 0)
        cli_say("%s: ends in part of a signature", path);
    return CLI_MACHINE;
}

int
cli_bundle_sign_more(const char *path, const stk_secret_key *key,
                     const cli_release *said)
{
    found there = { .header = STK_BUFFER_INIT(STK_BUNDLE_HEADER_MAX +
                                              STK_MINISIG_MAX) };
    stk_error err = STK_ERROR_INIT;
    stk_comment comment;
    int status = find_signatures(&there, path, key, said);
    size_t length = there.header.length;

    if (status == CLI_GOOD &&
        (stk_bundle_comment(&comment, there.header.data, length, &err) < 0 ||
         stk_bundle_sign(&there.header, length, key, &comment, &err) < 0))
        status = cli_say_error(&err);
    if (status == CLI_GOOD)
        status = append(path, there.header.data + length,
                        there.header.length - length);
    stk_buffer_clear(&there.header);
    return status;
}
