/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A C function that stands before another callable and carries it where
 * Python cannot reach: a `__self__` that showed it would be the way around
 * the layer.
 */
#ifndef STK_PYTHON_CARRY_H
#define STK_PYTHON_CARRY_H

#include <stdbool.h>

#include "python/object/compat.h"

/*
 * A function of `def`, said to be of module `module`, that carries
 * `original`. `def` takes the doc of a function of CPython's own. New
 * reference.
 */
PyObject *stk_carry_new(PyMethodDef *def, PyObject *original,
                        const char *module);

/*
 * A function of CPython's own has the words of this version: `def` takes its
 * doc. They are of static storage, the same in every interpreter.
 */
void stk_carry_adopt_doc(PyMethodDef *def, PyObject *original);

/* True for a function that was made from `def`. */
bool stk_carry_check(PyObject *object, const PyMethodDef *def);

/* What it carries, from its `self`: borrowed, NULL for none. */
PyObject *stk_carried(PyObject *self);

/*
 * For arguments that cannot be read: calls what `self` carries with them, for
 * its words. Returns NULL with an exception, whatever it returns.
 */
PyObject *stk_carry_fail(PyObject *self, PyObject *args, PyObject *kwargs);

/*
 * The arguments of a call by METH_FASTCALL | METH_KEYWORDS for
 * PyArg_ParseTupleAndKeywords(): new references, `*kwargs` NULL when none is
 * named. 0, or -1 with an exception.
 */
int stk_carry_pack(PyObject *const *values, Py_ssize_t n, PyObject *kwnames,
                   PyObject **args, PyObject **kwargs);

/*
 * Takes `object` out of what gc.get_objects() lists, for the life of the
 * process: it is a way around a layer, and nobody else holds it.
 */
void stk_carry_hide(PyObject *object);

#endif
