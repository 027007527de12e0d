/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host has to know of an object to compare it: nothing where it is
 * equal to itself alone; the number or the text that it is, where it is
 * compared as that; None where a class of its own decides.
 */
#include "worker/serve.h"

#define TEXT_LONG 256 /* bytes */

static bool
is_plain(PyObject *object, const PyTypeObject *base)
{
    const PyTypeObject *type = Py_TYPE(object);

    return type->tp_richcompare == base->tp_richcompare &&
           type->tp_hash == base->tp_hash;
}

/* -1: it is none of these, or longer. */
static int
write_value(stk_writer *writer, PyObject *object)
{
    Py_ssize_t length;
    const char *text;
    long long number;
    int overflow;

    if (PyLong_Check(object) && is_plain(object, &PyLong_Type)) {
        number = PyLong_AsLongLongAndOverflow(object, &overflow);
        return overflow ? -1 : stk_writer_int(writer, number);
    }
    if (PyFloat_Check(object) && is_plain(object, &PyFloat_Type))
        return stk_writer_float(writer, PyFloat_AS_DOUBLE(object));
    if (!PyUnicode_Check(object) || !is_plain(object, &PyUnicode_Type))
        return -1;
    text = PyUnicode_AsUTF8AndSize(object, &length);
    PyErr_Clear(); /* surrogates */
    if (!text || length > TEXT_LONG)
        return -1;
    return stk_writer_text(writer, text, (size_t)length);
}

bool
stk_likeness_is_own(PyObject *object)
{
    return Py_TYPE(object)->tp_richcompare == PyBaseObject_Type.tp_richcompare;
}

int
stk_likeness_write(stk_writer *writer, PyObject *object)
{
    if (write_value(writer, object) == 0)
        return 0;
    return writer->failed ? -1 : stk_writer_none(writer);
}
