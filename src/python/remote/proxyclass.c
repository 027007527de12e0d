/* SPDX-License-Identifier: Apache-2.0 */
/* Classes that live in a worker: what isinstance(), inspect and `class` ask of
 * them. */
#include "python/remote/remote.h"

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

/* For inspect.isclass(), by which programs find what a plugin has. */
PyObject *
stk_proxy_class_class(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return Py_NewRef((PyObject *)&PyType_Type);
}

/* So that issubclass() has an answer: they have no base here. */
PyObject *
stk_proxy_class_bases(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return PyTuple_Pack(1, (PyObject *)&PyBaseObject_Type);
}

/* Of an enumeration. */
PyObject *
stk_proxy_class_members(PyObject *self, void *Py_UNUSED(closure))
{
    return stk_proxy_ask(self, STK_OP_GETATTR,
                         Py_BuildValue("[Os]", self, "__members__"));
}

/* Its worker may have another one for len(), as an empty enumeration has. */
int
stk_proxy_class_bool(PyObject *Py_UNUSED(self))
{
    return 1;
}
