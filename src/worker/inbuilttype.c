/* SPDX-License-Identifier: Apache-2.0 */
/* The types of Python's own that are handed to a worker as what they are
 * there: `convert=int`. */
#include "worker/records.h"

#include "worker/compat.h"
#include "worker/recordclass.h"

/* Of the wire: what is new comes last. */
static PyTypeObject *const types[] = {
    &PyBaseObject_Type, &PyBool_Type,    &PyLong_Type,  &PyFloat_Type,
    &PyComplex_Type,    &PyUnicode_Type, &PyBytes_Type, &PyByteArray_Type,
    &PyList_Type,       &PyTuple_Type,   &PyDict_Type,  &PySet_Type,
    &PyFrozenSet_Type,  &PyRange_Type,   &PySlice_Type,
};

#define N_TYPES ((int)(sizeof types / sizeof *types))

int
stk_inbuilt_number(PyObject *object)
{
    for (int i = 0; i < N_TYPES; i++)
        if (object == (PyObject *)types[i])
            return i;
    return -1;
}

PyObject *
stk_inbuilt_type(PyObject *number)
{
    long at = PyLong_AsLong(number);

    if (at < 0 || at >= N_TYPES)
        return stk_recordclass_refuse();
    return Py_NewRef((PyObject *)types[at]);
}
