/* SPDX-License-Identifier: Apache-2.0 */
/* What stockade keeps of an interpreter, from its first import to its end. */
#include <stdlib.h>

#include "python/asks/home.h"
#include "python/asks/importframes.h"
#include "python/attempt/attempt.h"
#include "python/attempt/attempt_reload.h"
#include "python/attempt/denied.h"
#include "python/attempt/known.h"
#include "python/load/thinlock.h"
#include "python/object/state.h"
#include "python/remote/isolation.h"
#include "python/signed/signature.h"
#include "python/signed/signed.h"

#define CAPSULE_NAME "_stockade.interp"

static void
clear_all(PyObject **objects, size_t n)
{
    for (size_t i = 0; i < n; i++)
        Py_CLEAR(objects[i]);
}

/* What the layers stand in, and what was there before them. */
static void
clear_layers(stk_interp *state)
{
    for (size_t i = 0; i < STK_HOT_SIZE; i++) {
        Py_CLEAR(state->hot[i].name);
        Py_CLEAR(state->hot[i].fromlist);
    }
    Py_CLEAR(state->import_function);
    clear_all(state->firsts, STK_FIRSTS);
    clear_all(state->imp_firsts, STK_IMP_FUNCTIONS);
    Py_CLEAR(state->sys_dict);
    Py_CLEAR(state->builtins_dict);
    Py_CLEAR(state->bootstrap_dict);
    Py_CLEAR(state->imp_dict);
    Py_CLEAR(state->finder);
    Py_CLEAR(state->finder_told);
    Py_CLEAR(state->overtaken_in);
    Py_CLEAR(state->overtaken);
    Py_CLEAR(state->util_seen);
    Py_CLEAR(state->path_seen);
    Py_CLEAR(state->path_hook);
}

static void
clear_classes(stk_interp *state)
{
    Py_CLEAR(state->holder_type);
    Py_CLEAR(state->carrier_type);
    Py_CLEAR(state->method_type);
    Py_CLEAR(state->import_denied);
    Py_CLEAR(state->event_denied);
    Py_CLEAR(state->signature_error);
    Py_CLEAR(state->verified_type);
    Py_CLEAR(state->resource_type);
    Py_CLEAR(state->reader_type);
    Py_CLEAR(state->namespaces);
    Py_CLEAR(state->pinned_type);
    Py_CLEAR(state->folder_type);
}

/* What importlib is made of, as it was at first. */
static void
clear_importlib(stk_interp *state)
{
    Py_CLEAR(state->spec_class);
    Py_CLEAR(state->pins);
    Py_CLEAR(state->more_pins);
    Py_CLEAR(state->cell_pins);
    Py_CLEAR(state->builtin_pins);
    Py_CLEAR(state->builtin_importer);
    Py_CLEAR(state->frozen_importer);
    Py_CLEAR(state->zip_importer);
    clear_all(state->file_loaders, STK_FILE_LOADERS);
    Py_CLEAR(state->path_finder);
    Py_CLEAR(state->file_finder);
    stk_watch_clear(&state->pinned, &state->writes[STK_WATCH_PINS]);
    stk_watch_clear(&state->places, &state->writes[STK_WATCH_PLACES]);
    Py_CLEAR(state->pycache_prefix);
}

/* What was found out about modules, places and askers. */
static void
clear_known(stk_interp *state)
{
    Py_CLEAR(state->io_open);
    Py_CLEAR(state->io_bytes);
    Py_CLEAR(state->archives);
    Py_CLEAR(state->verified_code);
    Py_CLEAR(state->stdlib_names);
    Py_CLEAR(state->stdlib_dirs);
    Py_CLEAR(state->line.code);
    Py_CLEAR(state->events_seen);
    Py_CLEAR(state->given_back);
    Py_CLEAR(state->searches);
    Py_CLEAR(state->own_finders);
    Py_CLEAR(state->tasks);
    Py_CLEAR(state->self_folder);
    Py_CLEAR(state->child_folder);
    Py_CLEAR(state->known_places);
}

static void
free_interp(stk_interp *state)
{
    stk_interp_unlink(state);
    clear_layers(state);
    clear_classes(state);
    free(state->program_name);
    stk_signed_forget(state);
    stk_isolation_free(state->isolation);
    stk_thinlock_forget(state);
    stk_importframes_forget(state);
    stk_seen_clear(&state->seen);
    stk_known_forget(state);
    stk_attempt_forget(state);
    free(state->spare);
    stk_home_forget(state);
    clear_known(state);
    clear_importlib(state);
    stk_words_clear(state);
    free(state);
}

static void
destroy_capsule(PyObject *capsule)
{
    stk_interp *state = PyCapsule_GetPointer(capsule, CAPSULE_NAME);

    if (state)
        free_interp(state);
    else
        PyErr_Clear();
}

static int
fill_interp(stk_interp *state)
{
    state->interp = PyInterpreterState_Get();
    state->id = PyInterpreterState_GetID(state->interp);
    stk_interp_take_creators(state);
    state->extra_index = PyUnstable_Eval_RequestCodeExtraIndex(NULL);
    if (state->extra_index < 0) {
        PyErr_SetString(PyExc_RuntimeError,
                        "no slot is left on code objects (PEP 523)");
        return -1;
    }
    state->watch_id = stk_watch_id();
    state->events_seen = PySet_New(NULL);
    if (!state->events_seen || stk_words_intern(state) < 0)
        return -1;
    state->import_denied = stk_denied_class();
    state->event_denied =
        state->import_denied ? stk_denied_event_class() : NULL;
    state->signature_error =
        state->event_denied ? stk_signature_class() : NULL;
    return state->signature_error ? 0 : -1;
}

/* The capsule in the interpreter's own dict frees the state with it. */
static int
tie_interp(stk_interp *state)
{
    PyObject *dict = PyInterpreterState_GetDict(state->interp);
    PyObject *capsule;
    int result;

    if (!dict) {
        PyErr_SetString(PyExc_RuntimeError, "the interpreter has no dict");
        free_interp(state);
        return -1;
    }
    capsule = PyCapsule_New(state, CAPSULE_NAME, destroy_capsule);
    if (!capsule) {
        free_interp(state);
        return -1;
    }
    result = PyDict_SetItemString(dict, CAPSULE_NAME, capsule);
    Py_DECREF(capsule);
    return result;
}

stk_interp *
stk_interp_get(void)
{
    stk_interp *state = stk_interp_find();

    if (state)
        return state;
    state = calloc(1, sizeof *state);
    if (!state) {
        PyErr_NoMemory();
        return NULL;
    }
    if (fill_interp(state) < 0) {
        free_interp(state);
        return NULL;
    }
    stk_interp_link(state);
    return tie_interp(state) < 0 ? NULL : state;
}
