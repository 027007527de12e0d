/* SPDX-License-Identifier: Apache-2.0 */
/* The resource reader of a verified package: what importlib.resources asks
 * for files and data. */
#include "python/signed/resource.h"

#include <errno.h>

#include "python/object/carry.h"
#include "python/object/class.h"
#include "python/signed/verified.h"

typedef struct reader_object {
    PyObject_HEAD PyObject *folder; /* strong; a VerifiedResource */
} reader_object;

static PyObject *
folder_of(PyObject *self)
{
    return ((reader_object *)self)->folder;
}

static PyObject *
reader_files(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_NewRef(folder_of(self));
}

static PyObject *
child_of(PyObject *self, PyObject *name)
{
    return PyObject_CallMethod(folder_of(self), "joinpath", "O", name);
}

static PyObject *
reader_open_resource(PyObject *self, PyObject *name)
{
    PyObject *child = child_of(self, name);
    PyObject *file =
        child ? PyObject_CallMethod(child, "open", "s", "rb") : NULL;

    Py_XDECREF(child);
    return file;
}

/* There is no path whose file is verified whenever it is opened: who asks
 * makes one of its own, of what open_resource() gives. */
static PyObject *
reader_resource_path(PyObject *Py_UNUSED(self), PyObject *name)
{
    errno = ENOENT;
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_FileNotFoundError, name);
}

static PyObject *
reader_is_resource(PyObject *self, PyObject *name)
{
    PyObject *child = child_of(self, name);
    PyObject *answer =
        child ? PyObject_CallMethod(child, "is_file", NULL) : NULL;

    Py_XDECREF(child);
    return answer;
}

static PyObject *
names_of(PyObject *iterator)
{
    PyObject *names = PyList_New(0), *child;

    while (names && (child = PyIter_Next(iterator)) != NULL) {
        PyObject *name = PyObject_GetAttrString(child, "name");

        if (!name || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
        Py_DECREF(child);
    }
    if (PyErr_Occurred())
        Py_CLEAR(names);
    return names;
}

static PyObject *
reader_contents(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *children = PyObject_CallMethod(folder_of(self), "iterdir", NULL);
    PyObject *names = children ? names_of(children) : NULL;
    PyObject *iterator = names ? PyObject_GetIter(names) : NULL;

    Py_XDECREF(names);
    Py_XDECREF(children);
    return iterator;
}

static void
reader_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(((reader_object *)self)->folder);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef reader_methods[] = {
    { "files", reader_files, METH_NOARGS,
      "Return the folder of the package." },
    { "open_resource", reader_open_resource, METH_O,
      "Return a file object of the verified bytes." },
    { "resource_path", reader_resource_path, METH_O,
      "Raise FileNotFoundError: a file that is opened by its path is not "
      "verified." },
    { "is_resource", reader_is_resource, METH_O, "Return True for a file." },
    { "contents", reader_contents, METH_NOARGS,
      "Yield the names of what is in the package." },
    { NULL, NULL, 0, NULL },
};

PyDoc_STRVAR(reader_doc, "Reads the files of a verified package.");

static PyType_Slot reader_slots[] = {
    { Py_tp_methods, reader_methods },
    { Py_tp_dealloc, (void *)(uintptr_t)reader_dealloc },
    { Py_tp_doc, (void *)(uintptr_t)reader_doc },
    { 0, NULL },
};

static PyType_Spec reader_spec = { "stockade.VerifiedReader",
                                   sizeof(reader_object), 0,
                                   Py_TPFLAGS_DEFAULT, reader_slots };

/* The folder of the module's file, as importlib's FileReader has it; a
 * namespace is its folder itself. */
static PyObject *
folder_path(PyObject *loader, PyObject *path)
{
    stk_evidence_store *store;
    Py_ssize_t slash;

    if (stk_verified_evidence(loader, &store)->kind == STK_KIND_NAMESPACE)
        return Py_NewRef(path);
    slash = PyUnicode_FindChar(path, '/', 0, PyUnicode_GetLength(path), -1);
    return PyUnicode_Substring(path, 0, slash > 0 ? slash : 1);
}

static PyObject *
new_folder(stk_interp *state, PyObject *loader)
{
    PyObject *path = PyObject_GetAttrString(loader, "path");
    PyObject *folder = path ? folder_path(loader, path) : NULL;
    PyObject *resource =
        folder ? stk_resource_new(state, loader, folder) : NULL;

    Py_XDECREF(folder);
    Py_XDECREF(path);
    return resource;
}

PyObject *
stk_reader_new(stk_interp *state, PyObject *loader)
{
    PyObject *self, *folder;

    if (!state->reader_type)
        state->reader_type = stk_class_new(&reader_spec, NULL);
    if (!state->reader_type)
        return NULL;
    folder = new_folder(state, loader);
    self = folder ? PyType_GenericAlloc((PyTypeObject *)state->reader_type, 0)
                  : NULL;
    if (!self) {
        Py_XDECREF(folder);
        return NULL;
    }
    ((reader_object *)self)->folder = folder;
    return self;
}

/* ---- namespaces ------------------------------------------------------ */

int
stk_reader_note(stk_interp *state, PyObject *folder, PyObject *loader)
{
    if (!state->namespaces)
        state->namespaces = PyDict_New();
    return state->namespaces
               ? PyDict_SetItem(state->namespaces, folder, loader)
               : -1;
}

/* The list is the __path__ of a namespace that was verified; others have a
 * _NamespacePath. Borrowed, or NULL without an exception. */
static PyObject *
noted_loader(const stk_interp *state, PyObject *path)
{
    PyObject *folder;

    if (!state || !state->namespaces || !PyList_CheckExact(path) ||
        PyList_GET_SIZE(path) != 1)
        return NULL;
    folder = PyList_GET_ITEM(path, 0);
    return PyUnicode_CheckExact(folder)
               ? PyDict_GetItem(state->namespaces, folder)
               : NULL;
}

static PyObject *
namespace_reader(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "namespace_path", NULL };
    stk_interp *state = stk_interp_find();
    PyObject *path, *loader;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:NamespaceReader",
                                     STK_KEYWORDS(names), &path))
        return stk_carry_fail(self, args, kwargs);
    loader = noted_loader(state, path);
    return loader ? stk_reader_new(state, loader)
                  : PyObject_CallOneArg(stk_carried(self), path);
}

static PyMethodDef namespace_reader_def = {
    "NamespaceReader", (PyCFunction)(void (*)(void))namespace_reader,
    METH_VARARGS | METH_KEYWORDS,
    "Return what reads the files of a namespace package."
};

/* ---- mended ---------------------------------------------------------- */

/* `def` for what has its name in `dict`, of `module`. 0 or -1. */
static int
mend(PyObject *dict, PyMethodDef *def, const char *module)
{
    PyObject *original = PyDict_GetItemString(dict, def->ml_name), *ours;
    int result;

    if (!original || stk_carry_check(original, def))
        return 0;
    ours = stk_carry_new(def, original, module);
    if (!ours)
        return -1;
    result = PyDict_SetItemString(dict, def->ml_name, ours);
    Py_DECREF(ours);
    return result;
}

int
stk_reader_mend_namespaces(PyObject *dict)
{
    return mend(dict, &namespace_reader_def, "importlib.readers");
}

/* ---- Python 3.9 ------------------------------------------------------ */

#if PY_VERSION_HEX >= 0x03090000 && PY_VERSION_HEX < 0x030A0000
/* importlib.resources.files() of 3.9 asks no reader: it gives the path of the
 * folder, and what is read there is not verified. */
static PyObject *
verified_files(PyObject *package)
{
    stk_interp *state = stk_interp_find();
    PyObject *spec = PyObject_GetAttrString(package, "__spec__");
    PyObject *loader = spec ? PyObject_GetAttrString(spec, "loader") : NULL;
    PyObject *reader = NULL, *files = NULL;

    if (loader && state && (PyObject *)Py_TYPE(loader) == state->verified_type)
        reader = stk_reader_new(state, loader);
    if (reader)
        files = reader_files(reader, NULL);
    Py_XDECREF(reader);
    Py_XDECREF(loader);
    Py_XDECREF(spec);
    return files;
}

static PyObject *
from_package(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "package", NULL };
    PyObject *package, *files;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:from_package",
                                     STK_KEYWORDS(names), &package))
        return stk_carry_fail(self, args, kwargs);
    files = verified_files(package);
    if (files)
        return files;
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_MemoryError))
        return NULL;
    PyErr_Clear();
    return PyObject_CallOneArg(stk_carried(self), package);
}

static PyMethodDef from_package_def = {
    "from_package", (PyCFunction)(void (*)(void))from_package,
    METH_VARARGS | METH_KEYWORDS,
    "Return a Traversable object for the given package."
};

int
stk_reader_mend(PyObject *dict)
{
    return mend(dict, &from_package_def, "importlib._common");
}
#else
int
stk_reader_mend(PyObject *dict)
{
    (void)dict;
    return 0;
}
#endif
