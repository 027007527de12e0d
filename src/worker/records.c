/* SPDX-License-Identifier: Apache-2.0 */
/* Values of Python that the wire has no type for, as records, and back. */
#include "worker/records.h"

#include <string.h>

#include "worker/compat.h"
#include "worker/recordclass.h"
#include "worker/times.h"

/* ---- writing --------------------------------------------------------- */

/* `parts` (taken) is a tuple of plain values. */
static int
write_record(stk_writer *writer, enum stk_record record, PyObject *parts,
             const stk_crossing *crossing)
{
    int result = -1;

    if (!parts)
        return -1;
    if (stk_writer_hold(writer, STK_VALUE_RECORD,
                        1 + (size_t)PyTuple_GET_SIZE(parts)) < 0 ||
        stk_writer_int(writer, (int64_t)record) < 0)
        stk_values_fail(writer);
    else
        result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(parts); i++)
        result =
            stk_values_write(writer, PyTuple_GET_ITEM(parts, i), crossing);
    Py_DECREF(parts);
    return result;
}

static PyObject *
parts_of_decimal(PyObject *object)
{
    PyObject *text = PyObject_Str(object);
    PyObject *far =
        text ? PyObject_CallMethod(object, "adjusted", NULL) : NULL;
    long long exponent = far ? PyLong_AsLongLong(far) : 0;

    Py_XDECREF(far);
    if (text && !PyErr_Occurred() &&
        PyUnicode_GET_LENGTH(text) <= STK_RECORD_DECIMAL_MAX &&
        exponent <= STK_RECORD_EXPONENT_MAX &&
        exponent >= -STK_RECORD_EXPONENT_MAX)
        return Py_BuildValue("(N)", text);
    Py_XDECREF(text);
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_ValueError,
                     "this Decimal is too long to cross between host and "
                     "worker: take its str()");
    return NULL;
}

static PyObject *
parts_named(PyObject *object, const char *first, const char *second,
            const char *third)
{
    PyObject *a = PyObject_GetAttrString(object, first);
    PyObject *b = a && second ? PyObject_GetAttrString(object, second) : NULL;
    PyObject *c = b && third ? PyObject_GetAttrString(object, third) : NULL;
    PyObject *parts = NULL;

    if (!PyErr_Occurred())
        parts = PyTuple_Pack(third ? 3 : second ? 2 : 1, a, b, c);
    Py_XDECREF(a);
    Py_XDECREF(b);
    Py_XDECREF(c);
    return parts;
}

/* A Fraction divides its parts by each other, and so does a range: the square
 * of their length. */
static bool
is_short(PyObject *number)
{
    PyObject *length = PyObject_CallMethod(number, "bit_length", NULL);
    long bits = length ? PyLong_AsLong(length) : -1;

    Py_XDECREF(length);
    PyErr_Clear();
    return bits >= 0 && bits <= STK_RECORD_FRACTION_BITS;
}

/* `parts` is taken; NULL is an exception that is set. */
static PyObject *
check_short(PyObject *parts, const char *message)
{
    bool good = true;

    for (Py_ssize_t i = 0; parts && good && i < PyTuple_GET_SIZE(parts); i++)
        good = is_short(PyTuple_GET_ITEM(parts, i));
    if (good)
        return parts;
    Py_DECREF(parts);
    PyErr_SetString(PyExc_ValueError, message);
    return NULL;
}

static PyObject *
parts_of_fraction(PyObject *object)
{
    return check_short(parts_named(object, "numerator", "denominator", NULL),
                       "this Fraction is too long to cross between host and "
                       "worker: hand over its numerator and its denominator");
}

static PyObject *
parts_of(PyObject *object, enum stk_record record,
         const stk_crossing *crossing)
{
    switch (record) {
    case STK_RECORD_DATE:
        return Py_BuildValue("(N)",
                             PyObject_CallMethod(object, "toordinal", NULL));
    case STK_RECORD_TIME:
    case STK_RECORD_DATETIME:
        return stk_times_parts(object, crossing,
                               record == STK_RECORD_DATETIME);
    case STK_RECORD_TIMEDELTA:
        return parts_named(object, "days", "seconds", "microseconds");
    case STK_RECORD_TIMEZONE:
        return stk_times_zone_parts(object);
    case STK_RECORD_DECIMAL:
        return parts_of_decimal(object);
    case STK_RECORD_FRACTION:
        return parts_of_fraction(object);
    case STK_RECORD_ZONE:
        return stk_zonekey_parts(object);
    default:
        return parts_named(object, "bytes", NULL, NULL);
    }
}

/* Types that every Python has in itself. */
static PyObject *
parts_of_inbuilt(PyObject *object, const stk_crossing *crossing,
                 enum stk_record *record)
{
    if (PyComplex_CheckExact(object)) {
        *record = STK_RECORD_COMPLEX;
        return Py_BuildValue("(dd)", PyComplex_RealAsDouble(object),
                             PyComplex_ImagAsDouble(object));
    }
    if (PyRange_Check(object)) {
        *record = STK_RECORD_RANGE;
        return check_short(parts_named(object, "start", "stop", "step"),
                           "this range is too long to cross between host and "
                           "worker: hand over its start, stop and step");
    }
    if (PySlice_Check(object)) {
        *record = STK_RECORD_SLICE;
        return parts_named(object, "start", "stop", "step");
    }
    if (PyByteArray_CheckExact(object)) {
        *record = STK_RECORD_BYTEARRAY;
        return Py_BuildValue(
            "(N)", PyBytes_FromStringAndSize(PyByteArray_AS_STRING(object),
                                             PyByteArray_GET_SIZE(object)));
    }
    if (PyType_Check(object) && crossing && !crossing->takes_all &&
        stk_inbuilt_number(object) >= 0) {
        *record = STK_RECORD_TYPE;
        return Py_BuildValue("(i)", stk_inbuilt_number(object));
    }
    if (object == Py_Ellipsis) {
        *record = STK_RECORD_ELLIPSIS;
        return PyTuple_New(0);
    }
    return NULL;
}

static bool
stays(PyObject *object, enum stk_record record, const stk_crossing *crossing)
{
    return (record == STK_RECORD_TIME || record == STK_RECORD_DATETIME) &&
           crossing && crossing->takes_all &&
           !stk_times_has_plain_zone(object, crossing);
}

int
stk_records_write(stk_writer *writer, PyObject *object,
                  const stk_crossing *crossing, bool *known)
{
    enum stk_record record = 0;
    PyObject *parts = parts_of_inbuilt(object, crossing, &record);

    if (!record) {
        record = stk_recordclass_of(object, crossing);
        if (stays(object, record, crossing))
            record = 0;
        parts = record ? parts_of(object, record, crossing) : NULL;
    }
    *known = record != 0;
    return record ? write_record(writer, record, parts, crossing) : 0;
}

/* ---- reading --------------------------------------------------------- */

/* What each has, a letter a part: i an int, s a short one, n an int or None, f
 * a float, t a text, T a text or None, b bytes, d a timedelta, z a zone or
 * None, k the key of one. */
static const char *const shapes[] = {
    [STK_RECORD_DATE] = "i",        [STK_RECORD_TIME] = "iiz",
    [STK_RECORD_DATETIME] = "iiiz", [STK_RECORD_TIMEDELTA] = "iii",
    [STK_RECORD_TIMEZONE] = "dT",   [STK_RECORD_DECIMAL] = "t",
    [STK_RECORD_FRACTION] = "ss",   [STK_RECORD_UUID] = "b",
    [STK_RECORD_COMPLEX] = "ff",    [STK_RECORD_RANGE] = "sss",
    [STK_RECORD_SLICE] = "nnn",     [STK_RECORD_BYTEARRAY] = "b",
    [STK_RECORD_ELLIPSIS] = "",     [STK_RECORD_ZONE] = "k",
    [STK_RECORD_TYPE] = "s",
};

#define N_SHAPES (sizeof shapes / sizeof *shapes)

static bool
has_shape(PyObject *part, char shape, const stk_crossing *crossing)
{
    switch (shape) {
    case 'i':
        return PyLong_CheckExact(part);
    case 's':
        return PyLong_CheckExact(part) && is_short(part);
    case 'n':
        return part == Py_None || PyLong_CheckExact(part);
    case 'f':
        return PyFloat_CheckExact(part);
    case 't':
        return PyUnicode_CheckExact(part);
    case 'T':
        return part == Py_None || PyUnicode_CheckExact(part);
    case 'b':
        return PyBytes_CheckExact(part);
    case 'd':
        return stk_recordclass_of(part, crossing) == STK_RECORD_TIMEDELTA;
    case 'k':
        return stk_zonekey_is(part);
    default:
        return stk_recordclass_is_zone(part, crossing);
    }
}

static PyObject *
read_parts(stk_reader *reader, const char *shape, const stk_crossing *crossing)
{
    PyObject *parts = PyTuple_New((Py_ssize_t)strlen(shape));

    for (Py_ssize_t i = 0; parts && shape[i]; i++) {
        PyObject *part = stk_values_read(reader, crossing);

        if (!part) {
            Py_CLEAR(parts);
            break;
        }
        PyTuple_SET_ITEM(parts, i, part);
        if (!has_shape(part, shape[i], crossing)) {
            Py_CLEAR(parts);
            stk_recordclass_refuse();
        }
    }
    return parts;
}

/* Its digits may be far from the point: int() of it would fill the memory. */
static PyObject *
make_decimal(PyObject *class, PyObject *text)
{
    PyObject *made = NULL, *far;
    long long exponent = -1 - STK_RECORD_EXPONENT_MAX;

    if (PyUnicode_GET_LENGTH(text) > STK_RECORD_DECIMAL_MAX)
        return stk_recordclass_refuse();
    made = PyObject_CallFunctionObjArgs(class, text, NULL);
    far = made ? PyObject_CallMethod(made, "adjusted", NULL) : NULL;
    if (far)
        exponent = PyLong_AsLongLong(far);
    Py_XDECREF(far);
    if (exponent <= STK_RECORD_EXPONENT_MAX &&
        exponent >= -STK_RECORD_EXPONENT_MAX)
        return made;
    Py_XDECREF(made);
    PyErr_Clear();
    return stk_recordclass_refuse();
}

static PyObject *
make_fraction(PyObject *class, PyObject *parts)
{
    PyObject *made = PyObject_Call(class, parts, NULL), *same;
    int equal = -1;

    /* the one way to write it, or two of them would be one value */
    same = made ? PyObject_GetAttrString(made, "denominator") : NULL;
    if (same)
        equal =
            PyObject_RichCompareBool(same, PyTuple_GET_ITEM(parts, 1), Py_EQ);
    Py_XDECREF(same);
    if (equal == 1)
        return made;
    Py_XDECREF(made);
    PyErr_Clear();
    return stk_recordclass_refuse();
}

static PyObject *
make_uuid(PyObject *class, PyObject *bytes)
{
    PyObject *keywords = Py_BuildValue("{sO}", "bytes", bytes);
    PyObject *none = PyTuple_New(0), *made = NULL;

    if (keywords && none)
        made = PyObject_Call(class, none, keywords);
    Py_XDECREF(keywords);
    Py_XDECREF(none);
    return made;
}

static PyObject *
make_inbuilt(enum stk_record record, PyObject *parts)
{
    PyObject *const *at = PySequence_Fast_ITEMS(parts);

    switch (record) {
    case STK_RECORD_COMPLEX:
        return PyComplex_FromDoubles(PyFloat_AS_DOUBLE(at[0]),
                                     PyFloat_AS_DOUBLE(at[1]));
    case STK_RECORD_RANGE:
        return PyObject_Call((PyObject *)&PyRange_Type, parts, NULL);
    case STK_RECORD_SLICE:
        return PySlice_New(at[0], at[1], at[2]);
    case STK_RECORD_BYTEARRAY:
        return PyByteArray_FromStringAndSize(PyBytes_AS_STRING(at[0]),
                                             PyBytes_GET_SIZE(at[0]));
    default:
        return Py_NewRef(Py_Ellipsis);
    }
}

static PyObject *
make(enum stk_record record, PyObject *class, PyObject *parts,
     const stk_crossing *crossing)
{
    PyObject *const *at = PySequence_Fast_ITEMS(parts);

    switch (record) {
    case STK_RECORD_DATE:
        return PyObject_CallMethod(class, "fromordinal", "O", at[0]);
    case STK_RECORD_TIME:
        return stk_times_make(class, at[0], at[1], at[2]);
    case STK_RECORD_DATETIME:
        return stk_times_make_datetime(class, parts, crossing);
    case STK_RECORD_TIMEDELTA:
        return PyObject_Call(class, parts, NULL);
    case STK_RECORD_TIMEZONE:
        return stk_times_make_zone(class, parts);
    case STK_RECORD_DECIMAL:
        return make_decimal(class, at[0]);
    case STK_RECORD_FRACTION:
        return make_fraction(class, parts);
    default:
        return make_uuid(class, at[0]);
    }
}

static PyObject *
build(enum stk_record record, PyObject *parts, const stk_crossing *crossing)
{
    PyObject *class, *made;

    if (record == STK_RECORD_ZONE)
        return crossing && crossing->zone
                   ? crossing->zone(crossing->payload,
                                    PyTuple_GET_ITEM(parts, 0))
                   : stk_recordclass_refuse();
    if (record == STK_RECORD_TYPE)
        return crossing && crossing->takes_all
                   ? stk_inbuilt_type(PyTuple_GET_ITEM(parts, 0))
                   : stk_recordclass_refuse();
    if (record >= STK_RECORD_COMPLEX)
        return make_inbuilt(record, parts);
    class = stk_recordclass_find(crossing, record);
    made = class ? make(record, class, parts, crossing) : NULL;
    Py_XDECREF(class);
    return made;
}

PyObject *
stk_records_read(stk_reader *reader, size_t count,
                 const stk_crossing *crossing)
{
    stk_error err = STK_ERROR_INIT;
    PyObject *parts, *made;
    stk_token number;

    if (stk_reader_expect(reader, STK_VALUE_INT, &number, &err) < 0 ||
        number.negative || number.integer >= N_SHAPES ||
        !shapes[number.integer] || count != 1 + strlen(shapes[number.integer]))
        return stk_recordclass_refuse();
    parts = read_parts(reader, shapes[number.integer], crossing);
    made =
        parts ? build((enum stk_record)number.integer, parts, crossing) : NULL;
    Py_XDECREF(parts);
    return made;
}
