/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The callback of a weak reference runs when the last of something goes, in
 * the midst of whatever the program does then. The type of weak references
 * is one for all interpreters of a process, and all of them have ours.
 */
#include "python/later/weak.h"

#include "python/asks/frame.h"
#include "python/asks/tag.h"
#include "python/later/handover.h"
#include "python/object/carry.h"
#include "python/object/importer.h"

static bool
is_code_of(const stk_interp *state, PyCodeObject *code, const char *module)
{
    uint32_t importer = stk_code_tag_get(state, code).importer;

    return importer != 0 && importer == stk_importer_number(module, 0, 0);
}

/* importlib forgets a module's lock, at each module that is loaded. */
static bool
is_importlibs(const stk_interp *state, PyObject *function)
{
    return PyFunction_Check(function) &&
           PyFunction_GET_GLOBALS(function) == state->bootstrap_dict &&
           stk_code_tag_get(state,
                            (PyCodeObject *)PyFunction_GET_CODE(function))
                   .kind == STK_CODE_IMPORTLIB &&
           stk_frame_is_importlib(state);
}

/*
 * The callbacks of weakref's own code forget a key or a value of a dict, but
 * for that of a WeakMethod: it calls the one that it was given.
 */
static bool
is_free(const stk_interp *state, PyObject *function)
{
    PyCodeObject *code = stk_handover_code(function);

    if (is_importlibs(state, function))
        return true;
    if (code && is_code_of(state, code, "weakref") &&
        PyUnicode_CompareWithASCIIString(code->co_name, "remove") != 0)
        return false;
    return stk_handover_is_known(state, function);
}

static const stk_handover callback = { 1, NULL, STK_CARRIER_CALL, is_free };

/* ---- ref ------------------------------------------------------------- */

/* The same in every interpreter. */
static newfunc original_new;

static PyObject *
new_reference(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    stk_interp *state;
    PyObject *function, *carrier, *carried, *result;

    function =
        PyTuple_GET_SIZE(args) > 1 ? PyTuple_GET_ITEM(args, 1) : Py_None;
    state = function == Py_None ? NULL : stk_handover_state();
    if (!state || !PyCallable_Check(function) || is_free(state, function))
        return original_new(type, args, kwargs);
    carrier = stk_carrier_new(state, function, STK_CARRIER_CALL);
    carried = carrier ? stk_handover_with(args, 1, carrier) : NULL;
    result = carried ? original_new(type, carried, kwargs) : NULL;
    Py_XDECREF(carrier);
    Py_XDECREF(carried);
    return result;
}

PyObject *
stk_weak_own(PyTypeObject *type, PyObject *args)
{
    newfunc function = original_new ? original_new : _PyWeakref_RefType.tp_new;

    return function(type, args, NULL);
}

static void
mend_type(PyTypeObject *type)
{
    /* looked at once: several may be at it, each with a lock of its own */
    newfunc found = type->tp_new;

    if (found == new_reference)
        return;
    original_new = found;
    type->tp_new = new_reference;
}

/* ---- proxy() --------------------------------------------------------- */

static PyObject *
new_proxy(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return stk_handover_call(&callback, stk_carried(self), args, kwargs);
}

static PyMethodDef proxy_definition = { "proxy",
                                        (PyCFunction)(void (*)(void))new_proxy,
                                        METH_VARARGS | METH_KEYWORDS, NULL };

int
stk_weak_mend(PyObject *dict)
{
    mend_type(&_PyWeakref_RefType);
    return stk_handover_builtin(dict, "_weakref", &proxy_definition);
}
