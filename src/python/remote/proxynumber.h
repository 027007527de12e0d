/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that live in a worker, as numbers: slots and methods of the type
 * that proxy.c makes. */
#ifndef STK_PYTHON_PROXYNUMBER_H
#define STK_PYTHON_PROXYNUMBER_H

#include "python/remote/remote.h"

/* An operator of the worker's; `other` may be NULL. */
PyObject *stk_proxy_operate(PyObject *self, const char *name, PyObject *other);

int stk_proxy_bool(PyObject *self);
PyObject *stk_proxy_power(PyObject *left, PyObject *right, PyObject *modulus);
PyObject *stk_proxy_add(PyObject *left, PyObject *right);
PyObject *stk_proxy_subtract(PyObject *left, PyObject *right);
PyObject *stk_proxy_multiply(PyObject *left, PyObject *right);
PyObject *stk_proxy_true_divide(PyObject *left, PyObject *right);
PyObject *stk_proxy_floor_divide(PyObject *left, PyObject *right);
PyObject *stk_proxy_remainder(PyObject *left, PyObject *right);
PyObject *stk_proxy_divmod(PyObject *left, PyObject *right);
PyObject *stk_proxy_and(PyObject *left, PyObject *right);
PyObject *stk_proxy_or(PyObject *left, PyObject *right);
PyObject *stk_proxy_xor(PyObject *left, PyObject *right);
PyObject *stk_proxy_lshift(PyObject *left, PyObject *right);
PyObject *stk_proxy_rshift(PyObject *left, PyObject *right);
PyObject *stk_proxy_matrix_multiply(PyObject *left, PyObject *right);
PyObject *stk_proxy_negative(PyObject *self);
PyObject *stk_proxy_positive(PyObject *self);
PyObject *stk_proxy_absolute(PyObject *self);
PyObject *stk_proxy_invert(PyObject *self);
PyObject *stk_proxy_float(PyObject *self);
PyObject *stk_proxy_int(PyObject *self);

PyObject *stk_proxy_complex(PyObject *self, PyObject *unused);
PyObject *stk_proxy_reversed(PyObject *self, PyObject *unused);
PyObject *stk_proxy_round(PyObject *self, PyObject *args);
PyObject *stk_proxy_format(PyObject *self, PyObject *spec);
PyObject *stk_proxy_array(PyObject *self, PyObject *args, PyObject *kwargs);

#define STK_PROXY_NUMBER_SLOTS                                                \
    { Py_nb_bool, (void *)(uintptr_t)stk_proxy_bool },                        \
        { Py_nb_power, (void *)(uintptr_t)stk_proxy_power },                  \
        { Py_nb_add, (void *)(uintptr_t)stk_proxy_add },                      \
        { Py_nb_subtract, (void *)(uintptr_t)stk_proxy_subtract },            \
        { Py_nb_multiply, (void *)(uintptr_t)stk_proxy_multiply },            \
        { Py_nb_true_divide, (void *)(uintptr_t)stk_proxy_true_divide },      \
        { Py_nb_floor_divide, (void *)(uintptr_t)stk_proxy_floor_divide },    \
        { Py_nb_remainder, (void *)(uintptr_t)stk_proxy_remainder },          \
        { Py_nb_divmod, (void *)(uintptr_t)stk_proxy_divmod },                \
        { Py_nb_and, (void *)(uintptr_t)stk_proxy_and },                      \
        { Py_nb_or, (void *)(uintptr_t)stk_proxy_or },                        \
        { Py_nb_xor, (void *)(uintptr_t)stk_proxy_xor },                      \
        { Py_nb_lshift, (void *)(uintptr_t)stk_proxy_lshift },                \
        { Py_nb_rshift, (void *)(uintptr_t)stk_proxy_rshift },                \
        { Py_nb_matrix_multiply,                                              \
          (void *)(uintptr_t)stk_proxy_matrix_multiply },                     \
        { Py_nb_negative, (void *)(uintptr_t)stk_proxy_negative },            \
        { Py_nb_positive, (void *)(uintptr_t)stk_proxy_positive },            \
        { Py_nb_absolute, (void *)(uintptr_t)stk_proxy_absolute },            \
        { Py_nb_invert, (void *)(uintptr_t)stk_proxy_invert },                \
        { Py_nb_float, (void *)(uintptr_t)stk_proxy_float },                  \
    {                                                                         \
        Py_nb_int, (void *)(uintptr_t)stk_proxy_int                           \
    }

#define STK_PROXY_NUMBER_METHODS                                              \
    { "__complex__", stk_proxy_complex, METH_NOARGS, "complex()" },           \
        { "__reversed__", stk_proxy_reversed, METH_NOARGS, "reversed()" },    \
        { "__round__", stk_proxy_round, METH_VARARGS, "round()" },            \
        { "__array__", (PyCFunction)(void (*)(void))stk_proxy_array,          \
          METH_VARARGS | METH_KEYWORDS, "It is no array of the host's." },    \
    {                                                                         \
        "__format__", stk_proxy_format, METH_O, "format()"                    \
    }

#endif
