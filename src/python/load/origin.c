/* SPDX-License-Identifier: Apache-2.0 */
/* Where a module would come from. */
#include "python/load/origin.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/name.h"
#include "python/object/name.h"

/* ---- the standard library of this interpreter ------------------------ */

static PyObject *
sys_string(const stk_interp *state, const char *name)
{
    return stk_str_or_null(PyDict_GetItemString(state->sys_dict, name));
}

static int
append_dir(PyObject *list, PyObject *dir)
{
    int result;

    if (!dir)
        return PyErr_Occurred() ? -1 : 0;
    result = PySequence_Contains(list, dir);
    if (result == 0)
        result = PyList_Append(list, dir);
    return result < 0 ? -1 : 0;
}

static int
append_prefix_dir(const stk_interp *state, PyObject *list,
                  const char *prefix_name)
{
    PyObject *prefix = sys_string(state, prefix_name), *dir;
    PyObject *libdir = sys_string(state, "platlibdir");
    int result;

    if (!prefix)
        return 0;
    dir = libdir ? PyUnicode_FromFormat("%U/%U/python%d.%d", prefix, libdir,
                                        PY_MAJOR_VERSION, PY_MINOR_VERSION)
                 : PyUnicode_FromFormat("%U/lib/python%d.%d", prefix,
                                        PY_MAJOR_VERSION, PY_MINOR_VERSION);
    result = append_dir(list, dir);
    Py_XDECREF(dir);
    return result;
}

/* In a tuple of strong references: sys.prefix may be changed later. */
static PyObject *
collect_dirs(const stk_interp *state)
{
    PyObject *list = PyList_New(0), *dirs = NULL;

    if (list && append_dir(list, sys_string(state, "_stdlib_dir")) == 0 &&
        append_prefix_dir(state, list, "base_prefix") == 0 &&
        append_prefix_dir(state, list, "base_exec_prefix") == 0)
        dirs = PyList_AsTuple(list);
    Py_XDECREF(list);
    return dirs;
}

static void
keep_importers(stk_interp *state)
{
    PyObject *builtin = PyDict_GetItemWithError(state->bootstrap_dict,
                                                state->str_builtin_importer);
    PyObject *frozen = PyDict_GetItemWithError(state->bootstrap_dict,
                                               state->str_frozen_importer);

    Py_XINCREF(builtin);
    Py_XSETREF(state->builtin_importer, builtin);
    Py_XINCREF(frozen);
    Py_XSETREF(state->frozen_importer, frozen);
    PyErr_Clear();
}

int
stk_origin_prepare(stk_interp *state)
{
    PyObject *names =
        PyDict_GetItemString(state->sys_dict, "stdlib_module_names");
    PyObject *class =
        PyDict_GetItemString(state->bootstrap_dict, "ModuleSpec");

    Py_XINCREF(class);
    Py_XSETREF(state->spec_class, class);
    keep_importers(state);

    if (names && PyFrozenSet_CheckExact(names))
        state->stdlib_names = Py_NewRef(names);
    state->stdlib_dirs = collect_dirs(state);
    return state->stdlib_dirs ? 0 : -1;
}

/* CPython's list of names leaves tests out, which ours has, and what has the
 * name of the platform: that is judged as sysconfig, and never elsewhere. */
static bool
is_test_name(const char *top, size_t length)
{
    return (length == 4 && !memcmp(top, "test", 4)) ||
           (length == 5 && !memcmp(top, "tests", 5));
}

bool
stk_origin_is_stdlib_name(const stk_interp *state, PyObject *name)
{
    Py_ssize_t length = PyUnicode_GetLength(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, length, 1);
    PyObject *top = PyUnicode_Substring(name, 0, dot < 0 ? length : dot);
    const char *text = top ? PyUnicode_AsUTF8(top) : NULL;
    bool found = false;

    if (text && state->stdlib_names)
        found = PySet_Contains(state->stdlib_names, top) == 1 ||
                stk_name_is_sysconfigs(text);
    else if (text)
        found =
            stk_policy_in_stdlib(text) && !is_test_name(text, strlen(text));
    Py_XDECREF(top);
    PyErr_Clear();
    return found;
}

/* ---- a spec ---------------------------------------------------------- */

PyObject *
stk_origin_field(const stk_interp *state, PyObject *spec, PyObject *field)
{
    PyObject *value;

    if (!spec || (PyObject *)Py_TYPE(spec) != state->spec_class ||
        _PyType_Lookup(Py_TYPE(spec), field))
        return NULL;
    /* not by its __dict__: from 3.11 on that is made when it is asked for,
     * and stays */
    value = PyObject_GenericGetAttr(spec, field);
    if (!value)
        PyErr_Clear();
    return value;
}

static PyObject *
spec_name(const stk_interp *state, PyObject *spec)
{
    PyObject *told = stk_origin_field(state, spec, state->str_spec_name);

    if (!told)
        told = PyObject_GetAttr(spec, state->str_spec_name);
    if (!told)
        PyErr_Clear();
    return told;
}

PyObject *
stk_origin_other_name(const stk_interp *state, PyObject *name, PyObject *spec)
{
    PyObject *told = spec_name(state, spec);
    PyObject *exact =
        told && PyUnicode_Check(told) ? stk_name_exact(told) : NULL;

    Py_XDECREF(told);
    if (exact && PyUnicode_Compare(exact, name) == 0)
        Py_CLEAR(exact);
    return exact;
}

const char *
stk_origin_loader_name(PyObject *loader)
{
    if (!loader || loader == Py_None)
        return NULL;
    if (PyType_Check(loader))
        return ((PyTypeObject *)loader)->tp_name;
    return Py_TYPE(loader)->tp_name;
}

/* One of the three that read files: by what importlib had at first, for what
 * is looked up now may be put there for this look. */
static bool
is_file_loader(const stk_interp *state, PyObject *class)
{
    for (size_t i = 0; state->pins && i < STK_FILE_LOADERS; i++)
        if (state->file_loaders[i] == class)
            return true;
    if (state->pins)
        return false;
    /* before anything was pinned nobody but Python has run */
    return !strcmp(((PyTypeObject *)class)->tp_name, "SourceFileLoader") ||
           !strcmp(((PyTypeObject *)class)->tp_name, "SourcelessFileLoader") ||
           !strcmp(((PyTypeObject *)class)->tp_name, "ExtensionFileLoader");
}

PyObject *
stk_origin_stock_path(const stk_interp *state, PyObject *loader)
{
    PyObject *dict, *path = NULL;

    if (!is_file_loader(state, (PyObject *)Py_TYPE(loader)))
        return NULL;
    dict = PyObject_GenericGetDict(loader, NULL);
    if (dict && PyDict_GET_SIZE(dict) == 2)
        path = Py_XNewRef(
            stk_str_or_null(PyDict_GetItemWithError(dict, state->str_path)));
    Py_XDECREF(dict);
    PyErr_Clear();
    return path;
}

/* TOP, TOP.py, TOP.*.so, or lib-dynload before it; site-packages lies below
 * the same folder. */
bool
stk_origin_leads_to(const char *rest, const char *name)
{
    static const char dynload[] = "lib-dynload/";
    size_t length = strcspn(name, ".");

    if (!strncmp(rest, dynload, sizeof dynload - 1))
        rest += sizeof dynload - 1;
    return !strncmp(rest, name, length) &&
           (rest[length] == '.' || rest[length] == '/') &&
           !strstr(rest, "/../");
}

static bool
is_below(const char *path, const char *dir, const char *name)
{
    size_t length = strlen(dir);

    return !strncmp(path, dir, length) && path[length] == '/' &&
           stk_origin_leads_to(path + length + 1, name);
}

/* A sys.path entry may spell the folder differently (/lib, /usr/lib). */
static bool
is_really_below(const char *path, const char *dir, const char *name)
{
    char real_path[PATH_MAX], real_dir[PATH_MAX];

    return is_below(path, dir, name) ||
           (realpath(path, real_path) && realpath(dir, real_dir) &&
            is_below(real_path, real_dir, name));
}

static bool
path_in_stdlib(const stk_interp *state, PyObject *name, PyObject *path)
{
    const char *name_text = PyUnicode_AsUTF8(name);
    const char *path_text = PyUnicode_AsUTF8(path);
    bool found = false;

    for (Py_ssize_t i = 0; name_text && path_text && !found &&
                           i < PyTuple_GET_SIZE(state->stdlib_dirs);
         i++) {
        const char *dir =
            PyUnicode_AsUTF8(PyTuple_GET_ITEM(state->stdlib_dirs, i));

        found = dir && is_really_below(path_text, dir, name_text);
    }
    PyErr_Clear();
    return found;
}

/* zipimport is loaded when the import system is whole, and never again. */
static bool
is_zip_importer(const stk_interp *state, PyObject *class)
{
    if (state->zip_importer || state->known_places)
        return class == state->zip_importer;
    return !strcmp(((PyTypeObject *)class)->tp_name, "zipimporter");
}

/* The standard library as a zip: PREFIX/lib/python311.zip. */
static bool
zip_in_stdlib(const stk_interp *state, PyObject *loader)
{
    char tail[32];
    PyObject *archive;
    const char *text, *prefix, *found;

    if (!is_zip_importer(state, (PyObject *)Py_TYPE(loader)))
        return false;
    archive = PyObject_GetAttrString(loader, "archive");
    if (!archive || !PyUnicode_CheckExact(archive)) {
        Py_XDECREF(archive);
        PyErr_Clear();
        return false;
    }
    snprintf(tail, sizeof tail, "/python%d%d.zip", PY_MAJOR_VERSION,
             PY_MINOR_VERSION);
    text = PyUnicode_AsUTF8(archive);
    prefix = sys_string(state, "base_prefix")
                 ? PyUnicode_AsUTF8(sys_string(state, "base_prefix"))
                 : NULL;
    found = text ? strstr(text, tail) : NULL;
    PyErr_Clear();
    Py_DECREF(archive);
    return found && prefix && !found[strlen(tail)] &&
           !strncmp(text, prefix, strlen(prefix));
}

static bool
loads_from_stdlib(const stk_interp *state, PyObject *name, PyObject *loader)
{
    PyObject *path;
    bool found;

    if (loader == state->builtin_importer || loader == state->frozen_importer)
        return true;
    if (PyType_Check(loader))
        return false;
    path = stk_origin_stock_path(state, loader);
    if (!path)
        return zip_in_stdlib(state, loader);
    found = path_in_stdlib(state, name, path);
    Py_DECREF(path);
    return found;
}

bool
stk_origin_in_stdlib(const stk_interp *state, PyObject *name, PyObject *spec)
{
    PyObject *loader = stk_origin_field(state, spec, state->str_loader);
    bool found = loader && loads_from_stdlib(state, name, loader);

    Py_XDECREF(loader);
    return found;
}

/* ---- code and extensions --------------------------------------------- */

/* "xml/dom/__init__.py" -> "xml.dom", at most `size` bytes; false for what
 * is no module's file. */
static bool
dotted_of_file(char *out, size_t size, const char *file)
{
    static const char init[] = "/__init__";
    size_t length = strcspn(file, ".");

    if (length == 0 || length >= size || strncmp(file + length, ".py", 3) ||
        !strncmp(file, "site-packages/", 14) ||
        !strncmp(file, "dist-packages/", 14))
        return false;
    memcpy(out, file, length);
    out[length] = '\0';
    if (length >= sizeof init &&
        !strcmp(out + length - (sizeof init - 1), init))
        out[length - (sizeof init - 1)] = '\0';
    for (char *c = out; *c; c++)
        if (*c == '/')
            *c = '.';
    return true;
}

static bool
dotted_of_frozen(char *out, size_t size, const char *file)
{
    size_t length = strlen(file);

    if (length < 10 || strncmp(file, "<frozen ", 8) ||
        file[length - 1] != '>' || length - 9 >= size ||
        !strncmp(file + 8, "importlib._bootstrap", 20))
        return false;
    memcpy(out, file + 8, length - 9);
    out[length - 9] = '\0';
    return true;
}

static bool
dotted_of_stdlib(const stk_interp *state, char *out, size_t size,
                 const char *file)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(state->stdlib_dirs); i++) {
        const char *dir =
            PyUnicode_AsUTF8(PyTuple_GET_ITEM(state->stdlib_dirs, i));
        size_t length = dir ? strlen(dir) : 0;

        if (length && !strncmp(file, dir, length) && file[length] == '/')
            return dotted_of_file(out, size, file + length + 1);
    }
    PyErr_Clear();
    return false;
}

PyObject *
stk_origin_of_code(const stk_interp *state, PyCodeObject *code)
{
    PyObject *exact = stk_str_or_null(code->co_filename);
    const char *file = exact ? PyUnicode_AsUTF8(exact) : NULL;
    char name[256];

    if (!file ||
        PyUnicode_CompareWithASCIIString(code->co_name, "<module>") != 0) {
        PyErr_Clear();
        return NULL;
    }
    if (!dotted_of_frozen(name, sizeof name, file) &&
        !dotted_of_stdlib(state, name, sizeof name, file))
        return NULL;
    exact = PyUnicode_FromString(name);
    PyErr_Clear();
    return exact;
}

/* DIR/lib-dynload/NAME.*: whoever can put a link there can put anything. */
static bool
is_named_so(const stk_interp *state, const char *path, PyObject *name)
{
    static const char dynload[] = "/lib-dynload/";
    const size_t middle = sizeof dynload - 1;
    const char *asked = PyUnicode_AsUTF8(name);
    size_t length = asked ? strlen(asked) : 0;

    for (Py_ssize_t i = 0;
         path && length && i < PyTuple_GET_SIZE(state->stdlib_dirs); i++) {
        const char *dir =
            PyUnicode_AsUTF8(PyTuple_GET_ITEM(state->stdlib_dirs, i));
        size_t begin = dir ? strlen(dir) : 0;

        if (begin && !strncmp(path, dir, begin) &&
            !strncmp(path + begin, dynload, middle) &&
            !strncmp(path + begin + middle, asked, length) &&
            path[begin + middle + length] == '.' &&
            !strchr(path + begin + middle, '/') && !strchr(asked, '/'))
            return true;
    }
    return false;
}

PyObject *
stk_origin_of_extension(const stk_interp *state, PyObject *asked,
                        PyObject *path)
{
    const char *text = PyUnicode_AsUTF8(path), *base;
    char real[PATH_MAX], dir[PATH_MAX];
    PyObject *name = NULL;

    if (is_named_so(state, text, asked))
        return NULL;
    if (!text || !realpath(text, real)) {
        PyErr_Clear();
        return NULL;
    }
    base = strstr(real, "/lib-dynload/");
    for (Py_ssize_t i = 0;
         base && !name && i < PyTuple_GET_SIZE(state->stdlib_dirs); i++) {
        const char *folder =
            PyUnicode_AsUTF8(PyTuple_GET_ITEM(state->stdlib_dirs, i));

        if (folder && realpath(folder, dir) &&
            !strncmp(real, dir, strlen(dir)) && real + strlen(dir) == base)
            name = PyUnicode_FromStringAndSize(
                base + 13, (Py_ssize_t)strcspn(base + 13, "."));
    }
    PyErr_Clear();
    return name;
}
