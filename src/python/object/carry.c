/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A C function that stands before another callable and looks as the one
 * that it stands before: `__self__` is a module, so that repr(), pickle and
 * the messages of CPython call it what they always did.
 */
#include "python/object/carry.h"

#include <string.h>

#include "python/object/class.h"
#include "python/object/state.h"

/* ---- the module that is its self ------------------------------------- */

/* Behind what every module has. gc does not see it: gc.get_referents() of
 * the module would be the way around the layer. */
static PyObject **
held_by(PyObject *holder)
{
    return (PyObject **)(void *)((char *)holder + PyModule_Type.tp_basicsize);
}

static int
holder_traverse(PyObject *self, visitproc visit, void *arg)
{
#if PY_VERSION_HEX >= 0x03090000
    Py_VISIT(Py_TYPE(self));
#endif
    return PyModule_Type.tp_traverse(self, visit, arg);
}

static int
holder_clear(PyObject *self)
{
    return PyModule_Type.tp_clear(self);
}

static void
holder_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_CLEAR(*held_by(self));
    PyModule_Type.tp_dealloc(self);
    Py_DECREF(type);
}

static PyObject *
new_holder_type(void)
{
    PyType_Slot slots[] = {
        { Py_tp_traverse, (void *)(uintptr_t)holder_traverse },
        { Py_tp_clear, (void *)(uintptr_t)holder_clear },
        { Py_tp_dealloc, (void *)(uintptr_t)holder_dealloc },
        { 0, NULL },
    };
    PyType_Spec spec = { "stockade.module", 0, 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots };
    PyObject *bases = PyTuple_Pack(1, (PyObject *)&PyModule_Type), *type;

    if (!bases)
        return NULL;
    spec.basicsize =
        (int)(PyModule_Type.tp_basicsize + (Py_ssize_t)sizeof(PyObject *));
    type = stk_class_seal(PyType_FromSpecWithBases(&spec, bases));
    Py_DECREF(bases);
    return type;
}

static PyObject *
new_holder(const char *module, PyObject *original)
{
    stk_interp *state = stk_interp_find();
    PyObject *holder;

    if (!state) {
        PyErr_SetString(PyExc_RuntimeError, "the interpreter is not guarded");
        return NULL;
    }
    if (!state->holder_type)
        state->holder_type = new_holder_type();
    if (!state->holder_type)
        return NULL;
    holder = PyObject_CallFunction(state->holder_type, "s", module);
    if (holder)
        *held_by(holder) = Py_NewRef(original);
    return holder;
}

/* ---- functions ------------------------------------------------------- */

void
stk_carry_adopt_doc(PyMethodDef *def, PyObject *original)
{
    PyCFunctionObject *function = (PyCFunctionObject *)original;

    if (!original || !PyCFunction_Check(original) || !function->m_self ||
        !PyModule_CheckExact(function->m_self) ||
        strcmp(function->m_ml->ml_name, def->ml_name) != 0)
        return;
    if (def->ml_doc != function->m_ml->ml_doc)
        def->ml_doc = function->m_ml->ml_doc;
}

PyObject *
stk_carry_new(PyMethodDef *def, PyObject *original, const char *module)
{
    PyObject *name = PyUnicode_InternFromString(module);
    PyObject *self = new_holder(module, original);
    PyObject *function;

    stk_carry_adopt_doc(def, original);
    function = name && self ? PyCFunction_NewEx(def, self, name) : NULL;
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
    return self && Py_TYPE(self)->tp_dealloc == holder_dealloc ? *held_by(self)
                                                               : NULL;
}

PyObject *
stk_carry_fail(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *result;

    PyErr_Clear();
    result = PyObject_Call(stk_carried(self), args, kwargs);
    if (result) {
        Py_CLEAR(result);
        PyErr_SetString(PyExc_TypeError, "arguments that nobody can read");
    }
    return NULL;
}

static PyObject *
dict_of(PyObject *kwnames, PyObject *const *values)
{
    PyObject *dict = PyDict_New();

    for (Py_ssize_t i = 0; dict && i < PyTuple_GET_SIZE(kwnames); i++)
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(kwnames, i), values[i]) < 0)
            Py_CLEAR(dict);
    return dict;
}

int
stk_carry_pack(PyObject *const *values, Py_ssize_t n, PyObject *kwnames,
               PyObject **args, PyObject **kwargs)
{
    *args = PyTuple_New(n);
    *kwargs = NULL;
    if (!*args)
        return -1;
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(*args, i, Py_NewRef(values[i]));
    if (kwnames && !(*kwargs = dict_of(kwnames, values + n))) {
        Py_CLEAR(*args);
        return -1;
    }
    return 0;
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
