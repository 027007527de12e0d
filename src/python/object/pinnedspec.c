/* SPDX-License-Identifier: Apache-2.0 */
/* A spec that nobody changes. */
#include "python/object/pinnedspec.h"

#include <structmember.h>

#include "python/object/class.h"
#include "python/object/name.h"

typedef struct pinned_object {
    PyObject_HEAD PyObject *name;                         /* strong */
    PyObject *loader, *origin, *cached, *parent, *places; /* strong */
    bool verified;
} pinned_object;

static pinned_object *
as_pinned(PyObject *self)
{
    return (pinned_object *)self;
}

static void
pinned_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(as_pinned(self)->name);
    Py_CLEAR(as_pinned(self)->loader);
    Py_CLEAR(as_pinned(self)->origin);
    Py_CLEAR(as_pinned(self)->cached);
    Py_CLEAR(as_pinned(self)->parent);
    Py_CLEAR(as_pinned(self)->places);
    type->tp_free(self);
    Py_DECREF(type);
}

#define MEMBER(name, field, what)                                             \
    {                                                                         \
        name, T_OBJECT, offsetof(pinned_object, field), READONLY, what        \
    }

/* What a module in C may ask the spec that it is made of. */
static PyMemberDef pinned_members[] = {
    MEMBER("name", name, "The name of the module."),
    MEMBER("loader", loader, "Who loads it, or None."),
    MEMBER("origin", origin, "The path of its file."),
    MEMBER("cached", cached, "None."),
    MEMBER("parent", parent, "The name of its package."),
    MEMBER("submodule_search_locations", places, "Of a package, a list."),
    { NULL, 0, 0, 0, NULL },
};

PyDoc_STRVAR(pinned_doc, "The spec of a module that is being made.\n"
                         "\n"
                         "Made by the guard alone, of the one that it was "
                         "given.");

static PyType_Slot pinned_slots[] = {
    { Py_tp_members, pinned_members },
    { Py_tp_dealloc, (void *)(uintptr_t)pinned_dealloc },
    { Py_tp_doc, (void *)(uintptr_t)pinned_doc },
    { 0, NULL },
};

static PyType_Spec pinned_spec = { "stockade.PinnedSpec",
                                   sizeof(pinned_object), 0,
                                   Py_TPFLAGS_DEFAULT, pinned_slots };

static bool
is_pinned(const stk_interp *state, PyObject *spec)
{
    return state->pinned_type &&
           (PyObject *)Py_TYPE(spec) == state->pinned_type;
}

/* `name` is taken, NULL with an exception, too. */
static PyObject *
new_pinned(stk_interp *state, PyObject *name)
{
    PyObject *self = NULL;

    if (name && !state->pinned_type)
        state->pinned_type = stk_class_new(&pinned_spec, NULL);
    if (name && state->pinned_type)
        self = PyType_GenericAlloc((PyTypeObject *)state->pinned_type, 0);
    if (self)
        as_pinned(self)->name = Py_NewRef(name);
    Py_XDECREF(name);
    return self;
}

/* None for what it does not have. */
static PyObject *
field(PyObject *spec, const char *name)
{
    PyObject *value = PyObject_GetAttrString(spec, name);

    if (value)
        return value;
    PyErr_Clear();
    return Py_NewRef(Py_None);
}

/* A class of str's may answer otherwise each time. */
static PyObject *
plain(PyObject *value)
{
    if (PyUnicode_Check(value) && !PyUnicode_CheckExact(value))
        Py_SETREF(value, stk_name_exact(value));
    return value;
}

/* As importlib tells it. */
static PyObject *
parent_of(const pinned_object *pinned)
{
    Py_ssize_t dot = PyUnicode_FindChar(
        pinned->name, '.', 0, PyUnicode_GET_LENGTH(pinned->name), -1);

    if (pinned->places != Py_None)
        return Py_NewRef(pinned->name);
    return PyUnicode_Substring(pinned->name, 0, dot < 0 ? 0 : dot);
}

static PyObject *
exact_name(PyObject *spec, PyObject *key)
{
    PyObject *told = PyObject_GetAttr(spec, key);
    PyObject *exact = told ? stk_name_exact(told) : NULL;

    Py_XDECREF(told);
    return exact;
}

static PyObject *
complete(PyObject *self)
{
    pinned_object *pinned = as_pinned(self);

    pinned->cached = Py_NewRef(Py_None);
    pinned->parent = pinned->origin ? parent_of(pinned) : NULL;
    if (!pinned->parent)
        Py_CLEAR(self);
    return self;
}

PyObject *
stk_pinned_spec_of(stk_interp *state, PyObject *spec)
{
    PyObject *self;

    if (is_pinned(state, spec))
        return Py_NewRef(spec);
    self = new_pinned(state, exact_name(spec, state->str_spec_name));
    if (!self)
        return NULL;
    as_pinned(self)->loader = field(spec, "loader");
    as_pinned(self)->origin = plain(field(spec, "origin"));
    as_pinned(self)->places = field(spec, "submodule_search_locations");
    return complete(self);
}

PyObject *
stk_pinned_spec_verified(stk_interp *state, PyObject *name, PyObject *origin)
{
    PyObject *self = new_pinned(state, Py_NewRef(name));

    if (!self)
        return NULL;
    as_pinned(self)->loader = Py_NewRef(Py_None);
    as_pinned(self)->origin = Py_NewRef(origin);
    as_pinned(self)->places = Py_NewRef(Py_None);
    as_pinned(self)->verified = true;
    return complete(self);
}

PyObject *
stk_pinned_spec_name(PyObject *pinned)
{
    return as_pinned(pinned)->name;
}

PyObject *
stk_pinned_spec_origin(PyObject *pinned)
{
    return as_pinned(pinned)->origin;
}

bool
stk_pinned_spec_is_verified(PyObject *pinned)
{
    return as_pinned(pinned)->verified;
}
