/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed header of a bundle: what it is, and the BLAKE2b-256 of each of
 * its index pages. Numbers are little-endian; `text` is a u16 length, the
 * bytes and a NUL. The public description is in stockade-formats(5).
 *
 *     "STKBNDL1"  u32 length of the header  u32 bytes of a page (4096)
 *     u64 total: where the signatures begin  u64 sequence
 *     i64 signed  i64 expires  u32 pages  u32 rows  u16 pythons  u16 names
 *     text context, package, version
 *     pythons: text cache tag, 4 bytes magic number, u8 optimisation
 *     names:   text, sorted: every module is one of them or below one
 *     pages:   text first row's key, digest
 */
#ifndef STK_TRUST_BUNDLE_HEADER_H
#define STK_TRUST_BUNDLE_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "trust/content.h"
#include "trust/digest.h"
#include "trust/refusal.h"

#define STK_BUNDLE_MAGIC       "STKBNDL1"
#define STK_BUNDLE_MAGIC_BYTES 8u
#define STK_BUNDLE_START_BYTES 24u /* magic, length, page, total */
/* Behind the last blob, so that the signatures begin on a line. */
#define STK_BUNDLE_END         "\nend STKBNDL1\n"
#define STK_BUNDLE_END_BYTES   14u
#define STK_BUNDLE_PAGE        4096u
#define STK_BUNDLE_HEADER_MAX  (16u << 20)
#define STK_BUNDLE_PAGES_MAX   65536u
#define STK_BUNDLE_PYTHONS_MAX 16u
#define STK_BUNDLE_BLOB_MAX    STK_CONTENT_MAX
#define STK_BUNDLE_WORD_MAX    255u /* bytes of a field of the header */
#define STK_BUNDLE_TAG_MAX     63u  /* bytes of a cache tag */

/* Which interpreter a code blob is for; all three must be the same. */
typedef struct stk_bundle_python {
    const char *cache_tag;  /* "cpython-311" */
    unsigned char magic[4]; /* importlib.util.MAGIC_NUMBER */
    unsigned optimisation;  /* 0, 1 or 2 */
} stk_bundle_python;

typedef struct stk_bundle_page_entry {
    const char *first; /* the key of its first row */
    size_t length;
    const unsigned char *digest;
} stk_bundle_page_entry;

/* Texts are borrowed from the header's bytes. */
typedef struct stk_bundle_header {
    size_t length;
    uint64_t total; /* header, pages, blobs and the end mark */
    uint64_t sequence;
    int64_t signed_at;                       /* unix seconds */
    int64_t expires;                         /* unix seconds; 0: never */
    const char *context, *package, *version; /* "" where not told */
    uint32_t n_rows;
    stk_bundle_python pythons[STK_BUNDLE_PYTHONS_MAX];
    size_t n_pythons;
    const char **names;
    size_t n_names;
    stk_bundle_page_entry *pages;
    size_t n_pages;
} stk_bundle_header;

/* What its signatures say that it is of: its name, or "-" for several. */
const char *stk_bundle_module(const stk_bundle_header *header);

/* Where a blob may lie: [blobs, ends). */
uint64_t stk_bundle_blobs(const stk_bundle_header *header);
uint64_t stk_bundle_ends(const stk_bundle_header *header);

/* The two numbers that say what is to be read; not yet verified. */
int stk_bundle_header_start(size_t *length, uint64_t *total,
                            const unsigned char start[STK_BUNDLE_START_BYTES],
                            stk_refusal *why);

/* `data` is borrowed until the header is cleared. 0, or -1 with `why`. */
int stk_bundle_header_parse(stk_bundle_header *out, const unsigned char *data,
                            size_t length, stk_refusal *why);
void stk_bundle_header_clear(stk_bundle_header *header);

/* How many bytes it takes. */
size_t stk_bundle_header_measure(const stk_bundle_header *header);

/* Its bytes; `length` and `total` are taken as they are. */
void stk_bundle_header_print(stk_buffer *out, const stk_bundle_header *header);

/* Keys as the rows are sorted: bytes, the shorter first. */
int stk_bundle_compare(const char *a, size_t a_length, const char *b,
                       size_t b_length);

/* Whether `name` is one of the header's names or below one. */
bool stk_bundle_holds(const stk_bundle_header *header, const char *name,
                      size_t length);

#endif
