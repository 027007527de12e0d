/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files beside a package that the host has sent: what importlib.resources
 * and pkgutil ask for. The host reads them, each when it is wanted.
 */
#include "worker/serve.h"

#include <errno.h>

#include "worker/compat.h"

/* What a listing has said of it. */
enum known { UNKNOWN, A_FILE, A_FOLDER };

typedef struct resource_object {
    PyObject_HEAD PyObject *package; /* strong; str */
    PyObject *path;                  /* strong; str: "" is the package */
    enum known known;
} resource_object;

static PyObject *resource_type; /* strong */

static resource_object *
as_resource(PyObject *self)
{
    return (resource_object *)self;
}

/* ---- asking ---------------------------------------------------------- */

static PyObject *
ask_host(PyObject *package, PyObject *path)
{
    stk_serving *serving = stk_serve_current();
    PyObject *question, *answer;

    if (!serving)
        return PyErr_Format(PyExc_OSError,
                            "%U: no file is asked of the host before the "
                            "lock-down",
                            path);
    question = Py_BuildValue("[OO]", package, path);
    answer =
        question ? stk_serve_ask(serving, STK_OP_RESOURCE, question) : NULL;
    Py_XDECREF(question);
    return answer;
}

static PyObject *
read_resource(PyObject *package, PyObject *path)
{
    PyObject *data = ask_host(package, path);

    if (!data || (data != Py_None && !PyList_Check(data)))
        return data;
    errno = data == Py_None ? ENOENT : EISDIR;
    Py_DECREF(data);
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
}

/* [str, ...]: a slash is behind the name of a folder. */
PyObject *
stk_resources_list(PyObject *package, PyObject *path)
{
    PyObject *folder = PyUnicode_GET_LENGTH(path) == 0
                           ? Py_NewRef(path)
                           : PyUnicode_FromFormat("%U/", path);
    PyObject *names = folder ? ask_host(package, folder) : NULL;

    Py_XDECREF(folder);
    if (!names || PyList_Check(names))
        return names;
    Py_DECREF(names);
    errno = ENOENT;
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
}

static PyObject *
read_bytes(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return read_resource(as_resource(self)->package, as_resource(self)->path);
}

/* ---- paths ----------------------------------------------------------- */

static PyObject *
new_resource(PyObject *package, PyObject *path)
{
    PyObject *self;

    if (!path)
        return NULL;
    self = PyType_GenericAlloc((PyTypeObject *)resource_type, 0);
    if (!self) {
        Py_DECREF(path);
        return NULL;
    }
    as_resource(self)->package = Py_NewRef(package);
    as_resource(self)->path = path;
    as_resource(self)->known = PyUnicode_GET_LENGTH(path) ? UNKNOWN : A_FOLDER;
    return self;
}

static PyObject *
child_of(PyObject *self, PyObject *name)
{
    PyObject *path = as_resource(self)->path;

    if (!PyUnicode_Check(name))
        return PyErr_Format(PyExc_TypeError, "a name of a resource is str");
    if (PyUnicode_GET_LENGTH(path) == 0)
        path = Py_NewRef(name);
    else
        path = PyUnicode_FromFormat("%U/%U", path, name);
    return new_resource(as_resource(self)->package, path);
}

static PyObject *
join_path(PyObject *self, PyObject *names)
{
    PyObject *at = Py_NewRef(self);

    for (Py_ssize_t i = 0; at && i < PyTuple_GET_SIZE(names); i++)
        Py_SETREF(at, child_of(at, PyTuple_GET_ITEM(names, i)));
    return at;
}

static PyObject *
get_name(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *path = as_resource(self)->path;
    Py_ssize_t length = PyUnicode_GET_LENGTH(path);

    return PyUnicode_Substring(
        path, PyUnicode_FindChar(path, '/', 0, length, -1) + 1, length);
}

/* ---- what it is -------------------------------------------------------- */

static bool
is_missing(void)
{
    return PyErr_ExceptionMatches(PyExc_FileNotFoundError) ||
           PyErr_ExceptionMatches(PyExc_IsADirectoryError);
}

static PyObject *
is_file(PyObject *self, PyObject *unused)
{
    PyObject *data;

    if (as_resource(self)->known != UNKNOWN)
        return PyBool_FromLong(as_resource(self)->known == A_FILE);
    data = read_bytes(self, unused);
    if (!data && !is_missing())
        return NULL;
    PyErr_Clear();
    Py_XDECREF(data);
    return PyBool_FromLong(data != NULL);
}

static PyObject *
is_dir(PyObject *self, PyObject *Py_UNUSED(unused))
{
    resource_object *resource = as_resource(self);
    PyObject *names;

    if (resource->known != UNKNOWN)
        return PyBool_FromLong(resource->known == A_FOLDER);
    names = stk_resources_list(resource->package, resource->path);
    if (!names && !is_missing())
        return NULL;
    PyErr_Clear();
    Py_XDECREF(names);
    return PyBool_FromLong(names != NULL);
}

/* ---- what is in it ----------------------------------------------------- */

/* `name` without the slash of a folder. */
static PyObject *
listed_child(PyObject *self, PyObject *name)
{
    Py_ssize_t length = PyUnicode_Check(name) ? PyUnicode_GET_LENGTH(name) : 0;
    bool folder = length && PyUnicode_READ_CHAR(name, length - 1) == '/';
    PyObject *plain =
        length ? PyUnicode_Substring(name, 0, length - folder) : NULL;
    PyObject *child = plain ? child_of(self, plain) : NULL;

    Py_XDECREF(plain);
    if (child)
        as_resource(child)->known = folder ? A_FOLDER : A_FILE;
    else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_OSError, "the host answered nonsense");
    return child;
}

/* Children, or their names. */
static PyObject *
list_it(PyObject *self, bool names_only)
{
    PyObject *names = stk_resources_list(as_resource(self)->package,
                                         as_resource(self)->path);
    PyObject *all = names ? PyList_New(0) : NULL, *iterator;

    for (Py_ssize_t i = 0; all && i < PyList_GET_SIZE(names); i++) {
        PyObject *one = listed_child(self, PyList_GET_ITEM(names, i));

        if (one && names_only)
            Py_SETREF(one, get_name(one, NULL));
        if (!one || PyList_Append(all, one) < 0)
            Py_CLEAR(all);
        Py_XDECREF(one);
    }
    Py_XDECREF(names);
    iterator = all ? PyObject_GetIter(all) : NULL;
    Py_XDECREF(all);
    return iterator;
}

static PyObject *
iterate(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return list_it(self, false);
}

static PyObject *
contents(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return list_it(self, true);
}

/* ---- reading ----------------------------------------------------------- */

static PyObject *
wrap_bytes(PyObject *data, const char *class)
{
    PyObject *io = data ? PyImport_ImportModule("io") : NULL;
    PyObject *stream = io ? PyObject_CallMethod(io, class, "O", data) : NULL;

    Py_XDECREF(io);
    Py_XDECREF(data);
    return stream;
}

static PyObject *
open_text(PyObject *stream, PyObject *args, PyObject *kwargs)
{
    PyObject *io = stream ? PyImport_ImportModule("io") : NULL;
    PyObject *class = io ? PyObject_GetAttrString(io, "TextIOWrapper") : NULL;
    PyObject *first = class ? PyTuple_Pack(1, stream) : NULL;
    PyObject *all = first ? PySequence_Concat(first, args) : NULL;
    PyObject *text = all ? PyObject_Call(class, all, kwargs) : NULL;

    Py_XDECREF(io);
    Py_XDECREF(class);
    Py_XDECREF(first);
    Py_XDECREF(all);
    Py_XDECREF(stream);
    return text;
}

/* open(mode="r", *args, **kwargs) */
static PyObject *
open_it(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *mode = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : NULL;
    PyObject *stream = wrap_bytes(read_bytes(self, NULL), "BytesIO"), *rest;
    PyObject *text;

    if (!stream ||
        (mode && PyUnicode_Check(mode) &&
         PyUnicode_FindChar(mode, 'b', 0, PyUnicode_GET_LENGTH(mode), 1) >= 0))
        return stream;
    rest = PyTuple_GetSlice(args, 1, PY_SSIZE_T_MAX);
    text = rest ? open_text(Py_NewRef(stream), rest, kwargs) : NULL;
    Py_XDECREF(rest);
    Py_DECREF(stream);
    return text;
}

/* read_text(encoding=None, errors=None) */
static PyObject *
read_text(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *stream = wrap_bytes(read_bytes(self, NULL), "BytesIO");
    PyObject *text = open_text(stream, args, kwargs), *result;

    result = text ? PyObject_CallMethod(text, "read", NULL) : NULL;
    Py_XDECREF(text);
    return result;
}

/* ---- as a reader -------------------------------------------------------- */

static PyObject *
get_files(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_NewRef(self);
}

static PyObject *
open_resource(PyObject *self, PyObject *name)
{
    PyObject *child = child_of(self, name);
    PyObject *stream =
        child ? wrap_bytes(read_bytes(child, NULL), "BytesIO") : NULL;

    Py_XDECREF(child);
    return stream;
}

static PyObject *
is_resource(PyObject *self, PyObject *name)
{
    PyObject *child = child_of(self, name);
    PyObject *answer = child ? is_file(child, NULL) : NULL;

    Py_XDECREF(child);
    return answer;
}

static PyObject *
resource_path(PyObject *Py_UNUSED(self), PyObject *name)
{
    errno = ENOENT;
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_FileNotFoundError, name);
}

/* ---- the type -------------------------------------------------------- */

static void
resource_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(as_resource(self)->package);
    Py_CLEAR(as_resource(self)->path);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    { "joinpath", join_path, METH_VARARGS, "What is below." },
    { "read_bytes", read_bytes, METH_NOARGS, "What is in the file." },
    { "read_text", (PyCFunction)(void (*)(void))read_text,
      METH_VARARGS | METH_KEYWORDS, "The same as text." },
    { "open", (PyCFunction)(void (*)(void))open_it,
      METH_VARARGS | METH_KEYWORDS, "The same as a stream." },
    { "is_file", is_file, METH_NOARGS, "Is there a file." },
    { "is_dir", is_dir, METH_NOARGS, "Is there a folder." },
    { "iterdir", iterate, METH_NOARGS, "What is in it." },
    { "files", get_files, METH_NOARGS, "The package." },
    { "open_resource", open_resource, METH_O, "A stream of bytes." },
    { "resource_path", resource_path, METH_O, "There is no path." },
    { "is_resource", is_resource, METH_O, "Is there such a file." },
    { "contents", contents, METH_NOARGS, "The names of what is in it." },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef getset[] = {
    { "name", get_name, NULL, "The last part of its path.", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot slots[] = {
    { Py_tp_methods, methods },
    { Py_tp_getset, getset },
    { Py_nb_true_divide, (void *)(uintptr_t)child_of },
    { Py_tp_dealloc, (void *)(uintptr_t)resource_dealloc },
    { Py_tp_doc, (void *)(uintptr_t) "A file beside a module of the host." },
    { 0, NULL },
};

static PyType_Spec spec = { "stockade.BrokeredResource",
                            sizeof(resource_object), 0, Py_TPFLAGS_DEFAULT,
                            slots };

/* The package whose folder the file of module `name` is in. */
static PyObject *
package_of(PyObject *name, bool package)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);

    if (package)
        return Py_NewRef(name);
    length = PyUnicode_FindChar(name, '.', 0, length, -1);
    return PyUnicode_Substring(name, 0, length > 0 ? length : 0);
}

PyObject *
stk_resources_new(PyObject *name, bool package)
{
    PyObject *owner = package_of(name, package), *self = NULL;

    if (!resource_type)
        resource_type = PyType_FromSpec(&spec);
    if (owner && resource_type)
        self = new_resource(owner, PyUnicode_FromStringAndSize("", 0));
    Py_XDECREF(owner);
    return self;
}

/* ---- by its path -------------------------------------------------------- */

/* What is behind the folder of `file`; NULL with OSError where `path` is not
 * in that. */
static PyObject *
path_below(PyObject *file, PyObject *path)
{
    Py_ssize_t slash =
        PyUnicode_FindChar(file, '/', 0, PyUnicode_GET_LENGTH(file), -1) + 1;
    PyObject *folder = PyUnicode_Substring(file, 0, slash), *below = NULL;

    if (folder && PyUnicode_GET_LENGTH(path) > slash &&
        PyUnicode_Tailmatch(path, folder, 0, slash, -1) == 1)
        below = PyUnicode_Substring(path, slash, PyUnicode_GET_LENGTH(path));
    else if (folder)
        PyErr_Format(PyExc_OSError, "%R is no file of the package", path);
    Py_XDECREF(folder);
    return below;
}

PyObject *
stk_resources_beside(PyObject *name, bool package, PyObject *file,
                     PyObject *path)
{
    PyObject *below, *owner, *data;

    if (!PyUnicode_Check(path) || !PyUnicode_Check(file))
        return PyErr_Format(PyExc_OSError, "no file of the package");
    below = path_below(file, path);
    owner = below ? package_of(name, package) : NULL;
    data = owner ? read_resource(owner, below) : NULL;
    Py_XDECREF(below);
    Py_XDECREF(owner);
    return data;
}
