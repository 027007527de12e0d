/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times as the parts of their records, and back. */
#include "worker/times.h"

#include "worker/compat.h"
#include "worker/recordclass.h"

#define DAY_US 86400000000LL

static long long
number_of(PyObject *object, const char *name)
{
    PyObject *number = PyObject_GetAttrString(object, name);
    long long value = number ? PyLong_AsLongLong(number) : -1;

    Py_XDECREF(number);
    return value;
}

static long long
day_time(PyObject *object)
{
    long long seconds = number_of(object, "hour") * 3600 +
                        number_of(object, "minute") * 60 +
                        number_of(object, "second");

    return seconds * 1000000 + number_of(object, "microsecond");
}

bool
stk_times_has_plain_zone(PyObject *object, const stk_crossing *crossing)
{
    PyObject *zone = PyObject_GetAttrString(object, "tzinfo");
    bool is_plain = zone && stk_recordclass_is_zone(zone, crossing);

    PyErr_Clear();
    Py_XDECREF(zone);
    return is_plain;
}

/* Of any other it is only known there what it says. */
static PyObject *
zone_of(PyObject *object, const stk_crossing *crossing)
{
    PyObject *zone = PyObject_GetAttrString(object, "tzinfo");

    if (!zone || stk_recordclass_is_zone(zone, crossing))
        return zone;
    PyErr_Format(PyExc_TypeError,
                 "a %.100s whose tzinfo is a %.100s cannot cross between host "
                 "and worker: take its .astimezone(datetime.timezone.utc)",
                 Py_TYPE(object)->tp_name, Py_TYPE(zone)->tp_name);
    Py_DECREF(zone);
    return NULL;
}

PyObject *
stk_times_parts(PyObject *object, const stk_crossing *crossing, bool day)
{
    PyObject *zone = zone_of(object, crossing), *ordinal, *parts = NULL;
    long long us = zone ? day_time(object) : 0;
    long long fold = zone ? number_of(object, "fold") : 0;

    if (!zone || PyErr_Occurred()) {
        Py_XDECREF(zone);
        return NULL;
    }
    if (!day)
        return Py_BuildValue("(LLN)", us, fold, zone);
    ordinal = PyObject_CallMethod(object, "toordinal", NULL);
    if (ordinal)
        parts = Py_BuildValue("(NLLO)", ordinal, us, fold, zone);
    Py_DECREF(zone);
    return parts;
}

PyObject *
stk_times_zone_parts(PyObject *object)
{
    PyObject *state = PyObject_CallMethod(object, "__getinitargs__", NULL);
    PyObject *parts = NULL;

    if (state && PyTuple_CheckExact(state) && PyTuple_GET_SIZE(state) == 1)
        parts = Py_BuildValue("(OO)", PyTuple_GET_ITEM(state, 0), Py_None);
    else if (state)
        parts = Py_NewRef(state);
    Py_XDECREF(state);
    return parts;
}

/* time(hour, minute, second, microsecond, tzinfo, fold=) */
PyObject *
stk_times_make(PyObject *class, PyObject *number, PyObject *fold,
               PyObject *zone)
{
    long long us = PyLong_AsLongLong(number);
    PyObject *args, *keywords, *made = NULL;

    if (us < 0 || us >= DAY_US) {
        PyErr_Clear();
        return stk_recordclass_refuse();
    }
    args = Py_BuildValue("(iiiiO)", (int)(us / 3600000000LL),
                         (int)(us / 60000000 % 60), (int)(us / 1000000 % 60),
                         (int)(us % 1000000), zone);
    keywords = Py_BuildValue("{sO}", "fold", fold);
    if (args && keywords)
        made = PyObject_Call(class, args, keywords);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    return made;
}

PyObject *
stk_times_make_datetime(PyObject *class, PyObject *parts,
                        const stk_crossing *crossing)
{
    PyObject *dates = stk_recordclass_find(crossing, STK_RECORD_DATE);
    PyObject *times =
        dates ? stk_recordclass_find(crossing, STK_RECORD_TIME) : NULL;
    PyObject *date = times ? PyObject_CallMethod(dates, "fromordinal", "O",
                                                 PyTuple_GET_ITEM(parts, 0))
                           : NULL;
    PyObject *time = date ? stk_times_make(times, PyTuple_GET_ITEM(parts, 1),
                                           PyTuple_GET_ITEM(parts, 2),
                                           PyTuple_GET_ITEM(parts, 3))
                          : NULL;
    PyObject *made =
        time ? PyObject_CallMethod(class, "combine", "OO", date, time) : NULL;

    Py_XDECREF(dates);
    Py_XDECREF(times);
    Py_XDECREF(date);
    Py_XDECREF(time);
    return made;
}

PyObject *
stk_times_make_zone(PyObject *class, PyObject *parts)
{
    if (PyTuple_GET_ITEM(parts, 1) != Py_None)
        return PyObject_Call(class, parts, NULL);
    return PyObject_CallFunctionObjArgs(class, PyTuple_GET_ITEM(parts, 0),
                                        NULL);
}
