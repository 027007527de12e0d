/* SPDX-License-Identifier: Apache-2.0 */
/* An extension while it is loaded: its C code asks with no frame of its own.
 */
#ifndef STK_PYTHON_INITIAL_H
#define STK_PYTHON_INITIAL_H

#include <stdbool.h>

#include "python/object/state.h"

/*
 * The extension whose C code is called now, to make or execute its module;
 * by value, and given back as it was: calls nest, and frames are compared
 * for identity alone.
 */
typedef struct stk_initial {
    const PyFrameObject *frame; /* the innermost when it began */
    uint32_t number;
    bool imported; /* by an import that has found it */
} stk_initial;

/* `name` is an exact str; `number`: the importer that it is, or 0. */
stk_initial stk_initial_begin(PyObject *name, bool imported, uint32_t number);
void stk_initial_end(stk_initial before);

/* True when its C code was called from this frame, and runs still. */
bool stk_initial_is_at(const PyFrameObject *frame);

/* The importer number of the one whose C code asks: no frame came on top
 * since it was called. 0: none. */
uint32_t stk_initial_number(void);

/*
 * True when nobody but the extension answers for its importing `name`. Of
 * those of the standard library it is known what they import.
 */
bool stk_initial_stands_alone(const char *name);

#endif
