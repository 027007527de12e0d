/* SPDX-License-Identifier: Apache-2.0 */
/* A worker, asked from Python. */
#include "python/remote/remote.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "python/broker/broker.h"
#include "python/broker/preload.h"
#include "python/object/class.h"
#include "python/object/convert.h"
#include "wire/channel.h"

/* What is read may ask for the hash of a key, whose answer is read... */
#define READING_MAX 4u

/* ---- values ---------------------------------------------------------- */

/* A copy: a finalizer that runs while it is read may ask, and hear, too. */
static PyObject *
read_copied(stk_remote *remote, const stk_worker_heard *heard)
{
    stk_value_bounds bounds = stk_worker_bounds(remote->worker);
    stk_crossing crossing = stk_remote_crossing(remote);
    STK_CLEANUP(stk_freep) unsigned char *copy = malloc(heard->length + 1);
    stk_reader reader;

    if (!copy)
        return PyErr_NoMemory();
    /* or whoever shows an exception would ask a worker what it says */
    if (heard->frame.kind == STK_FRAME_RAISED)
        crossing.handle = NULL, crossing.own = NULL;
    memcpy(copy, heard->value, heard->length);
    bounds.deadline = remote->deadline;
    stk_reader_init(&reader, copy, heard->length, &bounds);
    return stk_values_read_whole(&reader, &crossing);
}

static PyObject *
read_value(stk_remote *remote, const stk_worker_heard *heard)
{
    PyObject *value;

    if (remote->reading == READING_MAX)
        return PyErr_Format(PyExc_ValueError,
                            "a key whose hash has keys that must be asked");
    remote->reading++;
    value = read_copied(remote, heard);
    remote->reading--;
    return value;
}

/* It ended while something was asked for what it said. */
static bool
is_told(const stk_remote *remote)
{
    stk_interp *state = stk_interp_find();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;

    return isolation && !stk_worker_is_alive(remote->worker) &&
           PyErr_ExceptionMatches(isolation->sandbox_error);
}

/* What it said cannot be: it is not a worker of ours any more. */
static void
break_off(stk_remote *remote)
{
    PyObject *type, *value, *traceback, *text;
    stk_error err = STK_ERROR_INIT;
    const char *why;

    if (is_told(remote))
        return;
    if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
        stk_worker_kill(remote->worker, "its answer takes too much memory");
        return;
    }
    PyErr_Fetch(&type, &value, &traceback);
    text = value ? PyObject_Str(value) : NULL;
    why = text ? PyUnicode_AsUTF8(text) : NULL;
    PyErr_Clear();
    snprintf(err.message, sizeof err.message, "the worker broke the rules: %s",
             why ? why : "a value that cannot be");
    err.code = STK_E_INVALID;
    if (stk_clock_monotonic_ns() >= remote->deadline) {
        /* the last of what it said was one frame too many, not a lie */
        stk_error_set(&err, STK_E_IO, "the worker did not answer in time");
        err.sys_errno = ETIMEDOUT;
    }
    stk_worker_kill(remote->worker, err.message);
    stk_remote_raise_error(remote, &err);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* ---- one exchange ---------------------------------------------------- */

static int
send_written(stk_remote *remote, bool raised, stk_writer *writer)
{
    stk_error err = STK_ERROR_INIT;
    int result;

    Py_BEGIN_ALLOW_THREADS result = stk_worker_answer(
        remote->worker, raised, writer, remote->deadline, &err);
    Py_END_ALLOW_THREADS if (result < 0) stk_remote_raise_error(remote, &err);
    return result < 0 ? -1 : 0;
}

/* -1 with an exception, and nothing sent. `value` is taken, and may be
 * NULL. */
static int
write_answer(stk_remote *remote, stk_writer *writer, PyObject *value)
{
    int result = -1;

    stk_worker_begin(remote->worker, writer);
    if (value)
        result = stk_remote_write(remote, writer, value);
    Py_XDECREF(value);
    return result;
}

/* Each is held until it is answered. */
static bool
asks_too_much(const stk_remote *remote)
{
    const stk_profile *profile = stk_worker_profile(remote->worker);

    if (remote->questions <= profile->reply)
        return false;
    PyErr_Format(PyExc_ValueError,
                 "what the worker of %U asks within what it has asked is "
                 "longer, together, than `reply` of its profile",
                 remote->package);
    return true;
}

static PyObject *
answer_request(stk_remote *remote, enum stk_op op, PyObject *question)
{
    if (asks_too_much(remote))
        return NULL;
    if (op == STK_OP_IMPORT)
        return stk_broker_answer(remote, question);
    if (op == STK_OP_RESOURCE)
        return stk_broker_resource(remote, question);
    if (op == STK_OP_CALLBACK)
        return stk_remote_called(remote, question);
    return PyErr_Format(PyExc_NotImplementedError, "the host has no %s",
                        stk_op_get(op)->name);
}

/* That it asked for within its bounds. */
static uint64_t
count_asked(const stk_remote *remote)
{
    return (uint64_t)remote->imports + remote->called;
}

/* The host's own time is not the worker's; what it asks the same worker
 * meanwhile is, and what it takes to refuse what may be asked for ever. */
static int
answer_timed(stk_remote *remote, enum stk_op op, PyObject *question,
             stk_writer *writer)
{
    uint64_t began = stk_clock_monotonic_ns(), outer = remote->nested_ns;
    uint64_t asked = count_asked(remote), took;
    int result;

    remote->nested_ns = 0;
    result =
        write_answer(remote, writer, answer_request(remote, op, question));
    took = stk_clock_monotonic_ns() - began;
    if (took > remote->nested_ns && count_asked(remote) > asked)
        remote->deadline += took - remote->nested_ns;
    remote->nested_ns = outer;
    return result;
}

/* What is to end the host (SystemExit, KeyboardInterrupt) is no answer: a
 * plugin could catch it. */
static int
give_answer(stk_remote *remote, enum stk_op op, PyObject *question,
            size_t asked)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    bool raised = answer_timed(remote, op, question, &writer) < 0;

    remote->kept.asked = asked;
    if (raised && (!stk_worker_is_alive(remote->worker) ||
                   !PyErr_ExceptionMatches(PyExc_Exception) ||
                   write_answer(remote, &writer,
                                stk_remote_take_raised(
                                    remote, op == STK_OP_CALLBACK)) < 0))
        return -1;
    return send_written(remote, raised, &writer);
}

static int
take_request(stk_remote *remote, enum stk_op op, PyObject *question,
             size_t asked)
{
    int result;

    remote->questions += asked;
    result = give_answer(remote, op, question, asked);
    remote->questions -= asked;
    if (result == 0)
        return 0;
    /* it waits for that answer, and can say nothing else */
    stk_worker_kill(remote->worker, "what it asked was not answered");
    return -1;
}

static int
take_notice(stk_remote *remote, enum stk_op op, PyObject *value)
{
    if (op == STK_OP_OUTPUT)
        return stk_remote_output(remote, value);
    return stk_remote_give_back(remote, value);
}

/* 1: `*out` is the answer; 0: go on; -1. */
static int
take_frame(stk_remote *remote, const stk_worker_heard *heard, PyObject **out)
{
    enum stk_frame_kind kind = heard->frame.kind;
    enum stk_op op = heard->frame.op;
    PyObject *value = read_value(remote, heard);
    int result = 0;

    if (!value) {
        /* we may not import what it takes: no fault of the worker's */
        if (kind != STK_FRAME_RESULT ||
            !PyErr_ExceptionMatches(PyExc_ImportError))
            break_off(remote);
        return -1;
    }
    if (kind == STK_FRAME_RESULT) {
        *out = value;
        return 1;
    }
    if (kind == STK_FRAME_RAISED)
        result = stk_remote_raise(remote, value) < 0 ? -2 : -1;
    else if (op == STK_OP_CALLBACK &&
             stk_remote_check_called(remote, value) < 0)
        result = -2;
    else if (kind == STK_FRAME_REQUEST)
        result = take_request(remote, op, value, heard->length);
    else
        result = take_notice(remote, op, value) < 0 ? -2 : 0;
    Py_DECREF(value);
    if (result == -2)
        break_off(remote);
    return result < 0 ? -1 : 0;
}

/* As of take_frame(). */
static int
take_heard(stk_remote *remote, int result, const stk_worker_heard *heard,
           PyObject **out)
{
    if (result != STK_CHANNEL_INTERRUPTED)
        return take_frame(remote, heard, out);
    if (PyErr_CheckSignals() == 0)
        return 0;
    /* nobody waits for its answer any more */
    stk_worker_kill(remote->worker, "its call was interrupted");
    return -1;
}

/* Others run while what is in `writer` is sent and its answer waited for, in
 * one go: each time costs. */
static PyObject *
exchange(stk_remote *remote, enum stk_op op, stk_writer *writer)
{
    stk_error err = STK_ERROR_INIT;
    stk_worker_heard heard;
    PyObject *answer = NULL;
    int result = 0;

    Py_BEGIN_ALLOW_THREADS result =
        stk_worker_ask(remote->worker, op, writer, remote->deadline, &err);
    if (result == 0)
        result =
            stk_worker_hear(remote->worker, &heard, remote->deadline, &err);
    Py_END_ALLOW_THREADS while (result >= 0)
    {
        if (take_heard(remote, result, &heard, &answer) != 0)
            return answer;
        Py_BEGIN_ALLOW_THREADS result =
            stk_worker_hear(remote->worker, &heard, remote->deadline, &err);
        Py_END_ALLOW_THREADS
    }
    stk_remote_raise_error(remote, &err);
    return NULL;
}

static void
begin_asking(stk_remote *remote, uint64_t began)
{
    if (remote->asking++ > 0)
        return;
    remote->deadline = began + remote->timeout_ns;
    remote->printed = remote->dropped = 0;
    remote->called = 0;
    remote->nested_ns = 0;
}

static void
end_asking(stk_remote *remote)
{
    if (remote->asking == 1 && remote->dropped)
        stk_remote_tell_dropped(remote);
    remote->asking--;
}

static PyObject *
ask_locked(stk_remote *remote, enum stk_op op, stk_writer *writer)
{
    uint64_t began = stk_clock_monotonic_ns();
    Py_ssize_t keeping = stk_remote_begin_keeping(remote);
    stk_remote_outer outer;
    bool apart = stk_remote_begin_apart(remote, &outer, began);
    PyObject *answer;

    begin_asking(remote, began);
    answer = exchange(remote, op, writer);
    remote->nested_ns += stk_clock_monotonic_ns() - began;
    end_asking(remote);
    if (apart)
        stk_remote_end_apart(remote, &outer);
    stk_remote_end_keeping(remote, keeping);
    return answer;
}

int
stk_remote_enter(stk_remote *remote, uint64_t timeout_ns)
{
    stk_error err = STK_ERROR_INIT;
    uint64_t deadline;
    int result;

    if (stk_worker_try_enter(remote->worker))
        return 0;
    deadline = stk_clock_monotonic_ns() + timeout_ns;
    Py_BEGIN_ALLOW_THREADS result =
        stk_worker_enter(remote->worker, deadline, &err);
    Py_END_ALLOW_THREADS if (result < 0) stk_remote_raise_error(remote, &err);
    return result;
}

int
stk_remote_begin(stk_remote *remote)
{
    if (stk_remote_enter(remote, remote->timeout_ns) < 0)
        return -1;
    begin_asking(remote, stk_clock_monotonic_ns());
    return 0;
}

void
stk_remote_end(stk_remote *remote)
{
    end_asking(remote);
    stk_worker_leave(remote->worker);
}

static PyObject *
ask_written(stk_remote *remote, enum stk_op op, stk_writer *writer)
{
    PyObject *answer;

    if (stk_remote_enter(remote, remote->timeout_ns) < 0)
        return NULL;
    if (stk_worker_has_ended(remote->worker)) {
        stk_remote_raise_ended(remote);
        answer = NULL;
    } else {
        answer = ask_locked(remote, op, writer);
    }
    stk_worker_leave(remote->worker);
    return answer;
}

/* Its functions may ask something themselves when they end. */
static void
forget_lent(stk_remote *remote)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    stk_remote_forget_lent(remote);
    PyErr_Restore(type, value, traceback);
}

PyObject *
stk_remote_ask(stk_remote *remote, enum stk_op op, PyObject *args)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    PyObject *answer = NULL;

    if (!args)
        return NULL;
    Py_INCREF(remote);
    stk_worker_begin(remote->worker, &writer);
    /* list(), sum() and others go on as long as an iterator does, which may
     * be for ever: Ctrl-C ends it, as it would a loop */
    if (PyErr_CheckSignals() == 0 &&
        stk_remote_write(remote, &writer, args) == 0)
        answer = ask_written(remote, op, &writer);
    if (!answer && !stk_worker_is_alive(remote->worker))
        forget_lent(remote);
    Py_DECREF(args);
    Py_DECREF(remote);
    return answer;
}

/* ---- life ------------------------------------------------------------ */

static stk_remote *
as_remote(PyObject *self)
{
    return (stk_remote *)self;
}

static void
remote_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    stk_remote *remote = as_remote(self);
    stk_worker *worker = remote->worker;

    PyObject_GC_UnTrack(self);
    remote->worker = NULL;
    Py_CLEAR(remote->package);
    Py_CLEAR(remote->served);
    Py_CLEAR(remote->distributions);
    Py_CLEAR(remote->closures);
    Py_CLEAR(remote->captured);
    Py_CLEAR(remote->refused);
    Py_CLEAR(remote->proxies);
    Py_CLEAR(remote->executor);
    Py_CLEAR(remote->loop);
    Py_CLEAR(remote->calling);
    Py_CLEAR(remote->kept.list);
    Py_CLEAR(remote->lent.by_id);
    Py_CLEAR(remote->lent.by_address);
    Py_CLEAR(remote->loader);
    if (worker) {
        Py_BEGIN_ALLOW_THREADS stk_worker_free(worker);
        Py_END_ALLOW_THREADS
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static int
remote_traverse(PyObject *self, visitproc visit, void *arg)
{
#if PY_VERSION_HEX >= 0x03090000
    Py_VISIT(Py_TYPE(self));
#endif
    Py_VISIT(as_remote(self)->served);
    Py_VISIT(as_remote(self)->distributions);
    Py_VISIT(as_remote(self)->closures);
    Py_VISIT(as_remote(self)->captured);
    Py_VISIT(as_remote(self)->refused);
    Py_VISIT(as_remote(self)->proxies);
    Py_VISIT(as_remote(self)->executor);
    Py_VISIT(as_remote(self)->loop);
    Py_VISIT(as_remote(self)->calling);
    Py_VISIT(as_remote(self)->kept.list);
    Py_VISIT(as_remote(self)->lent.by_id);
    return 0;
}

static PyObject *
remote_repr(PyObject *self)
{
    stk_remote *remote = as_remote(self);

    return PyUnicode_FromFormat(
        "<stockade worker of %U under %s, %s>", remote->package,
        stk_worker_profile(remote->worker)->name,
        stk_worker_is_alive(remote->worker) ? "alive" : "dead");
}

static PyType_Slot remote_slots[] = {
    { Py_tp_dealloc, (void *)(uintptr_t)remote_dealloc },
    { Py_tp_traverse, (void *)(uintptr_t)remote_traverse },
    { Py_tp_repr, (void *)(uintptr_t)remote_repr },
    { Py_tp_doc, (void *)(uintptr_t) "A worker." },
    { 0, NULL },
};

static PyType_Spec remote_spec = { "stockade.Worker", sizeof(stk_remote), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                                   remote_slots };

PyObject *
stk_remote_type(void)
{
    return stk_class_new(&remote_spec, NULL);
}

static int
start_worker(stk_remote *remote, const stk_profile *profile)
{
    const char *package = PyUnicode_AsUTF8(remote->package);
    stk_guard *guard = stk_process_guard();
    stk_error err = STK_ERROR_INIT;
    stk_preloading preloading;
    int result = -1;

    if (!package)
        return -1;
    if (stk_preload_begin(&preloading, profile) == 0) {
        stk_preload_let_go(&preloading);
        result = stk_worker_new(&remote->worker, guard, profile,
                                stk_preload_host(&preloading), package, &err);
        stk_preload_return(&preloading);
        if (result < 0 && !PyErr_Occurred())
            stk_remote_raise_error(remote, &err);
    }
    stk_preload_end(&preloading);
    return result < 0 ? -1 : 0;
}

PyObject *
stk_remote_new(stk_interp *state, const stk_profile *profile,
               PyObject *package)
{
    stk_isolation *isolation = stk_isolation_get(state);
    PyObject *self;
    stk_remote *remote;

    if (!isolation || stk_isolation_prepare(state) < 0)
        return NULL;
    self = PyType_GenericAlloc((PyTypeObject *)isolation->remote_type, 0);
    if (!self)
        return NULL;
    remote = as_remote(self);
    remote->package = Py_NewRef(package);
    remote->served = PyDict_New();
    remote->closures = PyDict_New();
    remote->refused = PyList_New(0);
    remote->timeout_ns = profile->deadline_ms * UINT64_C(1000000);
    if (!remote->served || !remote->closures || !remote->refused ||
        stk_objects_init(&remote->lent) < 0 ||
        start_worker(remote, profile) < 0)
        Py_CLEAR(self);
    return self;
}
