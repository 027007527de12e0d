/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What proxies are equal to, and their hashes. Most are what they are alone.
 * One that is a number or a text in its worker, with the comparison of that,
 * is as equal here, and its worker is not asked. One of a class that has a
 * comparison of its own is asked for both.
 */
#include "python/remote/proxyequal.h"

#include <string.h>

/* A worker chooses what its objects are equal to and where in a dict of the
 * host's they are looked for: so many may be of one hash and not equal, or
 * who puts some thousand of them into a set asks millions of times. */
#define UNLIKE_MAX 64

/* ---- what is told of it ----------------------------------------------- */

static int
take_token(stk_proxy_likeness *out, const stk_token *token)
{
    switch (token->type) {
    case STK_VALUE_NONE:
        out->asked = true;
        return 0;
    case STK_VALUE_INT:
        out->value = token->negative
                         ? PyLong_FromLongLong(-1 - (int64_t)token->integer)
                         : PyLong_FromUnsignedLongLong(token->integer);
        break;
    case STK_VALUE_FLOAT:
        out->value = PyFloat_FromDouble(token->real);
        break;
    case STK_VALUE_TEXT:
        out->value = PyUnicode_DecodeUTF8((const char *)token->bytes,
                                          (Py_ssize_t)token->length, NULL);
        break;
    default:
        PyErr_SetString(PyExc_ValueError, "a likeness that cannot be");
    }
    return out->value ? 0 : -1;
}

int
stk_proxy_read_likeness(stk_proxy_likeness *out, stk_reader *reader)
{
    stk_error err = STK_ERROR_INIT;
    stk_token token;

    if (stk_reader_next(reader, &token, &err) < 0) {
        PyErr_SetString(PyExc_ValueError, err.message);
        return -1;
    }
    if (token.type == STK_VALUE_INT && token.integer > INT64_MAX) {
        PyErr_SetString(PyExc_ValueError, "a likeness that cannot be");
        return -1;
    }
    return take_token(out, &token);
}

/* ---- comparisons ------------------------------------------------------ */

/* Other objects of the host's are not: what cannot cross is not equal. */
static bool
may_cross(PyObject *self, PyObject *other)
{
    return stk_proxy_id(stk_proxy_remote(self), other) ||
           (!stk_proxy_check(other) &&
            stk_values_is_plain(other, STK_LIKENESS_BYTES));
}

static bool
has_hash(PyObject *other, Py_hash_t hash)
{
    const stk_proxy_likeness *like =
        stk_proxy_check(other) ? stk_proxy_likeness_of(other) : NULL;
    Py_hash_t found;

    if (like && like->asked)
        return like->hashed && like->hash == hash;
    found = PyObject_Hash(other);
    PyErr_Clear();
    return found == hash;
}

/* `answer` is taken. */
static PyObject *
count_unlike(PyObject *self, PyObject *other, int how, PyObject *answer)
{
    const stk_proxy_likeness *like = stk_proxy_likeness_of(self);
    stk_remote *remote = stk_proxy_remote(self);

    if (answer != (how == Py_EQ ? Py_False : Py_True) || !like->hashed ||
        !has_hash(other, like->hash) || ++remote->unlike <= UNLIKE_MAX)
        return answer;
    Py_DECREF(answer);
    return PyErr_Format(PyExc_RuntimeError,
                        "too many objects of the worker of %U have one hash "
                        "and are not equal: put something else of them into "
                        "sets and dicts",
                        remote->package);
}

static PyObject *
ask(PyObject *self, PyObject *other, int how)
{
    if (!may_cross(self, other))
        Py_RETURN_NOTIMPLEMENTED;
    return count_unlike(
        self, other, how,
        stk_proxy_ask(self, STK_OP_COMPARE,
                      Py_BuildValue("[OiO]", self, how, other)));
}

static PyObject *
compare_value(const stk_proxy_likeness *like, PyObject *other, int how)
{
    const stk_proxy_likeness *theirs =
        stk_proxy_check(other) ? stk_proxy_likeness_of(other) : NULL;

    if (theirs && !theirs->value)
        Py_RETURN_NOTIMPLEMENTED;
    return PyObject_RichCompare(like->value, theirs ? theirs->value : other,
                                how);
}

PyObject *
stk_proxy_equal(PyObject *self, PyObject *other, int how)
{
    const stk_proxy_likeness *like = stk_proxy_likeness_of(self);
    bool same = stk_proxy_is_same(self, other);

    if (like->value && !same)
        return compare_value(like, other, how);
    if (like->asked && stk_worker_is_alive(stk_proxy_remote(self)->worker))
        return ask(self, other, how);
    if (!same && !stk_proxy_check(other))
        Py_RETURN_NOTIMPLEMENTED;
    return PyBool_FromLong(same == (how == Py_EQ));
}

/* ---- hashes ----------------------------------------------------------- */

static int
ask_hash(PyObject *self, stk_proxy_likeness *like)
{
    PyObject *answer = stk_proxy_operate(self, "hash", NULL);
    long long hash;

    if (!answer)
        return -1;
    hash = PyLong_CheckExact(answer) ? PyLong_AsLongLong(answer) : -1;
    if (!PyLong_CheckExact(answer) || PyErr_Occurred()) {
        PyErr_SetString(PyExc_TypeError, "hash() of a worker's is no hash");
        Py_DECREF(answer);
        return -1;
    }
    Py_DECREF(answer);
    like->hash = hash == -1 ? -2 : (Py_hash_t)hash;
    like->hashed = true;
    return 0;
}

static Py_hash_t
hash_itself(PyObject *self)
{
    const stk_remote *remote = stk_proxy_remote(self);
    Py_hash_t hash = (Py_hash_t)(stk_proxy_id(remote, self) * 1000003u) ^
                     (Py_hash_t)((uintptr_t)remote >> 4);

    return hash == -1 ? -2 : hash;
}

Py_hash_t
stk_proxy_hash(PyObject *self)
{
    stk_proxy_likeness *like = stk_proxy_likeness_of(self);

    if (like->value)
        return PyObject_Hash(like->value);
    if (!like->asked)
        return hash_itself(self);
    if (!like->hashed && !stk_worker_is_alive(stk_proxy_remote(self)->worker))
        return hash_itself(self);
    if (!like->hashed && ask_hash(self, like) < 0)
        return -1;
    return like->hash;
}
