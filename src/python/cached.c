/* SPDX-License-Identifier: Apache-2.0 */
/* Code that Python keeps of a source file. To read it and to write it anew
 * for a worker takes as long as the worker needs to run it. */
#include "python/cached.h"

#include "python/loaded.h"

#define HEAD 16 /* magic, flags, and size and time of the source: PEP 552 */

static PyObject *
external(const char *name)
{
    PyObject *namespace = stk_module_namespace("_frozen_importlib_external");
    PyObject *found = namespace ? PyDict_GetItemString(namespace, name) : NULL;

    Py_XINCREF(found);
    return found;
}

static bool
is_plain_loader(PyObject *loader)
{
    PyObject *type = external("SourceFileLoader");
    bool is_plain = (PyObject *)Py_TYPE(loader) == type;

    Py_XDECREF(type);
    return is_plain;
}

/* The bytes of the file that importlib would take, and its path's source. */
static PyObject *
read_kept(PyObject *loader, PyObject *source)
{
    PyObject *cache_from_source = external("cache_from_source");
    PyObject *path = cache_from_source
                         ? PyObject_CallOneArg(cache_from_source, source)
                         : NULL;
    PyObject *data =
        path ? PyObject_CallMethod(loader, "get_data", "O", path) : NULL;

    Py_XDECREF(cache_from_source);
    Py_XDECREF(path);
    if (data && !PyBytes_CheckExact(data))
        Py_CLEAR(data);
    return data;
}

static uint32_t
number_at(PyObject *data, Py_ssize_t at)
{
    const unsigned char *bytes =
        (const unsigned char *)PyBytes_AS_STRING(data) + at;

    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* As importlib compares them: the lower 32 bits of whole seconds. */
static bool
is_of(PyObject *data, PyObject *stats)
{
    PyObject *when = PyMapping_GetItemString(stats, "mtime");
    PyObject *size = PyMapping_GetItemString(stats, "size");
    PyObject *whole = when ? PyNumber_Long(when) : NULL;
    unsigned long time = whole ? PyLong_AsUnsignedLongMask(whole) : 0;
    unsigned long bytes = size ? PyLong_AsUnsignedLongMask(size) : 0;
    bool same = !PyErr_Occurred() && PyBytes_GET_SIZE(data) > HEAD &&
                number_at(data, 0) == (uint32_t)PyImport_GetMagicNumber() &&
                number_at(data, 4) == 0 &&
                number_at(data, 8) == (uint32_t)time &&
                number_at(data, 12) == (uint32_t)bytes;

    Py_XDECREF(when);
    Py_XDECREF(size);
    Py_XDECREF(whole);
    return same;
}

static PyObject *
find(PyObject *name, PyObject *loader)
{
    PyObject *source = PyObject_CallMethod(loader, "get_filename", "O", name);
    PyObject *stats =
        source ? PyObject_CallMethod(loader, "path_stats", "O", source) : NULL;
    PyObject *data = stats ? read_kept(loader, source) : NULL;
    PyObject *code = NULL;

    if (data && is_of(data, stats))
        code = PyBytes_FromStringAndSize(PyBytes_AS_STRING(data) + HEAD,
                                         PyBytes_GET_SIZE(data) - HEAD);
    Py_XDECREF(source);
    Py_XDECREF(stats);
    Py_XDECREF(data);
    return code;
}

PyObject *
stk_cached_code(PyObject *name, PyObject *loader)
{
    PyObject *code = is_plain_loader(loader) ? find(name, loader) : NULL;

    if (!code)
        PyErr_Clear();
    return code;
}
