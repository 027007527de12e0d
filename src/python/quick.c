/* SPDX-License-Identifier: Apache-2.0 */
/* A module that must be signed, imported wholly in C. */
#include "python/quick.h"

#include "python/home.h"
#include "python/convert.h"
#include "python/layers.h"
#include "python/loaded.h"
#include "python/pins.h"
#include "python/settle.h"
#include "python/signed.h"
#include "python/tag.h"
#include "python/thinlock.h"
#include "python/verified.h"

/* importlib nests six Python calls for an import within an import, and the
 * limit is on those: ours takes the C stack alone. */
#define CALLS_OF_AN_IMPORT 6

/* One import. Strong but for `import` and `attempt`. */
typedef struct quick_call {
    stk_interp *state;
    stk_attempt_open *attempt;
    PyObject *name;
    PyObject *import;
    PyObject *parent; /* NULL for a top-level name, as the next ones */
    PyObject *child;
    PyObject *parent_module;
    PyObject *path;     /* its __path__ */
    PyObject *siblings; /* of 3.11 on: the parent's modules that are being
                           imported; NULL before */
} quick_call;

static _Thread_local int depth;

/* ---- importlib ------------------------------------------------------- */

static PyObject *
call_bootstrap(const stk_interp *state, const char *name, PyObject *first,
               PyObject *second)
{
    return stk_namespace_call(state->bootstrap_dict, name, first, second);
}

static int
raise_not_found(PyObject *name, PyObject *message)
{
    PyObject *args = message ? PyTuple_Pack(1, message) : NULL;
    PyObject *keywords = Py_BuildValue("{sO}", "name", name);
    PyObject *error =
        args && keywords
            ? PyObject_Call(PyExc_ModuleNotFoundError, args, keywords)
            : NULL;

    if (error)
        PyErr_SetObject(PyExc_ModuleNotFoundError, error);
    Py_XDECREF(error);
    Py_XDECREF(keywords);
    Py_XDECREF(args);
    Py_XDECREF(message);
    return -1;
}

/* ---- whether --------------------------------------------------------- */

/* Put in when the first signed module is needed: who needs none keeps
 * importlib's own locks. */
static bool
is_installed(stk_interp *state)
{
    bool held;

    if (state->quick_tried)
        return state->quick;
    state->quick_tried = true;
    /* the list of locks is of one interpreter, under one GIL */
    held = stk_pins_hold(state);
    state->quick = state->id == 0 && stk_thinlock_install(state) > 0;
    /* what is ours now is no tampering */
    if (state->quick && held && state->pins) {
        Py_CLEAR(state->pins);
        state->pins_held = stk_pins_set(state) == 0;
    }
    PyErr_Clear();
    return state->quick;
}

bool
stk_quick_serves(stk_interp *state, const stk_attempt_open *attempt,
                 PyObject *name)
{
    stk_wanted wanted = stk_attempt_wanted(attempt);

    return wanted.is_signed && !wanted.sandbox && !wanted.loader &&
           !wanted.slow && !stk_guard_observes(stk_process_guard()) &&
           stk_modules_are_plain(state) &&
           !stk_signed_is_inbuilt(state, name) && is_installed(state);
}

/* ---- the parent ------------------------------------------------------ */

static int
split_name(quick_call *call)
{
    Py_ssize_t length = PyUnicode_GetLength(call->name);
    Py_ssize_t dot = PyUnicode_FindChar(call->name, '.', 0, length, -1);

    if (dot < 0)
        return dot == -1 ? 0 : -1;
    call->parent = PyUnicode_Substring(call->name, 0, dot);
    call->child = PyUnicode_Substring(call->name, dot + 1, length);
    return call->parent && call->child ? 0 : -1;
}

static int
check_package(quick_call *call)
{
    call->path = PyObject_GetAttr(call->parent_module,
                                  call->state->words[STK_WORD_DUNDER_PATH]);
    if (call->path)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Clear();
    return raise_not_found(
        call->name,
        PyUnicode_FromFormat("No module named %R; %R is not a package",
                             call->name, call->parent));
}

#if PY_VERSION_HEX >= 0x030B0000
/* What `from parent import child` tells circular imports by. */
static int
take_siblings(quick_call *call)
{
    PyObject *spec =
        PyObject_GetAttr(call->parent_module, call->state->str_spec);

    if (!spec)
        return -1;
    if (spec != Py_None)
        call->siblings =
            PyObject_GetAttr(spec, call->state->words[STK_WORD_SIBLINGS]);
    Py_DECREF(spec);
    return PyErr_Occurred() ? -1 : 0;
}
#else
static int
take_siblings(quick_call *call)
{
    (void)call;
    return 0;
}
#endif

/* 1: it is imported, and is a package; 0: `name` came in with it, in
 * `*module`; -1 with an exception. */
static int
import_parent(quick_call *call, PyObject **module)
{
    const stk_interp *state = call->state;
    int found = stk_modules_find(state, call->parent, &call->parent_module);

    if (found == 0) {
        PyObject *result = call_bootstrap(state, "_call_with_frames_removed",
                                          call->import, call->parent);

        if (!result)
            return -1;
        Py_DECREF(result);
        found = stk_modules_find(state, call->name, module);
        if (found != 0)
            return found < 0 ? -1 : 0;
        found = stk_modules_find(state, call->parent, &call->parent_module);
    }
    if (found == 0)
        PyErr_SetObject(PyExc_KeyError, call->parent);
    if (found <= 0)
        return -1;
    return check_package(call) < 0 || take_siblings(call) < 0 ? -1 : 1;
}

/* As 3.9 and later: a parent that takes no attributes is a warning. */
static int
bind_to_parent(const quick_call *call, PyObject *module)
{
    PyObject *parent;
    int result = stk_modules_find(call->state, call->parent, &parent);

    if (result == 0)
        PyErr_SetObject(PyExc_KeyError, call->parent);
    if (result <= 0)
        return -1;
    result = PyObject_SetAttr(parent, call->child, module);
    Py_DECREF(parent);
#if PY_VERSION_HEX >= 0x03090000
    if (result < 0 && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        return PyErr_WarnFormat(
            PyExc_ImportWarning, 1,
            "Cannot set an attribute on %R for child module %R", call->parent,
            call->child);
    }
#endif
    return result;
}

/* ---- the module ------------------------------------------------------ */

/* dict[key] = value; takes `value`. 0 or -1. */
static int
put_taken(PyObject *dict, PyObject *key, PyObject *value)
{
    int result = value ? PyDict_SetItem(dict, key, value) : -1;

    Py_XDECREF(value);
    return result;
}

static int
set_cached(const stk_interp *state, PyObject *dict, PyObject *spec,
           PyObject *loader)
{
    PyObject *key = state->words[STK_WORD_DUNDER_CACHED];
    PyObject *cached = stk_verified_cached(state, loader);

    if (!cached && !PyErr_Occurred())
        cached = PyObject_GetAttrString(spec, "cached");
    if (cached == Py_None) {
        Py_DECREF(cached);
        return 0;
    }
    return put_taken(dict, key, cached);
}

/* `spec.parent`, of a spec that nobody else has seen yet. */
static PyObject *
package_of(const quick_call *call, PyObject *locations)
{
    if (locations != Py_None)
        return Py_NewRef(call->name);
    return call->parent ? Py_NewRef(call->parent) : PyUnicode_New(0, 0);
}

/* As _init_module_attrs(), in its order. */
static int
fill_module(const quick_call *call, PyObject *module, PyObject *spec,
            PyObject *loader)
{
    const stk_interp *state = call->state;
    PyObject *const *words = state->words;
    PyObject *dict = PyModule_GetDict(module);
    PyObject *locations = PyObject_GetAttr(spec, words[STK_WORD_LOCATIONS]);
    int result = -1;

    if (!locations)
        return -1;
    if (PyDict_SetItem(dict, words[STK_WORD_DUNDER_LOADER], loader) == 0 &&
        put_taken(dict, words[STK_WORD_DUNDER_PACKAGE],
                  package_of(call, locations)) == 0 &&
        PyDict_SetItem(dict, state->str_spec, spec) == 0 &&
        (locations == Py_None ||
         PyDict_SetItem(dict, words[STK_WORD_DUNDER_PATH], locations) == 0) &&
        put_taken(dict, words[STK_WORD_DUNDER_FILE],
                  PyObject_GetAttr(spec, state->str_origin)) == 0)
        result = set_cached(state, dict, spec, loader);
    Py_DECREF(locations);
    if (result == 0)
        result = PyDict_SetItem(dict, words[STK_WORD_DUNDER_BUILTINS],
                                state->builtins_dict);
    return result;
}

/* Whose code it is goes before the event that tells of its execution. */
static int
announce_code(const quick_call *call, PyObject *code, uint32_t number)
{
    stk_interp *state = call->state;
    int result;

    if (stk_audithook_body(state, (PyCodeObject *)code, call->attempt,
                           number) < 0)
        return -1;
    state->announced = code;
    result = PySys_Audit("exec", "O", code);
    state->announced = NULL;
    return result;
}

static int
set_initialising(const stk_interp *state, PyObject *spec, PyObject *value)
{
    return PyObject_SetAttr(spec, state->words[STK_WORD_INITIALIZING], value);
}

/* An exception that stands is kept. */
static void
end_initialising(const stk_interp *state, PyObject *spec)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (set_initialising(state, spec, Py_False) < 0)
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

/* A body that fails takes its own name out, and nothing else. */
static void
undo_module(const quick_call *call, PyObject *spec)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (stk_modules_put(call->state, call->name, NULL) < 0)
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    end_initialising(call->state, spec);
}

/* A body may put something else there; it goes to the end of the dict. */
static PyObject *
settle_module(const quick_call *call, PyObject *spec)
{
    PyObject *module;

    if (stk_modules_find(call->state, call->name, &module) == 0)
        PyErr_SetObject(PyExc_KeyError, call->name);
    if (module && (stk_modules_put(call->state, call->name, NULL) < 0 ||
                   stk_modules_put(call->state, call->name, module) < 0))
        Py_CLEAR(module);
    end_initialising(call->state, spec);
    return module;
}

static int
execute(const quick_call *call, PyObject *module, PyObject *code)
{
    PyObject *dict = PyModule_GetDict(module), *result;
    uint32_t number = stk_attempt_number(call->attempt);

    if (stk_home_note_module(call->state, number, module) < 0 ||
        announce_code(call, code, number) < 0)
        return -1;
    stk_attempt_set_quick(call->attempt, true);
    result = PyEval_EvalCode(code, dict, dict);
    stk_attempt_set_quick(call->attempt, false);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* -v. */
static void
tell(const quick_call *call, PyObject *loader)
{
    PyObject *said =
        PyUnicode_FromFormat("import %R # %R", call->name, loader);

    Py_XDECREF(
        said ? call_bootstrap(call->state, "_verbose_message", said, NULL)
             : NULL);
    Py_XDECREF(said);
    PyErr_Clear();
}

/* The code first: no Python code runs for it, and failing leaves no trace. */
static PyObject *
load_code(const quick_call *call, PyObject *spec, PyObject *loader)
{
    PyObject *code = stk_verified_code(loader);
    PyObject *module = code ? PyModule_NewObject(call->name) : NULL;
    PyObject *result = NULL;

    if (module && set_initialising(call->state, spec, Py_True) == 0 &&
        fill_module(call, module, spec, loader) == 0 &&
        stk_modules_put(call->state, call->name, module) == 0) {
        if (stk_settle_executed(loader, module) == 0 &&
            execute(call, module, code) == 0)
            result = settle_module(call, spec);
        else
            undo_module(call, spec);
    }
    Py_XDECREF(module);
    Py_XDECREF(code);
    if (result && stk_is_verbose())
        tell(call, loader);
    return result;
}

/* Extensions and namespaces are importlib's. */
static PyObject *
load_spec(const quick_call *call, PyObject *spec)
{
    PyObject *loader = PyObject_GetAttr(spec, call->state->str_loader);
    PyObject *module;

    if (!loader)
        return NULL;
    if (stk_verified_is_source(call->state, loader))
        module = load_code(call, spec, loader);
    else
        module = call_bootstrap(call->state, "_load_unlocked", spec, NULL);
    Py_DECREF(loader);
    return module;
}

/* `*left`: others are to be asked for it. */
static PyObject *
find_spec(const quick_call *call, bool *left)
{
    stk_query query = { call->name, call->path ? call->path : Py_None };
    PyObject *spec = stk_signed_find(call->state, call->attempt, &query, left);

    if (spec != Py_None)
        return spec;
    Py_DECREF(spec);
    if (!*left)
        raise_not_found(call->name, PyUnicode_FromFormat("No module named %R",
                                                         call->name));
    return NULL;
}

/* ---- one import ------------------------------------------------------ */

static int
add_sibling(const quick_call *call)
{
    PyObject *result;

    if (PyList_CheckExact(call->siblings))
        return PyList_Append(call->siblings, call->child);
    result = PyObject_CallMethod(call->siblings, "append", "O", call->child);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* The last one, whatever was added since. An exception that stands is kept. */
static void
drop_sibling(const quick_call *call)
{
    PyObject *type, *value, *traceback, *result;

    PyErr_Fetch(&type, &value, &traceback);
    if (PyList_CheckExact(call->siblings)) {
        Py_ssize_t n = PyList_GET_SIZE(call->siblings);

        if (n > 0 && PyList_SetSlice(call->siblings, n - 1, n, NULL) < 0)
            PyErr_Clear();
    } else {
        result = PyObject_CallMethod(call->siblings, "pop", NULL);
        if (!result)
            PyErr_Clear();
        Py_XDECREF(result);
    }
    PyErr_Restore(type, value, traceback);
}

static PyObject *
load_among_siblings(const quick_call *call, PyObject *spec)
{
    PyObject *module;

    if (!call->siblings)
        return load_spec(call, spec);
    if (add_sibling(call) < 0)
        return NULL;
    module = load_spec(call, spec);
    drop_sibling(call);
    return module;
}

static PyObject *
load_held(quick_call *call)
{
    PyObject *module, *spec;
    bool left = false;
    int result = stk_modules_find(call->state, call->name, &module);

    if (result != 0)
        return module; /* another thread was first; or None, which halts */
    if (split_name(call) < 0)
        return NULL;
    result = call->parent ? import_parent(call, &module) : 1;
    if (result <= 0)
        return result < 0 ? NULL : module;
    spec = find_spec(call, &left);
    if (!spec && left && !PyErr_Occurred())
        return call_bootstrap(call->state, "_find_and_load_unlocked",
                              call->name, call->import);
    module = spec ? load_among_siblings(call, spec) : NULL;
    Py_XDECREF(spec);
    if (module && call->parent && bind_to_parent(call, module) < 0)
        Py_CLEAR(module);
    return module;
}

static void
clear_call(quick_call *call)
{
    Py_CLEAR(call->parent);
    Py_CLEAR(call->child);
    Py_CLEAR(call->parent_module);
    Py_CLEAR(call->path);
    Py_CLEAR(call->siblings);
}

static PyObject *
load_locked(quick_call *call)
{
    stk_held held;
    PyObject *module;

    if (stk_thinlock_enter(&held, call->state, call->name) < 0)
        return NULL;
    module = load_held(call);
    stk_thinlock_leave(&held, call->state);
    clear_call(call);
    if (module == Py_None) {
        Py_CLEAR(module);
        raise_not_found(call->name,
                        PyUnicode_FromFormat("import of %U halted; None in "
                                             "sys.modules",
                                             call->name));
    }
    return module;
}

PyObject *
stk_quick_load(stk_interp *state, stk_attempt_open *attempt, PyObject *name,
               PyObject *import)
{
    quick_call call = {
        .state = state, .attempt = attempt, .name = name, .import = import
    };
    PyObject *module;

    if (depth >= Py_GetRecursionLimit() / CALLS_OF_AN_IMPORT) {
        PyErr_SetString(PyExc_RecursionError,
                        "maximum recursion depth exceeded");
        return NULL;
    }
    depth++;
    module = load_locked(&call);
    depth--;
    return module;
}
