/* SPDX-License-Identifier: Apache-2.0 */
/* What an open attempt is, and the list of them. For attempt.c and open.c. */
#ifndef STK_PYTHON_OPEN_H
#define STK_PYTHON_OPEN_H

#include "python/attempt.h"
#include "python/name.h"

struct stk_attempt_open {
    struct stk_attempt_open *outer;
    stk_interp *state;
    PyObject *name;        /* strong, exact */
    stk_utf8 utf8;         /* of name */
    PyFrameObject *asking; /* strong; NULL: no Python code asks */
    stk_judgement judgement;
    uint64_t began;
    uint32_t brought_by; /* number of who had it come from a new place */
    bool recorded;
    bool is_free;    /* everybody may import it */
    bool in_stdlib;  /* the finder saw where it comes from */
    bool quick;      /* quick.c executes its body */
    stk_asker asker; /* last: mostly room that is not needed */
};

/* In this thread, innermost first. */
void stk_open_link(stk_attempt_open *attempt);
void stk_open_unlink(const stk_attempt_open *attempt);

/* Two names, both exact. */
bool stk_open_same_name(PyObject *a, PyObject *b);

#endif
