/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker as the proxies of its objects have it: asked, with what it may ask
 * in between, and its answers as Python objects.
 *
 * The lock of the worker is held from a request to its reply, the GIL is not
 * while we wait. What a worker answers can only become a plain value, a proxy
 * of one of the fixed types, or an exception of a fixed table.
 */
#ifndef STK_PYTHON_REMOTE_H
#define STK_PYTHON_REMOTE_H

#include "guard/isolate.h"
#include "python/remote/isolation.h"
#include "worker/objects.h"
#include "worker/values.h"

/* Exceptions of the functions that it has called: remotekept.c. */
typedef struct stk_remote_kept {
    PyObject *list;   /* strong; of (number, exception, bytes), or NULL */
    Py_ssize_t begin; /* in it: of the innermost request */
    uint64_t last;    /* number */
    size_t asked;     /* bytes of the question that is answered */
} stk_remote_kept;

/* Which instruction of the host's has asked for an iterator of which object:
 * proxyitems.c. */
typedef struct stk_proxy_place {
    uint64_t id; /* 0: none yet */
    const void *frame, *code;
    int at;
} stk_proxy_place;

typedef struct stk_remote {
    PyObject_HEAD stk_worker *worker; /* one reference */
    PyObject *package;                /* strong; str */
    PyObject *served;        /* strong; {module: where its submodules are} */
    PyObject *closures;      /* strong; {module: what `closure` says of it} */
    PyObject *distributions; /* strong; what is installed, once asked for;
                                see broker/installed.h */
    PyObject *captured; /* strong; list of str that it prints, or NULL: into
                           logging */
    PyObject *refused;  /* strong; list of str: imports that were denied */
    PyObject *proxies;  /* strong; {id: weak reference}, once needed */
    PyObject *executor; /* strong; its thread for `await`, once needed */
    PyObject *loop;     /* strong; that awaits it, in that thread, or NULL */
    unsigned long loop_thread;
    pid_t looping;     /* the thread of that loop */
    PyObject *calling; /* strong; the coroutine of the host's that it waits
                          for, or NULL */
    unsigned queued;   /* that are awaited */
    stk_objects lent;  /* functions that it may call */
    stk_remote_kept kept;
    unsigned called;    /* of them, in the outermost request */
    uint64_t nested_ns; /* of requests within the one that is answered */
    PyObject *loader;   /* strong; str: the [loader NAME] that it is for, or
                           NULL */
    bool boxed;        /* of a Sandbox: under its profile and under no other */
    bool strings;      /* it runs strings of code: no module is its own */
    uint64_t deadline; /* of the outermost request */
    unsigned asking;   /* requests within each other */
    bool apart;        /* the inner ones are a task's */
    unsigned reading;  /* what it said, within each other */
    size_t questions;  /* bytes of those that are open, within each other */
    unsigned imports;  /* that it asked for, all in all */
    unsigned unlike;   /* of its objects, which had one hash: proxyequal.c */
    stk_proxy_place iterated; /* the last of its objects that was */
    uint64_t printed;         /* characters, in the outermost request */
    uint64_t dropped;         /* of them, beyond `output` */
    bool unlogged;            /* there is no `logging` for what it prints */
    uint64_t unlogged_by;     /* by the policy of this generation */
    uint64_t timeout_ns;      /* of one outermost request */
} stk_remote;

static inline stk_remote *
stk_as_remote(PyObject *object)
{
    return (stk_remote *)(void *)object;
}

/* The type of the objects. New reference. */
PyObject *stk_remote_type(void);

/* A new worker. New reference. */
PyObject *stk_remote_new(stk_interp *state, const stk_profile *profile,
                         PyObject *package);

/* Asks; `args` (taken) is the list that the op wants. New reference to the
 * answer. */
PyObject *stk_remote_ask(stk_remote *remote, enum stk_op op, PyObject *args);

/* Waits for the lock of its worker, which is given back by
 * stk_worker_leave(): 0, or negative with an exception. */
int stk_remote_enter(stk_remote *remote, uint64_t timeout_ns);

/* Around several questions that have one deadline together: 0, or -1 with an
 * exception. It is held by the caller. */
int stk_remote_begin(stk_remote *remote);
void stk_remote_end(stk_remote *remote);

/* remoteended.c: true where it is gone, and its profile says that the next one
 * who wants something has it started anew. */
bool stk_remote_is_to_restart(const stk_remote *remote);
/* Sets WorkerDied, for whoever asks one that ended before. */
void stk_remote_raise_ended(const stk_remote *remote);

/* remotevalues.c: what crosses. */
stk_crossing stk_remote_crossing(stk_remote *remote); /* to read by */
/* Writes the one value of a frame: 0, or -1 with an exception. */
int stk_remote_write(stk_remote *remote, stk_writer *writer, PyObject *value);

/* remotecalls.c: functions of the host's, which a worker may call. */
bool stk_remote_is_lendable(PyObject *object);
/* Hands one over: its id, or 0 with an exception. */
uint64_t stk_remote_lend(stk_remote *remote, stk_writer *writer,
                         PyObject *function);
/* One by its id, for what crosses. NULL with ValueError: it lies. */
PyObject *stk_remote_lent(void *payload, uint64_t id);
/* It holds those no more. -1 with ValueError: it lies. */
int stk_remote_give_back(stk_remote *remote, PyObject *list);
/* All of them: it is dead. */
void stk_remote_forget_lent(stk_remote *remote);
/* -1 with ValueError where `question` is no call at all. */
int stk_remote_check_called(const stk_remote *remote, PyObject *question);
PyObject *stk_remote_called(stk_remote *remote, PyObject *question);

/* What is asked by tasks while the worker waits for their loop: as by an
 * outermost request where that has nothing to do with what it waits for; what
 * has, gets a deadline of its own, too, but is counted. False: it is none. */
typedef struct stk_remote_outer {
    unsigned asking, called;
    uint64_t deadline, nested_ns, printed, dropped;
} stk_remote_outer;
bool stk_remote_begin_apart(stk_remote *remote, stk_remote_outer *outer,
                            uint64_t began);
void stk_remote_end_apart(stk_remote *remote, const stk_remote_outer *outer);

/* remotekept.c: what these raise, while it may let it through. */
/* The number that it has of `exception`; 0: none. */
uint64_t stk_remote_keep(stk_remote *remote, PyObject *exception);
/* New reference; NULL without an exception: none of this request. */
PyObject *stk_remote_find_kept(const stk_remote *remote, uint64_t number);
/* Around a request: what the first returns is the second's. An exception that
 * is set stays. */
Py_ssize_t stk_remote_begin_keeping(stk_remote *remote);
void stk_remote_end_keeping(stk_remote *remote, Py_ssize_t outer);

/* remoteoutput.c: what it printed or logged. -1 with ValueError: it lies. */
int stk_remote_output(stk_remote *remote, PyObject *value);
/* Says, where its output is read and in the audit log, how much of it was
 * dropped. An exception that is set stays. */
void stk_remote_tell_dropped(stk_remote *remote);

/* remoteadvice.c: what to do with an object that cannot cross, in words. */
const char *stk_remote_advise(PyObject *object);

/* remoteerror.c: sets what `raised` (any value of the worker's) comes to.
 * -1 when it is no exception at all. */
int stk_remote_raise(const stk_remote *remote, PyObject *raised);
/* The exception that is set, which is taken, as a worker raises it. `keep`:
 * who asked gets it back where the worker lets it through. */
PyObject *stk_remote_take_raised(stk_remote *remote, bool keep);
const char *stk_remote_inbuilt(PyTypeObject *exception); /* borrowed */

/* remotefailed.c: sets WorkerDied or SandboxTimeout for what guard/isolate.h
 * says. */
void stk_remote_raise_error(stk_remote *remote, const stk_error *err);

/* proxy.c: the proxy of what was sent once more by this id, new where there is
 * none. New reference, or NULL with an exception: then it is released. */
PyObject *stk_proxy_new(stk_remote *remote, uint64_t id, unsigned kind,
                        PyObject *name);
/* proxysame.c: the one that there is by this id. New reference; NULL: none,
 * perhaps with an exception. */
PyObject *stk_proxy_find(const stk_remote *remote, uint64_t id);
/* Found by this id from now on, for as long as it lives: 0, or -1 with an
 * exception. */
int stk_proxy_note(stk_remote *remote, uint64_t id, PyObject *proxy);
/* Its weak references are cleared. An exception that is set stays. */
void stk_proxy_unnote(stk_remote *remote, uint64_t id);
/* The id of one of this worker's; 0 when it is none, or of another. */
uint64_t stk_proxy_id(const stk_remote *remote, PyObject *object);
bool stk_proxy_check(PyObject *object);
int stk_proxy_types(stk_isolation *isolation);
/* proxynames.c. `__name__`: what is asked of any object is answered here. */
bool stk_proxy_is_special(PyObject *name);
/* Text about it, for help() and tracebacks: text or nothing. */
bool stk_proxy_is_told(PyObject *name);
/* `answer`, which is taken, when it is a list of str, without the special
 * names that `self` does not have here: what else it could be might never
 * end, and to sort objects asks for each. NULL with an exception. */
PyObject *stk_proxy_names(PyObject *answer, PyObject *self,
                          bool (*has)(PyObject *self, PyObject *name));
PyObject *stk_proxy_dir(PyObject *self, PyObject *unused);
/* Asks its worker; `args` is taken. */
PyObject *stk_proxy_ask(PyObject *self, enum stk_op op, PyObject *args);

stk_remote *stk_proxy_remote(PyObject *self); /* borrowed */
bool stk_proxy_is_async(PyObject *object);    /* an async function */
bool stk_proxy_is_callable(PyObject *proxy);  /* a function or a class */

/* proxysignature.c: __signature__, an inspect.Signature. */
PyObject *stk_proxy_signature(PyObject *self, void *closure);

/* proxyhelp.c: what help() shows of a class that says `doc` (taken, str or
 * None) of itself. New reference. */
PyObject *stk_proxy_help(PyObject *class, PyObject *doc);
/* A text of a worker's (taken), bounded, as a terminal may have it; `lines`:
 * of several. */
PyObject *stk_proxy_shown(PyObject *text, bool lines);

/* proxyitems.c: what containers have. */
Py_ssize_t stk_proxy_length(PyObject *self);
PyObject *stk_proxy_getitem(PyObject *self, PyObject *key);
int stk_proxy_setitem(PyObject *self, PyObject *key, PyObject *value);
int stk_proxy_contains(PyObject *self, PyObject *item);
PyObject *stk_proxy_iter(PyObject *self);
/* `answer` is taken: 0 or 1, or -1 where it is no bool. */
int stk_proxy_truth(PyObject *answer);

/* proxyclass.c: methods of classes. */
PyObject *stk_proxy_instancecheck(PyObject *self, PyObject *object);
PyObject *stk_proxy_subclasscheck(PyObject *self, PyObject *object);
PyObject *stk_proxy_mro_entries(PyObject *self, PyObject *bases);
/* And what is asked of them as attributes, and as a truth. */
PyObject *stk_proxy_class_class(PyObject *self, void *closure);
PyObject *stk_proxy_class_bases(PyObject *self, void *closure);
PyObject *stk_proxy_class_members(PyObject *self, void *closure);
int stk_proxy_class_bool(PyObject *self);

/* proxyawait.c: coroutines of the host's that ask a worker. */
PyObject *stk_await_call(PyObject *proxy, PyObject *args, PyObject *keywords);
PyObject *stk_await_await(PyObject *proxy);
PyObject *stk_await_next(PyObject *proxy);
PyObject *stk_await_asend(PyObject *proxy, PyObject *value);
PyObject *stk_await_athrow(PyObject *proxy, PyObject *args);
PyObject *stk_await_aclose(PyObject *proxy, PyObject *unused);
PyObject *stk_await_enter(PyObject *proxy, PyObject *unused);
PyObject *stk_await_exit(PyObject *proxy, PyObject *args);
/* An attribute of an async function. */
PyObject *stk_await_mark(PyObject *proxy, PyObject *name);
/* The worker waits for the task that runs: to await it would be for ever. An
 * exception that is set is gone. */
bool stk_await_is_awaited(const stk_remote *remote);
/* The loop of asyncio that runs in this thread, or None. New reference. */
PyObject *stk_await_loop(void);

/* proxystep.c: methods of proxies. */
/* What the StopIteration says that is set, which is taken. */
PyObject *stk_take_stopped(void);
/* The exception that throw(*args) throws. */
PyObject *stk_proxy_thrown(PyObject *args);
/* remotetold.c: its built-in type, what it says, its arguments, its notes. */
PyObject *stk_proxy_told(PyObject *exception);
/* Whether what was told to a worker is raised on, whatever came of that. */
bool stk_proxy_goes_on(PyObject *answer, PyObject *told);

PyObject *stk_proxy_next(PyObject *self);
PyObject *stk_proxy_send(PyObject *self, PyObject *value);
PyObject *stk_proxy_throw(PyObject *self, PyObject *args);
PyObject *stk_proxy_close(PyObject *self, PyObject *unused);
PyObject *stk_proxy_enter(PyObject *self, PyObject *unused);
PyObject *stk_proxy_exit(PyObject *self, PyObject *args);

#endif
