/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle: the files of a tree in one file, with the code that they were
 * compiled to, per Python. It is described in stockade-formats(5).
 *
 * What is signed is a small header; it has the digest of each index page, a
 * page has the digest of each file. So opening costs one signature, a look-up
 * one page, and nothing is ever used that was not verified in private memory
 * first. A page or a file whose digest is wrong is an error: "not there" is
 * an answer that only a verified page can give.
 *
 * Whether the keys that signed it may speak for a name is not known here:
 * the caller compares the name that it looks up with the proof that it got.
 *
 * Threads: any number may find and read in one bundle at once.
 */
#ifndef STK_TRUST_BUNDLE_H
#define STK_TRUST_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trust/bundle_header.h"
#include "trust/keyring.h"
#include "trust/refusal.h"

typedef struct stk_bundle stk_bundle;

/* Where a content lies. `size` bytes are to be given to stk_bundle_read(). */
typedef struct stk_bundle_blob {
    uint64_t offset;
    uint32_t stored;             /* bytes in the bundle, compressed */
    uint32_t size;               /* bytes of the content */
    const unsigned char *digest; /* of the stored bytes */
} stk_bundle_blob;

/* One file. Texts and digests are the bundle's, and stay as long as it. */
typedef struct stk_bundle_row {
    enum stk_kind kind; /* module, package, namespace, extension or data */
    const char *name;   /* dotted; "" for data */
    size_t name_length;
    const char *path; /* below the folder of sys.path that was bundled */
    size_t path_length;
    stk_bundle_blob file; /* a namespace has none: its size is 0 */
    unsigned n_codes;     /* the rest is the room's own */
    const unsigned char *codes;
    const unsigned char *page;
    unsigned index;
} stk_bundle_row;

/*
 * Opens the bundle at `path` and has its header verified as a tree of
 * STK_KIND_BUNDLE at the time `now`. The file stays open: what replaces it at
 * its path is not looked at. `proof` is filled in any case; for each name
 * that is looked up afterwards, stk_keyring_covers() says whether it holds.
 * Returns 0, or -1 with the reason in `proof`. Freed by stk_bundle_free().
 */
int stk_bundle_open(stk_bundle **out, stk_proof *proof, const char *path,
                    stk_keyring *ring, int64_t now);

/* The first line of each signature. No signature covers it: any other is
 * refused, so that no byte of a bundle may be any other. */
#define STK_BUNDLE_UNTRUSTED "untrusted comment: stockade bundle\n"

/* The same with another judge of the signatures, which returns 0, or -1 with
 * `why` filled. What it is shown of the header is not verified yet. */
typedef int stk_bundle_judge(void *payload, const stk_bundle_header *header,
                             const stk_text *bytes, const stk_text *signatures,
                             size_t n, stk_refusal *why);
int stk_bundle_open_judged(stk_bundle **out, const char *path,
                           stk_bundle_judge *judge, void *payload,
                           stk_refusal *why);
void stk_bundle_free(stk_bundle *bundle); /* NULL is fine */
void stk_bundle_freep(stk_bundle **bundle);

/* What was signed. */
const stk_bundle_header *stk_bundle_head(const stk_bundle *bundle);

/* The number of exactly this Python in the bundle, for stk_bundle_code();
 * negative when it has no code for it: compile the file. */
int stk_bundle_python_of(const stk_bundle *bundle, const char *cache_tag,
                         const unsigned char magic[4], unsigned optimisation);

/*
 * The row of a module, or, with a slash before its path, of a data file:
 * byte by byte as given, nothing normalised or folded. Returns 1; 0 when it
 * is proven not to be in the bundle; -1, `why` filled, when nobody can tell.
 */
int stk_bundle_find(stk_bundle_row *out, stk_bundle *bundle, const char *key,
                    size_t length, stk_refusal *why);

/* The next row of the same name: a module may be there as extensions for
 * several Pythons and as source, in that order of paths. */
bool stk_bundle_more(stk_bundle_row *row);

/* The code of `row` for a Python of stk_bundle_python_of(); false when there
 * is none. */
bool stk_bundle_code(stk_bundle_blob *out, const stk_bundle_row *row,
                     int python);

/* What is loaded of an extension: of its file, the beginning that has all of
 * its segments, where the bundle has that, too. */
void stk_bundle_loaded(stk_bundle_blob *out, const stk_bundle_row *row);

/*
 * Verifies a content and unpacks it into `out`, which has `blob->size`
 * bytes. Returns 0, or -1 with `why` filled and `out` undefined.
 */
int stk_bundle_read(stk_bundle *bundle, const stk_bundle_blob *blob, void *out,
                    stk_refusal *why);

/* A walk over rows in order of their keys: all of them from { 0, 0 } on. */
typedef struct stk_bundle_cursor {
    size_t page;
    unsigned row;
} stk_bundle_cursor;

/* Sets the cursor before the first row whose key is `key` or behind it. */
int stk_bundle_seek(stk_bundle_cursor *out, stk_bundle *bundle,
                    const char *key, size_t length, stk_refusal *why);

/* 1; 0 behind the last row; -1 with `why` filled. */
int stk_bundle_next(stk_bundle_row *out, stk_bundle *bundle,
                    stk_bundle_cursor *cursor, stk_refusal *why);

#endif
