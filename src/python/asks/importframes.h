/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of importlib that a module's body finds below itself, and its
 * traceback above, for imports that C does. They are Python functions with
 * the names, the files and the lines of importlib's own, which do nothing but
 * call C; the lines are seen at the first body that importlib executes.
 */
#ifndef STK_PYTHON_IMPORTFRAMES_H
#define STK_PYTHON_IMPORTFRAMES_H

#include "python/object/state.h"

/* How many there are: of _find_and_load(); of _find_and_load_unlocked(),
 * too; and of _load_unlocked() and exec_module(). */
enum stk_importframes_depth {
    STK_FRAMES_FIND = 1,
    STK_FRAMES_FOUND = 2,
    STK_FRAMES_EXECUTE = 4
};

/* What is called with them on the stack: a new reference, or NULL with an
 * exception. Borrowed. */
typedef struct stk_framed {
    enum stk_importframes_depth depth;
    PyObject *(*inner)(void *data);
    PyObject *(*after)(void *data); /* of EXECUTE: once it has returned, with
                                       those two gone but _load_unlocked()'s;
                                       its result is that of all */
    void *data;
    PyObject *name, *import;          /* what their frames have as locals */
    PyObject *spec, *loader, *module; /* likewise; NULL below EXECUTE */
} stk_framed;

/* Looks at the frames below the call of exec() that is audited now; once they
 * are known, or cannot be, it does nothing. Raises nothing. */
void stk_importframes_learn(stk_interp *state);

/* True for the event of making functions of what was seen: no program's. */
bool stk_importframes_raises(const char *event);

/* True once they were seen. */
bool stk_importframes_known(const stk_interp *state);

/* What framed->inner() returns, or after(), with the frames on the stack; NULL
 * with an exception that has them in its traceback. Once they are known. */
PyObject *stk_importframes_call(const stk_interp *state, stk_framed *framed);

/* Frees what was learnt of an interpreter that ends. */
void stk_importframes_forget(stk_interp *state);

#endif
