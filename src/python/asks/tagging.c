/* SPDX-License-Identifier: Apache-2.0 */
/* Tagging what was there before us: modules that are loaded, importlib. */
#include "python/asks/tag.h"

#include <string.h>

#include "python/asks/home.h"
#include "python/object/importer.h"
#include "python/object/name.h"

/* ---- what is loaded already ------------------------------------------ */

/* {address of a module's namespace: its name}, from sys.modules. */
static PyObject *
map_namespaces(void)
{
    PyObject *map = PyDict_New(), *modules = PyImport_GetModuleDict();
    PyObject *name, *module;
    Py_ssize_t at = 0;

    if (!map || !PyDict_Check(modules))
        return map;
    while (PyDict_Next(modules, &at, &name, &module)) {
        PyObject *key;
        int failed;

        if (!PyUnicode_CheckExact(name) || !PyModule_Check(module))
            continue;
        key = PyLong_FromVoidPtr(PyModule_GetDict(module));
        failed = !key || PyDict_SetItem(map, key, name) < 0;
        Py_XDECREF(key);
        if (failed) {
            Py_DECREF(map);
            return NULL;
        }
    }
    return map;
}

/* Whose a namespace is. Functions lie beside those of the same module: the
 * last one is remembered. */
typedef struct namespaces {
    PyObject *map;        /* strong */
    const PyObject *last; /* for identity alone; held by what is tagged */
    uint32_t number;      /* 0: nobody's */
    bool is_program;
} namespaces;

static int
find_namespace(stk_interp *state, namespaces *all, PyObject *globals)
{
    PyObject *key, *name;
    stk_utf8 utf8;

    if (all->last == globals)
        return 0;
    key = PyLong_FromVoidPtr(globals);
    name = key ? PyDict_GetItemWithError(all->map, key) : NULL;
    Py_XDECREF(key);
    all->last = globals;
    all->number = 0;
    if (!name)
        return PyErr_Occurred() ? -1 : 0;
    if (stk_utf8_get(&utf8, name) < 0)
        return -1;
    all->number = stk_importer_number(utf8.text, 0, 0);
    all->is_program = !strcmp(utf8.text, "__main__");
    stk_utf8_clear(&utf8);
    return stk_home_note(state, all->number, globals);
}

static int
tag_by_namespace(stk_interp *state, namespaces *all, PyObject *globals,
                 PyCodeObject *code, enum stk_code_kind kind)
{
    stk_code_tag tag = { kind, 0 };

    if (find_namespace(state, all, globals) < 0)
        return -1;
    if (all->number == 0)
        return 0;
    tag.importer = all->number;
    if (kind == STK_CODE_BODY && all->is_program)
        tag.kind = STK_CODE_PROGRAM;
    if (tag.kind == STK_CODE_PROGRAM && state->program.ino == 0)
        stk_code_note_program(state, code);
    return stk_code_tag_tree(state, code, tag);
}

#if PY_VERSION_HEX >= 0x030C0000
static int
take_function(PyObject *object, void *functions)
{
    /* one that is left out shows as an exception */
    return !PyFunction_Check(object) || PyList_Append(functions, object) == 0;
}

static PyObject *
list_functions(void)
{
    PyObject *functions = PyList_New(0);

    if (functions)
        PyUnstable_GC_VisitObjects(take_function, functions);
    if (PyErr_Occurred())
        Py_CLEAR(functions);
    return functions;
}
#else
/* With all that is no function, too. */
static PyObject *
list_functions(void)
{
    PyObject *gc = PyImport_ImportModule("gc");
    PyObject *objects =
        gc ? PyObject_CallMethod(gc, "get_objects", NULL) : NULL;

    Py_XDECREF(gc);
    return objects;
}
#endif

static int
tag_functions(stk_interp *state, namespaces *all)
{
    PyObject *objects = list_functions();
    int failed = !objects;

    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(objects); i++) {
        PyObject *object = PyList_GET_ITEM(objects, i);

        if (PyFunction_Check(object))
            failed =
                tag_by_namespace(state, all, PyFunction_GET_GLOBALS(object),
                                 (PyCodeObject *)PyFunction_GET_CODE(object),
                                 STK_CODE_PLAIN) < 0;
    }
    Py_XDECREF(objects);
    return failed ? -1 : 0;
}

static int
tag_frames(stk_interp *state, namespaces *all)
{
    PyFrameObject *frame = PyEval_GetFrame(), *back;
    int failed = 0;

    Py_XINCREF(frame);
    while (frame && !failed) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        PyObject *globals =
            PyObject_GetAttrString((PyObject *)frame, "f_globals");

        failed = !globals || tag_by_namespace(state, all, globals, code,
                                              STK_CODE_BODY) < 0;
        Py_XDECREF(globals);
        Py_DECREF(code);
        back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    Py_XDECREF(frame);
    return failed ? -1 : 0;
}

int
stk_code_tag_loaded(stk_interp *state)
{
    namespaces all = { map_namespaces(), NULL, 0, false };
    int result;

    if (!all.map)
        return -1;
    result = tag_functions(state, &all) < 0;
    all.last = NULL; /* what held it may be gone */
    result = result || tag_frames(state, &all) < 0;
    Py_DECREF(all.map);
    return result ? -1 : 0;
}

/* ---- importlib's own ------------------------------------------------- */

PyObject *
stk_code_plain_function(PyObject *value)
{
    if (PyFunction_Check(value))
        return Py_NewRef(value);
    if (PyObject_TypeCheck(value, &PyClassMethod_Type) ||
        PyObject_TypeCheck(value, &PyStaticMethod_Type))
        return PyObject_GetAttrString(value, "__func__");
    if (Py_TYPE(value) == &PyProperty_Type)
        return PyObject_GetAttrString(value, "fget");
    return Py_NewRef(value);
}

/* A class that Python code made: a static type has no code of ours, and
 * from 3.12 on no dict in its tp_dict either. */
static bool
is_class(PyObject *object)
{
    return PyType_Check(object) &&
           PyType_HasFeature((PyTypeObject *)object, Py_TPFLAGS_HEAPTYPE);
}

/*
 * importlib looks for nothing while it is at its locks, which lie in a dict
 * that anybody can write to: what is asked for there, a lock asks that
 * somebody made up.
 */
static bool
is_of_locks(PyObject *key)
{
    static const stk_literal names[] = {
        STK_LITERAL("_BlockingOnManager"), STK_LITERAL("_DummyModuleLock"),
        STK_LITERAL("_ModuleLock"),        STK_LITERAL("_ModuleLockManager"),
        STK_LITERAL("_get_module_lock"),   STK_LITERAL("_has_deadlocked"),
        STK_LITERAL("_lock_unlock_module")
    };

    return stk_name_is_among(key, names, sizeof names / sizeof *names);
}

static bool
is_function_of(PyObject *object, PyObject *globals)
{
    return object && PyFunction_Check(object) &&
           PyFunction_GET_GLOBALS(object) == globals;
}

/* With what it wraps: FrozenImporter.get_code() is in a cell. */
static int
tag_function(const stk_interp *state, PyObject *function, stk_code_tag tag)
{
    PyObject *cells = PyFunction_GET_CLOSURE(function);
    PyObject *globals = PyFunction_GET_GLOBALS(function);
    int result = stk_code_tag_tree(
        state, (PyCodeObject *)PyFunction_GET_CODE(function), tag);

    for (Py_ssize_t i = 0; cells && i < PyTuple_GET_SIZE(cells); i++) {
        PyObject *held = PyCell_GET(PyTuple_GET_ITEM(cells, i));

        if (result == 0 && is_function_of(held, globals))
            result = stk_code_tag_tree(
                state, (PyCodeObject *)PyFunction_GET_CODE(held), tag);
    }
    return result;
}

/* `role` is that of the class whose namespace it is, NULL for a module's. */
static int
tag_namespace(const stk_interp *state, PyObject *dict, PyObject *owner,
              const uint32_t *role)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(dict, &at, &key, &value)) {
        PyObject *function = stk_code_plain_function(value);
        stk_code_tag tag = { STK_CODE_IMPORTLIB, 0 };
        int failed = 0;

        if (!function)
            return -1;
        if (role)
            tag.importer = *role;
        else if (is_of_locks(key))
            tag.importer = STK_IMPORTLIB_LOCKS;
        if (is_function_of(function, owner))
            failed = tag_function(state, function, tag);
        else if (!role && is_class(function))
            failed = tag_namespace(state, ((PyTypeObject *)function)->tp_dict,
                                   owner, &tag.importer);
        Py_DECREF(function);
        if (failed < 0)
            return -1;
    }
    return 0;
}

int
stk_code_tag_importlib(const stk_interp *state)
{
    static const char *const names[] = { "_frozen_importlib",
                                         "_frozen_importlib_external",
                                         "zipimport", "importlib",
                                         "importlib.util" };
    PyObject *modules = PyImport_GetModuleDict();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        PyObject *module = PyDict_GetItemString(modules, names[i]);
        PyObject *dict;

        if (!module || !PyModule_Check(module))
            continue;
        dict = PyModule_GetDict(module);
        if (tag_namespace(state, dict, dict, NULL) < 0)
            return -1;
    }
    return 0;
}
