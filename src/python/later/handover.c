/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that hand a callable over, to be called by somebody else and in
 * the midst of anything: a bare callable (importlib.import_module) has no
 * frame of whoever handed it over. It is carried from that moment on, and
 * may be asked back.
 */
#include "python/later/handover.h"

#include "python/asks/frame.h"
#include "python/later/givenback.h"
#include "python/object/carry.h"
#include "python/object/importer.h"

PyCodeObject *
stk_handover_code(PyObject *function)
{
    if (PyMethod_Check(function))
        function = PyMethod_GET_FUNCTION(function);
    return PyFunction_Check(function)
               ? (PyCodeObject *)PyFunction_GET_CODE(function)
               : NULL;
}

bool
stk_handover_is_own(const stk_interp *state, PyObject *function)
{
    PyCodeObject *code = stk_handover_code(function);
    uint32_t importer = code ? stk_code_tag_get(state, code).importer : 0;
    PyFrameObject *frame = PyEval_GetFrame();

    return importer != 0 && frame &&
           stk_frame_tag(state, frame).importer == importer;
}

bool
stk_handover_is_known(const stk_interp *state, PyObject *function)
{
    PyCodeObject *code = NULL;
    const char *name;

    if (stk_handover_is_own(state, function))
        return true;
    if (PyFunction_Check(function))
        code = (PyCodeObject *)PyFunction_GET_CODE(function);
    name = code ? stk_importer_get(stk_code_tag_get(state, code).importer).name
                : NULL;
    return name && !stk_policy_in_stdlib(name);
}

stk_interp *
stk_handover_state(void)
{
    stk_guard *guard = stk_process_guard();
    stk_interp *state = guard ? stk_interp_find() : NULL;

    return state && state->attached && stk_guard_tells_importers(guard) ? state
                                                                        : NULL;
}

/* ---- arguments ------------------------------------------------------- */

PyObject *
stk_handover_with(PyObject *args, Py_ssize_t at, PyObject *function)
{
    PyObject *list = PySequence_List(args), *tuple;

    if (!list || PyList_SetItem(list, at, Py_NewRef(function)) < 0) {
        Py_XDECREF(list);
        return NULL;
    }
    tuple = PyList_AsTuple(list);
    Py_DECREF(list);
    return tuple;
}

/* What stands for `function`: itself, where it is free. New reference. */
static PyObject *
carrier_of(stk_interp *state, PyObject *function, const stk_handover *how,
           bool restores)
{
    PyObject *like, *carrier;

    if (!PyCallable_Check(function))
        return Py_NewRef(function);
    like = restores ? stk_givenback_find(state, function) : NULL;
    if (like) {
        carrier = stk_carrier_like(state, function, like);
        Py_DECREF(like);
        return carrier;
    }
    if (how->is_free && how->is_free(state, function))
        return Py_NewRef(function);
    return stk_carrier_new(state, function, how->kind);
}

static PyObject *
carry_at(stk_interp *state, PyObject *args, const stk_handover *how,
         bool restores)
{
    PyObject *function = PyTuple_GET_ITEM(args, how->at);
    PyObject *carrier = carrier_of(state, function, how, restores);
    PyObject *carried = NULL;

    if (carrier)
        carried = carrier == function
                      ? Py_NewRef(args)
                      : stk_handover_with(args, how->at, carrier);
    Py_XDECREF(carrier);
    return carried;
}

static PyObject *
carry_named(stk_interp *state, PyObject *kwargs, const stk_handover *how,
            bool restores)
{
    PyObject *function = PyDict_GetItemString(kwargs, how->name);
    PyObject *carrier, *copy;

    if (!function)
        return Py_NewRef(kwargs);
    carrier = carrier_of(state, function, how, restores);
    copy = carrier ? PyDict_Copy(kwargs) : NULL;
    if (copy && PyDict_SetItemString(copy, how->name, carrier) < 0)
        Py_CLEAR(copy);
    Py_XDECREF(carrier);
    return copy;
}

/* ---- what is given back ---------------------------------------------- */

static bool
is_given_back(stk_given_back back, PyObject *carrier)
{
    return back == STK_BACK_ALL ||
           stk_handover_code(stk_carrier_function(carrier));
}

PyObject *
stk_handover_back(stk_interp *state, stk_given_back back, PyObject *result)
{
    if (!result || !stk_carrier_check(state, result) ||
        !is_given_back(back, result))
        return result;
    if (back == STK_BACK_ALL && stk_givenback_keep(state, result) < 0)
        Py_CLEAR(result);
    else
        Py_SETREF(result, Py_NewRef(stk_carrier_function(result)));
    return result;
}

/* ---- calls ----------------------------------------------------------- */

static int
carry(stk_interp *state, const stk_handover *how, PyObject **args,
      PyObject **kwargs, bool restores)
{
    PyObject *carried;

    if (PyTuple_GET_SIZE(*args) > how->at) {
        carried = carry_at(state, *args, how, restores);
        if (carried)
            Py_SETREF(*args, carried);
    } else if (*kwargs && how->name) {
        carried = carry_named(state, *kwargs, how, restores);
        if (carried)
            Py_SETREF(*kwargs, carried);
    } else {
        return 0;
    }
    return carried ? 0 : -1;
}

int
stk_handover_carry(stk_interp *state, const stk_handover *how, PyObject **args,
                   PyObject **kwargs)
{
    return carry(state, how, args, kwargs, false);
}

int
stk_handover_restore(stk_interp *state, const stk_handover *how,
                     PyObject **args, PyObject **kwargs)
{
    return carry(state, how, args, kwargs, true);
}

static PyObject *
call_carried(const stk_handover *how, PyObject *original, PyObject *args,
             PyObject *kwargs, bool restores)
{
    stk_interp *state = stk_handover_state();
    PyObject *carried = Py_NewRef(args), *named = Py_XNewRef(kwargs);
    PyObject *result = NULL;

    if (!state || carry(state, how, &carried, &named, restores) == 0)
        result = PyObject_Call(original, carried, named);
    Py_DECREF(carried);
    Py_XDECREF(named);
    return result;
}

PyObject *
stk_handover_call(const stk_handover *how, PyObject *original, PyObject *args,
                  PyObject *kwargs)
{
    return call_carried(how, original, args, kwargs, false);
}

PyObject *
stk_handover_swap(const stk_handover *how, PyObject *original, PyObject *args,
                  PyObject *kwargs)
{
    PyObject *result = call_carried(how, original, args, kwargs, true);
    stk_interp *state = stk_handover_state();

    return state ? stk_handover_back(state, STK_BACK_ALL, result) : result;
}

PyObject *
stk_handover_ask(stk_given_back back, PyObject *original, PyObject *args,
                 PyObject *kwargs)
{
    stk_interp *state = stk_interp_find();
    PyObject *result = PyObject_Call(original, args, kwargs);

    return state ? stk_handover_back(state, back, result) : result;
}

/* ---- places ---------------------------------------------------------- */

/* A proxy of ours before a function of Python's; what is none is ours
 * already, or somebody's. NULL without an exception then. */
static PyObject *
before_function(PyObject *found, stk_method_call call)
{
    stk_interp *state = stk_interp_find();

    return state && PyFunction_Check(found)
               ? stk_method_new(state, found, call)
               : NULL;
}

int
stk_handover_method(PyObject *dict, const char *class, const char *name,
                    stk_method_call call)
{
    PyObject *type = PyDict_GetItemString(dict, class), *found, *ours;
    int result = 0;

    if (!type || !PyType_Check(type))
        return 0;
    found = PyObject_GetAttrString(type, name);
    if (!found)
        return -1;
    ours = before_function(found, call);
    if (ours)
        result = PyObject_SetAttrString(type, name, ours);
    else if (PyErr_Occurred())
        result = -1;
    Py_DECREF(found);
    Py_XDECREF(ours);
    return result;
}

int
stk_handover_function(PyObject *dict, const char *name, stk_method_call call)
{
    PyObject *found = PyDict_GetItemString(dict, name), *ours;
    int result;

    if (!found)
        return 0;
    ours = before_function(found, call);
    if (!ours)
        return PyErr_Occurred() ? -1 : 0;
    result = PyDict_SetItemString(dict, name, ours);
    Py_DECREF(ours);
    return result;
}

int
stk_handover_builtin(PyObject *dict, const char *module, PyMethodDef *def)
{
    PyObject *found = PyDict_GetItemString(dict, def->ml_name), *ours;
    int result;

    if (!found || !PyCFunction_Check(found) || stk_carry_check(found, def))
        return 0;
    ours = stk_carry_new(def, found, module);
    result = ours ? PyDict_SetItemString(dict, def->ml_name, ours) : -1;
    Py_XDECREF(ours);
    return result;
}
