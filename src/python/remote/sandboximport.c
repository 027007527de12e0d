/* SPDX-License-Identifier: Apache-2.0 */
/* The workers of a box, and the modules that are imported into them. */
#include "python/remote/sandbox.h"

#include "python/attempt/attempt.h"
#include "python/broker/broker.h"
#include "python/remote/isolated.h"

/* ---- workers --------------------------------------------------------- */

static PyObject *
sandbox_error(void)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;

    return isolation ? isolation->sandbox_error : NULL;
}

int
stk_sandbox_check(const stk_sandbox *box)
{
    PyObject *class;

    if (!box->closed)
        return 0;
    class = sandbox_error();
    if (class)
        PyErr_Format(class, "this sandbox is closed: make another");
    return -1;
}

/* One that came while the box was closed is not kept. */
PyObject *
stk_sandbox_worker(stk_sandbox *box, PyObject *name, bool strings)
{
    stk_interp *state = stk_interp_get();
    PyObject *worker =
        state ? stk_remote_new(state, box->profile, name) : NULL;

    if (!worker)
        return NULL;
    stk_as_remote(worker)->boxed = true;
    stk_as_remote(worker)->strings = strings;
    if (stk_sandbox_check(box) < 0)
        Py_CLEAR(worker);
    return worker;
}

/* ---- modules --------------------------------------------------------- */

/* What must be signed, or in another sandbox, is not to be had in this. */
static int
check_requirement(const stk_sandbox *box, PyObject *name)
{
    stk_guard *guard = stk_process_guard();
    const char *text = PyUnicode_AsUTF8(name);
    stk_policy *policy;
    stk_decision wanted;
    bool fits;

    if (!text)
        return -1;
    if (!guard) {
        PyErr_SetString(PyExc_RuntimeError, "the guard is closed");
        return -1;
    }
    policy = stk_guard_policy(guard);
    wanted = stk_policy_require(policy, text);
    fits = stk_broker_fits(wanted.requirement, box->profile->name);
    if (!fits)
        PyErr_Format(PyExc_ImportError,
                     "%U is %s: it cannot be in a sandbox of %s", name,
                     wanted.requirement, box->profile->name);
    stk_policy_free(policy);
    return fits ? 0 : -1;
}

static PyObject *
load_module(PyObject *worker, PyObject *name)
{
    PyObject *loaded =
        stk_remote_ask(stk_as_remote(worker), STK_OP_LOAD,
                       stk_broker_load_request(stk_as_remote(worker), name));
    PyObject *module = loaded ? stk_remote_module_new(name) : NULL;

    if (module && stk_remote_module_fill(module, worker, loaded) < 0)
        Py_CLEAR(module);
    Py_XDECREF(loaded);
    return module;
}

/* The worker of the package that `name` is below; borrowed. */
static PyObject *
worker_above(const stk_sandbox *box, PyObject *name)
{
    PyObject *root, *pair;
    Py_ssize_t at = 0, n;

    while (PyDict_Next(box->modules, &at, &root, &pair)) {
        n = PyUnicode_GET_LENGTH(root);
        if (PyUnicode_GET_LENGTH(name) > n &&
            PyUnicode_READ_CHAR(name, n) == '.' &&
            PyUnicode_Tailmatch(name, root, 0, n, -1) == 1 &&
            stk_worker_is_alive(
                stk_as_remote(PyTuple_GET_ITEM(pair, 0))->worker))
            return PyTuple_GET_ITEM(pair, 0);
    }
    return NULL;
}

PyObject *
stk_sandbox_import(stk_sandbox *box, PyObject *name)
{
    PyObject *worker, *module, *pair;
    stk_interp *state = stk_interp_get();

    /* whoever calls asks; in the worker nobody does but the module itself */
    if (!state || check_requirement(box, name) < 0 ||
        stk_attempt_once(state, name) < 0)
        return NULL;
    worker = Py_XNewRef(worker_above(box, name));
    if (!worker)
        worker = stk_sandbox_worker(box, name, false);
    module = worker ? load_module(worker, name) : NULL;
    pair = module ? PyTuple_Pack(2, worker, module) : NULL;
    if (!pair || stk_sandbox_check(box) < 0 ||
        PyDict_SetItem(box->modules, name, pair) < 0)
        Py_CLEAR(module);
    Py_XDECREF(pair);
    Py_XDECREF(worker);
    return module;
}
