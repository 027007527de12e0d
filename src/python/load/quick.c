/* SPDX-License-Identifier: Apache-2.0 */
/* A module that is signed, or plain, imported wholly in C. */
#include "python/load/quick.h"

#include "python/asks/home.h"
#include "python/asks/importframes.h"
#include "python/asks/tag.h"
#include "python/attempt/missing.h"
#include "python/layers/layers.h"
#include "python/load/pins.h"
#include "python/load/plain.h"
#include "python/load/quickcall.h"
#include "python/load/thinlock.h"
#include "python/object/convert.h"
#include "python/object/loaded.h"
#include "python/remote/isolated.h"
#include "python/remote/loader_worker.h"
#include "python/signed/settle.h"
#include "python/signed/signed.h"
#include "python/signed/verified.h"

/* importlib nests six Python calls for an import within an import, and the
 * limit is on those: ours takes the C stack alone. */
#define CALLS_OF_AN_IMPORT 6

/* More than honest modules nest: beyond, what need not be signed is left to
 * importlib, which takes less of the C stack. */
#define PLAIN_DEPTH 64

static _Thread_local int depth;

/* ---- importlib ------------------------------------------------------- */

PyObject *
stk_quick_bootstrap(const stk_interp *state, const char *name, PyObject *first,
                    PyObject *second)
{
    return stk_namespace_call(state->bootstrap_dict, name, first, second);
}

int
stk_quick_not_found(PyObject *name, PyObject *message)
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

/* Put in with the first import that is ours: who has none keeps importlib's
 * own locks. */
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

static bool
serves_kind(stk_interp *state, const stk_wanted *wanted, PyObject *name)
{
    if (wanted->is_signed)
        return !wanted->sandbox && !stk_guard_observes(stk_process_guard());
    if (depth >= PLAIN_DEPTH)
        return false;
    return wanted->sandbox ? stk_plain_serves_worker(state, name)
                           : stk_plain_serves(state, name);
}

bool
stk_quick_serves(stk_interp *state, const stk_attempt_open *attempt,
                 PyObject *name)
{
    stk_wanted wanted = stk_attempt_wanted(attempt);

    return !wanted.loader && !wanted.slow &&
           serves_kind(state, &wanted, name) && stk_modules_are_plain(state) &&
           !stk_signed_is_inbuilt(state, name) && is_installed(state);
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
set_cached(const stk_quick_call *call, PyObject *dict, PyObject *spec,
           PyObject *loader)
{
    const stk_interp *state = call->state;
    PyObject *key = state->words[STK_WORD_DUNDER_CACHED];
    PyObject *cached =
        call->plain || call->worker
            ? PyObject_GetAttr(spec, state->words[STK_WORD_CACHED])
            : stk_verified_cached(state, loader);

    if (cached == Py_None && call->worker) /* of a .pyc alone, it is that */
        Py_CLEAR(cached);
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
package_of(const stk_quick_call *call, PyObject *locations)
{
    if (locations != Py_None)
        return Py_NewRef(call->name);
    return call->parent ? Py_NewRef(call->parent) : PyUnicode_New(0, 0);
}

/* As _init_module_attrs(), in its order. */
static int
fill_module(const stk_quick_call *call, PyObject *module, PyObject *spec,
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
        result = set_cached(call, dict, spec, loader);
    Py_DECREF(locations);
    if (result == 0 && !call->worker)
        result = PyDict_SetItem(dict, words[STK_WORD_DUNDER_BUILTINS],
                                state->builtins_dict);
    return result;
}

/* ---- below importlib's frames ---------------------------------------- */

static PyObject *
call_below(stk_quick_call *call, enum stk_importframes_depth frames,
           PyObject *(*inner)(void *), PyObject *(*after)(void *))
{
    stk_framed framed = { frames,     inner,        after,
                          call,       call->name,   call->import,
                          call->spec, call->loader, call->module };

    return stk_importframes_call(call->state, &framed);
}

static PyObject *
find_and_load_unlocked(void *data)
{
    const stk_quick_call *call = data;

    return stk_quick_bootstrap(call->state, "_find_and_load_unlocked",
                               call->name, call->import);
}

static PyObject *
load_unlocked(void *data)
{
    const stk_quick_call *call = data;

    return stk_quick_bootstrap(call->state, "_load_unlocked", call->spec,
                               NULL);
}

/* ---- executed -------------------------------------------------------- */

/* Whose code it is goes before the event that tells of its execution. */
static int
announce_code(const stk_quick_call *call, PyObject *code)
{
    stk_interp *state = call->state;
    int result;

    if (!call->tagged && stk_audithook_body(state, (PyCodeObject *)code,
                                            call->attempt, call->number) < 0)
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

/* A body can give its spec another name. */
static PyObject *
name_now(const stk_quick_call *call, PyObject *spec)
{
    return PyObject_GetAttr(spec, call->state->str_spec_name);
}

/* A body that fails takes its own name out, and nothing else. */
static void
undo_module(const stk_quick_call *call, PyObject *spec)
{
    PyObject *type, *value, *traceback, *name;

    PyErr_Fetch(&type, &value, &traceback);
    name = name_now(call, spec);
    if (!name || stk_modules_put(call->state, name, NULL) < 0)
        PyErr_Clear();
    Py_XDECREF(name);
    PyErr_Restore(type, value, traceback);
    end_initialising(call->state, spec);
}

/* A body may put something else there; it goes to the end of the dict. */
static PyObject *
settle_module(const stk_quick_call *call, PyObject *spec)
{
    PyObject *name = name_now(call, spec), *module = NULL;

    if (name && stk_modules_find(call->state, name, &module) == 0)
        PyErr_SetObject(PyExc_KeyError, name);
    if (module && (stk_modules_put(call->state, name, NULL) < 0 ||
                   stk_modules_put(call->state, name, module) < 0))
        Py_CLEAR(module);
    Py_XDECREF(name);
    end_initialising(call->state, spec);
    return module;
}

static int
execute(const stk_quick_call *call, PyObject *module, PyObject *code)
{
    PyObject *dict = PyModule_GetDict(module), *result;

    if (stk_home_note_module(call->state, call->number, module) < 0 ||
        announce_code(call, code) < 0)
        return -1;
    stk_attempt_set_quick(call->attempt, true);
    result = PyEval_EvalCode(code, dict, dict);
    stk_attempt_set_quick(call->attempt, false);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

static PyObject *
run_plain(void *data)
{
    const stk_quick_call *call = data;

    return stk_plain_run(call->state, call->code,
                         PyModule_GetDict(call->module));
}

static PyObject *
settle_plain(void *data)
{
    stk_quick_call *call = data;

    call->settled = true;
    return settle_module(call, call->spec);
}

/* By importlib's own hands, so that all is seen of it that ever is. */
static PyObject *
execute_plain(stk_quick_call *call, PyObject *module, PyObject *code)
{
    PyObject *result;

    call->module = module;
    call->code = code;
    result = call_below(call, STK_FRAMES_EXECUTE, run_plain, settle_plain);
    /* a signal may come between the body and that */
    if (!result && !call->settled)
        undo_module(call, call->spec);
    return result;
}

static PyObject *
execute_signed(const stk_quick_call *call, PyObject *spec, PyObject *module,
               PyObject *code)
{
    PyObject *loader = PyObject_GetAttr(spec, call->state->str_loader);
    bool done = loader && stk_settle_executed(loader, module) == 0 &&
                execute(call, module, code) == 0;

    Py_XDECREF(loader);
    if (done)
        return settle_module(call, spec);
    undo_module(call, spec);
    return NULL;
}

/* -v. */
static void
tell(const stk_quick_call *call, PyObject *loader)
{
    PyObject *said =
        PyUnicode_FromFormat("import %R # %R", call->name, loader);

    Py_XDECREF(
        said ? stk_quick_bootstrap(call->state, "_verbose_message", said, NULL)
             : NULL);
    Py_XDECREF(said);
    PyErr_Clear();
}

/* The code first: no Python code runs for it, and failing leaves no trace.
 * Takes `code`, NULL with an exception. */
static PyObject *
load_code(stk_quick_call *call, PyObject *spec, PyObject *loader,
          PyObject *code)
{
    PyObject *module = code ? PyModule_NewObject(call->name) : NULL;
    PyObject *result = NULL;

    if (module && set_initialising(call->state, spec, Py_True) == 0 &&
        fill_module(call, module, spec, loader) == 0 &&
        stk_modules_put(call->state, call->name, module) == 0)
        result = call->plain ? execute_plain(call, module, code)
                             : execute_signed(call, spec, module, code);
    Py_XDECREF(module);
    Py_XDECREF(code);
    if (result && stk_is_verbose())
        tell(call, loader);
    return result;
}

/* In a worker: there are neither code nor frames of it here. */
static PyObject *
load_worker(stk_quick_call *call, PyObject *spec, PyObject *loader)
{
    PyObject *module = stk_remote_module_new(call->name);
    PyObject *result = NULL;

    if (call->walked.path)
        Py_XDECREF(stk_plain_cached(call->state, call->walked.path, spec));
    if (module && !PyErr_Occurred() &&
        set_initialising(call->state, spec, Py_True) == 0 &&
        fill_module(call, module, spec, loader) == 0 &&
        stk_modules_put(call->state, call->name, module) == 0) {
        if (stk_isolated_loader_execute(loader, module) == 0)
            result = settle_module(call, spec);
        else
            undo_module(call, spec);
    }
    Py_XDECREF(module);
    return result;
}

/* What is not as usual is importlib's, from its spec on. */
static PyObject *
load_plain(stk_quick_call *call, PyObject *spec, PyObject *loader)
{
    PyObject *code = stk_plain_code(call->state, &call->walked, spec, loader);

    call->spec = spec;
    call->loader = loader;
    if (code || PyErr_Occurred())
        return load_code(call, spec, loader, code);
    return call_below(call, STK_FRAMES_FOUND, load_unlocked, NULL);
}

/* Whose it is goes with the walk over it that there is anyway. */
static PyObject *
verified_code(stk_quick_call *call, PyObject *loader)
{
    stk_code_tag tag = { STK_CODE_BODY, stk_attempt_number(call->attempt) };

    call->number = tag.importer;
    call->tagged = stk_audithook_is_plain(call->attempt, tag.importer);
    return stk_verified_code(loader, call->tagged ? &tag : NULL);
}

/* Extensions and namespaces are importlib's. */
static PyObject *
load_spec(stk_quick_call *call, PyObject *spec)
{
    PyObject *loader = PyObject_GetAttr(spec, call->state->str_loader);
    PyObject *module;

    if (!loader)
        return NULL;
    if (call->worker)
        module = load_worker(call, spec, loader);
    else if (call->plain)
        module = load_plain(call, spec, loader);
    else if (stk_verified_is_source(call->state, loader))
        module = load_code(call, spec, loader, verified_code(call, loader));
    else
        module =
            stk_quick_bootstrap(call->state, "_load_unlocked", spec, NULL);
    Py_DECREF(loader);
    return module;
}

static PyObject *
find_plain(stk_quick_call *call)
{
    PyObject *query[] = { call->name, call->path ? call->path : Py_None };

    if (call->worker)
        return stk_findspec_worker(call->state, call->attempt, query,
                                   &call->walked);
    return stk_plain_find(call->state, call->attempt, query, &call->walked);
}

/* `*left`: others are to be asked for it. */
static PyObject *
find_signed(const stk_quick_call *call, bool *left)
{
    stk_query query = { call->name, call->path ? call->path : Py_None };
    PyObject *spec = stk_signed_find(call->state, call->attempt, &query, left);

    if (spec != Py_None)
        return spec;
    Py_DECREF(spec);
    if (!*left)
        stk_quick_not_found(call->name,
                            stk_missing_message(call->state, call->name));
    return NULL;
}

/* ---- one import ------------------------------------------------------ */

static PyObject *
load_among_siblings(stk_quick_call *call, PyObject *spec)
{
    PyObject *module;

    if (!call->siblings)
        return load_spec(call, spec);
    if (stk_quickparent_begin(call) < 0)
        return NULL;
    module = load_spec(call, spec);
    stk_quickparent_end(call);
    return module;
}

static PyObject *
load_held(stk_quick_call *call)
{
    PyObject *module, *spec;
    bool left = false;
    int result = stk_modules_find(call->state, call->name, &module);

    if (result != 0)
        return module; /* another thread was first; or None, which halts */
    if (stk_quickparent_split(call) < 0)
        return NULL;
    result = call->parent ? stk_quickparent_import(call, &module) : 1;
    if (result <= 0)
        return result < 0 ? NULL : module;
    left = call->plain || call->worker;
    spec = left ? find_plain(call) : find_signed(call, &left);
    if (!spec && left && !PyErr_Occurred())
        return call->plain ? call_below(call, STK_FRAMES_FIND,
                                        find_and_load_unlocked, NULL)
                           : find_and_load_unlocked(call);
    module = spec ? load_among_siblings(call, spec) : NULL;
    Py_XDECREF(spec);
    if (module && call->parent && stk_quickparent_bind(call, module) < 0)
        Py_CLEAR(module);
    return module;
}

static void
clear_call(stk_quick_call *call)
{
    Py_CLEAR(call->parent);
    Py_CLEAR(call->child);
    Py_CLEAR(call->parent_module);
    Py_CLEAR(call->path);
    Py_CLEAR(call->siblings);
    stk_walk_clear(&call->walked);
}

static PyObject *
load_locked(stk_quick_call *call)
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
        stk_quick_not_found(
            call->name, PyUnicode_FromFormat("import of %U halted; None in "
                                             "sys.modules",
                                             call->name));
    }
    return module;
}

PyObject *
stk_quick_load(stk_interp *state, stk_attempt_open *attempt, PyObject *name,
               PyObject *import)
{
    stk_quick_call call = {
        .state = state, .attempt = attempt, .name = name, .import = import
    };
    PyObject *module;

    if (depth >= Py_GetRecursionLimit() / CALLS_OF_AN_IMPORT) {
        PyErr_SetString(PyExc_RecursionError,
                        "maximum recursion depth exceeded");
        return NULL;
    }
    call.worker = stk_attempt_wanted(attempt).sandbox != NULL;
    call.plain = !call.worker && !stk_attempt_wanted(attempt).is_signed;
    depth++;
    module = load_locked(&call);
    depth--;
    return module;
}
