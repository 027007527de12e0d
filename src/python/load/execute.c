/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a module, executed for a loader of ours. */
#include "python/load/execute.h"

static int
set_builtins(const stk_interp *state, PyObject *dict)
{
    PyObject *name = PyUnicode_InternFromString("__builtins__");
    int result = name ? PyDict_Contains(dict, name) : -1;

    if (result == 0)
        result = PyDict_SetItem(dict, name, state->builtins_dict);
    Py_XDECREF(name);
    return result < 0 ? -1 : 0;
}

PyObject *
stk_execute_body(stk_interp *state, PyObject *self, PyObject *code,
                 PyObject *module)
{
    PyObject *dict = PyModule_GetDict(module);
    PyObject *outer = state->verified_body, *before = state->verified_by;
    int result;

    if (set_builtins(state, dict) < 0)
        return NULL;
    state->verified_body = code;
    state->verified_by = self;
    result = PySys_Audit("exec", "O", code);
    state->verified_body = outer;
    state->verified_by = before;
    return result < 0 ? NULL : PyEval_EvalCode(code, dict, dict);
}

/* Through _call_with_frames_removed(), as importlib's own loaders: it marks
 * in a traceback which frames are importlib's. */
PyObject *
stk_execute_through(const stk_interp *state, PyMethodDef *definition,
                    PyObject *loader, PyObject *module)
{
    PyObject *call, *run, *result = NULL;

    call = PyDict_GetItemString(state->bootstrap_dict,
                                "_call_with_frames_removed");
    run = PyCFunction_New(definition, loader);
    if (run && call) {
        Py_INCREF(call);
        result = PyObject_CallFunctionObjArgs(call, run, module, NULL);
        Py_DECREF(call);
    } else if (run) {
        result = definition->ml_meth(loader, module);
    }
    Py_XDECREF(run);
    return result;
}
