/* SPDX-License-Identifier: Apache-2.0 */
/* Python objects to values of the wire and back. */
#include "worker/values.h"

#include <stdio.h>
#include <string.h>

#include "base/unit.h"
#include "wire/frame.h"
#include "worker/compat.h"
#include "worker/records.h"

/* ---- writing --------------------------------------------------------- */

/* Which bound, how large it is, and what would have been needed. */
static void
name_bound(char *out, size_t size, const stk_writer *writer)
{
    static const stk_value_bounds most = STK_VALUE_BOUNDS_INIT;
    const char *why = writer->nest.why ? writer->nest.why : "too large";
    size_t bytes = writer->nest.bounds.bytes + STK_FRAME_HEAD;
    size_t memory = writer->nest.bounds.memory;
    bool is_profiles = bytes < most.bytes;
    char text[STK_UNIT_TEXT_MAX];

    if (!strcmp(why, "too long"))
        snprintf(out, size, "too long: %zu bytes or more, and %s %s",
                 writer->nest.wanted,
                 is_profiles ? "`reply` of the profile is"
                             : "what crosses at once has at most",
                 stk_unit_bytes(text, is_profiles ? bytes : most.bytes));
    else if (!strcmp(why, "too much memory"))
        snprintf(out, size,
                 "too much memory: %zu bytes or more as objects, and %s %s",
                 writer->nest.wanted,
                 is_profiles ? "four times `reply` of the profile is"
                             : "what crosses at once has at most",
                 stk_unit_bytes(text, memory));
    else if (!strcmp(why, "too many values"))
        snprintf(out, size, "too many values: at most %zu cross at once",
                 writer->nest.bounds.items);
    else if (!strcmp(why, "too large an int"))
        snprintf(out, size, "too large an int: at most %s bytes",
                 stk_unit_bytes(text, STK_VALUE_BIGNUM_MAX));
    else
        snprintf(out, size, "%s%s", why,
                 strcmp(why, "nested too deeply")
                     ? ""
                     : "; a value that holds itself never can");
}

int
stk_values_fail(stk_writer *writer)
{
    char why[200];

    if (PyErr_Occurred())
        return -1;
    if (writer->failed == STK_E_MEMORY) {
        PyErr_NoMemory();
        return -1;
    }
    name_bound(why, sizeof why, writer);
    PyErr_Format(PyExc_ValueError,
                 "this cannot cross between host and worker: %s", why);
    return -1;
}

static int
settle(stk_writer *writer, int result)
{
    return result < 0 ? stk_values_fail(writer) : 0;
}

/* Beyond 64 bits; `object` is not negative. */
static int
write_bytes_of(stk_writer *writer, PyObject *object, bool negative)
{
    PyObject *length = PyObject_CallMethod(object, "bit_length", NULL);
    Py_ssize_t bits = length ? PyLong_AsSsize_t(length) : -1;
    PyObject *bytes = NULL;
    int result = -1;

    Py_XDECREF(length);
    if (bits >= 0)
        bytes = PyObject_CallMethod(object, "to_bytes", "ns", (bits + 7) / 8,
                                    "big");
    if (bytes)
        result = settle(writer, stk_writer_bignum(
                                    writer, negative, PyBytes_AS_STRING(bytes),
                                    (size_t)PyBytes_GET_SIZE(bytes)));
    Py_XDECREF(bytes);
    return result;
}

static int
write_int(stk_writer *writer, PyObject *object)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    PyObject *inverted;
    int result;

    if (overflow == 0)
        return settle(writer, stk_writer_int(writer, value));
    if (overflow > 0)
        return write_bytes_of(writer, object, false);
    inverted = PyNumber_Invert(object);
    result = inverted ? write_bytes_of(writer, inverted, true) : -1;
    Py_XDECREF(inverted);
    return result;
}

static int
write_text(stk_writer *writer, PyObject *object)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(object, &length);
    PyObject *bytes;
    int result;

    if (text)
        return settle(writer, stk_writer_text(writer, text, (size_t)length));
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return -1;
    PyErr_Clear();
    bytes = PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass");
    if (!bytes)
        return -1;
    result =
        settle(writer, stk_writer_surrogates(writer, PyBytes_AS_STRING(bytes),
                                             (size_t)PyBytes_GET_SIZE(bytes)));
    Py_DECREF(bytes);
    return result;
}

static int
write_items(stk_writer *writer, PyObject *list, enum stk_value_type type,
            const stk_crossing *crossing)
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(list);

    if (settle(writer, stk_writer_hold(writer, type, (size_t)n)) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item;
        int result;

        if (i >= PySequence_Fast_GET_SIZE(list)) {
            PyErr_SetString(PyExc_RuntimeError, "a list changed its size");
            return -1;
        }
        item = Py_NewRef(PySequence_Fast_GET_ITEM(list, i));
        result = stk_values_write(writer, item, crossing);
        Py_DECREF(item);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* What is written may run code that changes the table: a list of its own. */
static int
write_set(stk_writer *writer, PyObject *object, enum stk_value_type type,
          const stk_crossing *crossing)
{
    PyObject *list = PySequence_List(object);
    int result = list ? write_items(writer, list, type, crossing) : -1;

    Py_XDECREF(list);
    return result;
}

static int
write_pair(stk_writer *writer, PyObject *pair, const stk_crossing *crossing)
{
    if (stk_values_write(writer, PyTuple_GET_ITEM(pair, 0), crossing) < 0)
        return -1;
    return stk_values_write(writer, PyTuple_GET_ITEM(pair, 1), crossing);
}

static int
write_dict(stk_writer *writer, PyObject *object, const stk_crossing *crossing)
{
    PyObject *items = PyDict_Items(object);
    int result = -1;

    if (items)
        result =
            settle(writer, stk_writer_hold(writer, STK_VALUE_MAP,
                                           (size_t)PyList_GET_SIZE(items)));
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(items); i++)
        result = write_pair(writer, PyList_GET_ITEM(items, i), crossing);
    Py_XDECREF(items);
    return result;
}

static int
write_plain(stk_writer *writer, PyObject *object, bool *known)
{
    *known = true;
    if (object == Py_None)
        return settle(writer, stk_writer_none(writer));
    if (object == Py_True || object == Py_False)
        return settle(writer, stk_writer_bool(writer, object == Py_True));
    if (PyLong_CheckExact(object))
        return write_int(writer, object);
    if (PyFloat_CheckExact(object))
        return settle(writer,
                      stk_writer_float(writer, PyFloat_AS_DOUBLE(object)));
    if (PyUnicode_CheckExact(object))
        return write_text(writer, object);
    if (PyBytes_CheckExact(object))
        return settle(writer,
                      stk_writer_bytes(writer, PyBytes_AS_STRING(object),
                                       (size_t)PyBytes_GET_SIZE(object)));
    *known = false;
    return 0;
}

static int
write_holding(stk_writer *writer, PyObject *object,
              const stk_crossing *crossing, bool *known)
{
    *known = true;
    if (PyList_CheckExact(object))
        return write_items(writer, object, STK_VALUE_LIST, crossing);
    if (PyTuple_CheckExact(object))
        return write_items(writer, object, STK_VALUE_TUPLE, crossing);
    if (PyDict_CheckExact(object))
        return write_dict(writer, object, crossing);
    if (Py_TYPE(object) == &PySet_Type)
        return write_set(writer, object, STK_VALUE_SET, crossing);
    if (PyFrozenSet_CheckExact(object))
        return write_set(writer, object, STK_VALUE_FROZENSET, crossing);
    *known = false;
    return 0;
}

int
stk_values_write(stk_writer *writer, PyObject *object,
                 const stk_crossing *crossing)
{
    bool known;
    int result = write_plain(writer, object, &known);

    if (!known)
        result = write_holding(writer, object, crossing, &known);
    if (!known)
        result = stk_records_write(writer, object, crossing, &known);
    if (known)
        return result;
    if (crossing && crossing->other)
        return crossing->other(crossing->payload, writer, object);
    PyErr_Format(PyExc_TypeError,
                 "%.100s objects cannot cross between host and worker",
                 Py_TYPE(object)->tp_name);
    return -1;
}

bool
stk_values_is_plain(PyObject *object, size_t bytes)
{
    stk_writer writer = STK_WRITER_INIT;
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    int result;

    bounds.bytes = bytes;
    stk_writer_begin(&writer, 0, &bounds);
    result = stk_values_write(&writer, object, NULL);
    stk_writer_clear(&writer);
    PyErr_Clear();
    return result == 0;
}

/* ---- reading --------------------------------------------------------- */

static PyObject *
refuse(stk_reader *reader, const char *why)
{
    stk_error err = STK_ERROR_INIT;

    if (PyErr_Occurred())
        return NULL;
    stk_reader_refuse(reader, &err, why);
    PyErr_SetString(PyExc_ValueError, err.message);
    return NULL;
}

int
stk_values_expect(stk_reader *reader, enum stk_value_type type,
                  stk_token *token)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_reader_expect(reader, type, token, &err) == 0)
        return 0;
    PyErr_SetString(PyExc_ValueError, err.message);
    return -1;
}

/* `number` is taken: -1 - number. */
static PyObject *
negate(PyObject *number, bool negative)
{
    PyObject *result;

    if (!number || !negative)
        return number;
    result = PyNumber_Invert(number);
    Py_DECREF(number);
    return result;
}

static PyObject *
read_items(stk_reader *reader, const stk_token *token,
           const stk_crossing *crossing)
{
    Py_ssize_t n = (Py_ssize_t)token->count;
    bool is_list = token->type == STK_VALUE_LIST;
    PyObject *result = is_list ? PyList_New(n) : PyTuple_New(n);

    for (Py_ssize_t i = 0; result && i < n; i++) {
        PyObject *item = stk_values_read(reader, crossing);

        if (!item)
            Py_CLEAR(result);
        else if (is_list)
            PyList_SET_ITEM(result, i, item);
        else
            PyTuple_SET_ITEM(result, i, item);
    }
    return result;
}

static int
read_pair(stk_reader *reader, PyObject *dict, const stk_crossing *crossing)
{
    PyObject *key = stk_values_read(reader, crossing);
    PyObject *value = key ? stk_values_read(reader, crossing) : NULL;
    int result = value ? PyDict_SetItem(dict, key, value) : -1;

    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

/* Keys that are one in Python and two on the wire: a table that shrank. */
static PyObject *
read_map(stk_reader *reader, const stk_token *token,
         const stk_crossing *crossing)
{
    PyObject *dict = PyDict_New();
    int result = dict ? 0 : -1;

    for (size_t i = 0; result == 0 && i < token->count; i++)
        result = read_pair(reader, dict, crossing);
    if (result == 0 && (size_t)PyDict_GET_SIZE(dict) != token->count) {
        refuse(reader, "a key came twice");
        result = -1;
    }
    if (result < 0)
        Py_CLEAR(dict);
    return dict;
}

static PyObject *
read_set(stk_reader *reader, const stk_token *token,
         const stk_crossing *crossing)
{
    PyObject *set =
        token->type == STK_VALUE_SET ? PySet_New(NULL) : PyFrozenSet_New(NULL);
    int result = set ? 0 : -1;

    for (size_t i = 0; result == 0 && i < token->count; i++) {
        PyObject *item = stk_values_read(reader, crossing);

        result = item ? PySet_Add(set, item) : -1;
        Py_XDECREF(item);
    }
    if (result == 0 && (size_t)PySet_GET_SIZE(set) != token->count) {
        refuse(reader, "a member came twice");
        result = -1;
    }
    if (result < 0)
        Py_CLEAR(set);
    return set;
}

static PyObject *
read_object(stk_reader *reader, const stk_token *token,
            const stk_crossing *crossing)
{
    if (token->type == STK_VALUE_OWN && crossing && crossing->own)
        return crossing->own(crossing->payload, token->integer);
    if (token->type == STK_VALUE_HANDLE && crossing && crossing->handle)
        return crossing->handle(crossing->payload, reader, token->count);
    return refuse(reader, "an object where none may be");
}

static PyObject *
read_number(const stk_token *token)
{
    if (token->type == STK_VALUE_BIGNUM)
        return negate(_PyLong_FromByteArray(token->bytes, token->length, 0, 0),
                      token->negative);
    if (token->type == STK_VALUE_FLOAT)
        return PyFloat_FromDouble(token->real);
    return negate(PyLong_FromUnsignedLongLong(token->integer),
                  token->negative);
}

static PyObject *
read_text(const stk_token *token)
{
    const char *text = (const char *)token->bytes;
    Py_ssize_t length = (Py_ssize_t)token->length;

    if (token->type == STK_VALUE_BYTES)
        return PyBytes_FromStringAndSize(text, length);
    return PyUnicode_DecodeUTF8(
        text, length,
        token->type == STK_VALUE_SURROGATES ? "surrogatepass" : "strict");
}

static PyObject *
read_any(stk_reader *reader, const stk_token *token,
         const stk_crossing *crossing)
{
    switch (token->type) {
    case STK_VALUE_NONE:
        return Py_NewRef(Py_None);
    case STK_VALUE_FALSE:
    case STK_VALUE_TRUE:
        return PyBool_FromLong(token->type == STK_VALUE_TRUE);
    case STK_VALUE_INT:
    case STK_VALUE_BIGNUM:
    case STK_VALUE_FLOAT:
        return read_number(token);
    case STK_VALUE_TEXT:
    case STK_VALUE_SURROGATES:
    case STK_VALUE_BYTES:
        return read_text(token);
    case STK_VALUE_LIST:
    case STK_VALUE_TUPLE:
        return read_items(reader, token, crossing);
    case STK_VALUE_MAP:
        return read_map(reader, token, crossing);
    case STK_VALUE_SET:
    case STK_VALUE_FROZENSET:
        return read_set(reader, token, crossing);
    case STK_VALUE_OWN:
    case STK_VALUE_HANDLE:
        return read_object(reader, token, crossing);
    case STK_VALUE_BUFFER:
        if (crossing && crossing->buffer)
            return crossing->buffer(crossing->payload,
                                    (unsigned)token->integer, token->length);
        return refuse(reader, "a buffer where none may be");
    case STK_VALUE_RECORD:
        return stk_records_read(reader, token->count, crossing);
    default:
        return refuse(reader, "a value that has no place here");
    }
}

PyObject *
stk_values_read(stk_reader *reader, const stk_crossing *crossing)
{
    stk_error err = STK_ERROR_INIT;
    stk_token token;

    if (stk_reader_next(reader, &token, &err) < 0) {
        PyErr_SetString(PyExc_ValueError, err.message);
        return NULL;
    }
    return read_any(reader, &token, crossing);
}

PyObject *
stk_values_read_whole(stk_reader *reader, const stk_crossing *crossing)
{
    stk_error err = STK_ERROR_INIT;
    PyObject *value = stk_values_read(reader, crossing);

    if (value && stk_reader_finish(reader, &err) < 0) {
        Py_CLEAR(value);
        PyErr_SetString(PyExc_ValueError, err.message);
    }
    return value;
}
