/* SPDX-License-Identifier: Apache-2.0 */
/* What stockade keeps of one interpreter, and of the process. */
#include "python/state.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "python/attempt.h"
#include "python/attempt_reload.h"
#include "python/denied.h"
#include "python/home.h"
#include "python/importframes.h"
#include "python/known.h"
#include "python/signature.h"
#include "python/isolation.h"
#include "python/signed.h"
#include "python/thinlock.h"

/*
 * The one process-wide piece of state beside the importers' numbers: audit
 * hooks are process-wide by nature (PEP 578).
 */
static struct {
    pthread_mutex_t lock;
    _Atomic(stk_guard *) guard;
    stk_interp *_Atomic first;
} process = { PTHREAD_MUTEX_INITIALIZER, NULL, NULL };

/* Between the event that a new interpreter is made and its first import. */
static _Thread_local struct {
    uint32_t numbers[STK_CREATORS_MAX];
    size_t n;
    bool announced; /* the event came */
} creators;

static atomic_bool embedded;

#define CAPSULE_NAME "_stockade.interp"

stk_guard *
stk_process_guard(void)
{
    return atomic_load_explicit(&process.guard, memory_order_acquire);
}

int
stk_process_set_guard(stk_guard *guard)
{
    stk_guard *none = NULL;

    return atomic_compare_exchange_strong(&process.guard, &none, guard) ||
                   none == guard
               ? 0
               : -1;
}

void
stk_process_clear_guard(stk_guard *guard)
{
    stk_guard *ours = guard;

    atomic_compare_exchange_strong(&process.guard, &ours, NULL);
}

bool
stk_process_embedded(void)
{
    return atomic_load(&embedded);
}

void
stk_process_set_embedded(bool is_embedded)
{
    atomic_store(&embedded, is_embedded);
}

/* The last one stands for those that do not fit: unknown. */
static size_t
copy_numbers(uint32_t out[STK_CREATORS_MAX], const uint32_t *numbers, size_t n)
{
    size_t fit = n < STK_CREATORS_MAX ? n : STK_CREATORS_MAX;

    if (fit > 0)
        memcpy(out, numbers, fit * sizeof *numbers);
    if (n > STK_CREATORS_MAX)
        out[STK_CREATORS_MAX - 1] = 0;
    return fit;
}

void
stk_interp_set_creators(const uint32_t *numbers, size_t n)
{
    creators.n = copy_numbers(creators.numbers, numbers, n);
    creators.announced = numbers != NULL;
}

void
stk_interp_set_own_creators(stk_interp *state, const uint32_t *numbers,
                            size_t n)
{
    state->n_creators = copy_numbers(state->creators, numbers, n);
}

/* ---- the list -------------------------------------------------------- */

/* At the end: the first is looked at without the lock, and the main one, which
 * ends last, is there before the others. */
static void
link_interp(stk_interp *state)
{
    stk_interp *last;

    pthread_mutex_lock(&process.lock);
    last = process.first;
    while (last && last->next)
        last = last->next;
    if (last)
        last->next = state;
    else
        process.first = state;
    pthread_mutex_unlock(&process.lock);
}

static void
unlink_interp(stk_interp *state)
{
    stk_interp *before = NULL, *at;

    pthread_mutex_lock(&process.lock);
    for (at = process.first; at && at != state; at = at->next)
        before = at;
    if (at && before)
        before->next = state->next;
    else if (at)
        process.first = state->next;
    pthread_mutex_unlock(&process.lock);
}

stk_interp *
stk_interp_find(void)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    stk_interp *at = process.first;

    if (at && at->interp == interp)
        return at;
    pthread_mutex_lock(&process.lock);
    for (at = process.first; at && at->interp != interp; at = at->next)
        ;
    pthread_mutex_unlock(&process.lock);
    return at;
}

/* ---- names ----------------------------------------------------------- */

/* What is interned once, and where it is kept. */
#define NAME(field, text)                                                     \
    {                                                                         \
        offsetof(stk_interp, field), text                                     \
    }

static const struct {
    size_t at;
    const char *text;
} names[] = {
    NAME(str_import, "__import__"),
    NAME(str_find_and_load, "_find_and_load"),
    NAME(str_find_spec, "find_spec"),
    NAME(str_bootstrap_spec, "_find_spec"),
    NAME(str_meta_path, "meta_path"),
    NAME(str_util, "importlib.util"),
    NAME(str_io, "_io"),
    NAME(str_args, "args"),
    NAME(str_module, "module"),
    NAME(str_mod, "mod"),
    NAME(str_origin, "origin"),
    NAME(str_loader, "loader"),
    NAME(str_spec, "__spec__"),
    NAME(str_name, "__name__"),
    NAME(str_spec_name, "name"),
    NAME(str_pycache_prefix, "pycache_prefix"),
    NAME(str_path, "path"),
    NAME(str_external, "_frozen_importlib_external"),
    NAME(str_builtin_importer, "BuiltinImporter"),
    NAME(str_frozen_importer, "FrozenImporter"),
    NAME(str_file_loaders[0], "SourceFileLoader"),
    NAME(str_file_loaders[1], "SourcelessFileLoader"),
    NAME(str_file_loaders[2], "ExtensionFileLoader"),
};

#define N_NAMES (sizeof names / sizeof *names)

static PyObject **
name_slot(stk_interp *state, size_t i)
{
    return (PyObject **)((char *)state + names[i].at);
}

static const char *const words[STK_WORDS] = {
    [STK_WORD_MODULES] = "modules",
    [STK_WORD_MODULE_LOCKS] = "_module_locks",
    [STK_WORD_DUNDER_PATH] = "__path__",
    [STK_WORD_DUNDER_LOADER] = "__loader__",
    [STK_WORD_DUNDER_PACKAGE] = "__package__",
    [STK_WORD_DUNDER_FILE] = "__file__",
    [STK_WORD_DUNDER_CACHED] = "__cached__",
    [STK_WORD_DUNDER_BUILTINS] = "__builtins__",
    [STK_WORD_INITIALIZING] = "_initializing",
    [STK_WORD_LOCATIONS] = "submodule_search_locations",
    [STK_WORD_FILE_SET] = "_set_fileattr",
    [STK_WORD_SIBLINGS] = "_uninitialized_submodules",
    [STK_WORD_CACHED] = "_cached",
    [STK_WORD_PATH_CACHE] = "path_importer_cache",
    [STK_WORD_FINDER_OF] = "_path_importer_cache",
    [STK_WORD_FINDER_FILL] = "_fill_cache",
    [STK_WORD_FINDER_TIME] = "_path_mtime",
    [STK_WORD_FINDER_NAMES] = "_path_cache",
    [STK_WORD_FINDER_LOADERS] = "_loaders",
    [STK_WORD_PATH_HOOKS] = "path_hooks",
    [STK_WORD_DUNDER_INIT] = "__init__",
};

static int
intern(PyObject **slot, const char *text)
{
    *slot = PyUnicode_InternFromString(text);
    return *slot ? 0 : -1;
}

static int
intern_names(stk_interp *state)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < N_NAMES; i++)
        result = intern(name_slot(state, i), names[i].text);
    for (size_t i = 0; result == 0 && i < STK_WORDS; i++)
        result = intern(&state->words[i], words[i]);
    return result;
}

static void
clear_all(PyObject **objects, size_t n)
{
    for (size_t i = 0; i < n; i++)
        Py_CLEAR(objects[i]);
}

static void
clear_names(stk_interp *state)
{
    for (size_t i = 0; i < N_NAMES; i++)
        Py_CLEAR(*name_slot(state, i));
    clear_all(state->str_imp, STK_IMP_FUNCTIONS);
    clear_all(state->words, STK_WORDS);
}

/* ---- one interpreter ------------------------------------------------- */

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
    unlink_interp(state);
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
    clear_names(state);
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

/* Where no interpreter was current there was no event, and nobody can tell
 * who has made this one: somebody unknown, as number 0. */
static void
take_creators(stk_interp *state)
{
    const stk_interp *first = process.first;

    if (!creators.announced && first && first->program_began &&
        !stk_process_embedded()) {
        creators.numbers[0] = 0;
        creators.n = 1;
    }
    memcpy(state->creators, creators.numbers, sizeof state->creators);
    state->n_creators = creators.n;
    creators.n = 0;
    creators.announced = false;
}

static int
fill_interp(stk_interp *state)
{
    state->interp = PyInterpreterState_Get();
    state->id = PyInterpreterState_GetID(state->interp);
    take_creators(state);
    state->extra_index = PyUnstable_Eval_RequestCodeExtraIndex(NULL);
    if (state->extra_index < 0) {
        PyErr_SetString(PyExc_RuntimeError,
                        "no slot is left on code objects (PEP 523)");
        return -1;
    }
    state->watch_id = stk_watch_id();
    state->events_seen = PySet_New(NULL);
    if (!state->events_seen || intern_names(state) < 0)
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
    link_interp(state);
    return tie_interp(state) < 0 ? NULL : state;
}
