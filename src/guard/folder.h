/* SPDX-License-Identifier: Apache-2.0 */
/* One folder that is looked at for a module that must be signed. */
#ifndef STK_GUARD_FOLDER_H
#define STK_GUARD_FOLDER_H

#include "guard/place.h"

typedef struct stk_looked_at {
    const stk_search *search;
    const char *path; /* absolute */
    int fd;           /* owned; -1: not open */
} stk_looked_at;

/* Opens the folder; a link is followed, as site-packages often is one. 1; or
 * 0 where it holds nothing of that name, or `out` says why it is not known. */
int stk_folder_open(stk_looked_at *at, stk_evidence *out);

/* What `path` below the folder is: enum stk_beneath; OTHER where it cannot
 * be told. */
int stk_folder_kind(const stk_looked_at *at, const char *path);

/* Takes the module out of the files of a folder that is no signed tree. 0 or
 * -STK_E_MEMORY; out->trust is NONE where it has no such name. */
int stk_folder_files(const stk_looked_at *at, stk_evidence *out);

/* The same in a folder of a signed tree that does not list it: refused, `why`
 * is told behind its path. */
int stk_folder_refuse_unlisted(const stk_looked_at *at, const char *why,
                               stk_evidence *out);

#endif
