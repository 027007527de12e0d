/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What C does for the frame that runs, beside the imports that it has open:
 * in the midst of it anybody's C code may be called, which has no frame of its
 * own and asks in the name of that one.
 */
#ifndef STK_PYTHON_MARK_H
#define STK_PYTHON_MARK_H

#include "python/object/state.h"

enum stk_mark_kind {
    /* The guard itself calls finders and loaders, or what else may be
     * anybody's, for a module that another process asks for: what is done
     * then with no frame of its own is none of the code's that runs. */
    STK_MARK_LOOKUP,
    /* CPython reads __spec__ and __path__ of a module that is loaded: these
     * may be properties. */
    STK_MARK_READING,
    /* A callable is called that others than this thread's starter have handed
     * over: they ask beside the frame, in whichever interpreter it runs.
     * With no state. */
    STK_MARK_HANDED
};

typedef struct stk_mark {
    struct stk_mark *outer;
    enum stk_mark_kind kind;
    const stk_interp *state; /* NULL: of any interpreter */
    PyFrameObject *frame;    /* strong; NULL: no Python code runs */
    PyObject *object; /* strong: the module's name, or what keeps these: */
    const uint32_t *numbers; /* of who handed it over */
    size_t n;
} stk_mark;

/* Between stk_mark_begin() and stk_mark_end() C does so; `object` is the name
 * of the module. NULL with MemoryError. `mark` may be NULL; an exception
 * stays. */
stk_mark *stk_mark_begin(const stk_interp *state, enum stk_mark_kind kind,
                         PyObject *object);
void stk_mark_end(stk_mark *mark);

/* The innermost of this thread at `frame`, or NULL; `within`: the next one
 * outside that. */
const stk_mark *stk_mark_find(const stk_interp *state, enum stk_mark_kind kind,
                              const PyFrameObject *frame,
                              const stk_mark *within);

/*
 * Takes `at` out of a list of this thread that is linked by `outer`. Such
 * lists are on the heap and unlinked one by one: greenlets swap C stacks in
 * the middle of an import, so that neither the stack nor the order can be
 * relied on. A frame that is not on the stack that is looked at is found by
 * nobody.
 */
#define STK_UNLINK(type, list, at)                                            \
    do {                                                                      \
        type **link_ = (list);                                                \
                                                                              \
        while (*link_ && *link_ != (at))                                      \
            link_ = &(*link_)->outer;                                         \
        if (*link_)                                                           \
            *link_ = (at)->outer;                                             \
    } while (0)

#endif
