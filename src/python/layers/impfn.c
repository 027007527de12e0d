/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 5: the functions of _imp that make a module without a finder. A
 * builtin or frozen module that is made by hand raises no audit event.
 */
#include "python/layers/layers.h"

#include <string.h>

#include "python/asks/initial.h"
#include "python/attempt/attempt.h"
#include "python/layers/library.h"
#include "python/layers/stander.h"
#include "python/load/byhand.h"
#include "python/load/origin.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"
#include "python/object/name.h"
#include "python/object/pinnedspec.h"

/* ---- names ----------------------------------------------------------- */

/* The last label, as a module of its own: an extension is found by it. */
static PyObject *
last_label(PyObject *name)
{
    Py_ssize_t length = PyUnicode_GetLength(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, length, -1);

    return PyUnicode_Substring(name, dot + 1, length);
}

/* What is being imported by this very name is judged already. By hand, or
 * from a place of the importer's own, the last label counts, too: a copy of
 * _socket.so in a package x is x._socket, and the same code. */
static int
judge_made(stk_interp *state, PyObject *name)
{
    stk_attempt_open *open = stk_attempt_find(state, name);
    PyObject *label;
    int result;

    /* while its finder looks, somebody else has it made */
    if (open && !stk_attempt_is_found(open))
        open = NULL;
    if (open && !stk_attempt_is_brought(open))
        return 0;
    if (!open && stk_attempt_once(state, name) < 0)
        return -1;
    label = last_label(name);
    if (!label)
        return -1;
    result = PyUnicode_Compare(label, name) == 0
                 ? 0
                 : stk_attempt_once(state, label);
    Py_DECREF(label);
    return result;
}

/* ---- the functions --------------------------------------------------- */

static bool
is_guarded(const stk_interp *state)
{
    return state && state->attached && stk_process_guard();
}

/* Somebody has asked for the module by its name, and it was found where it
 * belongs. */
static bool
is_imported(const stk_attempt_open *open)
{
    return open && stk_attempt_is_found(open) && !stk_attempt_is_brought(open);
}

/* CPython's own function, and not what somebody has put before it. */
static bool
is_of_imp(PyObject *function)
{
    PyObject *self = function && PyCFunction_Check(function)
                         ? PyCFunction_GET_SELF(function)
                         : NULL;
    const struct PyModuleDef *def =
        self && PyModule_Check(self) ? PyModule_GetDef(self) : NULL;

    return def && def->m_name && !strcmp(def->m_name, "_imp");
}

/* C code of the module `name` runs: what it imports is its own business,
 * not that of the code that had it imported. What else stands there speaks
 * for no module. */
static PyObject *
call_as(PyObject *name, const stk_attempt_open *open, PyObject *original,
        PyObject *first, PyObject *second)
{
    stk_initial before;
    PyObject *result;

    if (!is_of_imp(original))
        return PyObject_CallFunctionObjArgs(original, first, second, NULL);
    before = stk_initial_begin(
        name, is_imported(open),
        is_imported(open) ? stk_attempt_number((stk_attempt_open *)open) : 0);
    result = PyObject_CallFunctionObjArgs(original, first, second, NULL);
    stk_initial_end(before);
    return result;
}

/* A second `_imp`, `_thread` or `_codecs` holds the functions that ours stand
 * before, and `builtins` gets its first ones back: ours are put in again. */
static int
guard_copy(stk_interp *state, PyObject *module)
{
    PyObject *dict = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;

    if (!dict)
        return 0;
    return stk_impfn_mend_copy(dict) < 0 || stk_thread_mend(dict) < 0 ||
                   stk_library_made(module) < 0 ||
                   stk_importfn_mend(dict, state) < 0
               ? -1
               : 0;
}

static PyObject *
create_builtin(PyObject *self, PyObject *spec)
{
    stk_interp *state = stk_interp_find();
    PyObject *original = stk_carried(self), *name, *pinned, *module = NULL;

    if (!is_guarded(state))
        return PyObject_CallFunctionObjArgs(original, spec, NULL);
    pinned = stk_pinned_spec_of(state, spec);
    if (!pinned)
        return NULL;
    name = stk_pinned_spec_name(pinned);
    if (judge_made(state, name) == 0)
        module = call_as(name, stk_attempt_find(state, name), original, pinned,
                         NULL);
    if (module && guard_copy(state, module) < 0)
        Py_CLEAR(module);
    Py_DECREF(pinned);
    return module;
}

/* The file may be a standard-library extension under another name. */
static int
judge_file(stk_interp *state, PyObject *pinned)
{
    PyObject *path = stk_pinned_spec_origin(pinned);
    PyObject *name = stk_str_or_null(path)
                         ? stk_origin_of_extension(
                               state, stk_pinned_spec_name(pinned), path)
                         : NULL;
    int result = name ? stk_attempt_once(state, name) : 0;

    Py_XDECREF(name);
    return result;
}

static int
judge_signed(stk_interp *state, PyObject *pinned)
{
    if (stk_pinned_spec_is_verified(pinned))
        return 0;
    return stk_byhand_extension(state, stk_pinned_spec_name(pinned),
                                stk_pinned_spec_origin(pinned));
}

static PyObject *
create_dynamic(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    stk_interp *state = stk_interp_find();
    PyObject *original = stk_carried(self), *name, *pinned, *module = NULL;

    if (!is_guarded(state) || n < 1 || n > 2) /* TypeError, in its words */
        return PyObject_Vectorcall(original, args, (size_t)n, NULL);
    pinned = stk_pinned_spec_of(state, args[0]);
    if (!pinned)
        return NULL;
    name = stk_pinned_spec_name(pinned);
    if (judge_made(state, name) == 0 && judge_file(state, pinned) == 0 &&
        judge_signed(state, pinned) == 0)
        module = call_as(name, stk_attempt_find(state, name), original, pinned,
                         n > 1 ? args[1] : NULL);
    if (module && guard_copy(state, module) < 0)
        Py_CLEAR(module);
    Py_DECREF(pinned);
    return module;
}

/* get_frozen_object(name), init_frozen(name): the name decides. */
static PyObject *
call_by_name(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    stk_interp *state = stk_interp_find();
    PyObject *original = stk_carried(self), *name, *rest, *result;

    if (!is_guarded(state) || n < 1 || n > 2 || !PyUnicode_Check(args[0]))
        return PyObject_Vectorcall(original, args, (size_t)n, NULL);
    name = stk_name_exact(args[0]);
    if (!name)
        return NULL;
    rest = n > 1 ? args[1] : NULL;
    result = stk_attempt_once(state, name) < 0
                 ? NULL
                 : PyObject_CallFunctionObjArgs(original, name, rest, NULL);
    Py_DECREF(name);
    return result;
}

/*
 * exec_builtin(module), exec_dynamic(module): a module that is loaded is
 * initialised once more and handed out, whatever it says it is called.
 */
static PyObject *
exec_named(stk_interp *state, PyObject *original, PyObject *module,
           const char *def_name)
{
    PyObject *name = PyUnicode_FromString(def_name), *result = NULL;
    const stk_attempt_open *open;

    if (!name)
        return NULL;
    open = stk_attempt_loading(state, name);
    if (open || stk_attempt_once(state, name) == 0)
        result = call_as(name, open, original, module, NULL);
    Py_DECREF(name);
    return result;
}

static PyObject *
exec_module(PyObject *self, PyObject *module)
{
    stk_interp *state = stk_interp_find();
    struct PyModuleDef *def = is_guarded(state) && PyModule_Check(module)
                                  ? PyModule_GetDef(module)
                                  : NULL;

    PyErr_Clear();
    if (!def || !def->m_name)
        return PyObject_CallFunctionObjArgs(stk_carried(self), module, NULL);
    return exec_named(state, stk_carried(self), module, def->m_name);
}

/* ---- the places ------------------------------------------------------ */

#define FAST(function) (PyCFunction)(void (*)(void))(function)

/* Their docs are those of CPython's own. */
static PyMethodDef definitions[] = {
    { "create_builtin", create_builtin, METH_O, NULL },
    { "create_dynamic", FAST(create_dynamic), METH_FASTCALL, NULL },
    { "exec_builtin", exec_module, METH_O, NULL },
    { "exec_dynamic", exec_module, METH_O, NULL },
    { "get_frozen_object", FAST(call_by_name), METH_FASTCALL, NULL },
    { "init_frozen", FAST(call_by_name), METH_FASTCALL, NULL },
};

_Static_assert(sizeof definitions / sizeof *definitions == STK_IMP_FUNCTIONS,
               "state.h has a name for each");

bool
stk_impfn_check(PyObject *object)
{
    for (size_t i = 0; i < STK_IMP_FUNCTIONS; i++)
        if (stk_carry_check(object, &definitions[i]))
            return is_of_imp(stk_carried(PyCFunction_GET_SELF(object)));
    return false;
}

/* Ours before `found`, or what stood there first. 0 or -1. */
static int
put_back(stk_interp *state, size_t i, PyObject *found)
{
    PyObject **first = &state->imp_firsts[i];
    PyObject *ours = found ? stk_carry_new(&definitions[i], found, "_imp")
                           : Py_NewRef(*first);
    int result =
        ours ? PyDict_SetItem(state->imp_dict, state->str_imp[i], ours) : -1;

    if (!*first && result == 0)
        *first = Py_NewRef(ours);
    Py_XDECREF(ours);
    return result;
}

/* The name is made the first time: this runs at every event. */
static int
mend_one(stk_interp *state, size_t i, stk_impfn_mended *mended)
{
    PyMethodDef *def = &definitions[i];
    PyObject **name = &state->str_imp[i], *found;
    int result = 0;

    if (!*name && !(*name = PyUnicode_InternFromString(def->ml_name)))
        return -1;
    found = stk_dict_get(state->imp_dict, *name);
    /* not every build of CPython has each */
    if (found ? !stk_carry_check(found, def) : state->imp_firsts[i] != NULL) {
        mended->whose[mended->n++] = stk_stander_importer(state, found);
        result = put_back(state, i, found);
    }
    Py_XDECREF(found);
    return result;
}

int
stk_impfn_mend(stk_interp *state, stk_impfn_mended *mended)
{
    for (size_t i = 0; i < STK_IMP_FUNCTIONS; i++)
        if (mend_one(state, i, mended) < 0)
            return -1;
    return 0;
}

int
stk_impfn_mend_copy(PyObject *dict)
{
    for (size_t i = 0; i < STK_IMP_FUNCTIONS; i++) {
        PyObject *found = PyDict_GetItemString(dict, definitions[i].ml_name);
        PyObject *ours = found && is_of_imp(found)
                             ? stk_carry_new(&definitions[i], found, "_imp")
                             : NULL;
        int result =
            ours ? PyDict_SetItemString(dict, definitions[i].ml_name, ours)
                 : 0;

        Py_XDECREF(ours);
        if (result < 0 || PyErr_Occurred())
            return -1;
    }
    return 0;
}
