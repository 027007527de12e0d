/* SPDX-License-Identifier: Apache-2.0 */
/* One string of code in a worker, and what it left: its value, what it
 * printed, what it was denied, what it took. */
#include "python/remote/sandbox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "python/load/origin.h"
#include "python/object/class.h"
#include "python/object/convert.h"

#define NAME_MAX_LENGTH 200
#define NS              1e9

/* ---- what is asked for ----------------------------------------------- */

/* What may be one of the standard library's, of this Python or of another, is
 * what a policy trusts. */
static bool
is_taken(const stk_interp *state, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);

    if (!text)
        PyErr_Clear();
    return !text || stk_policy_in_stdlib(text) ||
           stk_origin_is_stdlib_name(state, name) ||
           PyDict_GetItem(PyImport_GetModuleDict(), name);
}

/* A name that somebody else has would bring his rights. */
static int
check_name(PyObject *name)
{
    stk_interp *state = stk_interp_get();
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    PyObject *printable = PyObject_CallMethod(name, "isprintable", NULL);
    bool good =
        printable == Py_True && length > 0 && length <= NAME_MAX_LENGTH;
    bool taken = state && good && is_taken(state, name);

    Py_XDECREF(printable);
    if (!printable || !state)
        return -1;
    if (!good)
        PyErr_Format(PyExc_ValueError,
                     "a name has 1 to %d characters, all printable",
                     NAME_MAX_LENGTH);
    else if (taken)
        PyErr_Format(PyExc_ValueError,
                     "%R is a module: code of this name would be taken for "
                     "it",
                     name);
    return good && !taken ? 0 : -1;
}

static int
check_inputs(PyObject *inputs)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (inputs == Py_None)
        return 0;
    if (!PyDict_CheckExact(inputs)) {
        PyErr_Format(PyExc_TypeError, "inputs is a dict, not %.100s",
                     Py_TYPE(inputs)->tp_name);
        return -1;
    }
    while (PyDict_Next(inputs, &at, &key, &value))
        if (!PyUnicode_CheckExact(key)) {
            PyErr_Format(PyExc_TypeError, "the keys of inputs are str");
            return -1;
        }
    return 0;
}

static int
warn_of_deadline(PyObject *timeout, const stk_profile *profile)
{
    char deadline[32];

    snprintf(deadline, sizeof deadline, "%g",
             (double)profile->deadline_ms / 1e3);
    return PyErr_WarnFormat(PyExc_RuntimeWarning, 1,
                            "a timeout of %S s is cut to the %s s that "
                            "`deadline` of [sandbox %s] allows",
                            timeout, deadline, profile->name);
}

/* The profile's deadline, or less. */
static int
read_timeout(uint64_t *out, PyObject *timeout, const stk_profile *profile)
{
    double most = (double)profile->deadline_ms / 1e3, seconds = most;

    if (timeout != Py_None)
        seconds = PyFloat_AsDouble(timeout);
    if (PyErr_Occurred())
        return -1;
    if (!(seconds > 0)) {
        PyErr_SetString(PyExc_ValueError, "a timeout is more than 0 seconds");
        return -1;
    }
    /* without an end is as long as there is */
    if (seconds > most && isfinite(seconds) &&
        warn_of_deadline(timeout, profile) < 0)
        return -1;
    *out = (uint64_t)((seconds < most ? seconds : most) * NS);
    return 0;
}

int
stk_sandbox_check_job(stk_sandbox_job *job, PyObject *timeout,
                      const stk_profile *profile)
{
    if (check_name(job->name) < 0 || check_inputs(job->inputs) < 0)
        return -1;
    return read_timeout(&job->timeout_ns, timeout, profile);
}

/* ---- the result ------------------------------------------------------ */

static PyStructSequence_Field result_fields[] = {
    { "value", "what the name `result` is, or the last expression" },
    { "output", "str: what it printed" },
    { "denied", "tuple of (\"import\" or \"syscall\", str)" },
    { "usage", "Usage: what it took" },
    { NULL, NULL },
};

static PyStructSequence_Desc result_desc = {
    "stockade.RunResult",
    "What a string of code left that ran in a Sandbox.\n"
    "\n"
    "value: what the name `result` is in the end, else the value of the last\n"
    "expression, else None; None too where it raised an exception.\n"
    "output: str, what it printed, as far as the profile's `output` goes.\n"
    "denied: tuple of pairs of str, (\"import\", name of the module) and\n"
    "(\"syscall\", name and arguments), what it tried in vain.\n"
    "usage: Usage, what it took.",
    result_fields,
    4,
};

static PyStructSequence_Field usage_fields[] = {
    { "cpu", "float: seconds of processor time" },
    { "memory", "int: bytes, the most that its worker ever had" },
    { "wall", "float: seconds that passed" },
    { NULL, NULL },
};

static PyStructSequence_Desc usage_desc = {
    "stockade.Usage",
    "What a string of code took, as the host measured it.\n"
    "\n"
    "cpu: float, seconds of processor time.\n"
    "memory: int, bytes, the most that its worker ever had in memory.\n"
    "wall: float, seconds that passed.",
    usage_fields,
    3,
};

int
stk_sandbox_types(stk_isolation *isolation)
{
    isolation->result_type =
        stk_class_seal((PyObject *)PyStructSequence_NewType(&result_desc));
    isolation->usage_type =
        stk_class_seal((PyObject *)PyStructSequence_NewType(&usage_desc));
    return isolation->result_type && isolation->usage_type ? 0 : -1;
}

/* Takes the `n` values; one that is NULL is an exception that is set. */
static PyObject *
new_sequence(PyObject *type, PyObject **values, Py_ssize_t n)
{
    PyObject *sequence = PyStructSequence_New((PyTypeObject *)type);

    for (Py_ssize_t i = 0; i < n; i++) {
        if (!values[i] || !sequence) {
            Py_CLEAR(sequence);
            Py_XDECREF(values[i]);
            continue;
        }
        PyStructSequence_SetItem(sequence, i, values[i]);
    }
    return sequence;
}

/* ---- what it was denied ---------------------------------------------- */

static int
add_denied(PyObject *list, const char *kind, PyObject *what)
{
    PyObject *pair = what ? Py_BuildValue("(sO)", kind, what) : NULL;
    int result = pair ? PyList_Append(list, pair) : -1;

    Py_XDECREF(pair);
    return result;
}

static int
add_calls(PyObject *list, char *text)
{
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        PyObject *what = stk_to_str(line);
        int result = add_denied(list, "syscall", what);

        Py_XDECREF(what);
        if (result < 0)
            return -1;
    }
    return 0;
}

static PyObject *
collect_denied(stk_remote *remote)
{
    char *calls = stk_worker_take_denials(remote->worker);
    PyObject *list = PyList_New(0), *result = NULL;
    int added = list && calls ? 0 : -1;

    for (Py_ssize_t i = 0; added == 0 && i < PyList_GET_SIZE(remote->refused);
         i++)
        added =
            add_denied(list, "import", PyList_GET_ITEM(remote->refused, i));
    if (added == 0)
        added = add_calls(list, calls);
    else if (!calls)
        PyErr_NoMemory();
    free(calls);
    if (added == 0)
        result = PyList_AsTuple(list);
    Py_XDECREF(list);
    return result;
}

/* ---- one run --------------------------------------------------------- */

typedef struct run {
    stk_remote *remote;
    PyObject *captured; /* strong */
    uint64_t cpu;       /* that its worker had taken before, in ns */
    uint64_t began;
} run;

static int
begin_run(run *r, stk_remote *remote, uint64_t timeout_ns)
{
    memset(r, 0, sizeof *r);
    r->captured = PyList_New(0);
    if (!r->captured ||
        PyList_SetSlice(remote->refused, 0, PY_SSIZE_T_MAX, NULL) < 0) {
        Py_CLEAR(r->captured);
        return -1;
    }
    /* what a thread of the last one tried since is not this one's */
    free(stk_worker_take_denials(remote->worker));
    r->remote = remote;
    remote->imports = 0; /* the bound of one run */
    remote->captured = Py_NewRef(r->captured);
    remote->timeout_ns = timeout_ns;
    r->cpu = stk_worker_cpu(remote->worker);
    r->began = stk_clock_monotonic_ns();
    return 0;
}

static PyObject *
collect_usage(const run *r, const stk_isolation *isolation)
{
    stk_usage after = stk_worker_usage(r->remote->worker);
    uint64_t wall = stk_clock_monotonic_ns() - r->began;
    uint64_t cpu = after.cpu_ns > r->cpu ? after.cpu_ns - r->cpu : 0;
    PyObject *values[] = { PyFloat_FromDouble((double)cpu / NS),
                           PyLong_FromUnsignedLongLong(after.memory),
                           PyFloat_FromDouble((double)wall / NS) };

    return new_sequence(isolation->usage_type, values, 3);
}

/* `value` is taken. */
static PyObject *
end_run(run *r, PyObject *value)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *empty = PyUnicode_FromString("");
    PyObject *values[] = { value, NULL, NULL, NULL }, *result = NULL;

    Py_CLEAR(r->remote->captured);
    if (isolation && empty) {
        values[3] = collect_usage(r, isolation);
        values[1] = PyUnicode_Join(empty, r->captured);
        values[2] = values[1] ? collect_denied(r->remote) : NULL;
        result = new_sequence(isolation->result_type, values, 4);
    } else {
        Py_DECREF(value);
    }
    Py_XDECREF(empty);
    Py_CLEAR(r->captured);
    return result;
}

/* The exception that is set gets what there was until then: the SandboxError
 * that it is, or that it comes from. */
static void
tell_failure(run *r)
{
    PyObject *type, *value, *traceback, *result, *told;
    PyTypeObject *own;
    stk_interp *state;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    result = end_run(r, Py_NewRef(Py_None));
    state = stk_interp_find();
    own = state && state->isolation
              ? (PyTypeObject *)state->isolation->sandbox_error
              : NULL;
    told = value && own && !PyObject_TypeCheck(value, own)
               ? PyException_GetCause(value)
               : Py_XNewRef(value);
    if (result && told && own && PyObject_TypeCheck(told, own))
        PyObject_SetAttrString(told, "result", result);
    PyErr_Clear();
    Py_XDECREF(result);
    Py_XDECREF(told);
    PyErr_Restore(type, value, traceback);
}

static PyObject *
run_locked(stk_remote *remote, const stk_sandbox_job *job)
{
    PyObject *value;
    run r;

    if (remote->asking)
        return PyErr_Format(PyExc_RuntimeError,
                            "this box is running code already, which has "
                            "called back into this thread");
    if (begin_run(&r, remote, job->timeout_ns) < 0)
        return NULL;
    value = stk_remote_ask(
        remote, STK_OP_RUN,
        Py_BuildValue("[OOO]", job->source, job->name, job->inputs));
    if (value)
        return end_run(&r, value);
    tell_failure(&r);
    return NULL;
}

/* One at a time: what it prints and what it is denied is this one's. */
PyObject *
stk_sandbox_run(stk_remote *remote, const stk_sandbox_job *job)
{
    PyObject *result;

    if (stk_remote_enter(remote, job->timeout_ns) < 0)
        return NULL;
    result = run_locked(remote, job);
    stk_worker_leave(remote->worker);
    return result;
}
