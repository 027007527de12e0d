/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the host's that a worker may call: those that it was handed,
 * one by one, by the id that it was handed them under. It calls within what
 * it was asked, in the thread that asked, as often as its profile says.
 */
#include "python/remote/remote.h"

#include <string.h>

#include "base/clock.h"
#include "python/asks/own.h"

/* Functions that one worker may hold: it says when it lets go of one. */
#define LENT_MAX 10000

/* Times the deadline that an async function may take while others wait. */
#define STUCK_DEADLINES 10

bool
stk_remote_is_lendable(PyObject *object)
{
    return stk_objects_is_function(object) ||
           !strcmp(Py_TYPE(object)->tp_name, "functools.partial");
}

static int
check_lending(const stk_remote *remote)
{
    const stk_profile *profile = stk_worker_profile(remote->worker);

    if (profile->callbacks == 0)
        PyErr_Format(PyExc_TypeError,
                     "a function cannot be handed to the worker of %U: "
                     "[sandbox %s] has callbacks = 0",
                     remote->package, profile->name);
    else if (PyDict_GET_SIZE(remote->lent.by_id) >= LENT_MAX)
        PyErr_Format(PyExc_RuntimeError,
                     "the worker of %U holds %d functions of the host's: no "
                     "more",
                     remote->package, LENT_MAX);
    else
        return 0;
    return -1;
}

uint64_t
stk_remote_lend(stk_remote *remote, stk_writer *writer, PyObject *function)
{
    char title[STK_OBJECTS_TITLE];
    size_t length = stk_objects_title(function, title, sizeof title);
    uint64_t id;

    if (check_lending(remote) < 0)
        return 0;
    id = stk_objects_send(&remote->lent, function);
    if (id == 0)
        return 0;
    if (stk_writer_hold(writer, STK_VALUE_HANDLE, 3) == 0 &&
        stk_writer_uint(writer, id) == 0 &&
        stk_writer_int(writer, (int64_t)stk_objects_kind(function)) == 0 &&
        stk_writer_text(writer, title, length) == 0)
        return id;
    stk_objects_release(&remote->lent, id, 1);
    stk_values_fail(writer);
    return 0;
}

PyObject *
stk_remote_lent(void *payload, uint64_t id)
{
    stk_remote *remote = payload;
    PyObject *function = stk_objects_get(&remote->lent, id);

    if (function)
        return Py_NewRef(function);
    PyErr_Clear();
    return PyErr_Format(PyExc_ValueError,
                        "a function that it was never handed");
}

/* [id, how often, ...], of those that it holds no more. */
int
stk_remote_give_back(stk_remote *remote, PyObject *list)
{
    if (!PyList_CheckExact(list) || PyList_GET_SIZE(list) % 2)
        goto wrong;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i += 2) {
        PyObject *id = PyList_GET_ITEM(list, i);
        PyObject *times = PyList_GET_ITEM(list, i + 1);

        if (!PyLong_CheckExact(id) || !PyLong_CheckExact(times))
            goto wrong;
        stk_objects_release(&remote->lent, PyLong_AsUnsignedLongLong(id),
                            PyLong_AsUnsignedLongLong(times));
        if (PyErr_Occurred())
            goto wrong;
    }
    return 0;
wrong:
    PyErr_Clear();
    PyErr_SetString(PyExc_ValueError, "a release that cannot be");
    return -1;
}

void
stk_remote_forget_lent(stk_remote *remote)
{
    if (remote->lent.by_id)
        stk_objects_forget(&remote->lent);
}

/* ---- a call ---------------------------------------------------------- */

static bool
are_names(PyObject *keywords)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (keywords == Py_None)
        return true;
    if (!PyDict_CheckExact(keywords))
        return false;
    while (PyDict_Next(keywords, &at, &key, &value))
        if (!PyUnicode_CheckExact(key))
            return false;
    return true;
}

/* What it names has to be one of those that it was handed, and no object of
 * its own. */
static bool
is_call(const stk_remote *remote, PyObject *question)
{
    return PyList_CheckExact(question) && PyList_GET_SIZE(question) == 3 &&
           stk_objects_has(&remote->lent, PyList_GET_ITEM(question, 0)) &&
           PyTuple_CheckExact(PyList_GET_ITEM(question, 1)) &&
           are_names(PyList_GET_ITEM(question, 2));
}

int
stk_remote_check_called(const stk_remote *remote, PyObject *question)
{
    if (is_call(remote, question))
        return 0;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "a call that cannot be");
    return -1;
}

static bool
says(PyObject *object, const char *method)
{
    PyObject *answer = PyObject_CallMethod(object, method, NULL);
    bool is = answer == Py_True;

    Py_XDECREF(answer);
    PyErr_Clear();
    return is;
}

/* It waits for what waits for it, in a task that we do not see. */
static bool
is_stuck(const stk_remote *remote, uint64_t *since)
{
    uint64_t now = stk_clock_monotonic_ns();

    if (remote->queued <= 1) /* the one that it is in */
        *since = now;
    return now - *since > STUCK_DEADLINES * remote->timeout_ns;
}

/* A loop that is closed meanwhile would never answer. */
static PyObject *
wait_for(const stk_remote *remote, PyObject *future, PyObject *loop)
{
    uint64_t since = stk_clock_monotonic_ns();
    PyObject *type, *value, *traceback, *answer;

    for (;;) {
        answer = PyObject_CallMethod(future, "result", "d", 0.25);
        if (answer)
            return answer;
        PyErr_Fetch(&type, &value, &traceback);
        if (says(future, "done") || says(loop, "is_closed") ||
            is_stuck(remote, &since)) {
            says(future, "cancel");
            PyErr_Restore(type, value, traceback);
            return NULL;
        }
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
    }
}

/* What the tasks of the loop ask the worker meanwhile, they may ask as a
 * function may that it calls: or the loop would wait for us, and we for it. */
static PyObject *
wait_lending(stk_remote *remote, PyObject *future, PyObject *loop)
{
    unsigned depth = stk_worker_lend(remote->worker, remote->looping);
    PyObject *answer = wait_for(remote, future, loop);

    Py_BEGIN_ALLOW_THREADS stk_worker_reclaim(remote->worker, depth);
    Py_END_ALLOW_THREADS return answer;
}

/* In the loop that awaits the worker, which goes on while its thread is
 * here. */
static PyObject *
run_in_loop(stk_remote *remote, PyObject *coroutine)
{
    PyObject *loop = Py_NewRef(remote->loop), *future = NULL, *answer;
    PyObject *asyncio = stk_own_import("asyncio");

    Py_XSETREF(remote->calling, Py_NewRef(coroutine));
    if (asyncio)
        future = PyObject_CallMethod(asyncio, "run_coroutine_threadsafe", "OO",
                                     coroutine, loop);
    answer = future ? wait_lending(remote, future, loop) : NULL;
    Py_CLEAR(remote->calling);
    Py_XDECREF(asyncio);
    Py_XDECREF(future);
    Py_DECREF(loop);
    return answer;
}

/* `answer` is taken: the coroutine of an async function is run. */
static PyObject *
settle(stk_remote *remote, PyObject *answer)
{
    PyObject *value, *closed;

    if (!answer || !PyCoro_CheckExact(answer))
        return answer;
    if (remote->loop && remote->loop_thread == PyThread_get_thread_ident()) {
        value = run_in_loop(remote, answer);
    } else {
        closed = PyObject_CallMethod(answer, "close", NULL);
        Py_XDECREF(closed);
        value = PyErr_Format(PyExc_TypeError,
                             "an async function of the host's can be called "
                             "where the host awaits the worker");
    }
    Py_DECREF(answer);
    return value;
}

PyObject *
stk_remote_called(stk_remote *remote, PyObject *question)
{
    uint32_t most = stk_worker_profile(remote->worker)->callbacks;
    PyObject *keywords = PyList_GET_ITEM(question, 2);

    if (remote->called >= most)
        return PyErr_Format(PyExc_RuntimeError,
                            "one call may call back into the host %u times: "
                            "callbacks of its profile",
                            (unsigned)most);
    remote->called++;
    return settle(remote,
                  PyObject_Call(PyList_GET_ITEM(question, 0),
                                PyList_GET_ITEM(question, 1),
                                keywords == Py_None ? NULL : keywords));
}

/* ---- what tasks ask meanwhile ---------------------------------------- */

bool
stk_remote_begin_apart(stk_remote *remote, stk_remote_outer *outer,
                       uint64_t began)
{
    *outer = (stk_remote_outer){ remote->asking,   remote->called,
                                 remote->deadline, remote->nested_ns,
                                 remote->printed,  remote->dropped };
    if (!stk_worker_is_lent(remote->worker) || remote->apart)
        return false;
    remote->apart = true;
    remote->deadline = began + remote->timeout_ns;
    if (!stk_await_is_awaited(remote))
        remote->asking = 0;
    return true;
}

void
stk_remote_end_apart(stk_remote *remote, const stk_remote_outer *outer)
{
    bool counted = remote->asking > 0;

    remote->apart = false;
    remote->deadline = outer->deadline;
    if (counted)
        return;
    remote->asking = outer->asking;
    remote->called = outer->called;
    remote->nested_ns = outer->nested_ns;
    remote->printed = outer->printed;
    remote->dropped = outer->dropped;
}
