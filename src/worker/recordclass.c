/* SPDX-License-Identifier: Apache-2.0 */
/* Which class the values of a record are of. */
#include "worker/recordclass.h"

#include <string.h>

#include "worker/compat.h"

static const struct {
    enum stk_record record;
    const char *module, *name;
    const char *type; /* tp_name of instances */
} classes[] = {
    { STK_RECORD_DATE, "datetime", "date", "datetime.date" },
    { STK_RECORD_TIME, "datetime", "time", "datetime.time" },
    { STK_RECORD_DATETIME, "datetime", "datetime", "datetime.datetime" },
    { STK_RECORD_TIMEDELTA, "datetime", "timedelta", "datetime.timedelta" },
    { STK_RECORD_TIMEZONE, "datetime", "timezone", "datetime.timezone" },
    { STK_RECORD_DECIMAL, "decimal", "Decimal", "decimal.Decimal" },
    { STK_RECORD_FRACTION, "fractions", "Fraction", "Fraction" },
    { STK_RECORD_UUID, "uuid", "UUID", "UUID" },
    { STK_RECORD_ZONE, "zoneinfo", "ZoneInfo", "zoneinfo.ZoneInfo" },
    { STK_RECORD_ZONE, "zoneinfo", "ZoneInfo", "ZoneInfo" }, /* without C */
};

#define N_CLASSES (sizeof classes / sizeof *classes)

static PyObject *
find_module(const stk_crossing *crossing, const char *name)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), name);

    if (module)
        return Py_NewRef(module);
    if (crossing && crossing->module)
        return crossing->module(crossing->payload, name);
    return PyErr_Format(PyExc_ImportError, "'%s' is not loaded", name);
}

PyObject *
stk_recordclass_find(const stk_crossing *crossing, enum stk_record record)
{
    for (size_t i = 0; i < N_CLASSES; i++) {
        PyObject *module, *class;

        if (classes[i].record != record)
            continue;
        module = find_module(crossing, classes[i].module);
        class =
            module ? PyObject_GetAttrString(module, classes[i].name) : NULL;
        Py_XDECREF(module);
        return class;
    }
    return PyErr_Format(PyExc_ValueError, "a record of no kind");
}

/* A class may call itself what it likes. */
enum stk_record
stk_recordclass_of(PyObject *object, const stk_crossing *crossing)
{
    for (size_t i = 0; i < N_CLASSES; i++) {
        PyObject *class;
        bool is_it;

        if (strcmp(Py_TYPE(object)->tp_name, classes[i].type) != 0)
            continue;
        class = stk_recordclass_find(crossing, classes[i].record);
        is_it = class == (PyObject *)Py_TYPE(object);
        PyErr_Clear();
        Py_XDECREF(class);
        if (is_it)
            return classes[i].record;
    }
    return 0;
}

bool
stk_recordclass_is_zone(PyObject *object, const stk_crossing *crossing)
{
    enum stk_record record = stk_recordclass_of(object, crossing);

    return object == Py_None || record == STK_RECORD_TIMEZONE ||
           record == STK_RECORD_ZONE;
}

PyObject *
stk_recordclass_refuse(void)
{
    return PyErr_Format(PyExc_ValueError, "a record that cannot be");
}
