/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 2: builtins.__import__, the only one that sees an import statement
 * whose module is loaded already. The import itself is CPython's.
 */
#include "python/layers/layers.h"

#include <string.h>

#include "python/asks/frame.h"
#include "python/asks/mark.h"
#include "python/asks/tag.h"
#include "python/attempt/attempt.h"
#include "python/attempt/attempt_cached.h"
#include "python/layers/hot.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"
#include "python/object/name.h"

typedef struct import_args {
    PyObject *name; /* an exact str */
    PyObject *globals;
    PyObject *locals;
    PyObject *fromlist;
    int level;
    PyObject *original; /* what stood there before us; NULL: CPython's own */
} import_args;

/* ---- calling on ------------------------------------------------------ */

/* Who had wrapped __import__ goes on being called. */
static PyObject *
call_on(const import_args *args)
{
    if (!args->original)
        return PyImport_ImportModuleLevelObject(args->name, args->globals,
                                                args->locals, args->fromlist,
                                                args->level);
    return PyObject_CallFunction(args->original, "OOOOi", args->name,
                                 args->globals ? args->globals : Py_None,
                                 args->locals ? args->locals : Py_None,
                                 args->fromlist ? args->fromlist : Py_None,
                                 args->level);
}

/* The module of this name is loaded. */
static PyObject *
call_on_loaded(const stk_interp *state, const import_args *args,
               PyObject *name)
{
    stk_mark *reading = stk_mark_begin(state, STK_MARK_READING, name);
    PyObject *result = reading ? call_on(args) : NULL;

    stk_mark_end(reading);
    return result;
}

static uint32_t
asking_number(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyCodeObject *code;
    stk_code_tag tag;

    if (!frame)
        return 0;
    code = PyFrame_GetCode(frame);
    tag = stk_code_tag_get(state, code);
    Py_DECREF(code);
    if (tag.kind != STK_CODE_IMPORTLIB)
        return tag.importer;
    frame = stk_frame_asking(state);
    if (!frame)
        return 0;
    tag = stk_frame_tag(state, frame);
    Py_DECREF(frame);
    return tag.importer;
}

static void
keep_hot(stk_interp *state, const import_args *args, uint64_t generation)
{
    stk_hot_key key = { args->name, args->fromlist, asking_number(state) };

    stk_hot_keep(state, &key, generation);
}

/* ---- from package import submodule ----------------------------------- */

/* What `from package import item` hands out: a new reference, or NULL. */
static PyObject *
item_value(PyObject *package, PyObject *item)
{
    return PyModule_Check(package)
               ? stk_dict_get(PyModule_GetDict(package), item)
               : NULL;
}

/*
 * `from a import b` hands out a.b when that is a module, loaded or not:
 * importlib swallows the refusal of a submodule that is not loaded and the
 * statement would fail with a plain ImportError.
 */
static int
judge_submodule(stk_interp *state, PyObject *full, PyObject *value)
{
    PyObject *loaded = stk_module_loaded(full);
    int result =
        value && value != loaded ? 0 : stk_attempt_cached(state, full, loaded);

    Py_XDECREF(loaded);
    return result;
}

static int
judge_full(stk_interp *state, PyObject *full, PyObject *value, bool *all_free)
{
    stk_utf8 utf8;
    int judged = 0;

    if (stk_utf8_get(&utf8, full) < 0)
        return -1;
    if (!stk_guard_is_free(stk_process_guard(), utf8.text)) {
        *all_free = false;
        judged = judge_submodule(state, full, value);
    }
    stk_utf8_clear(&utf8);
    /* `from random import _os`: a module that another one has lying about */
    if (judged == 0 && value)
        judged = stk_attempt_alias(state, full, value);
    if (judged > 0)
        *all_free = false;
    return judged < 0 ? -1 : 0;
}

/* Most of what is handed out is no module, and free as most names are: then
 * the name is not even made. */
static bool
is_plainly_free(PyObject *base, PyObject *item, PyObject *value)
{
    char full[256];
    Py_ssize_t n, m;
    const char *first, *second;

    if (!value || PyModule_Check(value) || !PyUnicode_IS_ASCII(base) ||
        !PyUnicode_IS_ASCII(item))
        return false;
    first = PyUnicode_AsUTF8AndSize(base, &n);
    second = PyUnicode_AsUTF8AndSize(item, &m);
    if (n + m + 2 > (Py_ssize_t)sizeof full ||
        memchr(first, '\0', (size_t)n) || memchr(second, '\0', (size_t)m))
        return false;
    memcpy(full, first, (size_t)n);
    full[n] = '.';
    memcpy(full + n + 1, second, (size_t)m + 1);
    return stk_guard_is_free(stk_process_guard(), full);
}

static int
judge_item(stk_interp *state, PyObject *base, PyObject *item,
           PyObject *package, bool *all_free)
{
    PyObject *value = item_value(package, item), *full;
    int result = -1;

    if (is_plainly_free(base, item, value)) {
        Py_DECREF(value);
        return 0;
    }
    full = PyUnicode_FromFormat("%U.%U", base, item);
    if (full)
        result = judge_full(state, full, value, all_free);
    Py_XDECREF(value);
    Py_XDECREF(full);
    return result;
}

static int
judge_fromlist(stk_interp *state, const import_args *args, PyObject *base,
               PyObject *package, bool *all_free)
{
    PyObject *list = args->fromlist;

    *all_free = !list || PyTuple_CheckExact(list);
    if (!list || !PyTuple_Check(list))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(list); i++) {
        PyObject *item = PyTuple_GET_ITEM(list, i), *exact;
        int result;

        /* `*` loads what __all__ names; layer 3 sees each */
        if (!PyUnicode_Check(item) ||
            PyUnicode_CompareWithASCIIString(item, "*") == 0)
            continue;
        exact = PyUnicode_FromObject(item);
        if (!exact)
            return -1;
        result = judge_item(state, base, exact, package, all_free);
        Py_DECREF(exact);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* ---- import a.b as c ------------------------------------------------- */

/* The statement goes from a to b by attributes, whatever sys.modules has for
 * a.b: `import random._os as os`. */
static int
judge_attribute(stk_interp *state, PyObject *full, PyObject *value,
                bool *all_free)
{
    PyObject *loaded = stk_module_loaded(full);
    int judged = 0;

    if (PyModule_Check(value) && value != loaded)
        judged = stk_attempt_alias(state, full, value);
    Py_XDECREF(loaded);
    if (judged > 0)
        *all_free = false;
    return judged < 0 ? -1 : 0;
}

/* `top` is what `import a.b` gives: a. */
static int
judge_dotted(stk_interp *state, PyObject *base, PyObject *top, bool *all_free)
{
    Py_ssize_t length = PyUnicode_GetLength(base), end;
    Py_ssize_t dot = PyUnicode_FindChar(base, '.', 0, length, 1);
    PyObject *value = Py_NewRef(top);
    int result = 0;

    for (; dot >= 0 && value && result == 0; dot = end < length ? end : -1) {
        PyObject *item, *full;

        end = PyUnicode_FindChar(base, '.', dot + 1, length, 1);
        end = end < 0 ? length : end;
        item = PyUnicode_Substring(base, dot + 1, end);
        full = item ? PyUnicode_Substring(base, 0, end) : NULL;
        Py_XSETREF(value, full ? item_value(value, item) : NULL);
        result = !full   ? -1
                 : value ? judge_attribute(state, full, value, all_free)
                         : 0;
        Py_XDECREF(item);
        Py_XDECREF(full);
    }
    Py_XDECREF(value);
    return result;
}

/* ---- one import ------------------------------------------------------ */

static PyObject *
import_loaded(stk_interp *state, const import_args *args, PyObject *base,
              PyObject *module)
{
    /* the policy that is asked, or one before the next reload */
    uint64_t generation = stk_guard_generation(stk_process_guard());
    bool all_free, is_settled;
    PyObject *result;

    if (stk_attempt_cached_settled(state, base, module, &is_settled) < 0)
        return NULL;
    result = call_on_loaded(state, args, base);
    if (!result)
        return NULL;
    if (judge_fromlist(state, args, base, result, &all_free) < 0 ||
        (!args->fromlist && args->level == 0 &&
         judge_dotted(state, base, result, &all_free) < 0)) {
        Py_DECREF(result);
        return NULL;
    }
    if (all_free && is_settled && args->level == 0 &&
        PyUnicode_CHECK_INTERNED(base))
        keep_hot(state, args, generation);
    return result;
}

static PyObject *
import_missing(stk_interp *state, const import_args *args, PyObject *base)
{
    stk_attempt_open *attempt = stk_attempt_begin(state, base);
    PyObject *result;
    bool all_free;

    if (!attempt)
        return NULL;
    result = call_on(args);
    stk_attempt_end(attempt, result);
    if (result && judge_fromlist(state, args, base, result, &all_free) < 0)
        Py_CLEAR(result);
    return result;
}

/*
 * `__import__("b.c", globals, level=1)` gives the module of b, as
 * PyImport_ImportModuleLevelObject() does. New reference to its name.
 */
static PyObject *
returned_name(const import_args *args, PyObject *base)
{
    Py_ssize_t length = PyUnicode_GetLength(args->name);
    Py_ssize_t dot = PyUnicode_FindChar(args->name, '.', 0, length, 1);

    return PyUnicode_Substring(
        base, 0, PyUnicode_GetLength(base) - (dot < 0 ? 0 : length - dot));
}

/*
 * The absolute name is what was judged; when the globals could answer
 * differently the second time, importlib is given the answer instead of
 * the question. `*wanted` is the name of what to return, or NULL.
 */
static int
pin_name(const import_args *args, PyObject *base, import_args *pinned,
         PyObject **wanted)
{
    *pinned = *args;
    pinned->name = base;
    pinned->level = 0;
    *wanted = NULL;
    if (args->fromlist && PyObject_IsTrue(args->fromlist) != 0)
        return PyErr_Occurred() ? -1 : 0;
    *wanted = returned_name(args, base);
    return *wanted ? 0 : -1;
}

static PyObject *
import_resolved(stk_interp *state, const import_args *args, PyObject *base)
{
    PyObject *module = stk_module_loaded(base), *result;

    if (!module)
        return import_missing(state, args, base);
    result = import_loaded(state, args, base, module);
    Py_DECREF(module);
    return result;
}

/* It fails by itself, in CPython's words; when it does not, the globals have
 * told us something else than CPython. */
static PyObject *
fail_relative(const import_args *args)
{
    PyObject *result = call_on(args);

    if (result && !args->original) {
        Py_CLEAR(result);
        PyErr_SetString(PyExc_ImportError,
                        "the package changed while it was imported from");
    }
    return result;
}

static PyObject *
import_relative(stk_interp *state, const import_args *args)
{
    import_args pinned;
    PyObject *base, *wanted = NULL, *result;
    int stable;

    base = stk_name_resolve(args->name, args->globals, args->level, &stable);
    if (!base)
        return PyErr_Occurred() ? NULL : fail_relative(args);
    if (stable) {
        result = import_resolved(state, args, base);
    } else {
        result = pin_name(args, base, &pinned, &wanted) < 0
                     ? NULL
                     : import_resolved(state, &pinned, base);
        if (result && wanted) {
            Py_DECREF(result);
            result = PyImport_GetModule(wanted);
        }
        Py_XDECREF(wanted);
    }
    Py_DECREF(base);
    return result;
}

/*
 * open_code() imports `_io` from C, for importlib's own get_data(): that is
 * the import system reading a file, not the module that asked for it.
 */
static bool
is_own_business(const stk_interp *state, const import_args *args)
{
    PyObject *loaded;

    if (PyUnicode_CompareWithASCIIString(args->name, "_io") != 0 ||
        !stk_frame_is_importlib(state))
        return false;
    loaded = stk_module_loaded(args->name);
    Py_XDECREF(loaded);
    return loaded != NULL;
}

static PyObject *
import_checked(stk_interp *state, const import_args *args)
{
    if (args->level < 0 || PyUnicode_GetLength(args->name) == 0)
        if (args->level <= 0) /* ValueError, in CPython's words */
            return call_on(args);
    if (args->level > 0)
        return import_relative(state, args);
    if (is_own_business(state, args))
        return call_on(args);
    return import_resolved(state, args, args->name);
}

static PyObject *
repeat_import(stk_interp *state, const stk_hot_key *key,
              const import_args *args)
{
    PyObject *result = call_on_loaded(state, args, args->name);
    /* the slot may have been taken over meanwhile */
    stk_hot *hot = result ? stk_hot_find(state, key) : NULL;

    if (hot)
        stk_hot_note(state, hot, result);
    return result;
}

/*
 * The cached statement of a name that is free for everybody and recorded
 * already. NULL without an exception: take the long way.
 */
static PyObject *
import_hot(stk_interp *state, const import_args *args)
{
    stk_hot_key key = { args->name, args->fromlist, asking_number(state) };
    stk_hot *hot = stk_hot_find(state, &key);
    PyObject *module = hot ? stk_module_loaded(args->name) : NULL;

    if (!module)
        return NULL;
    stk_guard_count_repeat(stk_process_guard());
    if (!args->original && stk_hot_is_ready(state, hot, module))
        return module;
    Py_DECREF(module);
    return repeat_import(state, &key, args);
}

static PyObject *
import_guarded(const import_args *args)
{
    stk_interp *state = stk_process_guard() ? stk_interp_find() : NULL;
    PyObject *result;

    if (!state || !state->attached)
        return call_on(args);
    if (args->level == 0) {
        result = import_hot(state, args);
        if (result || PyErr_Occurred())
            return result;
    }
    if (stk_tripwire(state) < 0)
        return NULL;
    return import_checked(state, args);
}

/* ---- arguments ------------------------------------------------------- */

#if PY_VERSION_HEX >= 0x030B0000
#define IMPORT_FORMAT "O|OOOi:__import__"
#else
#define IMPORT_FORMAT "U|OOOi:__import__"
#endif

/* Keywords, and whatever is wrong, in the words of this version. */
static int
parse_args(import_args *out, PyObject **name, PyObject *const *args,
           Py_ssize_t n, PyObject *kwnames)
{
    static const char *const keywords[] = { "name",     "globals", "locals",
                                            "fromlist", "level",   NULL };
    PyObject *tuple, *dict;
    int parsed;

    if (stk_carry_pack(args, n, kwnames, &tuple, &dict) < 0)
        return -1;
    parsed = PyArg_ParseTupleAndKeywords(
        tuple, dict, IMPORT_FORMAT, STK_KEYWORDS(keywords), name,
        &out->globals, &out->locals, &out->fromlist, &out->level);
    /* the caller holds what was parsed */
    Py_DECREF(tuple);
    Py_XDECREF(dict);
    return parsed ? 0 : -1;
}

static bool
as_level(PyObject *object, int *level)
{
    int overflow;
    long value;

    if (!PyLong_CheckExact(object))
        return false;
    value = PyLong_AsLongAndOverflow(object, &overflow);
    *level = (int)value;
    return !overflow && value >= INT_MIN && value <= INT_MAX;
}

/* As the import statement calls it: nothing is named. */
static bool
take_args(import_args *out, PyObject **name, PyObject *const *args,
          Py_ssize_t n, PyObject *kwnames)
{
    if (n < 1 || n > 5 || !PyUnicode_Check(args[0]) ||
        (kwnames && PyTuple_GET_SIZE(kwnames) > 0) ||
        (n == 5 && !as_level(args[4], &out->level)))
        return false;
    *name = args[0];
    out->globals = n > 1 ? args[1] : NULL;
    out->locals = n > 2 ? args[2] : NULL;
    out->fromlist = n > 3 ? args[3] : NULL;
    return true;
}

static PyObject *
import_function(PyObject *self, PyObject *const *args, Py_ssize_t n,
                PyObject *kwnames)
{
    import_args call = { 0 };
    PyObject *name, *result;

    if (!take_args(&call, &name, args, n, kwnames)) {
        call.level = 0;
        if (parse_args(&call, &name, args, n, kwnames) < 0)
            return NULL;
    }
    if (call.fromlist == Py_None)
        call.fromlist = NULL;
    /* NULL for the first: it stands before CPython's own */
    call.original = stk_carried(self);
    call.name = stk_name_exact(name);
    if (!call.name)
        return NULL;
    result = import_guarded(&call);
    Py_DECREF(call.name);
    return result;
}

static PyMethodDef import_def = { "__import__",
                                  (PyCFunction)(void (*)(void))import_function,
                                  METH_FASTCALL | METH_KEYWORDS, NULL };

/* As CPython's own has it, `self` is the module builtins. */
static PyObject *
new_first(void)
{
    PyObject *builtins =
        PyDict_GetItemString(PyImport_GetModuleDict(), "builtins");
    PyObject *name = PyUnicode_InternFromString("builtins"), *function;

    /* the interpreter goes down, or a program has taken it away */
    if (builtins && PyModule_Check(builtins))
        stk_carry_adopt_doc(
            &import_def,
            PyDict_GetItemString(PyModule_GetDict(builtins), "__import__"));
    function = name ? PyCFunction_NewEx(&import_def, builtins, name) : NULL;
    Py_XDECREF(name);
    return function;
}

PyObject *
stk_importfn_new(PyObject *original)
{
    return original ? stk_carry_new(&import_def, original, "builtins")
                    : new_first();
}

bool
stk_importfn_check(PyObject *object)
{
    return stk_carry_check(object, &import_def);
}

int
stk_importfn_mend(PyObject *dict, const stk_interp *state)
{
    PyObject *found = PyDict_GetItem(dict, state->str_import);

    if (!found || !PyCFunction_Check(found) || stk_importfn_check(found))
        return 0;
    return PyDict_SetItem(dict, state->str_import, state->import_function);
}
