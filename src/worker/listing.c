/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pkgutil asks for the modules of a package: who looks after the folder
 * in its __path__, and which there are. The host tells, and of the plugin's
 * own packages alone.
 */
#include "worker/serve.h"

#include "worker/compat.h"

/* {folder: name of the package}; a folder is no more than a name here. */
static PyObject *folders; /* strong */

static PyObject *lister_type; /* strong */

typedef struct lister_object {
    PyObject_HEAD PyObject *package; /* strong; str */
} lister_object;

static lister_object *
as_lister(PyObject *self)
{
    return (lister_object *)self;
}

PyObject *
stk_listing_path(PyObject *package, PyObject *file)
{
    Py_ssize_t slash =
        PyUnicode_FindChar(file, '/', 0, PyUnicode_GET_LENGTH(file), -1);
    PyObject *folder, *path = NULL;

    if (slash <= 0)
        return PyList_New(0);
    if (!folders) /* what is loaded before the lock-down has some, too */
        folders = PyDict_New();
    folder = PyUnicode_Substring(file, 0, slash);
    if (folder && folders && PyDict_SetItem(folders, folder, package) == 0)
        path = Py_BuildValue("[O]", folder);
    Py_XDECREF(folder);
    return path;
}

/* ---- which there are ------------------------------------------------- */

/* 1, 0 or -1 with an exception. */
static int
has_code(PyObject *package, PyObject *folder)
{
    PyObject *names = stk_resources_list(package, folder);
    PyObject *wanted = PyUnicode_FromString("__init__.py");
    int result = names && wanted ? PySequence_Contains(names, wanted) : -1;

    Py_XDECREF(names);
    Py_XDECREF(wanted);
    if (result < 0 && PyErr_ExceptionMatches(PyExc_OSError)) {
        PyErr_Clear();
        return 0;
    }
    return result;
}

/* The name of the module that `entry` is of, a new reference; None. */
static PyObject *
module_name(PyObject *package, PyObject *entry, bool *is_package)
{
    Py_ssize_t n = PyUnicode_Check(entry) ? PyUnicode_GET_LENGTH(entry) : 0;
    PyObject *suffix = PyUnicode_FromString(".py"), *name;
    int good;

    *is_package = n && PyUnicode_READ_CHAR(entry, n - 1) == '/';
    if (suffix && !*is_package &&
        PyUnicode_Tailmatch(entry, suffix, 0, n, 1) != 1)
        n = 0;
    Py_XDECREF(suffix);
    name = n ? PyUnicode_Substring(entry, 0, n - (*is_package ? 1 : 3))
             : Py_NewRef(Py_None);
    if (!name || name == Py_None)
        return name;
    good = PyUnicode_IsIdentifier(name) &&
           PyUnicode_CompareWithASCIIString(name, "__init__") &&
           PyUnicode_CompareWithASCIIString(name, "__pycache__");
    if (good && *is_package)
        good = has_code(package, name);
    if (good < 0)
        Py_CLEAR(name);
    else if (!good)
        Py_SETREF(name, Py_NewRef(Py_None));
    return name;
}

static int
add_module(PyObject *found, PyObject *package, PyObject *prefix,
           PyObject *entry)
{
    bool is_package;
    PyObject *name = module_name(package, entry, &is_package), *full;
    int result = name ? 0 : -1;

    if (name && name != Py_None) {
        full = PyUnicode_FromFormat("%U%U", prefix, name);
        /* a folder with code is imported before a file of that name */
        if (!full || (!is_package && PyDict_Contains(found, full)) ||
            PyDict_SetItem(found, full, is_package ? Py_True : Py_False) < 0)
            result = PyErr_Occurred() ? -1 : 0;
        Py_XDECREF(full);
    }
    Py_XDECREF(name);
    return result;
}

/* What pkgutil.iter_modules() wants: an iterator of (name, is a package). */
static PyObject *
iter_modules(PyObject *self, PyObject *args)
{
    PyObject *prefix = NULL, *names, *own, *found, *result = NULL;

    if (!PyArg_ParseTuple(args, "|U:iter_modules", &prefix))
        return NULL;
    own = PyUnicode_FromString("");
    found = own ? PyDict_New() : NULL;
    names = found ? stk_resources_list(as_lister(self)->package, own) : NULL;
    if (!names && found && PyErr_ExceptionMatches(PyExc_OSError)) {
        PyErr_Clear(); /* of no package of its own it is told nothing */
        names = PyList_New(0);
    }
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++)
        if (add_module(found, as_lister(self)->package, prefix ? prefix : own,
                       PyList_GET_ITEM(names, i)) < 0)
            Py_CLEAR(names);
    if (names) {
        PyObject *items = PyDict_Items(found);

        result = items ? PyObject_GetIter(items) : NULL;
        Py_XDECREF(items);
    }
    Py_XDECREF(names);
    Py_XDECREF(found);
    Py_XDECREF(own);
    return result;
}

/* By its last label, as the finders of folders do. */
static PyObject *
find_spec(PyObject *self, PyObject *args)
{
    PyObject *name, *target = NULL, *last, *full, *spec;
    Py_ssize_t length;

    if (!PyArg_ParseTuple(args, "U|O:find_spec", &name, &target))
        return NULL;
    length = PyUnicode_GET_LENGTH(name);
    last = PyUnicode_Substring(
        name, PyUnicode_FindChar(name, '.', 0, length, -1) + 1, length);
    full = last ? PyUnicode_FromFormat("%U.%U", as_lister(self)->package, last)
                : NULL;
    spec = full ? stk_broker_find(full, Py_NewRef(Py_None)) : NULL;
    Py_XDECREF(last);
    Py_XDECREF(full);
    return spec;
}

/* ---- the type -------------------------------------------------------- */

static void
lister_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(as_lister(self)->package);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    { "iter_modules", iter_modules, METH_VARARGS,
      "The modules of the package." },
    { "find_spec", find_spec, METH_VARARGS, "Ask the host for one of them." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot slots[] = {
    { Py_tp_methods, methods },
    { Py_tp_dealloc, (void *)(uintptr_t)lister_dealloc },
    { Py_tp_doc, (void *)(uintptr_t) "The folder of a package." },
    { 0, NULL },
};

static PyType_Spec spec = { "stockade.BrokeredFolder", sizeof(lister_object),
                            0, Py_TPFLAGS_DEFAULT, slots };

/* For sys.path_hooks. */
static PyObject *
hook(PyObject *Py_UNUSED(self), PyObject *path)
{
    PyObject *package = PyDict_GetItemWithError(folders, path), *lister;

    if (!package)
        return PyErr_Occurred() ? NULL
                                : PyErr_Format(PyExc_ImportError,
                                               "a worker looks in no folder");
    lister = PyType_GenericAlloc((PyTypeObject *)lister_type, 0);
    if (lister)
        as_lister(lister)->package = Py_NewRef(package);
    return lister;
}

int
stk_listing_install(void)
{
    static PyMethodDef method = { "folder_hook", hook, METH_O,
                                  "Who looks after a folder." };
    PyObject *hooks = PySys_GetObject("path_hooks"), *function;
    int result = -1;

    if (!folders)
        folders = PyDict_New();
    lister_type = PyType_FromSpec(&spec);
    function = PyCFunction_New(&method, NULL);
    if (folders && lister_type && function && hooks && PyList_Check(hooks))
        result = PyList_Append(hooks, function);
    Py_XDECREF(function);
    return result;
}
