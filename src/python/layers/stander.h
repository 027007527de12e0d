/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose is what stands in a layer's place. No event tells who wrote there;
 * the code of what was put there does, where it is Python's.
 */
#ifndef STK_PYTHON_STANDER_H
#define STK_PYTHON_STANDER_H

#include "python/object/state.h"

/* The name of the module whose code a function, a method, a finder or a class
 * of finders is: borrowed for ever, or NULL where that is not known. Nothing
 * of `object` is called. */
const char *stk_stander_importer(const stk_interp *state, PyObject *object);

/* The same for what stands in sys.meta_path, which importlib asks for its
 * find_spec: an instance may have one of its own. */
const char *stk_stander_finder(const stk_interp *state, PyObject *finder);

#endif
