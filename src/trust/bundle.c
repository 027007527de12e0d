/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle opened once; its pages and files verified as they are wanted. */
#include "trust/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "trust/bundle_page.h"

#define ON_STACK 8192u /* stored bytes that need no malloc() */

struct stk_bundle {
    char *path;
    atomic_int fd; /* owned as long as it is the file of these two: */
    dev_t device;
    ino_t inode;
    unsigned char *text; /* the header's bytes */
    stk_bundle_header header;
    /* each NULL, or a page that was verified and checked: never changed,
     * never freed before the bundle */
    _Atomic(unsigned char *) *pages;
};

/* ---- reading -------------------------------------------------------- */

/* 0; -1 with errno, 0 when the file ends before. */
static int
read_exactly(int fd, void *out, size_t length, uint64_t offset)
{
    unsigned char *to = out;

    while (length > 0) {
        ssize_t n = pread(fd, to, length, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (n == 0)
                errno = 0;
            return -1;
        }
        to += n;
        offset += (size_t)n;
        length -= (size_t)n;
    }
    return 0;
}

static int
refuse_read(const stk_bundle *bundle, int sys_errno, stk_refusal *why)
{
    if (sys_errno)
        return stk_refuse(why, STK_TRUST_IO, "%s: cannot read: %s",
                          bundle->path, strerror(sys_errno));
    return stk_refuse(why, STK_TRUST_MALFORMED,
                      "%s: is shorter than its header says", bundle->path);
}

static bool
is_our_file(const stk_bundle *bundle, int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_dev == bundle->device &&
           st.st_ino == bundle->inode;
}

/*
 * A daemon closes all descriptors that it does not know, and ours may then
 * be the number of another file. Opens the path again if that happened:
 * what is there is measured by the header that was verified, as ever.
 */
static bool
reopen_lost(stk_bundle *bundle)
{
    int lost = atomic_load(&bundle->fd);
    int fd;

    if (is_our_file(bundle, lost))
        return false;
    fd = open(bundle->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    if (!is_our_file(bundle, fd)) {
        close(fd);
        return false;
    }
    /* another thread was faster: take its descriptor */
    if (!atomic_compare_exchange_strong(&bundle->fd, &lost, fd))
        close(fd);
    return true;
}

/* Copies into `out` and compares the copy: the file may change meanwhile. */
static enum stk_trust
fetch(stk_bundle *bundle, void *out, size_t length, uint64_t offset,
      const unsigned char *digest)
{
    unsigned char found[STK_DIGEST_BYTES];

    if (read_exactly(atomic_load(&bundle->fd), out, length, offset) < 0)
        return STK_TRUST_IO;
    stk_digest_memory(found, out, length);
    return memcmp(found, digest, sizeof found) == 0 ? STK_TRUST_OK
                                                    : STK_TRUST_HASH;
}

/* Returns 0; -1 with errno in `*sys_errno`, or -1 there for a digest that is
 * wrong. */
static int
fetch_twice(stk_bundle *bundle, void *out, size_t length, uint64_t offset,
            const unsigned char *digest, int *sys_errno)
{
    enum stk_trust trust = fetch(bundle, out, length, offset, digest);

    *sys_errno = errno;
    if (trust != STK_TRUST_OK && reopen_lost(bundle)) {
        trust = fetch(bundle, out, length, offset, digest);
        *sys_errno = errno;
    }
    if (trust == STK_TRUST_HASH)
        *sys_errno = -1;
    return trust == STK_TRUST_OK ? 0 : -1;
}

/* ---- opening -------------------------------------------------------- */

/* Four lines each, the first one ours, the last one ended, nothing behind
 * it. */
static int
split_signatures(stk_text *out, size_t *n, const char *data, size_t length)
{
    size_t lines = 0, begin = 0;

    *n = 0;
    for (size_t i = 0; i < length; i++) {
        if (data[i] != '\n' || ++lines % 4)
            continue;
        if (*n == STK_SIGNATURES_MAX)
            return -1;
        out[*n].data = data + begin;
        out[*n].length = i + 1 - begin;
        if (out[*n].length < sizeof STK_BUNDLE_UNTRUSTED - 1 ||
            memcmp(out[*n].data, STK_BUNDLE_UNTRUSTED,
                   sizeof STK_BUNDLE_UNTRUSTED - 1) != 0)
            return -1;
        (*n)++;
        begin = i + 1;
    }
    return *n && begin == length ? 0 : -1;
}

static int
judge_signatures(const stk_bundle *bundle, uint64_t size,
                 stk_bundle_judge *judge, void *payload, stk_refusal *why)
{
    const stk_text header = { (const char *)bundle->text,
                              bundle->header.length };
    uint64_t total = bundle->header.total;
    stk_text signatures[STK_SIGNATURES_MAX];
    STK_CLEANUP(stk_freep) char *data = NULL;
    uint64_t length = size - total;
    size_t n;

    if (length == 0)
        return stk_refuse(why, STK_TRUST_UNSIGNED, "%s: is not signed",
                          bundle->path);
    if (length > STK_SIGNATURES_MAX * STK_MINISIG_MAX)
        return stk_refuse(why, STK_TRUST_TOO_LARGE,
                          "%s: its signatures are too large", bundle->path);
    data = malloc(length);
    if (!data)
        return stk_refuse_memory(why);
    if (read_exactly(bundle->fd, data, length, total) < 0)
        return refuse_read(bundle, errno, why);
    if (split_signatures(signatures, &n, data, length) < 0)
        return stk_refuse(why, STK_TRUST_MALFORMED,
                          "%s: no signatures of four lines each at its end",
                          bundle->path);
    return judge(payload, &bundle->header, &header, signatures, n, why);
}

static int
check_end(const stk_bundle *bundle, uint64_t total, stk_refusal *why)
{
    char end[STK_BUNDLE_END_BYTES];

    if (read_exactly(bundle->fd, end, sizeof end, total - sizeof end) < 0)
        return refuse_read(bundle, errno, why);
    if (memcmp(end, STK_BUNDLE_END, sizeof end) != 0)
        return stk_refuse(why, STK_TRUST_MALFORMED,
                          "%s: the mark at its end is missing", bundle->path);
    return 0;
}

/* What its header is refused for is told with its path. */
static int
refuse_header(const stk_bundle *bundle, stk_refusal *why)
{
    char said[STK_REFUSAL_MESSAGE_MAX];

    if (!why || why->trust == STK_TRUST_NONE)
        return -1;
    memcpy(said, why->message, sizeof said);
    return stk_refuse(why, why->trust, "%s: %s", bundle->path, said);
}

static int
read_header(stk_bundle *bundle, uint64_t size, stk_bundle_judge *judge,
            void *payload, stk_refusal *why)
{
    unsigned char start[STK_BUNDLE_START_BYTES];
    uint64_t total;
    size_t length;

    if (read_exactly(bundle->fd, start, sizeof start, 0) < 0)
        return refuse_read(bundle, errno, why);
    if (stk_bundle_header_start(&length, &total, start, why) < 0)
        return refuse_header(bundle, why);
    if (total > size)
        return refuse_read(bundle, 0, why);
    bundle->text = malloc(length);
    if (!bundle->text)
        return stk_refuse_memory(why);
    if (read_exactly(bundle->fd, bundle->text, length, 0) < 0)
        return refuse_read(bundle, errno, why);
    if (stk_bundle_header_parse(&bundle->header, bundle->text, length, why) <
        0)
        return refuse_header(bundle, why);
    /* the start was read twice: what is verified is what counts */
    if (bundle->header.total != total)
        return refuse_read(bundle, 0, why);
    if (judge_signatures(bundle, size, judge, payload, why) < 0)
        return -1;
    return check_end(bundle, total, why);
}

static int
open_file(stk_bundle *bundle, const char *path, uint64_t *size,
          stk_refusal *why)
{
    struct stat st;

    bundle->path = realpath(path, NULL);
    if (bundle->path)
        bundle->fd =
            open(bundle->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (!bundle->path || bundle->fd < 0 || fstat(bundle->fd, &st) < 0)
        return stk_refuse(why, STK_TRUST_IO, "%s: cannot open: %s", path,
                          strerror(errno));
    if (!S_ISREG(st.st_mode))
        return stk_refuse(why, STK_TRUST_IO, "%s: is no regular file", path);
    bundle->device = st.st_dev;
    bundle->inode = st.st_ino;
    *size = (uint64_t)st.st_size;
    return 0;
}

int
stk_bundle_open_judged(stk_bundle **out, const char *path,
                       stk_bundle_judge *judge, void *payload,
                       stk_refusal *why)
{
    STK_CLEANUP(stk_bundle_freep)
    stk_bundle *bundle = calloc(1, sizeof *bundle);
    uint64_t size = 0;

    if (!bundle || sodium_init() < 0)
        return stk_refuse_memory(why);
    bundle->fd = -1;
    if (open_file(bundle, path, &size, why) < 0 ||
        read_header(bundle, size, judge, payload, why) < 0)
        return -1;
    bundle->pages = calloc(bundle->header.n_pages, sizeof *bundle->pages);
    if (!bundle->pages)
        return stk_refuse_memory(why);
    *out = STK_STEAL(bundle);
    return 0;
}

void
stk_bundle_free(stk_bundle *bundle)
{
    if (!bundle)
        return;
    for (size_t i = 0; bundle->pages && i < bundle->header.n_pages; i++)
        free(bundle->pages[i]);
    free(bundle->pages);
    stk_bundle_header_clear(&bundle->header);
    free(bundle->text);
    free(bundle->path);
    /* the number may be somebody else's by now */
    if (bundle->fd >= 0 && is_our_file(bundle, bundle->fd))
        close(bundle->fd);
    free(bundle);
}

void
stk_bundle_freep(stk_bundle **bundle)
{
    stk_bundle_free(*bundle);
    *bundle = NULL;
}

const stk_bundle_header *
stk_bundle_head(const stk_bundle *bundle)
{
    return &bundle->header;
}

int
stk_bundle_python_of(const stk_bundle *bundle, const char *cache_tag,
                     const unsigned char magic[4], unsigned optimisation)
{
    for (size_t i = 0; i < bundle->header.n_pythons; i++) {
        const stk_bundle_python *python = &bundle->header.pythons[i];

        if (!strcmp(python->cache_tag, cache_tag) &&
            !memcmp(python->magic, magic, sizeof python->magic) &&
            python->optimisation == optimisation)
            return (int)i;
    }
    return -1;
}

/* ---- pages ---------------------------------------------------------- */

static unsigned char *
load_page(stk_bundle *bundle, size_t index, stk_refusal *why)
{
    STK_CLEANUP(stk_freep) unsigned char *page = malloc(STK_BUNDLE_PAGE);
    unsigned char *before = NULL;
    uint64_t offset =
        bundle->header.length + (uint64_t)index * STK_BUNDLE_PAGE;
    int sys_errno;

    if (!page) {
        stk_refuse_memory(why);
        return NULL;
    }
    if (fetch_twice(bundle, page, STK_BUNDLE_PAGE, offset,
                    bundle->header.pages[index].digest, &sys_errno) < 0) {
        if (sys_errno >= 0)
            refuse_read(bundle, sys_errno, why);
        else
            stk_refuse(why, STK_TRUST_HASH,
                       "%s: page %zu of its index is not what was signed",
                       bundle->path, index);
        return NULL;
    }
    if (stk_bundle_page_check(page, &bundle->header, index, why) < 0)
        return NULL;
    if (!atomic_compare_exchange_strong(&bundle->pages[index], &before, page))
        return before;
    return STK_STEAL(page);
}

static inline const unsigned char *
get_page(stk_bundle *bundle, size_t index, stk_refusal *why)
{
    unsigned char *page =
        atomic_load_explicit(&bundle->pages[index], memory_order_acquire);

    return page ? page : load_page(bundle, index, why);
}

/* The page that `key` is in if it is anywhere; n_pages when it is before the
 * first. */
static size_t
page_of(const stk_bundle_header *header, const char *key, size_t length)
{
    size_t low = 0, high = header->n_pages;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const stk_bundle_page_entry *at = &header->pages[middle];

        if (stk_bundle_compare(at->first, at->length, key, length) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : header->n_pages;
}

int
stk_bundle_find(stk_bundle_row *out, stk_bundle *bundle, const char *key,
                size_t length, stk_refusal *why)
{
    size_t index = page_of(&bundle->header, key, length);
    const unsigned char *page;
    unsigned i;

    if (index == bundle->header.n_pages)
        return 0;
    page = get_page(bundle, index, why);
    if (!page)
        return -1;
    i = stk_bundle_page_seek(page, key, length);
    if (!stk_bundle_page_has(page, i, key, length))
        return 0;
    stk_bundle_page_row(out, page, i);
    return 1;
}

int
stk_bundle_seek(stk_bundle_cursor *out, stk_bundle *bundle, const char *key,
                size_t length, stk_refusal *why)
{
    size_t index = page_of(&bundle->header, key, length);
    const unsigned char *page;

    out->page = out->row = 0;
    if (index == bundle->header.n_pages)
        return 0;
    page = get_page(bundle, index, why);
    if (!page)
        return -1;
    out->page = index;
    out->row = stk_bundle_page_seek(page, key, length);
    return 0;
}

int
stk_bundle_next(stk_bundle_row *out, stk_bundle *bundle,
                stk_bundle_cursor *cursor, stk_refusal *why)
{
    while (cursor->page < bundle->header.n_pages) {
        const unsigned char *page = get_page(bundle, cursor->page, why);

        if (!page)
            return -1;
        if (cursor->row < stk_bundle_page_rows(page)) {
            stk_bundle_page_row(out, page, cursor->row++);
            return 1;
        }
        cursor->page++;
        cursor->row = 0;
    }
    return 0;
}

/* ---- contents ------------------------------------------------------- */

static int
unpack(stk_bundle *bundle, const stk_bundle_blob *blob, void *out,
       char *stored, stk_refusal *why)
{
    int sys_errno, n = 0;

    if (fetch_twice(bundle, stored, blob->stored, blob->offset, blob->digest,
                    &sys_errno) < 0) {
        if (sys_errno >= 0)
            return refuse_read(bundle, sys_errno, why);
        return stk_refuse(why, STK_TRUST_HASH,
                          "%s: what lies at byte %llu is not what was signed",
                          bundle->path, (unsigned long long)blob->offset);
    }
    /* the digest was right: now, and not before, it is unpacked */
    if (blob->stored)
        n = LZ4_decompress_safe(stored, out, (int)blob->stored,
                                (int)blob->size);
    if (n != (int)blob->size)
        return stk_refuse(why, STK_TRUST_SIZE,
                          "%s: what lies at byte %llu has not the size that "
                          "was signed",
                          bundle->path, (unsigned long long)blob->offset);
    return 0;
}

int
stk_bundle_read(stk_bundle *bundle, const stk_bundle_blob *blob, void *out,
                stk_refusal *why)
{
    STK_CLEANUP(stk_freep) char *large = NULL;
    char small[ON_STACK];

    if (blob->stored <= sizeof small)
        return unpack(bundle, blob, out, small, why);
    large = malloc(blob->stored);
    if (!large)
        return stk_refuse_memory(why);
    return unpack(bundle, blob, out, large, why);
}
