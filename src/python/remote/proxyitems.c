/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that live in a worker, as containers. */
#include "python/object/compat.h"
#include "python/remote/remote.h"

/* ---- lengths --------------------------------------------------------- */

/* Where the host's code stands. It is compared, and never followed. */
static stk_proxy_place
place_of(PyObject *self)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyCodeObject *code = frame ? PyFrame_GetCode(frame) : NULL;
    stk_proxy_place here = { stk_proxy_id(stk_proxy_remote(self), self), frame,
                             code, frame ? PyFrame_GetLasti(frame) : -1 };

    Py_XDECREF(code);
    return here;
}

static bool
is_same_place(const stk_proxy_place *a, const stk_proxy_place *b)
{
    return a->id == b->id && a->frame == b->frame && a->code == b->code &&
           a->at == b->at;
}

/* tuple(x) and f(*x) take what len(x) says for what is to come, and write to
 * that much memory before the first item is there. Told that there is none,
 * they take what comes. */
static Py_ssize_t
refuse_hint(const stk_remote *remote, Py_ssize_t n)
{
    const stk_profile *profile = stk_worker_profile(remote->worker);

    if ((uint64_t)n <= profile->reply / sizeof(PyObject *))
        return n;
    PyErr_Format(PyExc_TypeError,
                 "the worker of %U says that there are %zd items, which is "
                 "more than `reply` of its profile: take them one by one",
                 remote->package, n);
    return -1;
}

static Py_ssize_t
take_length(PyObject *length)
{
    Py_ssize_t n = -1;

    if (length && PyLong_CheckExact(length))
        n = PyLong_AsSsize_t(length);
    else if (length)
        PyErr_SetString(PyExc_TypeError, "len() should be an int");
    if (n < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "__len__() should return >= 0");
    Py_XDECREF(length);
    return n;
}

Py_ssize_t
stk_proxy_length(PyObject *self)
{
    const stk_remote *remote = stk_proxy_remote(self);
    const stk_proxy_place iterated = remote->iterated;
    Py_ssize_t n = take_length(
        stk_proxy_ask(self, STK_OP_LEN, Py_BuildValue("[O]", self)));
    stk_proxy_place here;

    if (n <= 0 || iterated.id == 0)
        return n;
    here = place_of(self);
    return is_same_place(&iterated, &here) ? refuse_hint(remote, n) : n;
}

/* ---- items ----------------------------------------------------------- */

PyObject *
stk_proxy_getitem(PyObject *self, PyObject *key)
{
    return stk_proxy_ask(self, STK_OP_GETITEM,
                         Py_BuildValue("[OO]", self, key));
}

int
stk_proxy_setitem(PyObject *self, PyObject *key, PyObject *value)
{
    PyObject *done =
        value ? stk_proxy_ask(self, STK_OP_SETITEM,
                              Py_BuildValue("[OOO]", self, key, value))
              : stk_proxy_ask(self, STK_OP_DELITEM,
                              Py_BuildValue("[OO]", self, key));

    Py_XDECREF(done);
    return done ? 0 : -1;
}

int
stk_proxy_truth(PyObject *answer)
{
    int truth = answer == Py_True;

    if (answer && answer != Py_True && answer != Py_False) {
        PyErr_SetString(PyExc_TypeError, "a bool was expected");
        truth = -1;
    }
    Py_XDECREF(answer);
    return answer ? truth : -1;
}

int
stk_proxy_contains(PyObject *self, PyObject *item)
{
    return stk_proxy_truth(stk_proxy_ask(self, STK_OP_CONTAINS,
                                         Py_BuildValue("[OO]", self, item)));
}

PyObject *
stk_proxy_iter(PyObject *self)
{
    PyObject *iterator =
        stk_proxy_ask(self, STK_OP_ITER, Py_BuildValue("[O]", self));

    if (iterator && !PyIter_Check(iterator)) {
        Py_DECREF(iterator);
        return PyErr_Format(PyExc_TypeError,
                            "iter() returned non-iterator of the worker's");
    }
    stk_proxy_remote(self)->iterated = place_of(self);
    return iterator;
}
