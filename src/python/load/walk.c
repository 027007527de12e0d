/* SPDX-License-Identifier: Apache-2.0 */
/* Where importlib's PathFinder and FileFinder would find a module. */
#include "python/load/walk.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "python/asks/tag.h"
#include "python/load/origin.h"
#include "python/load/pins.h"
#include "python/load/warm.h"
#include "python/object/loaded.h"

/* Suffixes that a finder knows: five by default. */
#define SUFFIXES_MAX 8

/* Attributes of a FileFinder's own. */
#define FINDER_HAS 5

/* One search. Borrowed but for what is said. */
typedef struct walk {
    stk_interp *state;
    PyObject *name;
    PyObject *tail;                   /* strong: its last label */
    PyObject *suffixes[SUFFIXES_MAX]; /* strong, as finders have them */
    PyObject *files[SUFFIXES_MAX];    /* strong: the tail with that */
    stk_walked *out;
} walk;

/* A folder of the path, as its finder has it; strong. */
typedef struct place {
    PyObject *finder;
    PyObject *path;
    PyObject *names;   /* what was in it when it was read last */
    PyObject *loaders; /* a tuple */
} place;

/* What a step says: go on, it is found, or importlib is to look. */
enum step { STEP_LEFT = -1, STEP_ON = 0, STEP_FOUND = 1 };

/* ---- whether --------------------------------------------------------- */

static bool
is_stock_path(stk_interp *state, PyObject *list)
{
    return list && PyList_CheckExact(list) && PyList_GET_SIZE(list) == 4 &&
           PyList_GET_ITEM(list, 0) == state->finder &&
           PyList_GET_ITEM(list, 1) == state->builtin_importer &&
           PyList_GET_ITEM(list, 2) == state->frozen_importer &&
           PyList_GET_ITEM(list, 3) == state->path_finder;
}

bool
stk_walk_is_stock(stk_interp *state)
{
    PyObject *list = stk_dict_get(state->sys_dict, state->str_meta_path);
    bool stock =
        state->pins && is_stock_path(state, list) && stk_pins_hold(state);

    Py_XDECREF(list);
    return stock;
}

/* Finders behind ours are not asked for what runs in a worker. */
bool
stk_walk_is_ours(stk_interp *state)
{
    PyObject *list = stk_dict_get(state->sys_dict, state->str_meta_path);
    bool ours = list && PyList_CheckExact(list) && PyList_GET_SIZE(list) > 0 &&
                PyList_GET_ITEM(list, 0) == state->finder && state->pins &&
                stk_pins_hold(state);

    Py_XDECREF(list);
    return ours;
}

/* ---- files ----------------------------------------------------------- */

static bool
look_at(const char *path, struct stat *st)
{
    int result;

    Py_BEGIN_ALLOW_THREADS result = stat(path, st);
    Py_END_ALLOW_THREADS return result == 0;
}

static bool
is_file(PyObject *path, struct stat *st)
{
    return look_at(PyUnicode_AsUTF8(path), st) && S_ISREG(st->st_mode);
}

/* FOLDER/NAME, without the slashes that the folder may end in. */
static PyObject *
join(PyObject *folder, PyObject *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(folder);
    PyObject *text;

    while (length > 0 && PyUnicode_READ_CHAR(folder, length - 1) == '/')
        length--;
    text = PyUnicode_New(length + 1 + PyUnicode_GET_LENGTH(name), 127);
    if (!text)
        return NULL;
    /* all of it is ASCII */
    memcpy(PyUnicode_DATA(text), PyUnicode_DATA(folder), (size_t)length);
    ((char *)PyUnicode_DATA(text))[length] = '/';
    memcpy((char *)PyUnicode_DATA(text) + length + 1, PyUnicode_DATA(name),
           (size_t)PyUnicode_GET_LENGTH(name));
    return text;
}

/* ---- a spec ---------------------------------------------------------- */

/* One of importlib's own that read files. */
static bool
is_file_loader(const stk_interp *state, PyObject *class)
{
    for (size_t i = 0; i < STK_FILE_LOADERS; i++)
        if (state->file_loaders[i] == class)
            return true;
    return false;
}

/* submodule_search_locations: of a package its folder, else None. */
static int
set_locations(const stk_interp *state, PyObject *spec, PyObject *folder)
{
    PyObject *list = folder ? PyList_New(1) : Py_NewRef(Py_None);
    int result;

    if (!list)
        return -1;
    if (folder)
        PyList_SET_ITEM(list, 0, Py_NewRef(folder));
    result = PyObject_SetAttr(spec, state->words[STK_WORD_LOCATIONS], list);
    Py_DECREF(list);
    return result;
}

/* As spec_from_file_location() with all that FileFinder hands to it. */
static PyObject *
new_spec(const walk *w, PyObject *class, PyObject *file, PyObject *folder)
{
    const stk_interp *state = w->state;
    PyObject *loader =
        PyObject_CallFunctionObjArgs(class, w->name, file, NULL);
    PyObject *args[] = { w->name, loader, file }, *keywords, *spec;

    keywords = loader ? PyTuple_Pack(1, state->str_origin) : NULL;
    spec = keywords ? PyObject_Vectorcall(state->spec_class, args, 2, keywords)
                    : NULL;
    Py_XDECREF(keywords);
    Py_XDECREF(loader);
    if (spec && (PyObject_SetAttr(spec, state->words[STK_WORD_FILE_SET],
                                  Py_True) < 0 ||
                 set_locations(state, spec, folder) < 0))
        Py_CLEAR(spec);
    return spec;
}

static enum step
found_at(walk *w, PyObject *class, PyObject *file, PyObject *folder,
         PyObject **spec)
{
    if (!is_file_loader(w->state, class))
        return STEP_LEFT;
    *spec = new_spec(w, class, file, folder);
    if (!*spec)
        return STEP_LEFT;
    w->out->path = Py_NewRef(file);
    return STEP_FOUND;
}

/* ---- a folder -------------------------------------------------------- */

static bool
is_ascii_text(PyObject *object)
{
    return PyUnicode_CheckExact(object) && PyUnicode_IS_READY(object) &&
           PyUnicode_IS_COMPACT_ASCII(object) &&
           strlen(PyUnicode_DATA(object)) ==
               (size_t)PyUnicode_GET_LENGTH(object);
}

/* As FileFinder leaves its own: no method is hidden by what somebody put into
 * the finder, and no key is compared by code of his. */
static bool
is_stock_dict(PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    if (!PyDict_CheckExact(dict) || PyDict_GET_SIZE(dict) != FINDER_HAS)
        return false;
    while (PyDict_Next(dict, &at, &key, &value))
        if (!PyUnicode_CheckExact(key))
            return false;
    return PyDict_GetItemString(dict, "_relaxed_path_cache") &&
           PyDict_GetItemString(dict, "_path_mtime");
}

/* The list may change at each line: what is looked at is a copy. */
static PyObject *
copy_loaders(const stk_interp *state, PyObject *dict)
{
    PyObject *list = stk_dict_get(dict, state->words[STK_WORD_FINDER_LOADERS]);
    PyObject *copy =
        list && PyList_CheckExact(list) ? PyList_AsTuple(list) : NULL;

    Py_XDECREF(list);
    if (copy && PyTuple_GET_SIZE(copy) > SUFFIXES_MAX)
        Py_CLEAR(copy);
    return copy;
}

/* Strong; false without an exception for what is no such thing. */
static bool
take_place(const stk_interp *state, PyObject *finder, place *at)
{
    PyObject *dict = PyObject_GenericGetDict(finder, NULL);

    at->finder = Py_NewRef(finder);
    if (dict && is_stock_dict(dict)) {
        at->path = stk_dict_get(dict, state->str_path);
        at->names = stk_dict_get(dict, state->words[STK_WORD_FINDER_NAMES]);
        at->loaders = copy_loaders(state, dict);
    }
    Py_XDECREF(dict);
    PyErr_Clear();
    return at->path && at->names && at->loaders && is_ascii_text(at->path) &&
           PyUnicode_GET_LENGTH(at->path) > 0 &&
           PyUnicode_READ_CHAR(at->path, 0) == '/' &&
           Py_TYPE(at->names) == &PySet_Type;
}

static void
clear_place(place *at)
{
    Py_CLEAR(at->finder);
    Py_CLEAR(at->path);
    Py_CLEAR(at->names);
    Py_CLEAR(at->loaders);
}

/* What is in the folder now, as the finder would note it. */
static enum step
read_anew(const stk_interp *state, place *at, PyObject *time)
{
    PyObject *read = PyObject_CallMethodObjArgs(
        at->finder, state->words[STK_WORD_FINDER_FILL], NULL);

    if (!read ||
        PyObject_SetAttr(at->finder, state->words[STK_WORD_FINDER_TIME],
                         time) < 0) {
        Py_XDECREF(read);
        return STEP_LEFT;
    }
    Py_DECREF(read);
    Py_XSETREF(
        at->names,
        PyObject_GetAttr(at->finder, state->words[STK_WORD_FINDER_NAMES]));
    return at->names && Py_TYPE(at->names) == &PySet_Type ? STEP_ON
                                                          : STEP_LEFT;
}

/* What the finder knows of the folder is what is in it, from here on. A
 * folder that is not there is importlib's. */
static enum step
refresh(const stk_interp *state, place *at)
{
    PyObject *known, *time;
    enum step step = STEP_LEFT;
    struct stat st;

    if (!look_at(PyUnicode_AsUTF8(at->path), &st))
        return STEP_LEFT;
    known = PyObject_GetAttr(at->finder, state->words[STK_WORD_FINDER_TIME]);
    time = known ? PyFloat_FromDouble(stk_warm_time(&st)) : NULL;
    if (time && PyFloat_CheckExact(known) &&
        PyFloat_AS_DOUBLE(known) == PyFloat_AS_DOUBLE(time))
        step = STEP_ON;
    else if (time)
        step = read_anew(state, at, time);
    Py_XDECREF(time);
    Py_XDECREF(known);
    return step;
}

/* The tail with a suffix, made once for all folders: borrowed, or NULL. */
static PyObject *
file_with(walk *w, Py_ssize_t i, PyObject *suffix)
{
    if (w->suffixes[i] != suffix) {
        if (!is_ascii_text(suffix))
            return NULL;
        Py_XSETREF(w->files[i], PyUnicode_Concat(w->tail, suffix));
        Py_XSETREF(w->suffixes[i], w->files[i] ? Py_NewRef(suffix) : NULL);
    }
    return w->files[i];
}

/* The suffix and the loader that stand there, borrowed. */
static bool
entry_at(const place *at, Py_ssize_t i, PyObject **suffix, PyObject **class)
{
    PyObject *entry = PyTuple_GET_ITEM(at->loaders, i);

    if (!PyTuple_CheckExact(entry) || PyTuple_GET_SIZE(entry) != 2)
        return false;
    *suffix = PyTuple_GET_ITEM(entry, 0);
    *class = PyTuple_GET_ITEM(entry, 1);
    return is_ascii_text(*suffix);
}

static PyObject *
init_with(PyObject *folder, PyObject *suffix)
{
    PyObject *name = PyUnicode_FromFormat("__init__%U", suffix);
    PyObject *path = name ? join(folder, name) : NULL;

    Py_XDECREF(name);
    return path;
}

/* FOLDER/TAIL is there: a package? */
static enum step
try_package(walk *w, const place *at, PyObject **spec)
{
    PyObject *folder = join(at->path, w->tail), *suffix, *class;
    enum step step = folder ? STEP_ON : STEP_LEFT;

    for (Py_ssize_t i = 0;
         step == STEP_ON && i < PyTuple_GET_SIZE(at->loaders); i++) {
        PyObject *file = entry_at(at, i, &suffix, &class)
                             ? init_with(folder, suffix)
                             : NULL;

        if (!file)
            step = STEP_LEFT;
        else if (is_file(file, &w->out->st))
            step = found_at(w, class, file, folder, spec);
        Py_XDECREF(file);
    }
    /* it may be a part of a namespace: importlib puts those together */
    if (step == STEP_ON && look_at(PyUnicode_AsUTF8(folder), &w->out->st) &&
        S_ISDIR(w->out->st.st_mode))
        step = STEP_LEFT;
    Py_XDECREF(folder);
    return step;
}

static enum step
try_module(walk *w, const place *at, Py_ssize_t i, PyObject **spec)
{
    PyObject *suffix, *class, *name, *file;
    enum step step = STEP_ON;
    int known;

    name = entry_at(at, i, &suffix, &class) ? file_with(w, i, suffix) : NULL;
    known = name ? PySet_Contains(at->names, name) : -1;
    if (known <= 0)
        return known < 0 ? STEP_LEFT : STEP_ON;
    file = join(at->path, name);
    if (!file)
        return STEP_LEFT;
    if (is_file(file, &w->out->st))
        step = found_at(w, class, file, NULL, spec);
    Py_DECREF(file);
    return step;
}

static enum step
look_in(walk *w, const place *at, PyObject **spec)
{
    int known = PySet_Contains(at->names, w->tail);
    enum step step = known < 0 ? STEP_LEFT : STEP_ON;

    if (known > 0)
        step = try_package(w, at, spec);
    for (Py_ssize_t i = 0;
         step == STEP_ON && i < PyTuple_GET_SIZE(at->loaders); i++)
        step = try_module(w, at, i, spec);
    return step;
}

static enum step
ask(walk *w, PyObject *finder, PyObject **spec)
{
    place at = { NULL, NULL, NULL, NULL };
    enum step step;

    if ((PyObject *)Py_TYPE(finder) != w->state->file_finder)
        return finder == Py_None ? STEP_ON : STEP_LEFT;
    step =
        take_place(w->state, finder, &at) ? refresh(w->state, &at) : STEP_LEFT;
    if (step == STEP_ON)
        step = look_in(w, &at, spec);
    clear_place(&at);
    return step;
}

/* ---- the path -------------------------------------------------------- */

/* '' is the folder that the process is in. New reference, or NULL. */
static PyObject *
place_of(PyObject *entry)
{
    char folder[PATH_MAX];

    if (PyUnicode_GET_LENGTH(entry) > 0)
        return Py_NewRef(entry);
    return getcwd(folder, sizeof folder) ? PyUnicode_DecodeFSDefault(folder)
                                         : NULL;
}

static bool
is_code_of_importlib(const stk_interp *state, PyObject *function)
{
    return function && PyFunction_Check(function) &&
           stk_code_tag_get(state,
                            (PyCodeObject *)PyFunction_GET_CODE(function))
                   .kind == STK_CODE_IMPORTLIB;
}

/* FileFinder's hook is a function, zipimporter a class. A key of the class
 * may be compared by code of somebody else's: nothing here is borrowed. */
static bool
is_stock_hook(const stk_interp *state, PyObject *hook)
{
    PyObject *init = NULL;
    bool stock;

    if (PyType_Check(hook) &&
        PyType_HasFeature((PyTypeObject *)hook, Py_TPFLAGS_HEAPTYPE))
        init = stk_dict_get(((PyTypeObject *)hook)->tp_dict,
                            state->words[STK_WORD_DUNDER_INIT]);
    stock = is_code_of_importlib(state, init ? init : hook);
    Py_XDECREF(init);
    return stock;
}

/* Those of somebody else's find all of importlib's frames below them, and
 * see the walk go on with what they made. */
static bool
are_stock_hooks(const stk_interp *state)
{
    PyObject *hooks =
        stk_dict_get(state->sys_dict, state->words[STK_WORD_PATH_HOOKS]);
    bool stock = hooks && PyList_CheckExact(hooks);

    for (Py_ssize_t i = 0; stock && i < PyList_GET_SIZE(hooks); i++) {
        PyObject *hook = Py_NewRef(PyList_GET_ITEM(hooks, i));

        stock = is_stock_hook(state, hook);
        Py_DECREF(hook);
    }
    Py_XDECREF(hooks);
    return stock;
}

/* What sys.path_importer_cache has, or CPython's path hooks say: a new
 * reference; NULL where importlib is to look, or with an exception. */
static PyObject *
finder_of(const stk_interp *state, PyObject *entry)
{
    PyObject *cache =
        stk_dict_get(state->sys_dict, state->words[STK_WORD_PATH_CACHE]);
    PyObject *folder = PyUnicode_CheckExact(entry) ? place_of(entry) : NULL;
    bool plain = cache && PyDict_CheckExact(cache) && folder;
    PyObject *finder = plain ? stk_dict_get(cache, folder) : NULL;

    PyErr_Clear();
    Py_XDECREF(folder);
    Py_XDECREF(cache);
    if (!finder && plain && are_stock_hooks(state))
        finder = PyObject_CallMethodObjArgs(
            state->path_finder, state->words[STK_WORD_FINDER_OF], entry, NULL);
    return finder;
}

static PyObject *
walk_along(walk *w, PyObject *path)
{
    PyObject *spec = NULL;
    enum step step = STEP_ON;

    for (Py_ssize_t i = 0; step == STEP_ON && i < PyList_GET_SIZE(path); i++) {
        PyObject *entry = Py_NewRef(PyList_GET_ITEM(path, i));
        PyObject *finder = finder_of(w->state, entry);

        step = finder ? ask(w, finder, &spec) : STEP_LEFT;
        Py_XDECREF(finder);
        Py_DECREF(entry);
    }
    return spec;
}

/* Its last label: new reference; NULL for what is no plain name. */
static PyObject *
tail_of(PyObject *name)
{
    Py_ssize_t length = PyUnicode_GetLength(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, length, -1);

    if (!is_ascii_text(name) || dot == -2 || dot == length - 1 ||
        PyUnicode_FindChar(name, '/', 0, length, 1) >= 0)
        return NULL;
    return dot < 0 ? Py_NewRef(name)
                   : PyUnicode_Substring(name, dot + 1, length);
}

PyObject *
stk_walk_find(stk_interp *state, PyObject *name, PyObject *path,
              stk_walked *out)
{
    walk w = { .state = state, .name = name, .out = out };
    PyObject *list = path == Py_None
                         ? stk_dict_get(state->sys_dict, state->str_path)
                         : Py_NewRef(path);
    PyObject *spec = NULL;

    out->path = NULL;
    w.tail = tail_of(name);
    if (w.tail && list && PyList_CheckExact(list))
        spec = walk_along(&w, list);
    for (size_t i = 0; i < SUFFIXES_MAX; i++) {
        Py_CLEAR(w.suffixes[i]);
        Py_CLEAR(w.files[i]);
    }
    Py_XDECREF(w.tail);
    Py_XDECREF(list);
    return spec;
}

PyObject *
stk_walk_spec(stk_interp *state, PyObject *name, PyObject *path)
{
    stk_walked found = { .path = NULL };
    PyObject *spec = stk_walk_is_stock(state)
                         ? stk_walk_find(state, name, path, &found)
                         : NULL;

    stk_walk_clear(&found);
    return spec;
}

void
stk_walk_clear(stk_walked *walked)
{
    Py_CLEAR(walked->path);
}
