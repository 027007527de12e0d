/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the code of a name that must be signed: the verified
 * bytes of exactly one candidate, or why there are none.
 *
 * Life cycle: a store for a policy -> stk_evidence_find() at each import,
 * from any thread -> stk_evidence_clear(). A store remembers where the
 * packages that it found live: what is below them is looked for there and
 * nowhere else. It borrows nothing from the policy and is counted.
 *
 * A refusal is data, as a denial is: `trust` says which, `message` what to
 * do. Nothing falls through to another folder or finder.
 */
#ifndef STK_GUARD_EVIDENCE_H
#define STK_GUARD_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>
#include <stockade/policy.h>
#include <stockade/trust.h>

#include "base/error.h"

/* Of a file that is read before anything signed has told its length. */
#define STK_MODULE_BYTES_MAX (64u << 20)

typedef struct stk_evidence_store stk_evidence_store;

/* Opens the bundles and the cache that the policy names. `*out` is one
 * reference. Returns 0, -STK_E_MEMORY, -STK_E_IO for a bundle that is not
 * there, or what is wrong with the cache. */
int stk_evidence_store_new(stk_evidence_store **out, const stk_policy *policy,
                           stk_error *err);
stk_evidence_store *stk_evidence_store_ref(stk_evidence_store *store);
void stk_evidence_store_free(stk_evidence_store *store);

/*
 * `store` is to follow `earlier`; either may be NULL. The packages that were
 * found by then are loaded: what is below them stays where they are, and is
 * verified by the keys of the new policy. Returns 0 or -STK_E_MEMORY.
 */
int stk_evidence_store_follow(stk_evidence_store *store,
                              stk_evidence_store *earlier, stk_error *err);

struct stk_guard;

/* The store of the policy in force, one reference; NULL where nothing must be
 * signed. */
stk_evidence_store *stk_guard_evidence(struct stk_guard *guard);

/* The Python that will run it. */
typedef struct stk_python {
    const char *cache_tag;       /* "cpython-311" */
    unsigned char magic[4];      /* of its bytecode, as in a .pyc */
    unsigned optimisation;       /* sys.flags.optimize */
    const char *const *suffixes; /* of its extensions, ".abi3.so" */
    size_t n_suffixes;
    const char *library; /* the folder of its standard library, for which a
                            bundle of that stands; or NULL */
} stk_python;

typedef struct stk_sought {
    const char *name;           /* absolute, dotted */
    const char *bundle;         /* the rule's, or NULL */
    const char *const *folders; /* to look in, in order, where its package is
                                   not signed itself */
    size_t n_folders;
    const stk_python *python;
    bool unrecorded; /* nobody is told the digest of what is found */
    bool unsettled;  /* its parts are not looked for there, until
                        stk_evidence_settle() */
} stk_sought;

/* Where the package of some module is; opaque, counted. */
typedef struct stk_place stk_place;

#define STK_EVIDENCE_MESSAGE 1024u /* bytes, the NUL included */

typedef struct stk_evidence {
    enum stk_trust trust; /* STK_TRUST_NONE: nothing is there */
    enum stk_kind kind;
    char *path;   /* owned; the file, absolute if its folder is; for a
                     namespace, the folder */
    char *folder; /* owned; of a package or namespace, else NULL */
    char *source; /* owned; or of an extension, the whole file; NULL: not
                     read, as `code` is there */
    size_t source_length;
    char *code; /* owned; marshalled for this very Python, or NULL */
    size_t code_length;
    bool has_digest;
    unsigned char digest[32]; /* of the source */
    bool has_identity;
    unsigned char identity[32]; /* of an extension: no other content has it */
    bool retiring;              /* a key that signed it goes out of use */
    bool unsaved; /* the state file could not take it, and `message` says why
                   */
    bool in_bundle;
    bool cache_refused; /* the cache had code that was not what was kept, and
                           `message` says which */
    char *keys;       /* owned; names of the keys, comma separated; or NULL */
    char *message;    /* owned; why it is refused, or a warning; NULL for want
                         of both, or of memory: stk_evidence_message() */
    stk_place *place; /* owned reference, or NULL */
} stk_evidence;

#define STK_EVIDENCE_INIT                                                     \
    {                                                                         \
        .trust = STK_TRUST_NONE                                               \
    }

/*
 * Looks for `sought->name` and verifies what is there. Returns 0 with `out`
 * filled, or -STK_E_MEMORY. The caller clears `out` in any case.
 */
int stk_evidence_find(stk_evidence_store *store, const stk_sought *sought,
                      stk_evidence *out, stk_error *err);
void stk_evidence_clear(stk_evidence *evidence);

/*
 * `found` is what is loaded under this name: the modules below it are looked
 * for in the same tree, bundle or folder from now on. For what is no package,
 * nothing. Returns 0 or -STK_E_MEMORY.
 */
int stk_evidence_settle(stk_evidence_store *store, const char *name,
                        const stk_evidence *found, stk_error *err);

/* The same for what was found by a store that `store` has followed since then:
 * the policy was loaded again before the module was executed. */
int stk_evidence_settle_later(stk_evidence_store *store, const char *name,
                              const stk_evidence *found, stk_error *err);

/* Why, in one line, for whoever finds so himself. Returns 0: a refusal is
 * data. */
int stk_evidence_refuse(stk_evidence *out, enum stk_trust trust,
                        const char *format, ...) STK_PRINTF(3, 4);

/* The same for the content of out->path, which the policy has revoked. */
int stk_evidence_refuse_revoked(stk_evidence *out);

/* 1 where `kind`, as stk_beneath_open() has it of out->path, is a file; 0
 * with why it cannot be read. */
int stk_evidence_opened(stk_evidence *out, int kind, const stk_error *err);

/* Sets the message alone. */
void stk_evidence_tell(stk_evidence *out, const char *message);

/* What is odd with what holds, as a record has it; NULL where nothing is.
 * `*error` is why, where there is more to say. */
const char *stk_evidence_oddity(const stk_evidence *evidence,
                                const char **error);

/* NULL where no key counted. */
const char *stk_evidence_keys(const stk_evidence *evidence);

/* "" where there is none. */
const char *stk_evidence_message(const stk_evidence *evidence);

/*
 * The source of a module that was found, read and verified again. Returns 1
 * with `*data`, freed by free(); 0 where it does not hold any more, `out`
 * saying why; or -STK_E_MEMORY. The caller clears `out`.
 */
int stk_evidence_source(stk_evidence_store *store, const stk_evidence *found,
                        stk_evidence *out, char **data, size_t *length,
                        stk_error *err);

/*
 * The same for any file of the signed tree that `found` is of; `path` is
 * absolute as found->path is. STK_TRUST_UNLISTED for what it does not hold.
 */
int stk_evidence_data(stk_evidence_store *store, const stk_evidence *found,
                      const char *path, stk_evidence *out, char **data,
                      size_t *length, stk_error *err);

/*
 * What tells the content of that file from any other, without a look at it:
 * what the tree or the bundle says of it. False where that is not said, and
 * where the policy revokes contents: then it is to be read.
 */
bool stk_evidence_identity(stk_evidence_store *store,
                           const stk_evidence *found, const char *path,
                           unsigned char identity[32]);

/*
 * For a file that is opened by its path, though no import asked for it. Below
 * sought->folders[0], a folder of sys.path, it is the module sought->name:
 * looked for as an import of each of its parents and then of itself would;
 * `source` is filled. As stk_evidence_find().
 */
int stk_evidence_beneath(stk_evidence_store *store, const stk_sought *sought,
                         stk_evidence *out, stk_error *err);

/* Source that somebody handed over, with what its signature files have. All
 * borrowed. */
typedef struct stk_given_text {
    const char *data;
    size_t length;
} stk_given_text;

typedef struct stk_given {
    const char *name; /* absolute, dotted */
    enum stk_kind kind;
    const char *path, *basename; /* what stands for its file, to tell */
    const char *source;
    size_t length;
    const stk_given_text *signatures;
    size_t n_signatures; /* what is beyond nine is not looked at */
} stk_given;

/* As stk_evidence_find(), with `source` left to the caller. */
int stk_evidence_given(stk_evidence_store *store, const stk_given *given,
                       stk_evidence *out, stk_error *err);

/*
 * For the file at `path`, absolute, that is no module of its own: the
 * program (signed as the module that it is named as, or as `__main__`), an
 * archive or a .pth file (signed as data). As stk_evidence_find(), with
 * `source` filled.
 */
int stk_evidence_alone(stk_evidence_store *store, const char *path,
                       const stk_python *python, stk_evidence *out,
                       stk_error *err);

#endif
