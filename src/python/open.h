/* SPDX-License-Identifier: Apache-2.0 */
/* What an open attempt is, and the list of them. For attempt.c, open.c and
 * lent.c. */
#ifndef STK_PYTHON_OPEN_H
#define STK_PYTHON_OPEN_H

#include "python/attempt.h"
#include "python/frame.h"
#include "python/name.h"

struct stk_attempt_open {
    struct stk_attempt_open *outer;
    stk_interp *state;
    unsigned long thread;  /* that set it aside */
    PyObject *name;        /* strong, exact */
    stk_utf8 utf8;         /* of name */
    PyFrameObject *asking; /* strong; NULL: no Python code asks */
    stk_judgement judgement;
    stk_line_memo line; /* of the code that its module runs, mostly */
    uint64_t began;
    uint32_t brought_by; /* number of who had it come from a new place */
    uint32_t number, number_by; /* of its module, for that one; 0: not asked */
    bool number_closure;        /* likewise */
    PyObject *loader;    /* strong: the one of the spec that was found */
    PyObject *path;      /* strong: what that reads, for a stock one */
    uint64_t pins_stamp; /* of pins.c, when it was found */
    bool pins_held;      /* then */
    bool executed;       /* something was, as the body of this module */
    bool entered;        /* importlib looks for it */
    bool recorded;
    bool is_free;     /* everybody may import it */
    bool in_stdlib;   /* the finder saw where it comes from */
    bool is_stranger; /* from elsewhere, under a name of other Pythons' */
    bool quick;       /* quick.c executes its body */
    stk_asker asker;  /* last: mostly room that is not needed */
};

/* In this thread, innermost first. */
void stk_open_link(stk_attempt_open *attempt);
void stk_open_unlink(const stk_attempt_open *attempt);

/* The memo of the innermost that code in frame `asking` did not ask for: its
 * module runs that code, mostly. Where none is open, the interpreter's own:
 * a program imports from one function, or downwards. */
stk_line_memo *stk_open_line(const PyFrameObject *asking);

/* True where another attempt than that one is open in this thread: it is in
 * the midst of an import. */
bool stk_open_other(const stk_attempt_open *at);

/* Two names, both exact. */
bool stk_open_same_name(PyObject *a, PyObject *b);

#endif
