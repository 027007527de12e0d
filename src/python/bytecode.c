/* SPDX-License-Identifier: Apache-2.0 */
/* Verified bytes as a code object, from private memory and nothing else. */
#include "python/bytecode.h"

#include <marshal.h>
#include <string.h>

/* The file may have been built elsewhere: tracebacks name where it is. */
static PyObject *
set_filename(const stk_interp *state, PyObject *code, PyObject *path)
{
    PyObject *result;

    if (!state->fix_filename ||
        PyUnicode_Compare(((PyCodeObject *)code)->co_filename, path) == 0)
        return code;
    result =
        PyObject_CallFunctionObjArgs(state->fix_filename, code, path, NULL);
    if (!result)
        Py_CLEAR(code);
    Py_XDECREF(result);
    return code;
}

PyObject *
stk_bytecode_load(const stk_interp *state, const stk_code_bytes *bytes)
{
    PyObject *code =
        PyMarshal_ReadObjectFromString(bytes->data, (Py_ssize_t)bytes->length);

    if (!code)
        return NULL;
    if (!PyCode_Check(code)) {
        Py_DECREF(code);
        PyErr_Format(PyExc_ImportError, "the code for %R is no code object",
                     bytes->path);
        return NULL;
    }
    return set_filename(state, code, bytes->path);
}

PyObject *
stk_bytecode_compile(const stk_code_bytes *bytes)
{
    PyCompilerFlags flags = { 0, PY_MINOR_VERSION };

    if (memchr(bytes->data, '\0', bytes->length)) {
        PyErr_SetString(PyExc_SyntaxError,
                        "source code cannot contain null bytes");
        return NULL;
    }
    if (PySys_Audit("compile", "y#O", bytes->data, (Py_ssize_t)bytes->length,
                    bytes->path) < 0)
        return NULL;
    return Py_CompileStringObject(bytes->data, bytes->path, Py_file_input,
                                  &flags, -1);
}
