/* SPDX-License-Identifier: Apache-2.0 */
/* How a program ends that `python -m stockade run` runs. */
#ifndef STK_PYTHON_ENDING_H
#define STK_PYTHON_ENDING_H

#include "python/object/compat.h"

/*
 * _stockade._hide_runner(hook, file): an exception hook that takes the frames
 * of `file`, and those before them, off a traceback, puts `hook` back in its
 * place in sys and calls it. A C function: what `hook` imports to show source
 * lines is then asked for by CPython, and by no code of the program.
 */
PyObject *stk_ending_hide_runner(PyObject *module, PyObject *args);
extern const char stk_ending_hide_runner_doc[];

/* The hook that such a one calls, borrowed; any other is itself. */
PyObject *stk_ending_shown_by(PyObject *hook);

#endif
