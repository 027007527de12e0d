/* SPDX-License-Identifier: Apache-2.0 */
/* A C function that stands before another callable. */
#include "python/carry.h"

#define CAPSULE_NAME "_stockade.carried"

static void
drop_carried(PyObject *capsule)
{
    PyObject *original = PyCapsule_GetPointer(capsule, CAPSULE_NAME);

    Py_XDECREF(original);
}

/* A capsule shows nothing, and gc does not look into it. */
static PyObject *
wrap_original(PyObject *original)
{
    PyObject *capsule = PyCapsule_New(original, CAPSULE_NAME, drop_carried);

    if (capsule)
        Py_INCREF(original);
    return capsule;
}

PyObject *
stk_carry_new(PyMethodDef *def, PyObject *original, const char *module)
{
    PyObject *name = PyUnicode_InternFromString(module);
    PyObject *self = wrap_original(original);
    PyObject *function =
        name && self ? PyCFunction_NewEx(def, self, name) : NULL;

    Py_XDECREF(name);
    Py_XDECREF(self);
    return function;
}

bool
stk_carry_check(PyObject *object, const PyMethodDef *def)
{
    return PyCFunction_Check(object) &&
           PyCFunction_GET_FUNCTION(object) == def->ml_meth;
}

PyObject *
stk_carried(PyObject *self)
{
    return self && PyCapsule_IsValid(self, CAPSULE_NAME)
               ? PyCapsule_GetPointer(self, CAPSULE_NAME)
               : NULL;
}

void
stk_carry_hide(PyObject *object)
{
    if (!PyObject_IS_GC(object))
        return;
    /* deallocating what is not tracked is undefined on some versions: it
     * stays for good */
    Py_INCREF(object);
    PyObject_GC_UnTrack(object);
}
