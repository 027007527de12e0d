/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of ours, which Python code does not change. The interpreter calls
 * them in the midst of anything: type(reference.__callback__).__call__ = f
 * would have f called in everybody's name.
 */
#include "python/object/class.h"

#if PY_VERSION_HEX >= 0x030A0000

PyObject *
stk_class_seal(PyObject *type)
{
    if (type)
        ((PyTypeObject *)type)->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    return type;
}

static void
refuse_instances(PyTypeObject *type)
{
    type->tp_new = NULL;
    type->tp_flags |= Py_TPFLAGS_DISALLOW_INSTANTIATION;
}

#else /* before 3.10 a class on the heap may be changed */

/* Of tp_flags: from 3.10 on this is Py_TPFLAGS_IMMUTABLETYPE, before it is
 * nobody's, and no class inherits it. */
#define SEALED (1UL << 8)

static int refuse_change(PyObject *type, PyObject *name, PyObject *value);

/* Not on the heap: type.__setattr__() is refused for its classes, too. */
static PyTypeObject sealed_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "stockade.type",
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "The class of classes that nobody changes.",
    .tp_setattro = refuse_change,
};

static int
refuse_change(PyObject *type, PyObject *name, PyObject *value)
{
    /* a class of somebody's own, below one of ours */
    if (!(((PyTypeObject *)type)->tp_flags & SEALED))
        return PyType_Type.tp_setattro(type, name, value);
    PyErr_Format(PyExc_TypeError,
                 "cannot set %R attribute of immutable type '%s'", name,
                 ((PyTypeObject *)type)->tp_name);
    return -1;
}

PyObject *
stk_class_seal(PyObject *type)
{
    if (!sealed_type.tp_base)
        sealed_type.tp_base = &PyType_Type;
    if (type && PyType_Ready(&sealed_type) < 0)
        Py_CLEAR(type);
    if (type && Py_TYPE(type) == &PyType_Type)
        type->ob_type = &sealed_type;
    if (type)
        ((PyTypeObject *)type)->tp_flags |= SEALED;
    return type;
}

static void
refuse_instances(PyTypeObject *type)
{
    type->tp_new = NULL;
}

#endif

PyObject *
stk_class_new(PyType_Spec *spec, PyObject *bases)
{
    PyObject *type = PyType_FromSpecWithBases(spec, bases);

    if (type)
        refuse_instances((PyTypeObject *)type);
    return stk_class_seal(type);
}
