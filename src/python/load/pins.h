/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the import system still what it was? What importlib executes in the
 * name of a standard-library module is trusted only while the functions that
 * fetched it are CPython's.
 */
#ifndef STK_PYTHON_PINS_H
#define STK_PYTHON_PINS_H

#include <stdbool.h>

#include "python/object/state.h"

/*
 * pinning.c: notes importlib's functions and classes as they are, what they
 * are made of, and the builtins that they use. Once. 0 or -1.
 *
 * A pin is an owner, a name and a value: three items of the list, one behind
 * the other. The owner says what is meant:
 *   dict      what it has under the name; itself: nothing
 *   class     what its own dict has under the name; None: how many names
 *   function  its code; the name is None
 *   cell      what it holds; the name is None
 *   tuple     of one class: the order in which its bases are looked at
 */
int stk_pins_set(stk_interp *state);

/* How many names of the dict of a class count. */
Py_ssize_t stk_pins_count(PyObject *dict);

/* True while all of them are the same. */
bool stk_pins_hold(stk_interp *state);

/* Another number after each write to one of them, also when what was written
 * is taken back. */
uint64_t stk_pins_stamp(const stk_interp *state);

/* Somebody writes to what a function or a class is made of. */
void stk_pins_see_write(stk_interp *state, PyObject *owner);

#endif
