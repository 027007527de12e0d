/* SPDX-License-Identifier: Apache-2.0 */
/* The key of a time zone: the other side has the zone by it, or not at
 * all. */
#include "worker/records.h"

#include <string.h>

#include "worker/compat.h"

bool
stk_zonekey_is(PyObject *key)
{
    Py_ssize_t n = 0;
    const char *text =
        PyUnicode_CheckExact(key) ? PyUnicode_AsUTF8AndSize(key, &n) : NULL;

    PyErr_Clear();
    return text && n > 0 && n <= STK_RECORD_KEY_MAX && text[0] != '/' &&
           strspn(text, STK_RECORD_KEY_LETTERS) == (size_t)n;
}

PyObject *
stk_zonekey_parts(PyObject *object)
{
    PyObject *key = PyObject_GetAttrString(object, "key");

    if (key && stk_zonekey_is(key))
        return Py_BuildValue("(N)", key);
    if (key)
        PyErr_Format(PyExc_TypeError,
                     "a ZoneInfo whose key is %.200R cannot cross between "
                     "host and worker: take ZoneInfo(KEY) with the name of a "
                     "zone, or .astimezone(datetime.timezone.utc)",
                     key);
    Py_XDECREF(key);
    return NULL;
}
