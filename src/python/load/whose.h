/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules a file would be, if import found it below sys.path. */
#ifndef STK_PYTHON_WHOSE_H
#define STK_PYTHON_WHOSE_H

#include "python/object/state.h"

enum stk_form {
    STK_FORM_DATA = 0,   /* the name is that of the package it lies in */
    STK_FORM_SOURCE,     /* x.py */
    STK_FORM_EXTENSION,  /* x.so */
    STK_FORM_SOURCELESS, /* x.pyc */
    STK_FORM_CACHED      /* __pycache__/x.cpython-311.pyc */
};

#define STK_WHOSE_MAX 1024u /* bytes of a name, as a policy has them */

typedef struct stk_whose {
    const char *name; /* dotted */
    const char *root; /* the folder of sys.path, absolute */
    enum stk_form form;
} stk_whose;

/* Non-zero ends the walk. */
typedef int (*stk_whose_fn)(void *payload, const stk_whose *one);

/*
 * Calls `each` for every folder of sys.path that `path` lies below, as it is
 * written and with links followed. Returns what `each` did, 0, or -1 with an
 * exception.
 */
int stk_whose_each(const stk_interp *state, const char *path,
                   stk_whose_fn each, void *payload);

/* The same for the folders of a sequence. */
int stk_whose_among(PyObject *folders, const char *path, stk_whose_fn each,
                    void *payload);

#endif
