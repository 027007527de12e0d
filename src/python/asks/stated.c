/* SPDX-License-Identifier: Apache-2.0 */
/* The names that the import statements of code have. */
#include "python/asks/stated.h"

#include <opcode.h>
#include <stdbool.h>

#define NESTED_MAX 100 /* code within code */

/* What was seen on the way to an instruction. */
typedef struct statement {
    PyObject *names;         /* borrowed; set */
    PyObject *tuple;         /* borrowed; co_names */
    PyObject *consts;        /* borrowed; co_consts */
    Py_ssize_t before, last; /* of the last two LOAD_CONST, or -1 */
    PyObject *from;          /* borrowed; the module of the statement */
} statement;

static bool
is_absolute(const statement *s)
{
    PyObject *level = s->before >= 0 && s->before < PyTuple_GET_SIZE(s->consts)
                          ? PyTuple_GET_ITEM(s->consts, s->before)
                          : NULL;

    return level && PyLong_CheckExact(level) &&
           PyObject_RichCompareBool(level, Py_False, Py_EQ) == 1;
}

/* A name, and the packages on the way to it. */
static int
add_name(PyObject *names, PyObject *name)
{
    Py_ssize_t end = PyUnicode_GET_LENGTH(name);
    int result = 0;

    for (; result == 0 && end > 0;
         end = PyUnicode_FindChar(name, '.', 0, end, -1)) {
        PyObject *part = PyUnicode_Substring(name, 0, end);

        result = part ? PySet_Add(names, part) : -1;
        Py_XDECREF(part);
    }
    return result;
}

static int
add_item(const statement *s, PyObject *item)
{
    PyObject *name = PyUnicode_FromFormat("%U.%U", s->from, item);
    int result = name ? PySet_Add(s->names, name) : -1;

    Py_XDECREF(name);
    return result;
}

static int
take_instruction(statement *s, int op, Py_ssize_t arg)
{
    bool is_name = arg < PyTuple_GET_SIZE(s->tuple);

    if (op == LOAD_CONST) {
        s->before = s->last;
        s->last = arg;
    } else if (op == IMPORT_NAME && is_name) {
        s->from = is_absolute(s) ? PyTuple_GET_ITEM(s->tuple, arg) : NULL;
        return s->from ? add_name(s->names, s->from) : 0;
    } else if (op == IMPORT_FROM && is_name && s->from) {
        return add_item(s, PyTuple_GET_ITEM(s->tuple, arg));
    }
    return 0;
}

static int
read_instructions(statement *s, PyObject *bytes)
{
    const unsigned char *ops = (unsigned char *)PyBytes_AS_STRING(bytes);
    Py_ssize_t n = PyBytes_GET_SIZE(bytes), arg = 0;
    int result = 0;

    for (Py_ssize_t i = 0; result == 0 && i + 1 < n; i += 2) {
        arg = (arg << 8 | ops[i + 1]) & 0x7fffffff;
        if (ops[i] == EXTENDED_ARG)
            continue;
        result = take_instruction(s, ops[i], arg);
        arg = 0;
    }
    return result;
}

static int add_stated(PyObject *names, PyObject *code, int depth);

static int
add_nested(PyObject *names, PyObject *consts, int depth)
{
    int result = 0;

    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(consts); i++)
        if (PyCode_Check(PyTuple_GET_ITEM(consts, i)))
            result = add_stated(names, PyTuple_GET_ITEM(consts, i), depth + 1);
    return result;
}

static int
add_stated(PyObject *names, PyObject *code, int depth)
{
    PyObject *bytes = PyObject_GetAttrString(code, "co_code");
    PyObject *tuple = PyObject_GetAttrString(code, "co_names");
    PyObject *consts = PyObject_GetAttrString(code, "co_consts");
    statement s = { names, tuple, consts, -1, -1, NULL };
    int result = -1;

    if (bytes && tuple && consts)
        result = read_instructions(&s, bytes);
    if (result == 0 && depth < NESTED_MAX)
        result = add_nested(names, consts, depth);
    Py_XDECREF(bytes);
    Py_XDECREF(tuple);
    Py_XDECREF(consts);
    return result;
}

int
stk_stated_add(PyObject *names, PyObject *code)
{
    return add_stated(names, code, 0);
}
