/* SPDX-License-Identifier: Apache-2.0 */
/* Module names between Python and C. */
#include "python/object/name.h"

#include <stdbool.h>
#include <string.h>

PyObject *
stk_name_exact(PyObject *object)
{
    if (PyUnicode_CheckExact(object))
        return Py_NewRef(object);
    if (PyUnicode_Check(object))
        return PyUnicode_FromObject(object);
    PyErr_SetString(PyExc_TypeError, "module name must be a string");
    return NULL;
}

/* A NUL becomes \x00: two different names must not look alike in C. */
static PyObject *
escape_nuls(PyObject *bytes)
{
    const char *from = PyBytes_AS_STRING(bytes);
    Py_ssize_t n = PyBytes_GET_SIZE(bytes), nuls = 0;
    PyObject *escaped;
    char *to;

    for (Py_ssize_t i = 0; i < n; i++)
        nuls += from[i] == '\0';
    escaped = PyBytes_FromStringAndSize(NULL, n + 3 * nuls);
    if (!escaped)
        return NULL;
    to = PyBytes_AS_STRING(escaped);
    for (Py_ssize_t i = 0; i < n; i++) {
        if (from[i]) {
            *to++ = from[i];
        } else {
            memcpy(to, "\\x00", 4);
            to += 4;
        }
    }
    return escaped;
}

int
stk_utf8_get(stk_utf8 *out, PyObject *exact)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(exact, &length);
    PyObject *bytes, *escaped;

    if (text && !memchr(text, '\0', (size_t)length)) {
        out->text = text;
        out->owner = Py_NewRef(exact);
        return 0;
    }
    PyErr_Clear();
    bytes = PyUnicode_AsEncodedString(exact, "utf-8", "xmlcharrefreplace");
    if (!bytes)
        return -1;
    escaped = escape_nuls(bytes);
    Py_DECREF(bytes);
    if (!escaped)
        return -1;
    out->text = PyBytes_AS_STRING(escaped);
    out->owner = escaped;
    return 0;
}

void
stk_utf8_clear(stk_utf8 *utf8)
{
    utf8->text = NULL;
    Py_CLEAR(utf8->owner);
}

PyObject *
stk_path_encoded(PyObject *path)
{
    PyObject *encoded =
        PyUnicode_Check(path) ? PyUnicode_EncodeFSDefault(path) : NULL;

    if (!encoded)
        PyErr_Clear();
    else if (strlen(PyBytes_AS_STRING(encoded)) !=
             (size_t)PyBytes_GET_SIZE(encoded))
        Py_CLEAR(encoded);
    return encoded;
}

PyObject *
stk_str_or_null(PyObject *object)
{
    return object && PyUnicode_CheckExact(object) ? object : NULL;
}

/* __package__, else __spec__.parent, else __name__ and whether __path__ is
 * there: the order of importlib's _calc___package__. New references. */
static PyObject *
parent_of_spec(PyObject *spec)
{
    PyObject *parent = PyObject_GetAttrString(spec, "parent"), *exact = NULL;

    if (parent && PyUnicode_Check(parent))
        exact = PyUnicode_FromObject(parent);
    Py_XDECREF(parent);
    return exact;
}

static PyObject *
package_of_name(PyObject *globals, PyObject *name)
{
    Py_ssize_t dot;

    if (PyDict_GetItemString(globals, "__path__"))
        return PyUnicode_FromObject(name);
    dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GetLength(name), -1);
    return dot < 0 ? PyUnicode_FromString("")
                   : PyUnicode_Substring(name, 0, dot);
}

/* Held from the start: a key of globals may run code and take it away. */
static PyObject *
held_item(PyObject *globals, const char *key)
{
    return Py_XNewRef(PyDict_GetItemString(globals, key));
}

static PyObject *
find_package(PyObject *globals, int *stable, bool *by_name)
{
    PyObject *found = held_item(globals, "__package__"), *package = NULL;

    if (found && found != Py_None) {
        *stable = PyUnicode_CheckExact(found);
        if (PyUnicode_Check(found))
            package = PyUnicode_FromObject(found);
        Py_DECREF(found);
        return package;
    }
    *stable = 0;
    Py_XSETREF(found, held_item(globals, "__spec__"));
    if (found && found != Py_None) {
        package = parent_of_spec(found);
        Py_DECREF(found);
        return package;
    }
    Py_XSETREF(found, held_item(globals, "__name__"));
    if (found && PyUnicode_Check(found)) {
        *by_name = true;
        package = package_of_name(globals, found);
    }
    Py_XDECREF(found);
    return package;
}

static PyObject *
join_name(PyObject *package, PyObject *name, int level)
{
    Py_ssize_t end = PyUnicode_GetLength(package);
    PyObject *base, *joined;

    if (end == 0)
        return NULL;
    for (; level > 1; level--) {
        end = PyUnicode_FindChar(package, '.', 0, end, -1);
        if (end < 0)
            return NULL;
    }
    base = PyUnicode_Substring(package, 0, end);
    if (!base || PyUnicode_GetLength(name) == 0)
        return base;
    joined = PyUnicode_FromFormat("%U.%U", base, name);
    Py_DECREF(base);
    return joined;
}

/* In CPython's words, and from where it would say so: whoever is asked for
 * an absolute name has no reason to. */
static int
warn_of_name(void)
{
    return PyErr_WarnEx(PyExc_ImportWarning,
                        "can't resolve package from __spec__ or __package__, "
                        "falling back on __name__ and __path__",
                        1);
}

bool
stk_name_is_among(PyObject *name, const stk_literal *words, size_t n)
{
    Py_ssize_t length;

    if (!PyUnicode_Check(name))
        return false;
    length = PyUnicode_GetLength(name);
    for (size_t i = 0; i < n; i++)
        if (words[i].length == length &&
            PyUnicode_CompareWithASCIIString(name, words[i].text) == 0)
            return true;
    return false;
}

bool
stk_name_ends_with_label(PyObject *name, PyObject *label)
{
    Py_ssize_t length = PyUnicode_GetLength(name);
    Py_ssize_t tail = PyUnicode_GetLength(label);

    return length > tail &&
           PyUnicode_Tailmatch(name, label, 0, length, 1) == 1 &&
           PyUnicode_ReadChar(name, length - tail - 1) == '.';
}

PyObject *
stk_name_resolve(PyObject *name, PyObject *globals, int level, int *stable)
{
    PyObject *package, *resolved = NULL;
    bool by_name = false;

    *stable = 1;
    if (level <= 0)
        return Py_NewRef(name);
    if (!globals || !PyDict_Check(globals))
        return NULL;
    package = find_package(globals, stable, &by_name);
    /* a dict subclass is read past its methods by importlib too, but what
     * it holds may change while __eq__ of a key runs */
    if (!PyDict_CheckExact(globals))
        *stable = 0;
    if (package) {
        resolved = join_name(package, name, level);
        Py_DECREF(package);
    }
    PyErr_Clear();
    if (resolved && by_name && warn_of_name() < 0)
        Py_CLEAR(resolved);
    return resolved;
}
