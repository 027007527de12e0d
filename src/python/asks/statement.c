/* SPDX-License-Identifier: Apache-2.0 */
/* Does a frame stand at an import statement for this very name? */
#include "python/asks/frame.h"

#include <opcode.h>
#include <string.h>

#include "policy/name.h"

static PyObject *
name_at(PyCodeObject *code, Py_ssize_t index)
{
    return index < PyTuple_GET_SIZE(code->co_names)
               ? PyTuple_GET_ITEM(code->co_names, index)
               : NULL;
}

/* Up to 3.10 a frame stands at the first EXTENDED_ARG before it. */
static PyObject *
name_in_bytes(PyObject *bytes, PyCodeObject *code, int at)
{
    const unsigned char *ops = (const unsigned char *)PyBytes_AS_STRING(bytes);
    Py_ssize_t arg;
    int shift = 8;

    while (at + 3 < PyBytes_GET_SIZE(bytes) && ops[at] == EXTENDED_ARG)
        at += 2;
    if (at + 1 >= PyBytes_GET_SIZE(bytes) || ops[at] != IMPORT_NAME)
        return NULL;
    arg = ops[at + 1];
    for (at -= 2; at >= 0 && ops[at] == EXTENDED_ARG && shift < 32;
         at -= 2, shift += 8)
        arg |= (Py_ssize_t)ops[at + 1] << shift;
    return name_at(code, arg);
}

#if PY_VERSION_HEX >= 0x030B0000
/*
 * As compilers write it, with its arguments loaded right before it: neither
 * of the two has another form in the code that runs, and no EXTENDED_ARG is
 * between them. What else there is is asked of PyCode_GetCode(), which makes
 * a copy of all the code.
 */
static PyObject *
name_as_compiled(PyCodeObject *code, int at)
{
    const unsigned char *ops = (const unsigned char *)code->co_code_adaptive;

    if (at < 2 || at + 1 >= (int)Py_SIZE(code) * 2 || ops[at] != IMPORT_NAME ||
        ops[at - 2] != LOAD_CONST)
        return NULL;
    return name_at(code, ops[at + 1]);
}
#else
static PyObject *
name_as_compiled(PyCodeObject *Py_UNUSED(code), int Py_UNUSED(at))
{
    return NULL;
}
#endif

/* The name of the IMPORT_NAME instruction that the frame stands at:
 * borrowed from `code`, or NULL. */
static PyObject *
static_name(PyFrameObject *frame, PyCodeObject *code)
{
    int at = PyFrame_GetLasti(frame);
    PyObject *name = at < 0 ? NULL : name_as_compiled(code, at);
    PyObject *bytes = at < 0 || name ? NULL : PyCode_GetCode(code);

    if (name)
        return name;
    if (!bytes) {
        PyErr_Clear();
        return NULL;
    }
    name = name_in_bytes(bytes, code, at);
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
    if (text && !found && own && stk_name_same_top(own, name))
        found = covers_name(name, strlen(name), text, false) ||
                covers_submodule(name, text, code, false);
    if (stated && !text)
        PyErr_Clear();
    Py_DECREF(code);
    return found;
}
