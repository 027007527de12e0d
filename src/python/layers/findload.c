/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 3: _frozen_importlib._find_and_load. importlib.import_module() and
 * importlib.__import__() raise no audit event on CPython 3.8 to 3.13 and
 * never touch builtins.__import__; they all come through here.
 */
#include "python/layers/layers.h"

#include "python/attempt/attempt.h"
#include "python/attempt/attempt_cached.h"
#include "python/layers/library.h"
#include "python/load/quick.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"
#include "python/object/name.h"

/* One call: the function that we stand before, and its arguments. */
typedef struct load_call {
    PyObject *original;
    PyObject *name; /* exact where it was judged */
    PyObject *import;
} load_call;

static PyObject *
call_original(const load_call *call)
{
    PyObject *const args[] = { call->name, call->import };

    return PyObject_Vectorcall(call->original, args, 2, NULL);
}

/* importlib.util has a place of ours in it, from its first moment on. */
static PyObject *
settle_module(stk_interp *state, const load_call *call, PyObject *result)
{
    if (result && stk_library_loaded(call->name, result) < 0)
        Py_CLEAR(result);
    if (result && stk_attempt_alias(state, call->name, result) < 0)
        Py_CLEAR(result);
    if (result && !state->util_seen && stk_tripwire(state) < 0)
        Py_CLEAR(result);
    return result;
}

static PyObject *
load_module(stk_interp *state, const load_call *call)
{
    return settle_module(state, call, call_original(call));
}

static PyObject *
load_quickly(stk_interp *state, stk_attempt_open *attempt,
             const load_call *call)
{
    PyObject *result =
        stk_quick_load(state, attempt, call->name, call->import);

    return settle_module(state, call, result);
}

static PyObject *
load_open(stk_interp *state, stk_attempt_open *attempt, const load_call *call)
{
    return stk_quick_serves(state, attempt, call->name)
               ? load_quickly(state, attempt, call)
               : load_module(state, call);
}

static PyObject *
load_missing(stk_interp *state, const load_call *call)
{
    stk_attempt_open *attempt = stk_attempt_begin(state, call->name);
    PyObject *result;

    if (!attempt)
        return NULL;
    stk_attempt_enter(state, call->name);
    result = load_open(state, attempt, call);
    stk_attempt_end(attempt, result);
    return result;
}

static PyObject *
load_guarded(stk_interp *state, const load_call *call)
{
    stk_attempt_open *open;
    PyObject *module;
    int result;

    if (stk_tripwire(state) < 0)
        return NULL;
    open = stk_attempt_enter(state, call->name);
    module = stk_module_loaded(call->name);
    if (!module)
        return open ? load_open(state, open, call) : load_missing(state, call);
    if (open) {
        Py_DECREF(module);
        return load_module(state, call);
    }
    result = stk_attempt_cached(state, call->name, module);
    Py_DECREF(module);
    return result < 0 ? NULL : call_original(call);
}

static PyObject *
judge_call(load_call *call)
{
    stk_interp *state = stk_interp_find();
    PyObject *result;

    if (!state || !stk_process_guard() || !PyUnicode_Check(call->name))
        return call_original(call);
    call->name = stk_name_exact(call->name);
    if (!call->name)
        return NULL;
    result = load_guarded(state, call);
    Py_DECREF(call->name);
    return result;
}

/* Keywords, and whatever is wrong. */
static PyObject *
call_by_names(PyObject *self, load_call *call, PyObject *args,
              PyObject *kwargs)
{
    static const char *const names[] = { "name", "import_", NULL };

    return PyArg_ParseTupleAndKeywords(args, kwargs, "OO:_find_and_load",
                                       STK_KEYWORDS(names), &call->name,
                                       &call->import)
               ? judge_call(call)
               : stk_carry_fail(self, args, kwargs);
}

static PyObject *
find_and_load(PyObject *self, PyObject *const *args, Py_ssize_t n,
              PyObject *kwnames)
{
    load_call call = { stk_carried(self), NULL, NULL };
    PyObject *tuple, *dict, *result;

    if (n == 2 && !kwnames) {
        call.name = args[0];
        call.import = args[1];
        return judge_call(&call);
    }
    if (stk_carry_pack(args, n, kwnames, &tuple, &dict) < 0)
        return NULL;
    result = call_by_names(self, &call, tuple, dict);
    Py_DECREF(tuple);
    Py_XDECREF(dict);
    return result;
}

static PyMethodDef find_and_load_def = {
    "_find_and_load", (PyCFunction)(void (*)(void))find_and_load,
    METH_FASTCALL | METH_KEYWORDS, "Find and load the module."
};

PyObject *
stk_findload_new(PyObject *original)
{
    return stk_carry_new(&find_and_load_def, original, "importlib._bootstrap");
}

bool
stk_findload_check(PyObject *object)
{
    return stk_carry_check(object, &find_and_load_def);
}
