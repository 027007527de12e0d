/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STOCKADE.manifest: what is in one tree, in one signed file. The text is
 * described in stockade-formats(5).
 *
 * A manifest is closed: a file of the tree that is no row of it is not part
 * of the tree. It binds name, kind and path of a module to its bytes, and,
 * per Python, to the code that the bytes were compiled to. Whether it is
 * signed, and by whom, is the keyring's business: verify first, parse then.
 */
#ifndef STK_TRUST_MANIFEST_H
#define STK_TRUST_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include <stockade/trust.h>

#include "trust/digest.h"
#include "trust/naming.h"

#define STK_MANIFEST_MAX (64u << 20)   /* bytes of the text */
#define STK_FIELD_MAX    255u          /* bytes of package, version, context */
#define STK_TAG_MAX      63u           /* bytes of a cache tag */
#define STK_SIZE_MAX     (1ull << 40)  /* bytes of a file, of a tree */
#define STK_CODE_MAX     (64ull << 20) /* bytes of a module's code */

/* The code of a module for one Python: marshalled, without the header that
 * a .pyc has. */
typedef struct stk_code {
    const char *tag;        /* sys.implementation.cache_tag */
    unsigned char magic[4]; /* importlib.util.MAGIC_NUMBER */
    unsigned optimisation;  /* sys.flags.optimize: 0, 1, 2 */
    uint64_t size;
    unsigned char digest[STK_DIGEST_BYTES];
} stk_code;

typedef struct stk_row {
    enum stk_kind kind; /* module, package, namespace, extension or data */
    const char *name;   /* dotted; "" for data */
    const char *path;   /* below the manifest's folder; of a namespace, the
                           folder */
    uint64_t size;      /* 0 for a namespace */
    unsigned char digest[STK_DIGEST_BYTES]; /* zeros for a namespace */
    const stk_code *codes; /* sorted by tag and optimisation */
    size_t n_codes;
} stk_row;

typedef struct stk_manifest_head {
    const char *package; /* "" where none is told; so version and context */
    const char *version;
    const char *context;
    const char *prefix; /* the module name of the folder, "" for a folder of
                           sys.path */
    uint64_t sequence;  /* to INT64_MAX, as in a trusted comment */
    int64_t signed_at;  /* unix seconds */
    int64_t expires;    /* unix seconds; 0: never */
} stk_manifest_head;

/* Immutable once it is there; any thread may look up in it. */
typedef struct stk_manifest {
    stk_manifest_head head;
    const stk_row *rows; /* sorted by name, then path: data first */
    size_t n_rows;
    uint64_t total; /* bytes of all files */
    /* the rest is the room's own */
    char *text;
    stk_code *codes;
    const stk_row **by_path;
} stk_manifest;

/*
 * Reads `length` bytes of any kind; they are copied. `file` stands for them
 * in `err`, whose line is that of the fault. Returns 0; -STK_E_INVALID or
 * -STK_E_LIMIT for what is no manifest (STK_TRUST_MALFORMED); -STK_E_MEMORY.
 */
int stk_manifest_parse(stk_manifest **out, const char *data, size_t length,
                       const char *file, stk_error *err);
void stk_manifest_free(stk_manifest *manifest); /* NULL is fine */
void stk_manifest_freep(stk_manifest **manifest);

/*
 * The rows of a module: `*n` of them, side by side; NULL and 0 when it is not
 * in the tree. A package or a namespace has one. A module may be there as
 * source, as extensions for several Pythons, or both: CPython takes the
 * extension whose suffix comes first in its own list, then the source.
 * The name is compared byte by byte: nothing is normalised or folded.
 */
const stk_row *stk_manifest_find(const stk_manifest *manifest,
                                 const char *name, size_t *n);

/* The row of a file; NULL when there is none. */
const stk_row *stk_manifest_find_path(const stk_manifest *manifest,
                                      const char *path);

/* The code of this row for exactly this Python; NULL when there is none. */
const stk_code *stk_row_code(const stk_row *row, const char *tag,
                             const unsigned char magic[4],
                             unsigned optimisation);

/*
 * Where that code lies below the manifest's folder:
 * STOCKADE.code/cpython-311/cart.code, cart.opt-1.code (as PEP 488 has it).
 * Not .pyc: it is none, and tools leave *.pyc out. Freed by free(); NULL when
 * memory is out.
 */
char *stk_row_code_path(const stk_row *row, const stk_code *code);

/*
 * The text of a manifest with this head and these rows, which may come in
 * any order; `head->signed_at` and the rest are taken as they are. The same
 * rows give the same bytes. What a reader would refuse is not written:
 * -STK_E_INVALID says why. Freed by free().
 */
int stk_manifest_print(char **text, size_t *length,
                       const stk_manifest_head *head, const stk_row *rows,
                       size_t n, stk_error *err);

#endif
