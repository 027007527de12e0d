/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One index page of a bundle: 4096 bytes, rows sorted by key. A module's key
 * is its name, a data file's a slash and its path. Rows of one key, a module
 * that is there as source and as extensions, are never split between pages.
 *
 *     u16 rows  u16 offset of each  rows, one behind the other  zeros
 *     row:  u8 kind (m p n x d)  u8 codes  u16 length of the key
 *           u16 length of the path (data: 0)  key NUL  path NUL (data: none)
 *           blob of the file (namespace: none)  per code: u8 python, blob
 *     blob: u64 offset  u32 stored  u32 size  BLAKE2b-256 of what is stored
 */
#ifndef STK_TRUST_BUNDLE_PAGE_H
#define STK_TRUST_BUNDLE_PAGE_H

#include "trust/bundle.h"
#include "trust/bundle_header.h"

#define STK_BUNDLE_BLOB_BYTES (16u + STK_DIGEST_BYTES)
#define STK_BUNDLE_ROW_BYTES  6u /* of a row, before its key */

/*
 * Whether a page is what it must be, each row of it: to be asked once, when
 * its digest was right; the other functions take a page that is. `index` is
 * its number. 0, or -1 with `why` filled.
 */
int stk_bundle_page_check(const unsigned char page[STK_BUNDLE_PAGE],
                          const stk_bundle_header *header, size_t index,
                          stk_refusal *why);

unsigned stk_bundle_page_rows(const unsigned char page[STK_BUNDLE_PAGE]);

/* Row `i`, borrowed from the page. */
void stk_bundle_page_row(stk_bundle_row *out,
                         const unsigned char page[STK_BUNDLE_PAGE],
                         unsigned i);

/* The first row whose key is `key` or behind it; their number if none is. */
unsigned stk_bundle_page_seek(const unsigned char page[STK_BUNDLE_PAGE],
                              const char *key, size_t length);

/* Whether row `i` has that key. */
bool stk_bundle_page_has(const unsigned char page[STK_BUNDLE_PAGE], unsigned i,
                         const char *key, size_t length);

#endif
