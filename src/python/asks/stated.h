/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that the import statements of code have, wherever in it they
 * stand: what that may load which does no more than it says.
 */
#ifndef STK_PYTHON_STATED_H
#define STK_PYTHON_STATED_H

#include "python/object/compat.h"

/* Adds to a set what `code` states, absolutely, with the packages on the way
 * to it, and with what it takes from them. Of nested code, too. 0, or -1 with
 * an exception. */
int stk_stated_add(PyObject *names, PyObject *code);

#endif
