/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker is asked by `await`: a coroutine of the host's own. Where a
 * loop of asyncio runs, a thread of this worker's asks, one after the other,
 * and the loop goes on; elsewhere it is asked at once.
 */
#include "python/remote/remote.h"

#include "python/asks/own.h"
#include "python/object/class.h"
#include "python/signed/verified.h"

typedef struct call_object {
    PyObject_HEAD PyObject *target; /* strong; the proxy, or NULL: begun */
    PyObject *args;                 /* strong; what AWAIT has */
    PyObject *leaving; /* strong; the type that `async with` is left with */
    PyObject *waiting; /* strong; of the future; NULL: not begun, or over */
    bool queued;       /* counted by its worker: it is not over */
    bool begun, steps; /* steps: it may end with StopAsyncIteration */
} call_object;

static call_object *
as_call(PyObject *self)
{
    return (call_object *)self;
}

/* ---- in its thread --------------------------------------------------- */

/* `self` is (proxy, args, loop, its thread). */
static PyObject *
run_there(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *proxy = PyTuple_GET_ITEM(self, 0), *answer;
    stk_remote *remote = stk_proxy_remote(proxy);

    remote->loop = Py_NewRef(PyTuple_GET_ITEM(self, 2));
    remote->loop_thread = PyThread_get_thread_ident();
    remote->looping = (pid_t)PyLong_AsLong(PyTuple_GET_ITEM(self, 3));
    answer = stk_proxy_ask(proxy, STK_OP_AWAIT,
                           Py_NewRef(PyTuple_GET_ITEM(self, 1)));
    Py_CLEAR(remote->loop);
    return answer;
}

static PyMethodDef run_method = { "stockade.await", run_there, METH_NOARGS,
                                  "Asks a worker." };

/* One thread a worker: it answers one at a time anyhow, and who waits for it
 * in the order of coming takes no thread from anybody else. */
static PyObject *
get_executor(stk_remote *remote)
{
    PyObject *module, *args, *keywords, *class, *made = NULL;

    if (remote->executor)
        return remote->executor;
    module = stk_own_import("concurrent.futures");
    class =
        module ? PyObject_GetAttrString(module, "ThreadPoolExecutor") : NULL;
    args = Py_BuildValue("(i)", 1);
    keywords = Py_BuildValue("{ss}", "thread_name_prefix", "stockade");
    if (class && args && keywords)
        made = PyObject_Call(class, args, keywords);
    /* the loop of another thread may have been faster */
    if (made && !remote->executor)
        remote->executor = Py_NewRef(made);
    Py_XDECREF(module);
    Py_XDECREF(class);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    if (!made)
        return NULL;
    Py_DECREF(made);
    return remote->executor;
}

/* ---- the loop -------------------------------------------------------- */

/* The one that runs in this thread; None without one. New reference. */
PyObject *
stk_await_loop(void)
{
    PyObject *asyncio =
        PyDict_GetItemString(PyImport_GetModuleDict(), "_asyncio");

    if (!asyncio)
        asyncio =
            PyDict_GetItemString(PyImport_GetModuleDict(), "asyncio.events");
    if (!asyncio)
        Py_RETURN_NONE;
    return PyObject_CallMethod(asyncio, "_get_running_loop", NULL);
}

bool
stk_await_is_awaited(const stk_remote *remote)
{
    PyObject *asyncio =
        PyDict_GetItemString(PyImport_GetModuleDict(), "asyncio");
    PyObject *task = NULL, *coroutine = NULL;
    bool is;

    if (remote->calling && asyncio)
        task = PyObject_CallMethod(asyncio, "current_task", NULL);
    if (task && task != Py_None)
        coroutine = PyObject_CallMethod(task, "get_coro", NULL);
    is = coroutine && coroutine == remote->calling;
    PyErr_Clear();
    Py_XDECREF(task);
    Py_XDECREF(coroutine);
    return is;
}

/* What the loop waits for. New reference. */
static PyObject *
hand_to_thread(const call_object *call, PyObject *loop)
{
    stk_remote *remote = stk_proxy_remote(call->target);
    PyObject *executor = get_executor(remote);
    PyObject *what = executor
                         ? Py_BuildValue("(OOOl)", call->target, call->args,
                                         loop, (long)stk_worker_thread())
                         : NULL;
    PyObject *run = what ? PyCFunction_New(&run_method, what) : NULL;
    PyObject *future =
        run ? PyObject_CallMethod(loop, "run_in_executor", "OO", executor, run)
            : NULL;
    PyObject *waiting =
        future ? PyObject_CallMethod(future, "__await__", NULL) : NULL;

    Py_XDECREF(what);
    Py_XDECREF(run);
    Py_XDECREF(future);
    return waiting;
}

static void
enqueue(call_object *call)
{
    call->queued = true;
    stk_proxy_remote(call->target)->queued++;
}

static void
dequeue(call_object *call)
{
    if (call->queued)
        stk_proxy_remote(call->target)->queued--;
    call->queued = false;
}

/* ---- what came of it ------------------------------------------------- */

static PyObject *
stop(PyObject *class, PyObject *value)
{
    PyObject *error =
        value ? PyObject_CallFunctionObjArgs(class, value, NULL) : NULL;

    if (error)
        PyErr_SetObject(class, error);
    else if (!value)
        PyErr_SetNone(class);
    Py_XDECREF(error);
    return NULL;
}

/* (False, value) or (True, None). `answer` is taken. Ends with an exception,
 * StopIteration when it is good. */
static PyObject *
finish(call_object *call, PyObject *answer)
{
    PyObject *value;
    bool ends;

    Py_CLEAR(call->waiting);
    dequeue(call);
    if (call->leaving && stk_proxy_goes_on(answer, call->leaving)) {
        PyErr_Clear();
        Py_XDECREF(answer);
        return stop(PyExc_StopIteration, Py_False);
    }
    if (!answer)
        return NULL;
    if (!PyTuple_CheckExact(answer) || PyTuple_GET_SIZE(answer) != 2 ||
        !PyBool_Check(PyTuple_GET_ITEM(answer, 0))) {
        Py_DECREF(answer);
        return PyErr_Format(PyExc_TypeError, "nothing that was awaited");
    }
    ends = PyTuple_GET_ITEM(answer, 0) == Py_True;
    value = Py_NewRef(PyTuple_GET_ITEM(answer, 1));
    Py_DECREF(answer);
    if (ends)
        call->steps ? stop(PyExc_StopAsyncIteration, NULL)
                    : PyErr_Format(PyExc_RuntimeError,
                                   "coroutine raised StopAsyncIteration");
    else
        stop(PyExc_StopIteration, value);
    Py_DECREF(value);
    return NULL;
}

/* It was awaited: what the loop has to wait for, or the end. */
static PyObject *
go_on(call_object *call, PyObject *awaited)
{
    PyObject *value;

    if (awaited)
        return awaited;
    if (!PyErr_Occurred())
        PyErr_SetNone(PyExc_StopIteration);
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return finish(call, NULL);
    value = stk_take_stopped();
    return finish(call, value);
}

static PyObject *
begin(call_object *call)
{
    PyObject *loop = stk_await_loop(), *answer;

    call->begun = true;
    if (!loop)
        return NULL;
    /* one that is dead says so at once; a forked child has no such thread,
     * and would wait for ever */
    if (loop == Py_None ||
        !stk_worker_is_alive(stk_proxy_remote(call->target)->worker)) {
        Py_DECREF(loop);
        answer =
            stk_proxy_ask(call->target, STK_OP_AWAIT, Py_NewRef(call->args));
        return finish(call, answer);
    }
    if (stk_await_is_awaited(stk_proxy_remote(call->target))) {
        Py_DECREF(loop);
        return PyErr_Format(PyExc_RuntimeError,
                            "a worker cannot be awaited by what it awaits "
                            "itself");
    }
    call->waiting = hand_to_thread(call, loop);
    Py_DECREF(loop);
    if (!call->waiting)
        return NULL;
    enqueue(call);
    return go_on(call, Py_TYPE(call->waiting)->tp_iternext(call->waiting));
}

/* ---- as a coroutine -------------------------------------------------- */

static PyObject *
refuse_again(void)
{
    return PyErr_Format(PyExc_RuntimeError,
                        "cannot reuse already awaited coroutine");
}

static PyObject *
call_send(PyObject *self, PyObject *value)
{
    call_object *call = as_call(self);

    if (!call->begun && value == Py_None)
        return begin(call);
    if (!call->begun)
        return PyErr_Format(PyExc_TypeError,
                            "can't send non-None value to a just-started "
                            "coroutine");
    if (!call->waiting)
        return refuse_again();
    return go_on(call, PyObject_CallMethod(call->waiting, "send", "O", value));
}

static PyObject *
call_next(PyObject *self)
{
    return call_send(self, Py_None);
}

static PyObject *
call_throw(PyObject *self, PyObject *args)
{
    call_object *call = as_call(self);
    PyObject *method, *thrown, *awaited;

    if (call->waiting) {
        method = PyObject_GetAttrString(call->waiting, "throw");
        awaited = method ? PyObject_CallObject(method, args) : NULL;
        Py_XDECREF(method);
        return go_on(call, awaited);
    }
    if (call->begun)
        return refuse_again();
    call->begun = true;
    thrown = stk_proxy_thrown(args);
    if (thrown)
        PyErr_SetObject((PyObject *)Py_TYPE(thrown), thrown);
    Py_XDECREF(thrown);
    return NULL;
}

static PyObject *
call_close(PyObject *self, PyObject *Py_UNUSED(unused))
{
    call_object *call = as_call(self);
    PyObject *waiting = call->waiting, *done;

    call->begun = true;
    if (!waiting)
        Py_RETURN_NONE;
    call->waiting = NULL;
    dequeue(call);
    done = PyObject_CallMethod(waiting, "close", NULL);
    Py_DECREF(waiting);
    return done;
}

static void
call_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (as_call(self)->target)
        dequeue(as_call(self));
    Py_CLEAR(as_call(self)->target);
    Py_CLEAR(as_call(self)->args);
    Py_CLEAR(as_call(self)->leaving);
    Py_CLEAR(as_call(self)->waiting);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    { "send", call_send, METH_O, "As of a coroutine." },
    { "throw", call_throw, METH_VARARGS, "As of a coroutine." },
    { "close", call_close, METH_NOARGS, "As of a coroutine." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot slots[] = {
    { Py_tp_dealloc, (void *)(uintptr_t)call_dealloc },
    { Py_am_await, (void *)(uintptr_t)PyObject_SelfIter },
    { Py_tp_iter, (void *)(uintptr_t)PyObject_SelfIter },
    { Py_tp_iternext, (void *)(uintptr_t)call_next },
    { Py_tp_methods, methods },
    { Py_tp_doc, (void *)(uintptr_t) "What a worker is asked by await." },
    { 0, NULL },
};

static PyType_Spec spec = { "stockade.RemoteCoroutine", sizeof(call_object), 0,
                            Py_TPFLAGS_DEFAULT, slots };

/* `args` is taken. */
static PyObject *
new_call(PyObject *proxy, const char *name, PyObject *args)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *question =
        args ? Py_BuildValue("[OzN]", proxy, name, args) : NULL;
    PyObject *self = NULL;

    if (isolation && !isolation->await_type)
        isolation->await_type = stk_class_new(&spec, NULL);
    if (question && isolation && isolation->await_type)
        self = PyType_GenericAlloc((PyTypeObject *)isolation->await_type, 0);
    if (!self) {
        Py_XDECREF(question);
        return NULL;
    }
    as_call(self)->target = Py_NewRef(proxy);
    as_call(self)->args = question;
    return self;
}

/* ---- what proxies have ----------------------------------------------- */

PyObject *
stk_await_call(PyObject *proxy, PyObject *args, PyObject *keywords)
{
    return new_call(proxy, "__call__",
                    Py_BuildValue("(OO)", args,
                                  keywords && PyDict_GET_SIZE(keywords)
                                      ? keywords
                                      : Py_None));
}

PyObject *
stk_await_await(PyObject *proxy)
{
    return new_call(proxy, NULL, PyTuple_New(0));
}

static PyObject *
new_steps(PyObject *proxy, const char *name, PyObject *args)
{
    PyObject *self = new_call(proxy, name, args);

    if (self)
        as_call(self)->steps = true;
    return self;
}

PyObject *
stk_await_next(PyObject *proxy)
{
    return new_steps(proxy, "__anext__", PyTuple_New(0));
}

PyObject *
stk_await_asend(PyObject *proxy, PyObject *value)
{
    return new_steps(proxy, "asend", PyTuple_Pack(1, value));
}

PyObject *
stk_await_athrow(PyObject *proxy, PyObject *args)
{
    PyObject *thrown = stk_proxy_thrown(args);
    PyObject *told = thrown ? stk_proxy_told(thrown) : NULL;

    Py_XDECREF(thrown);
    return told ? new_steps(proxy, "athrow", Py_BuildValue("(N)", told))
                : NULL;
}

PyObject *
stk_await_aclose(PyObject *proxy, PyObject *Py_UNUSED(unused))
{
    return new_call(proxy, "aclose", PyTuple_New(0));
}

PyObject *
stk_await_enter(PyObject *proxy, PyObject *Py_UNUSED(unused))
{
    return new_call(proxy, "__aenter__", PyTuple_New(0));
}

PyObject *
stk_await_exit(PyObject *proxy, PyObject *args)
{
    PyObject *type, *value, *traceback, *told, *self;

    if (!PyArg_UnpackTuple(args, "__aexit__", 3, 3, &type, &value, &traceback))
        return NULL;
    told = PyExceptionInstance_Check(value) ? stk_proxy_told(value)
                                            : Py_NewRef(Py_None);
    self =
        told ? new_call(proxy, "__aexit__", Py_BuildValue("(N)", told)) : NULL;
    if (self && type != Py_None)
        as_call(self)->leaving = Py_NewRef(type);
    return self;
}

/* inspect and asyncio know a function that is async by a mark of their own,
 * which no worker could have. */
PyObject *
stk_await_mark(PyObject *proxy, PyObject *name)
{
    const char *module = NULL;
    PyObject *found;

    if (PyUnicode_CompareWithASCIIString(name, "_is_coroutine_mark") == 0)
        module = "inspect";
    else if (PyUnicode_CompareWithASCIIString(name, "_is_coroutine") == 0)
        module = "asyncio.coroutines";
    if (!module)
        return stk_proxy_ask(proxy, STK_OP_GETATTR,
                             Py_BuildValue("[OO]", proxy, name));
    found = PyDict_GetItemString(PyImport_GetModuleDict(), module);
    if (!found)
        return PyErr_Format(PyExc_AttributeError, "%U", name);
    return PyObject_GetAttr(found, name);
}
