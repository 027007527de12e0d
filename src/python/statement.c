/* SPDX-License-Identifier: Apache-2.0 */
/* Does a frame stand at an import statement for this very name? */
#include "python/frame.h"

#include <opcode.h>
#include <string.h>

/* The name of the IMPORT_NAME instruction that the frame stands at:
 * borrowed from `code`, or NULL. */
static PyObject *
static_name(PyFrameObject *frame, PyCodeObject *code)
{
    int at = PyFrame_GetLasti(frame), shift = 8;
    PyObject *bytes = at < 0 ? NULL : PyCode_GetCode(code), *name = NULL;
    const unsigned char *ops;
    Py_ssize_t arg;

    if (!bytes) {
        PyErr_Clear();
        return NULL;
    }
    ops = (const unsigned char *)PyBytes_AS_STRING(bytes);
    if (at + 1 < PyBytes_GET_SIZE(bytes) && ops[at] == IMPORT_NAME) {
        arg = ops[at + 1];
        for (at -= 2; at >= 0 && ops[at] == EXTENDED_ARG && shift < 32;
             at -= 2, shift += 8)
            arg |= (Py_ssize_t)ops[at + 1] << shift;
        if (arg < PyTuple_GET_SIZE(code->co_names))
            name = PyTuple_GET_ITEM(code->co_names, arg);
    }
    Py_DECREF(bytes);
    return name;
}

/* `name` is `tail`, or ends with it behind a dot: a relative import. */
static bool
ends_with_labels(const char *name, size_t length, const char *tail,
                 size_t tail_length)
{
    if (tail_length == 0)
        return true;
    if (tail_length > length ||
        memcmp(name + length - tail_length, tail, tail_length))
        return false;
    return tail_length == length || name[length - tail_length - 1] == '.';
}

/* `name` is what the statement imports, or a parent on the way to it. */
static bool
covers_name(const char *name, size_t length, const char *stated, bool whole)
{
    size_t end = strlen(stated);

    for (;;) {
        if (whole ? end == length && !memcmp(name, stated, end)
                  : ends_with_labels(name, length, stated, end))
            return true;
        while (end > 0 && stated[end - 1] != '.')
            end--;
        if (end == 0)
            return false;
        end--;
    }
}

/* `from stated import label` may load stated.label. */
static bool
covers_submodule(const char *name, const char *stated, PyCodeObject *code,
                 bool whole)
{
    const char *dot = strrchr(name, '.');

    if (!dot || !covers_name(name, (size_t)(dot - name), stated, whole))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++)
        if (PyUnicode_CompareWithASCIIString(
                PyTuple_GET_ITEM(code->co_names, i), dot + 1) == 0)
            return true;
    return false;
}

static bool
same_top(const char *a, const char *b)
{
    size_t length = strcspn(a, ".");

    return strcspn(b, ".") == length && !memcmp(a, b, length);
}

/*
 * The frame stands at an import statement for this very name. co_names
 * alone would not do: a function that mentions `os` somewhere and imports
 * what it is told to would be taken for one that imports os. A relative
 * statement imports from the code's own package, whatever globals it runs
 * with.
 */
bool
stk_frame_states(PyFrameObject *frame, const char *own, const char *name)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyObject *stated = static_name(frame, code);
    const char *text = stated ? PyUnicode_AsUTF8(stated) : NULL;
    bool found = false;

    if (text)
        found = covers_name(name, strlen(name), text, true) ||
                covers_submodule(name, text, code, true);
    if (text && !found && own && same_top(own, name))
        found = covers_name(name, strlen(name), text, false) ||
                covers_submodule(name, text, code, false);
    if (stated && !text)
        PyErr_Clear();
    Py_DECREF(code);
    return found;
}
