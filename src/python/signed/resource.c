/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.VerifiedResource: a file or a folder of a signed tree. */
#include "python/signed/resource.h"

#include <errno.h>
#include <string.h>

#include "guard/listing.h"
#include "python/object/class.h"
#include "python/object/loaded.h"
#include "python/signed/verified.h"

typedef struct resource_object {
    PyObject_HEAD PyObject *loader; /* strong; a VerifiedLoader */
    PyObject *path; /* strong, exact str, no slash at its end */
} resource_object;

static resource_object *
as_resource(PyObject *self)
{
    return (resource_object *)self;
}

static PyObject *
new_resource(PyTypeObject *type, PyObject *loader, PyObject *path)
{
    PyObject *self = path ? PyType_GenericAlloc(type, 0) : NULL;

    if (!self)
        return NULL;
    as_resource(self)->loader = Py_NewRef(loader);
    as_resource(self)->path = Py_NewRef(path);
    return self;
}

/* Takes `path`. */
static PyObject *
new_beside(PyObject *self, PyObject *path)
{
    PyObject *made =
        new_resource(Py_TYPE(self), as_resource(self)->loader, path);

    Py_XDECREF(path);
    return made;
}

/* ---- paths ----------------------------------------------------------- */

static Py_ssize_t
find_slash(PyObject *path)
{
    return PyUnicode_FindChar(path, '/', 0, PyUnicode_GetLength(path), -1);
}

static PyObject *
resource_name(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *path = as_resource(self)->path;
    Py_ssize_t slash = find_slash(path);

    return PyUnicode_Substring(path, slash + 1, PyUnicode_GetLength(path));
}

static PyObject *
resource_parent(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *path = as_resource(self)->path;
    Py_ssize_t slash = find_slash(path);

    return new_beside(self,
                      PyUnicode_Substring(path, 0, slash > 0 ? slash : 1));
}

/* `path` and one component more; as pathlib, it leaves out "." and "". */
static int
append_part(PyObject **path, PyObject *part)
{
    PyObject *joined;

    if (PyUnicode_GetLength(part) == 0 ||
        PyUnicode_CompareWithASCIIString(part, ".") == 0)
        return 0;
    joined = PyUnicode_FromFormat("%U/%U", *path, part);
    if (!joined)
        return -1;
    Py_SETREF(*path, joined);
    return 0;
}

/* An absolute one takes the place of what is before it. */
static int
append_parts(PyObject **path, PyObject *text)
{
    PyObject *slash = PyUnicode_FromString("/");
    PyObject *parts = slash ? PyUnicode_Split(text, slash, -1) : NULL;
    int result = parts ? 0 : -1;

    if (parts && PyUnicode_GetLength(text) > 0 &&
        PyUnicode_READ_CHAR(text, 0) == '/')
        Py_SETREF(*path, PyUnicode_FromString(""));
    if (!*path)
        result = -1;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(parts); i++)
        result = append_part(path, PyList_GET_ITEM(parts, i));
    Py_XDECREF(parts);
    Py_XDECREF(slash);
    return result;
}

/* `more` is a str or a path. */
static int
append_path(PyObject **path, PyObject *more)
{
    PyObject *text = PyOS_FSPath(more);
    int result = -1;

    if (text && !PyUnicode_Check(text))
        PyErr_Format(PyExc_TypeError, "a path of str, not of bytes");
    else if (text)
        result = append_parts(path, text);
    Py_XDECREF(text);
    return result;
}

static PyObject *
resource_joinpath(PyObject *self, PyObject *args)
{
    PyObject *path = Py_NewRef(as_resource(self)->path);

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++)
        if (append_path(&path, PyTuple_GET_ITEM(args, i)) < 0) {
            Py_XDECREF(path);
            return NULL;
        }
    return new_beside(self, path);
}

static PyObject *
resource_divide(PyObject *self, PyObject *other)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *args, *result;

    /* also called for `other / resource`, which is nothing */
    if (!type->tp_as_number ||
        type->tp_as_number->nb_true_divide != resource_divide)
        Py_RETURN_NOTIMPLEMENTED;
    args = PyTuple_Pack(1, other);
    result = args ? resource_joinpath(self, args) : NULL;
    Py_XDECREF(args);
    return result;
}

static PyObject *
resource_str(PyObject *self)
{
    return Py_NewRef(as_resource(self)->path);
}

static PyObject *
resource_fspath(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return resource_str(self);
}

static PyObject *
resource_repr(PyObject *self)
{
    return PyUnicode_FromFormat("VerifiedResource(%R)",
                                as_resource(self)->path);
}

static PyObject *
resource_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(self) != Py_TYPE(other))
        Py_RETURN_NOTIMPLEMENTED;
    return PyObject_RichCompare(as_resource(self)->path,
                                as_resource(other)->path, operation);
}

static Py_hash_t
resource_hash(PyObject *self)
{
    return PyObject_Hash(as_resource(self)->path);
}

/* ---- what is there --------------------------------------------------- */

/* A path as bytes, without a NUL: new reference. */
static PyObject *
encode_path(PyObject *path)
{
    PyObject *encoded = NULL;

    return PyUnicode_FSConverter(path, &encoded) ? encoded : NULL;
}

/* 1, 0, or -STK_E_MEMORY. */
static int
ask_kind(PyObject *self, const char *path, enum stk_entry_kind *kind,
         stk_evidence *why)
{
    stk_evidence_store *store;
    const stk_evidence *found =
        stk_verified_evidence(as_resource(self)->loader, &store);

    return stk_evidence_kind(kind, store, found, path, why);
}

static int
raise_os_error(PyObject *self, int number)
{
    errno = number;
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError,
                                         as_resource(self)->path);
    return -1;
}

/* As open() says it: there is nothing, or a file where a folder should be. */
static int
raise_missing(PyObject *self)
{
    PyObject *encoded = encode_path(as_resource(self)->path);
    char *path = encoded ? PyBytes_AS_STRING(encoded) : NULL, *slash;
    stk_evidence why = STK_EVIDENCE_INIT;
    enum stk_entry_kind kind = STK_ENTRY_NONE;

    if (!encoded)
        return -1;
    while (kind == STK_ENTRY_NONE && (slash = strrchr(path, '/')) != NULL) {
        *slash = '\0';
        if (ask_kind(self, path, &kind, &why) <= 0)
            break;
    }
    stk_evidence_clear(&why);
    Py_DECREF(encoded);
    return raise_os_error(self, kind == STK_ENTRY_FILE ? ENOTDIR : ENOENT);
}

static int
raise_refusal(PyObject *self, int result, const stk_evidence *why)
{
    if (result < 0)
        PyErr_NoMemory();
    else if (why->trust == STK_TRUST_UNLISTED)
        return raise_missing(self);
    else
        return stk_verified_raise(as_resource(self)->loader, why);
    return -1;
}

/* enum stk_entry_kind, or -1 with an exception. */
static int
kind_of(PyObject *self)
{
    PyObject *encoded = encode_path(as_resource(self)->path);
    stk_evidence why = STK_EVIDENCE_INIT;
    enum stk_entry_kind kind = STK_ENTRY_NONE;
    int result;

    if (!encoded)
        return -1;
    result = ask_kind(self, PyBytes_AS_STRING(encoded), &kind, &why);
    result = result > 0 ? (int)kind : raise_refusal(self, result, &why);
    stk_evidence_clear(&why);
    Py_DECREF(encoded);
    return result;
}

static PyObject *
resource_is_dir(PyObject *self, PyObject *Py_UNUSED(unused))
{
    int kind = kind_of(self);

    return kind < 0 ? NULL : PyBool_FromLong(kind == STK_ENTRY_FOLDER);
}

static PyObject *
resource_is_file(PyObject *self, PyObject *Py_UNUSED(unused))
{
    int kind = kind_of(self);

    return kind < 0 ? NULL : PyBool_FromLong(kind == STK_ENTRY_FILE);
}

static PyObject *
resource_exists(PyObject *self, PyObject *Py_UNUSED(unused))
{
    int kind = kind_of(self);

    return kind < 0 ? NULL : PyBool_FromLong(kind != STK_ENTRY_NONE);
}

/* ---- what is in it --------------------------------------------------- */

static PyObject *
make_children(PyObject *self, const stk_listing *listing)
{
    PyObject *list = PyList_New(0);

    for (size_t i = 0; list && i < listing->n; i++) {
        PyObject *name = PyUnicode_DecodeFSDefault(listing->entries[i].name);
        PyObject *path =
            name ? PyUnicode_FromFormat("%U/%U", as_resource(self)->path, name)
                 : NULL;
        PyObject *child = new_beside(self, path);

        if (!child || PyList_Append(list, child) < 0)
            Py_CLEAR(list);
        Py_XDECREF(child);
        Py_XDECREF(name);
    }
    return list;
}

static PyObject *
list_children(PyObject *self)
{
    PyObject *encoded = encode_path(as_resource(self)->path), *list = NULL;
    stk_evidence why = STK_EVIDENCE_INIT;
    stk_listing listing = STK_LISTING_INIT;
    stk_evidence_store *store;
    const stk_evidence *found =
        stk_verified_evidence(as_resource(self)->loader, &store);
    int result;

    if (!encoded)
        return NULL;
    result = stk_evidence_list(&listing, store, found,
                               PyBytes_AS_STRING(encoded), &why);
    if (result > 0)
        list = make_children(self, &listing);
    else
        raise_refusal(self, result, &why);
    stk_listing_clear(&listing);
    stk_evidence_clear(&why);
    Py_DECREF(encoded);
    return list;
}

static PyObject *
resource_iterdir(PyObject *self, PyObject *Py_UNUSED(unused))
{
    int kind = kind_of(self);
    PyObject *list, *iterator;

    if (kind < 0)
        return NULL;
    if (kind == STK_ENTRY_FILE) {
        raise_os_error(self, ENOTDIR);
        return NULL;
    }
    list = list_children(self);
    iterator = list ? PyObject_GetIter(list) : NULL;
    Py_XDECREF(list);
    return iterator;
}

/* ---- what it holds --------------------------------------------------- */

static PyObject *
read_bytes(PyObject *self)
{
    int kind = kind_of(self);

    if (kind < 0)
        return NULL;
    if (kind == STK_ENTRY_FILE)
        return stk_verified_read(as_resource(self)->loader,
                                 as_resource(self)->path);
    if (kind == STK_ENTRY_FOLDER)
        raise_os_error(self, EISDIR);
    else
        raise_missing(self);
    return NULL;
}

static PyObject *
resource_read_bytes(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return read_bytes(self);
}

/* A class of module io, called with the verified bytes, or with `args`. */
static PyObject *
call_io(const char *name, PyObject *args, PyObject *kwargs)
{
    PyObject *io = stk_module_namespace("io");
    PyObject *class = io ? PyDict_GetItemString(io, name) : NULL, *result;

    if (!class)
        return PyErr_Format(PyExc_ImportError, "io.%s is not there", name);
    Py_INCREF(class);
    result = PyObject_Call(class, args, kwargs);
    Py_DECREF(class);
    return result;
}

static PyObject *
open_bytes(PyObject *self)
{
    PyObject *data = read_bytes(self);
    PyObject *args = data ? PyTuple_Pack(1, data) : NULL;
    PyObject *file = args ? call_io("BytesIO", args, NULL) : NULL;

    Py_XDECREF(args);
    Py_XDECREF(data);
    return file;
}

/* TextIOWrapper(file, *words, **kwargs) */
static PyObject *
open_text(PyObject *self, PyObject *words, PyObject *kwargs)
{
    PyObject *file = open_bytes(self);
    PyObject *first = file ? PyTuple_Pack(1, file) : NULL;
    PyObject *args = first ? PySequence_Concat(first, words) : NULL;
    PyObject *text = args ? call_io("TextIOWrapper", args, kwargs) : NULL;

    Py_XDECREF(args);
    Py_XDECREF(first);
    Py_XDECREF(file);
    return text;
}

/* open(mode="r", buffering=-1, encoding=None, ...), as that of a path. */
static PyObject *
resource_open(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "mode",   "buffering", "encoding",
                                         "errors", "newline",   NULL };
    const char *mode = "r";
    PyObject *buffering, *encoding = Py_None, *errors = Py_None;
    PyObject *newline = Py_None, *words, *file;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|sOOOO:open",
                                     STK_KEYWORDS(names), &mode, &buffering,
                                     &encoding, &errors, &newline))
        return NULL;
    if (!strcmp(mode, "rb"))
        return open_bytes(self);
    if (strcmp(mode, "r") != 0 && strcmp(mode, "rt") != 0)
        return PyErr_Format(PyExc_ValueError,
                            "Invalid mode value %s, only 'r' and 'rb' are "
                            "supported for what was signed",
                            mode);
    words = PyTuple_Pack(3, encoding, errors, newline);
    file = words ? open_text(self, words, NULL) : NULL;
    Py_XDECREF(words);
    return file;
}

static PyObject *
resource_read_text(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *file = open_text(self, args, kwargs);
    PyObject *text = file ? PyObject_CallMethod(file, "read", NULL) : NULL;

    Py_XDECREF(file);
    return text;
}

/* ---- the rest of a path ---------------------------------------------- */

static PyObject *
as_pathlib(PyObject *self)
{
    PyObject *dict = stk_module_namespace("pathlib");
    PyObject *class = dict ? PyDict_GetItemString(dict, "Path") : NULL, *path;

    if (!class)
        return NULL;
    Py_INCREF(class);
    path = PyObject_CallOneArg(class, as_resource(self)->path);
    Py_DECREF(class);
    return path;
}

static PyObject *
resource_getattro(PyObject *self, PyObject *name)
{
    PyObject *value = PyObject_GenericGetAttr(self, name);
    PyObject *type, *error, *traceback, *path;

    if (value || !PyErr_ExceptionMatches(PyExc_AttributeError) ||
        PyUnicode_READ_CHAR(name, 0) == '_')
        return value;
    PyErr_Fetch(&type, &error, &traceback);
    path = as_pathlib(self);
    value = path ? PyObject_GetAttr(path, name) : NULL;
    Py_XDECREF(path);
    if (value) {
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(traceback);
        return value;
    }
    PyErr_Clear();
    PyErr_Restore(type, error, traceback);
    return NULL;
}

/* ---- the type -------------------------------------------------------- */

static void
resource_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(as_resource(self)->loader);
    Py_CLEAR(as_resource(self)->path);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef resource_methods[] = {
    { "iterdir", resource_iterdir, METH_NOARGS,
      "Yield what is in this folder." },
    { "is_dir", resource_is_dir, METH_NOARGS, "Return True for a folder." },
    { "is_file", resource_is_file, METH_NOARGS, "Return True for a file." },
    { "exists", resource_exists, METH_NOARGS,
      "Return True for what is in the signed tree." },
    { "joinpath", resource_joinpath, METH_VARARGS,
      "Return what is below this, at the given path." },
    { "open", (PyCFunction)(void (*)(void))resource_open,
      METH_VARARGS | METH_KEYWORDS,
      "Return a file object of the verified bytes: mode 'r' or 'rb'." },
    { "read_bytes", resource_read_bytes, METH_NOARGS,
      "Return the verified bytes." },
    { "read_text", (PyCFunction)(void (*)(void))resource_read_text,
      METH_VARARGS | METH_KEYWORDS, "Return the verified bytes as text." },
    { "__fspath__", resource_fspath, METH_NOARGS,
      "Return the path; what is opened by it is not verified." },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef resource_getset[] = {
    { "name", resource_name, NULL, "The last part of the path.", NULL },
    { "parent", resource_parent, NULL, "The folder that it is in.", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

PyDoc_STRVAR(resource_doc,
             "A file or a folder of a signed tree.\n"
             "\n"
             "What is read through it is verified. It stands for its path as "
             "well.");

static PyType_Slot resource_slots[] = {
    { Py_tp_methods, resource_methods },
    { Py_tp_getset, resource_getset },
    { Py_tp_getattro, (void *)(uintptr_t)resource_getattro },
    { Py_nb_true_divide, (void *)(uintptr_t)resource_divide },
    { Py_tp_str, (void *)(uintptr_t)resource_str },
    { Py_tp_repr, (void *)(uintptr_t)resource_repr },
    { Py_tp_richcompare, (void *)(uintptr_t)resource_compare },
    { Py_tp_hash, (void *)(uintptr_t)resource_hash },
    { Py_tp_dealloc, (void *)(uintptr_t)resource_dealloc },
    { Py_tp_doc, (void *)(uintptr_t)resource_doc },
    { 0, NULL },
};

static PyType_Spec resource_spec = { "stockade.VerifiedResource",
                                     sizeof(resource_object), 0,
                                     Py_TPFLAGS_DEFAULT, resource_slots };

PyObject *
stk_resource_new(stk_interp *state, PyObject *loader, PyObject *path)
{
    if (!state->resource_type)
        state->resource_type = stk_class_new(&resource_spec, NULL);
    if (!state->resource_type)
        return NULL;
    return new_resource((PyTypeObject *)state->resource_type, loader, path);
}
