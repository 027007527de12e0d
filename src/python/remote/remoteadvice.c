/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do with what cannot be handed to a worker. Exact types cross, so
 * that what arrives is what was sent; a subclass knows something more, which
 * only its author can say whether it is needed.
 */
#include "python/remote/remote.h"

#include <string.h>

static bool
type_has(PyObject *object, const char *name)
{
    PyObject *found =
        PyObject_GetAttrString((PyObject *)Py_TYPE(object), name);

    PyErr_Clear();
    Py_XDECREF(found);
    return found;
}

/* By what it has: any object may. */
static const char *
advise_by_method(PyObject *object)
{
    static const struct {
        const char *name, *advice;
    } table[] = {
        { "__members__", "hand over its .value" },
        { "__dataclass_fields__", "hand over dataclasses.asdict() of it" },
        { "_asdict", "hand over tuple() of it, or its ._asdict()" },
        { "__fspath__", "hand over str() of it, or what is in the file: a "
                        "worker opens none" },
        { "getvalue", "hand over its .getvalue()" },
        { "fileno", "hand over what is in it, .read(): a worker has no "
                    "files of the host's" },
        { "acquire", "locks are of one process: a worker has its own" },
        { "to_dict", "hand over its .to_dict()" },
        { "tolist", "hand over its .tolist(), or its .tobytes()" },
        { "__await__", "await it here, and hand over what that gives" },
        { "__anext__", "go through it here, and hand over a list" },
        { "__next__", "hand over list() of it" },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (type_has(object, table[i].name))
            return table[i].advice;
    return NULL;
}

/* A subclass of what would cross. */
static const char *
advise_by_base(PyObject *object)
{
    const struct {
        PyTypeObject *type;
        const char *advice;
    } table[] = {
        { &PyLong_Type, "hand over int() of it" },
        { &PyFloat_Type, "hand over float() of it" },
        { &PyUnicode_Type, "hand over str() of it" },
        { &PyBytes_Type, "hand over bytes() of it" },
        { &PyByteArray_Type, "hand over bytes() of it" },
        { &PyDict_Type, "hand over dict() of it" },
        { &PyList_Type, "hand over list() of it" },
        { &PyTuple_Type, "hand over tuple() of it" },
        { &PySet_Type, "hand over set() of it" },
        { &PyFrozenSet_Type, "hand over frozenset() of it" },
        { &PyMemoryView_Type, "hand over bytes() of it" },
        { &PyModule_Type,
          "hand over what is needed of it, or have the plugin import it" },
        { &PyType_Type, "hand over a function that makes what is wanted" },
        { &PyDictKeys_Type, "hand over list() of it" },
        { &PyDictValues_Type, "hand over list() of it" },
        { &PyDictItems_Type, "hand over list() of it" },
        { (PyTypeObject *)PyExc_BaseException, "hand over str() of it" },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (PyObject_TypeCheck(object, table[i].type))
            return table[i].advice;
    return NULL;
}

const char *
stk_remote_advise(PyObject *object)
{
    const char *advice = NULL;

    if (!PyType_Check(object) && type_has(object, "__members__"))
        advice = advise_by_method(object);
    if (!advice && PyObject_TypeCheck(object, &PyTuple_Type))
        advice = advise_by_method(object);
    if (!advice)
        advice = advise_by_base(object);
    if (!advice)
        advice = advise_by_method(object);
    if (!advice && PyCallable_Check(object))
        advice = "hand over a function that calls it";
    return advice ? advice
                  : "hand over what is in it, as numbers, texts, bytes, "
                    "dates, lists, tuples, dicts and sets";
}
