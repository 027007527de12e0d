/* SPDX-License-Identifier: Apache-2.0 */
/* Classes that live in a worker: what isinstance() and `class` ask of them. */
#include "python/remote.h"

static PyObject *
ask(PyObject *self, const char *what, PyObject *object)
{
    PyObject *answer;

    if (!stk_proxy_check(object) ||
        stk_proxy_remote(self) != stk_proxy_remote(object))
        Py_RETURN_FALSE;
    answer = stk_proxy_ask(self, STK_OP_OPERATE,
                           Py_BuildValue("[Os(O)]", self, what, object));
    if (!answer || PyBool_Check(answer))
        return answer;
    Py_DECREF(answer);
    return PyErr_Format(PyExc_TypeError, "a bool was expected");
}

PyObject *
stk_proxy_instancecheck(PyObject *self, PyObject *object)
{
    return ask(self, "isinstance", object);
}

PyObject *
stk_proxy_subclasscheck(PyObject *self, PyObject *object)
{
    return ask(self, "issubclass", object);
}

PyObject *
stk_proxy_mro_entries(PyObject *self, PyObject *Py_UNUSED(bases))
{
    return PyErr_Format(PyExc_TypeError,
                        "%R cannot have a subclass here: define it in the "
                        "module, or hold an instance",
                        self);
}
