/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was verified and loaded before the lock-down, by what workers are
 * forked from: names, and which content each had. Counted; any thread, but
 * one at a time adds, before others have it.
 */
#ifndef STK_GUARD_PRELOADED_H
#define STK_GUARD_PRELOADED_H

#include <stdbool.h>

#include "base/error.h"
#include "trust/digest.h"

typedef struct stk_preloaded stk_preloaded;

enum stk_preload_state {
    STK_PRELOAD_NONE = 0, /* it was not loaded there as a verified one */
    STK_PRELOAD_SAME,
    STK_PRELOAD_OTHER /* another content */
};

int stk_preloaded_new(stk_preloaded **out, stk_error *err);
stk_preloaded *stk_preloaded_ref(stk_preloaded *all);
void stk_preloaded_free(stk_preloaded *all); /* one reference; NULL is fine */

/* Whether others have references, too. */
bool stk_preloaded_is_shared(const stk_preloaded *all);

/* The last that is said of a name holds. 0 or -STK_E_MEMORY. */
int stk_preloaded_add(stk_preloaded *all, const char *name,
                      const unsigned char digest[STK_DIGEST_BYTES],
                      stk_error *err);

/* `all` may be NULL: nothing was. */
enum stk_preload_state
stk_preloaded_find(const stk_preloaded *all, const char *name,
                   const unsigned char digest[STK_DIGEST_BYTES]);

/* Whether it was loaded there as a verified one. */
bool stk_preloaded_has(const stk_preloaded *all, const char *name);

#endif
