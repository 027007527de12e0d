/* SPDX-License-Identifier: Apache-2.0 */
/* Whose is what stands in a layer's place. */
#include "python/layers/stander.h"

#include "python/asks/tag.h"
#include "python/object/importer.h"
#include "python/object/loaded.h"

static const char *
name_of_function(const stk_interp *state, PyObject *function)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    stk_code_tag tag = stk_code_tag_get(state, code);

    return tag.kind == STK_CODE_IMPORTLIB
               ? NULL
               : stk_importer_get(tag.importer).name;
}

/* What a method is made of. Attributes of CPython's own kinds of methods, so
 * that no code of theirs runs: a new reference, or NULL. */
static PyObject *
unwrap(PyObject *object)
{
    PyObject *function = NULL;

    if (PyMethod_Check(object))
        function = Py_NewRef(PyMethod_GET_FUNCTION(object));
    else if (Py_TYPE(object) == &PyClassMethod_Type ||
             Py_TYPE(object) == &PyStaticMethod_Type)
        function = PyObject_GetAttrString(object, "__func__");
    else
        function = Py_NewRef(object);
    if (!function)
        PyErr_Clear();
    return function;
}

static const char *
name_of_callable(const stk_interp *state, PyObject *object)
{
    PyObject *function = object ? unwrap(object) : NULL;
    const char *name = function && PyFunction_Check(function)
                           ? name_of_function(state, function)
                           : NULL;

    Py_XDECREF(function);
    return name;
}

static const char *
name_of_method(const stk_interp *state, PyTypeObject *type, const char *method)
{
    PyObject *name = PyUnicode_FromString(method);
    const char *found = NULL;

    if (name)
        found = name_of_callable(state, _PyType_Lookup(type, name));
    else
        PyErr_Clear();
    Py_XDECREF(name);
    return found;
}

static const char *
name_of_type(const stk_interp *state, PyTypeObject *type)
{
    static const char *const methods[] = { "find_spec", "find_module",
                                           "__call__", "__getattr__" };
    const char *found = NULL;

    for (size_t i = 0; i < sizeof methods / sizeof *methods && !found; i++)
        found = name_of_method(state, type, methods[i]);
    return found;
}

/* The find_spec that an instance, or a module, has of its own and that
 * importlib calls instead of its type's: a new reference, or NULL. */
static PyObject *
own_find_spec(const stk_interp *state, PyObject *finder)
{
    PyObject *dict = PyObject_GenericGetDict(finder, NULL), *found = NULL;

    if (dict && PyDict_Check(dict))
        found = stk_dict_get(dict, state->str_find_spec);
    Py_XDECREF(dict);
    PyErr_Clear();
    return found;
}

const char *
stk_stander_importer(const stk_interp *state, PyObject *object)
{
    const char *name;

    if (!object)
        return NULL;
    name = name_of_callable(state, object);
    if (!name && PyType_Check(object))
        name = name_of_type(state, (PyTypeObject *)object);
    return name ? name : name_of_type(state, Py_TYPE(object));
}

const char *
stk_stander_finder(const stk_interp *state, PyObject *finder)
{
    /* it is asked for every attribute, find_spec among them */
    const char *name =
        name_of_method(state, Py_TYPE(finder), "__getattribute__");
    PyObject *own;

    if (name || PyType_Check(finder))
        return name ? name : stk_stander_importer(state, finder);
    own = own_find_spec(state, finder);
    name = own ? name_of_callable(state, own)
               : stk_stander_importer(state, finder);
    Py_XDECREF(own);
    return name;
}
