/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is opened as code past the import system: what the policy wants
 * of it by the names that import would give it, and whether it is that.
 */
#ifndef STK_PYTHON_OPENED_H
#define STK_PYTHON_OPENED_H

#include "python/load/whose.h"
#include "python/signed/want.h"

typedef struct stk_opened {
    stk_want want;
    const char *path;      /* absolute, as bytes */
    stk_evidence evidence; /* of the name that counts */
    char name[STK_WHOSE_MAX + 1];
    stk_decision decision; /* what wants `name` signed */
    bool wanted;
    bool is_program; /* set by the caller: it is run as a script */
} stk_opened;

/* 0 with `out` for stk_opened_end(); 1 with nothing to clear, where nothing is
 * to be judged; -1 with an exception. */
int stk_opened_begin(stk_opened *out, stk_interp *state, PyObject *path);
void stk_opened_end(stk_opened *opened);

/* 1: verified as the module `name`; 0: it is not, or, where `wanted` is false,
 * need not be; -1 with an exception. Records nothing. */
int stk_opened_by_names(stk_opened *opened);

#endif
