/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a bundle. The same files, in any order, give the same bytes, of the
 * same build of LZ4.
 */
#ifndef STK_TRUST_BUNDLE_WRITE_H
#define STK_TRUST_BUNDLE_WRITE_H

#include "base/buffer.h"
#include "trust/bundle.h"

typedef struct stk_bundle_writer stk_bundle_writer;

/* What is written into the header. Borrowed for the call. */
typedef struct stk_bundle_about {
    const char *context; /* NULL: "" */
    const char *package; /* NULL: the first label of all names, or "" */
    const char *version; /* NULL: "" */
    uint64_t sequence;
    int64_t signed_at, expires;
    const stk_bundle_python *pythons; /* in any order */
    size_t n_pythons;
} stk_bundle_about;

/* The code of a module for `pythons[python]`, marshalled. */
typedef struct stk_bundle_code_of {
    unsigned python;
    const void *data;
    size_t length;
} stk_bundle_code_of;

/* One file; copied, compressed, while it is added. */
typedef struct stk_bundle_file {
    enum stk_kind kind;
    const char *name; /* dotted; "" for data */
    const char *path; /* below the folder of sys.path */
    const void *data; /* a namespace has none */
    size_t length;
    const stk_bundle_code_of *codes;
    size_t n_codes;
} stk_bundle_file;

int stk_bundle_writer_new(stk_bundle_writer **out,
                          const stk_bundle_about *about, stk_error *err);
void stk_bundle_writer_freep(stk_bundle_writer **writer);
int stk_bundle_add(stk_bundle_writer *writer, const stk_bundle_file *file,
                   stk_error *err);

/*
 * The bundle without its signatures: what is to be signed is the first
 * `*header` bytes, the signatures go behind the last. The names that keys
 * must be good for are `prefix`, which every module is or is below, or, where
 * it is "", all top-level names. What a reader would refuse is not written.
 */
int stk_bundle_finish(stk_buffer *out, size_t *header,
                      stk_bundle_writer *writer, const char *prefix,
                      stk_error *err);

/* What a signature of this header says: all that the header does. Returns 0,
 * or -STK_E_INVALID when it is none. */
int stk_bundle_comment(stk_comment *out, const void *header, size_t length,
                       stk_error *err);

/*
 * Puts a signature of the first `header` bytes of `out` behind its last;
 * `comment` is complete. What is signed already may be signed by one more.
 */
int stk_bundle_sign(stk_buffer *out, size_t header, const stk_secret_key *key,
                    const stk_comment *comment, stk_error *err);

#endif
