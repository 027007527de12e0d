/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was a namespace written to since it was looked at last? What stands in a
 * dict need not be looked up again at each event while it was not; whoever
 * writes to it, in whatever way, has all of it looked at once more.
 */
#ifndef STK_PYTHON_WATCH_H
#define STK_PYTHON_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "python/object/compat.h"

/* Zero is one that never vouches for anything. */
typedef struct stk_watch {
    struct stk_watched *dicts; /* owned, with a strong reference each */
    size_t n;
    bool whole;             /* every dict that was to be watched is */
    bool settled;           /* what is in them was looked at */
    const uint64_t *writes; /* that count; none do before CPython 3.12 */
    uint64_t mark;          /* and nothing was written since this */
} stk_watch;

/* Writes to the layers' places and to pins are counted apart, so that those
 * to what is written to hardly ever stand out. Each interpreter counts its
 * own. */
enum stk_watch_kind { STK_WATCH_PLACES, STK_WATCH_PINS, STK_WATCH_KINDS };

/* This interpreter's, from CPython 3.12 on; -1 when none is left. */
int stk_watch_id(void);

/*
 * Begins anew, with nothing in it. What is added has the `id` that
 * stk_watch_id() gave; `writes` is the count of its kind.
 */
void stk_watch_clear(stk_watch *watch, const uint64_t *writes);

/* A dict more; what cannot be watched is looked at each time. */
void stk_watch_add(stk_watch *watch, int id, PyObject *dict);

/*
 * To be called before what is in the dicts is looked at: what is written
 * while somebody looks counts as written after it.
 */
void stk_watch_settle(stk_watch *watch);

/* True when something was written, or may have been, since then. */
bool stk_watch_changed(const stk_watch *watch);

/* Another number after each write to one of the dicts; 0: nobody knows. */
uint64_t stk_watch_stamp(const stk_watch *watch);

/* Of any dict: another number after each write to it; 0 when it has none. */
uint64_t stk_watch_version(const void *dict);

#endif
