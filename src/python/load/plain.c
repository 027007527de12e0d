/* SPDX-License-Identifier: Apache-2.0 */
/* What quick.c asks of a module that need not be signed. */
#include "python/load/plain.h"

#include <pthread.h>

#include "python/asks/importframes.h"
#include "python/asks/tag.h"
#include "python/layers/layers.h"
#include "python/load/opencode.h"
#include "python/load/pins.h"
#include "python/load/warm.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"
#include "python/signed/signed.h"

/* ---- whether --------------------------------------------------------- */

/* Who traces, profiles or monitors sees importlib's functions. */
static bool
is_traced(const stk_interp *state)
{
    const PyThreadState *thread = PyThreadState_Get();

    return thread->c_tracefunc || thread->c_profilefunc || state->monitored;
}

/* What a layer stands before: somebody may have wrapped that. */
static bool
is_before_importlib(const stk_interp *state, PyObject *name)
{
    PyObject *layer = PyDict_GetItemWithError(state->bootstrap_dict, name);
    PyObject *function = layer && PyCFunction_Check(layer)
                             ? stk_carried(PyCFunction_GET_SELF(layer))
                             : NULL;

    return function && PyFunction_Check(function) &&
           PyFunction_GET_GLOBALS(function) == state->bootstrap_dict &&
           stk_code_tag_get(state,
                            (PyCodeObject *)PyFunction_GET_CODE(function))
                   .kind == STK_CODE_IMPORTLIB;
}

/* Who asks for these events is told by the frames that they are raised in. */
static bool
is_watched(const stk_guard *guard)
{
    return stk_guard_watches(guard, "open") ||
           stk_guard_watches(guard, "marshal.loads") ||
           stk_guard_watches(guard, "code.__new__") || /* up to 3.9.6 */
           stk_guard_watches(guard, "exec");
}

/* With all its frames, an import in C takes three times the stack that one of
 * importlib's takes: as many as that nests within the limit of recursion fit
 * in this. */
#define STACK_LEFT ((uintptr_t)1 << 20)

/* Where the stack of this thread ends, 0 if that is not to be told. */
static uintptr_t
find_stack_end(void)
{
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return 0;
    if (pthread_attr_getstack(&attributes, &lowest, &size) != 0)
        lowest = NULL;
    pthread_attr_destroy(&attributes);
    return (uintptr_t)lowest;
}

/* Threads may be small, and have no end that the interpreter knows of. */
static bool
has_stack_left(void)
{
    static _Thread_local uintptr_t end;
    static _Thread_local bool sought;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    if (!sought)
        end = find_stack_end();
    sought = true;
    return end != 0 && here > end && here - end > STACK_LEFT;
}

static bool
are_pinned(stk_interp *state)
{
    bool pinned = stk_pins_set(state) == 0 && state->pins;

    PyErr_Clear();
    return pinned;
}

/* A module as any, which takes a child: whatever else may be in sys.modules
 * has importlib say so in its own words. */
static bool
is_package(const stk_interp *state, PyObject *parent)
{
    PyObject *module, *dict;
    bool is = false;

    if (stk_modules_find(state, parent, &module) > 0 &&
        PyModule_Check(module) &&
        Py_TYPE(module)->tp_setattro == PyModule_Type.tp_setattro) {
        dict = PyModule_GetDict(module);
        is = PyDict_GetItem(dict, state->words[STK_WORD_DUNDER_PATH]) &&
             PyDict_GetItem(dict, state->str_spec);
    }
    Py_XDECREF(module);
    PyErr_Clear();
    return is;
}

/* It is not there, not even as None, and its parent is. */
static bool
is_ordinary(const stk_interp *state, PyObject *name)
{
    Py_ssize_t length = PyUnicode_GetLength(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, length, -1);
    PyObject *parent, *module;
    bool ordinary;

    if (stk_modules_find(state, name, &module) != 0) {
        Py_XDECREF(module);
        PyErr_Clear();
        return false;
    }
    if (dot < 0)
        return true;
    parent = PyUnicode_Substring(name, 0, dot);
    ordinary = parent && is_package(state, parent);
    Py_XDECREF(parent);
    PyErr_Clear();
    return ordinary;
}

/* Nobody looks on, and importlib is as it was. */
static bool
is_undisturbed(stk_interp *state, PyObject *name)
{
    return !is_watched(stk_process_guard()) && stk_opencode_is_ours() &&
           !stk_is_verbose() && !is_traced(state) &&
           is_before_importlib(state, state->str_find_and_load) &&
           is_before_importlib(state, state->str_bootstrap_spec) &&
           are_pinned(state) && is_ordinary(state, name);
}

/* What need not be signed, where nothing need: neither must the files be
 * judged that are read. */
bool
stk_plain_serves(stk_interp *state, PyObject *name)
{
    const stk_guard *guard = stk_process_guard();

    return !stk_guard_needs_signatures(guard) &&
           !stk_guard_needs_workers(guard) && has_stack_left() &&
           stk_importframes_known(state) && is_undisturbed(state, name) &&
           stk_walk_is_stock(state);
}

/* No body is executed here: none finds frames below itself. */
bool
stk_plain_serves_worker(stk_interp *state, PyObject *name)
{
    return is_undisturbed(state, name) && stk_walk_is_ours(state);
}

/* ---- where ----------------------------------------------------------- */

PyObject *
stk_plain_find(stk_interp *state, stk_attempt_open *attempt,
               PyObject *const *query, stk_walked *found)
{
    /* the parent may have changed how things are found, or look on */
    return !is_traced(state) && stk_walk_is_stock(state)
               ? stk_findspec_walk(state, attempt, query, found)
               : NULL;
}

/* ---- its code -------------------------------------------------------- */

/* Part of the names that code is kept under; who compiles for another Python
 * sets another. */
static bool
is_same_tag(const stk_interp *state)
{
    PyObject *implementation =
        PyDict_GetItemString(state->sys_dict, "implementation");
    PyObject *tag = implementation
                        ? PyObject_GetAttrString(implementation, "cache_tag")
                        : NULL;
    bool same = tag && PyUnicode_Check(tag) &&
                PyUnicode_CompareWithASCIIString(
                    tag, stk_signed_python(state)->cache_tag) == 0;

    Py_XDECREF(tag);
    PyErr_Clear();
    return same;
}

/* Other suffixes than Python's own have a spec that says nothing of it. */
static bool
is_source(PyObject *file)
{
    PyObject *suffix = PyUnicode_FromString(".py");
    bool is =
        suffix && PyUnicode_Tailmatch(file, suffix, 0,
                                      PyUnicode_GET_LENGTH(file), 1) == 1;

    Py_XDECREF(suffix);
    PyErr_Clear();
    return is;
}

PyObject *
stk_plain_cached(const stk_interp *state, PyObject *file, PyObject *spec)
{
    const char *path = PyUnicode_AsUTF8(file);
    PyObject *kept = path && is_source(file) && is_same_tag(state)
                         ? stk_signed_cached(state, path)
                         : NULL;

    if (kept &&
        PyObject_SetAttr(spec, state->words[STK_WORD_CACHED], kept) < 0)
        Py_CLEAR(kept);
    return kept;
}

PyObject *
stk_plain_code(const stk_interp *state, const stk_walked *found,
               PyObject *spec, PyObject *loader)
{
    stk_warm warm = { found->path, &found->st, NULL };
    PyObject *code = NULL;

    /* the first of the three is the one of source */
    if (!found->path || (PyObject *)Py_TYPE(loader) != state->file_loaders[0])
        return NULL;
    warm.kept = stk_plain_cached(state, found->path, spec);
    if (warm.kept)
        code = stk_warm_code(&warm);
    Py_XDECREF(warm.kept);
    return code;
}

/* ---- its body -------------------------------------------------------- */

PyObject *
stk_plain_run(const stk_interp *state, PyObject *code, PyObject *dict)
{
    PyObject *call = PyDict_GetItemString(state->bootstrap_dict,
                                          "_call_with_frames_removed");
    PyObject *exec = PyDict_GetItemString(state->builtins_dict, "exec");
    PyObject *result;

    if (!call || !exec) {
        PyErr_SetString(PyExc_ImportError, "importlib lacks what it executes "
                                           "with");
        return NULL;
    }
    Py_INCREF(call);
    Py_INCREF(exec);
    result = PyObject_CallFunctionObjArgs(call, exec, code, dict, NULL);
    Py_DECREF(exec);
    Py_DECREF(call);
    return result;
}
