/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: the importers on the stack that must all be allowed. */
#ifndef STK_PYTHON_ASKER_H
#define STK_PYTHON_ASKER_H

#include <stdbool.h>
#include <stdint.h>

#include "python/object/importer.h"
#include "python/object/name.h"
#include "python/object/state.h"

/* Who asks, as far as an attempt needs to know. */
#define STK_IMPORTERS_MAX 64u

typedef struct stk_asker {
    size_t n;
    bool is_guard;      /* the guard itself, see own.h */
    uint32_t innermost; /* number */
    /* the first `n` of each are set, innermost first */
    stk_importer importers[STK_IMPORTERS_MAX];
    uint32_t numbers[STK_IMPORTERS_MAX]; /* of the same */
} stk_asker;

/* The innermost alone. Never fails: what is not known is unknown. */
void stk_asker_innermost(stk_asker *out, const stk_interp *state);

/* The same, of stk_frame_asking(), which the caller has already. */
void stk_asker_of_frame(stk_asker *out, const stk_interp *state,
                        PyFrameObject *asking);

/* Every importer on the stack that `name` (an exact str, or NULL for no
 * import) must be allowed for, up to the nearest import boundary. */
void stk_asker_all(stk_asker *out, const stk_interp *state, PyObject *name);

/* The same, of a module that was asked for as `said`. */
void stk_asker_said(stk_asker *out, const stk_interp *state, PyObject *name,
                    PyObject *said);

/* One more, with those who brought it along. */
void stk_asker_add(stk_asker *out, uint32_t number);

/* Every importer on the stack that an audit event is fired for, up to the
 * nearest import boundary: what a module's body does is the module's own. */
void stk_asker_event(stk_asker *out, const stk_interp *state);

/*
 * The innermost importer alone, for an event that its own code spells: one
 * of the `n` words (NULL: none) is among the names of that code, which is
 * known, and is none that hands on what it gets to another module. False
 * where that is not so, and nothing is filled.
 */
bool stk_asker_own(stk_asker *out, const stk_interp *state,
                   const char *const *words, size_t n);

/* Where `asking` (or NULL) stands: file and line, NULL and 0 for unknown. 0,
 * or -1 with an exception. */
int stk_asker_place(stk_utf8 *file, uint32_t *line, PyFrameObject *asking);

/* The innermost that has a name and is no standard-library module, which
 * imports what somebody laid out for it; or 0. */
uint32_t stk_asker_of_program(const stk_asker *asker);

/*
 * The askers of whoever started this thread, which what runs here with no
 * code of theirs on the stack is judged by, too. `numbers` is borrowed until
 * the matching call with what this returns.
 */
typedef struct stk_inherited {
    const uint32_t *numbers;
    size_t n;
} stk_inherited;
stk_inherited stk_askers_inherit(stk_inherited askers);

/* The frame that runs is that of a thread pool, which runs what it was
 * handed. */
bool stk_asker_is_worker(void);

/* Nobody asks but the program around the interpreter. */
bool stk_asker_is_host(const stk_asker *asker);

/* True when this thread was started by code that is known. */
bool stk_askers_inherited(void);

#endif
