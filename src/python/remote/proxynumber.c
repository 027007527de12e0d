/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that live in a worker, as numbers: operators and conversions. */
#include "python/remote/proxynumber.h"

#include <string.h>

PyObject *
stk_proxy_operate(PyObject *self, const char *name, PyObject *other)
{
    return stk_proxy_ask(self, STK_OP_OPERATE,
                         other ? Py_BuildValue("[Os(O)]", self, name, other)
                               : Py_BuildValue("[Os()]", self, name));
}

int
stk_proxy_bool(PyObject *self)
{
    return stk_proxy_truth(stk_proxy_operate(self, "truth", NULL));
}

/* ---- operators ------------------------------------------------------- */

/* `list += v` extends, which is asked only after this. */
static bool
extends(PyObject *left, const char *name)
{
    const PySequenceMethods *as = Py_TYPE(left)->tp_as_sequence;

    return !strcmp(name, "add") && as && as->sq_inplace_concat;
}

static PyObject *
operate_either(PyObject *left, const char *name, const char *reflected,
               PyObject *right)
{
    if (stk_proxy_check(left))
        return stk_proxy_operate(left, name, right);
    if (!stk_proxy_check(right) || extends(left, name))
        Py_RETURN_NOTIMPLEMENTED;
    return stk_proxy_operate(right, reflected, left);
}

#define BINARY(function, name)                                                \
    PyObject *function(PyObject *left, PyObject *right)                       \
    {                                                                         \
        return operate_either(left, name, "reflected " name, right);          \
    }
#define UNARY(function, name)                                                 \
    PyObject *function(PyObject *self)                                        \
    {                                                                         \
        return stk_proxy_operate(self, name, NULL);                           \
    }

BINARY(stk_proxy_add, "add")
BINARY(stk_proxy_subtract, "sub")
BINARY(stk_proxy_multiply, "mul")
BINARY(stk_proxy_true_divide, "truediv")
BINARY(stk_proxy_floor_divide, "floordiv")
BINARY(stk_proxy_remainder, "mod")
BINARY(stk_proxy_divmod, "divmod")
BINARY(stk_proxy_and, "and_")
BINARY(stk_proxy_or, "or_")
BINARY(stk_proxy_xor, "xor")
BINARY(stk_proxy_lshift, "lshift")
BINARY(stk_proxy_rshift, "rshift")
BINARY(stk_proxy_matrix_multiply, "matmul")
UNARY(stk_proxy_negative, "neg")
UNARY(stk_proxy_positive, "pos")
UNARY(stk_proxy_absolute, "abs")
UNARY(stk_proxy_invert, "invert")

PyObject *
stk_proxy_power(PyObject *left, PyObject *right, PyObject *modulus)
{
    if (modulus != Py_None)
        Py_RETURN_NOTIMPLEMENTED;
    return operate_either(left, "pow", "reflected pow", right);
}

/* ---- conversions ----------------------------------------------------- */

/* A subclass, or anything else, would run code where a number is read.
 * Takes the answer. */
static PyObject *
exactly(PyObject *answer, const PyTypeObject *type, const char *name)
{
    if (!answer || Py_TYPE(answer) == type)
        return answer;
    Py_DECREF(answer);
    return PyErr_Format(PyExc_TypeError, "%s() of a worker's is no %s", name,
                        type->tp_name);
}

PyObject *
stk_proxy_float(PyObject *self)
{
    return exactly(stk_proxy_operate(self, "float", NULL), &PyFloat_Type,
                   "float");
}

PyObject *
stk_proxy_int(PyObject *self)
{
    return exactly(stk_proxy_operate(self, "int", NULL), &PyLong_Type, "int");
}

PyObject *
stk_proxy_complex(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return exactly(stk_proxy_operate(self, "complex", NULL), &PyComplex_Type,
                   "complex");
}

PyObject *
stk_proxy_round(PyObject *self, PyObject *args)
{
    PyObject *digits = NULL;

    if (!PyArg_UnpackTuple(args, "__round__", 0, 1, &digits))
        return NULL;
    return stk_proxy_operate(self, "round", digits);
}

PyObject *
stk_proxy_reversed(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *iterator = stk_proxy_operate(self, "reversed", NULL);

    if (iterator && !PyIter_Check(iterator)) {
        Py_DECREF(iterator);
        return PyErr_Format(PyExc_TypeError,
                            "reversed() returned non-iterator of the "
                            "worker's");
    }
    return iterator;
}

/* numpy would make an array of this one object. */
PyObject *
stk_proxy_array(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args),
                PyObject *Py_UNUSED(kwargs))
{
    return PyErr_Format(PyExc_TypeError,
                        "an object in a worker is no array of the host's: "
                        "have the plugin hand back its .tolist(), or its "
                        ".tobytes() for numpy.frombuffer()");
}

/* Whoever reports that a worker has died shows what he has of it. */
PyObject *
stk_proxy_format(PyObject *self, PyObject *spec)
{
    if (PyUnicode_CheckExact(spec) && PyUnicode_GET_LENGTH(spec) == 0 &&
        !stk_worker_is_alive(stk_proxy_remote(self)->worker))
        return PyObject_Str(self);
    return exactly(stk_proxy_operate(self, "format", spec), &PyUnicode_Type,
                   "format");
}
