/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the layers into an interpreter. With an audit hook that stood before
 * Py_Initialize, this happens inside the first import event, when importlib
 * is there and nothing else is.
 */
#include "python/layers/layers.h"

#include "python/asks/tag.h"
#include "python/layers/library.h"
#include "python/load/opencode.h"
#include "python/load/origin.h"
#include "python/load/pins.h"
#include "python/object/loaded.h"
#include "python/signed/signed.h"

/* True when everything that layers stand in is there. */
static bool
find_places(stk_interp *state)
{
    PyObject *sys = stk_module_namespace("sys"),
             *builtins = stk_module_namespace("builtins");
    PyObject *bootstrap = stk_module_namespace("_frozen_importlib"),
             *meta_path;

    if (!sys || !builtins || !bootstrap || !stk_module_namespace("_imp"))
        return false;
    meta_path = PyDict_GetItem(sys, state->str_meta_path);
    if (!meta_path || !PyList_Check(meta_path) ||
        !PyDict_GetItem(builtins, state->str_import) ||
        !PyDict_GetItem(bootstrap, state->str_find_and_load))
        return false;
    Py_XSETREF(state->sys_dict, Py_NewRef(sys));
    Py_XSETREF(state->builtins_dict, Py_NewRef(builtins));
    Py_XSETREF(state->bootstrap_dict, Py_NewRef(bootstrap));
    Py_XSETREF(state->imp_dict, Py_NewRef(stk_module_namespace("_imp")));
    return true;
}

static int
attach_threads(void)
{
    PyObject *low = stk_module_namespace("_thread"),
             *high = stk_module_namespace("threading"),
             *other = stk_module_namespace(PY_VERSION_HEX >= 0x030D0000
                                               ? "_interpreters"
                                               : "_xxsubinterpreters");

    return (low && stk_thread_mend(low) < 0) ||
                   (high && stk_thread_mend(high) < 0) ||
                   (other && stk_interpfn_mend(other) < 0)
               ? -1
               : 0;
}

#if PY_VERSION_HEX >= 0x030C0000
#define TOOLS 6

/* A debugger that was there before: what it is to see, importlib shows. */
static void
see_tools(stk_interp *state)
{
    PyObject *monitoring = PyDict_GetItemString(state->sys_dict, "monitoring");

    Py_XINCREF(monitoring);
    for (int i = 0; monitoring && i < TOOLS; i++) {
        PyObject *tool = PyObject_CallMethod(monitoring, "get_tool", "i", i);

        if (tool != Py_None)
            state->monitored = true;
        Py_XDECREF(tool);
    }
    Py_XDECREF(monitoring);
    PyErr_Clear();
}
#else
static void
see_tools(stk_interp *state)
{
    (void)state;
}
#endif

int
stk_layers_attach(stk_interp *state)
{
    if (state->attached)
        return 0;
    if (!find_places(state))
        return 1;
    if (stk_origin_prepare(state) < 0 ||
        (!state->importlib_tagged && stk_code_tag_importlib(state) < 0))
        return -1;
    if (stk_signed_prepare(state) < 0)
        return -1;
    if (stk_opencode_prepare(state) < 0)
        return -1;
    state->finder = stk_finder_new();
    if (!state->finder || stk_tripwire_set(state) < 0 ||
        attach_threads() < 0 || stk_library_mend_all() < 0 ||
        stk_embed_attached() < 0)
        return -1;
    see_tools(state);
    state->attached = true;
    return 0;
}
