/* SPDX-License-Identifier: Apache-2.0 */
/* What was verified and loaded before the lock-down. */
#include "guard/preloaded.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

typedef struct loaded {
    char *name; /* owned */
    unsigned char digest[STK_DIGEST_BYTES];
} loaded;

struct stk_preloaded {
    _Atomic unsigned refs;
    loaded *all; /* owned */
    size_t n, room;
};

int
stk_preloaded_new(stk_preloaded **out, stk_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return stk_error_memory(err);
    (*out)->refs = 1;
    return 0;
}

stk_preloaded *
stk_preloaded_ref(stk_preloaded *p)
{
    atomic_fetch_add(&p->refs, 1);
    return p;
}

void
stk_preloaded_free(stk_preloaded *p)
{
    if (!p || atomic_fetch_sub(&p->refs, 1) != 1)
        return;
    for (size_t i = 0; i < p->n; i++)
        free(p->all[i].name);
    free(p->all);
    free(p);
}

bool
stk_preloaded_is_shared(const stk_preloaded *p)
{
    return atomic_load(&((stk_preloaded *)(uintptr_t)p)->refs) > 1;
}

static loaded *
find(const stk_preloaded *p, const char *name)
{
    for (size_t i = 0; p && i < p->n; i++)
        if (!strcmp(p->all[i].name, name))
            return &p->all[i];
    return NULL;
}

static loaded *
append(stk_preloaded *p, const char *name)
{
    if (p->n == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        loaded *more = realloc(p->all, room * sizeof *more);

        if (!more)
            return NULL;
        p->all = more;
        p->room = room;
    }
    p->all[p->n].name = stk_text_dup(name);
    return p->all[p->n].name ? &p->all[p->n++] : NULL;
}

int
stk_preloaded_add(stk_preloaded *p, const char *name,
                  const unsigned char digest[STK_DIGEST_BYTES], stk_error *err)
{
    loaded *one = find(p, name);

    if (!one)
        one = append(p, name);
    if (!one)
        return stk_error_memory(err);
    memcpy(one->digest, digest, sizeof one->digest);
    return 0;
}

enum stk_preload_state
stk_preloaded_find(const stk_preloaded *p, const char *name,
                   const unsigned char digest[STK_DIGEST_BYTES])
{
    const loaded *one = find(p, name);

    if (!one)
        return STK_PRELOAD_NONE;
    return memcmp(one->digest, digest, sizeof one->digest) == 0
               ? STK_PRELOAD_SAME
               : STK_PRELOAD_OTHER;
}

bool
stk_preloaded_has(const stk_preloaded *p, const char *name)
{
    return find(p, name) != NULL;
}
