/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An import that C does, between quick.c and quickparent.c, which has the
 * package that a module is in.
 */
#ifndef STK_PYTHON_QUICKCALL_H
#define STK_PYTHON_QUICKCALL_H

#include "python/attempt/attempt.h"
#include "python/load/walk.h"

/* One import. Strong but for `import` and `attempt`. */
typedef struct stk_quick_call {
    stk_interp *state;
    stk_attempt_open *attempt;
    PyObject *name;
    PyObject *import;
    PyObject *parent; /* NULL for a top-level name, as the next ones */
    PyObject *child;
    PyObject *parent_module;
    PyObject *path;     /* its __path__ */
    PyObject *siblings; /* of 3.11 on: the parent's modules that are being
                           imported; NULL before */
    bool plain;         /* it need not be signed: found as importlib finds */
    bool worker;        /* so, too, but it runs in a worker */
    stk_walked walked;  /* likewise: what was found */
    /* borrowed; likewise, while it is run */
    PyObject *spec, *loader, *module, *code;
    bool settled; /* and what follows its body has begun */
    /* of what must be signed: the number that its code asks under, and has
     * been tagged with */
    uint32_t number;
    bool tagged;
} stk_quick_call;

/* A function of importlib's, by its name. */
PyObject *stk_quick_bootstrap(const stk_interp *state, const char *name,
                              PyObject *first, PyObject *second);

/* ModuleNotFoundError for `name`; takes `message`, NULL with an exception.
 * -1. */
int stk_quick_not_found(PyObject *name, PyObject *message);

/* The name of the parent and the label behind it. 0 or -1. */
int stk_quickparent_split(stk_quick_call *call);

/* 1: it is imported, and is a package; 0: the module came in with it, in
 * `*module`; -1 with an exception. */
int stk_quickparent_import(stk_quick_call *call, PyObject **module);

/* parent.child = module. 0 or -1. */
int stk_quickparent_bind(const stk_quick_call *call, PyObject *module);

/* Among the parent's modules that are being imported, and no longer. The
 * latter keeps an exception that stands. */
int stk_quickparent_begin(const stk_quick_call *call);
void stk_quickparent_end(const stk_quick_call *call);

#endif
