/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an ELF file asks the dynamic linker for: the libraries that it is
 * linked with, and the folders that it wants them looked for in.
 *
 * Source of the format: System V ABI, "Dynamic Section"; ld.so(8) for
 * $ORIGIN.
 */
#ifndef STK_TRUST_NEEDED_H
#define STK_TRUST_NEEDED_H

#include <stddef.h>

/* Borrows the file. */
typedef struct stk_needed {
    const unsigned char *dynamic; /* the entries */
    size_t n;
    const char *strings; /* ends with a NUL, where there is one */
    size_t n_strings;
} stk_needed;

/* Nothing is needed by what is no 64-bit, little-endian ELF file, or an odd
 * one. */
void stk_needed_open(stk_needed *out, const void *data, size_t length);

/* The next library (DT_NEEDED), NULL after the last; `*at` begins as 0. */
const char *stk_needed_next(const stk_needed *needed, size_t *at);

/* DT_RUNPATH, or else DT_RPATH: folders, with colons between them; "" for
 * none. */
const char *stk_needed_folders(const stk_needed *needed);

/*
 * Where the library `name` is by a folder of those: `folder`, of `length`
 * bytes, begins with $ORIGIN, the folder `origin` (absolute). Each ".." takes
 * one component away, links or not. Freed by free(); NULL where the folder is
 * another, leads above the root, or memory is out.
 */
char *stk_needed_path(const char *origin, const char *folder, size_t length,
                      const char *name);

#endif
