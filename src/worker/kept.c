/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that a worker has without asking for their code. */
#include "worker/kept.h"

#include <marshal.h>
#include <string.h>

#include "worker/compat.h"
#include "worker/serve.h"
#include "worker/store.h"
#include "worker/words.h"

/* Modules out of sys.modules, by name. */
static PyObject *kept; /* strong */

static bool has_store;

/* More than 0 while one of the store is executed: no other thread is there,
 * see zygote.c. */
static unsigned depth;

/* ---- what is taken --------------------------------------------------- */

/* Those that the interpreter itself cannot do without. */
static bool
stays(PyObject *name)
{
    static const char *const needed[] = {
        "__main__",
        "_abc",
        "_codecs",
        "_frozen_importlib",
        "_frozen_importlib_external",
        "_imp",
        "_io",
        "_signal",
        "_thread",
        "_warnings",
        "_weakref",
        "abc",
        "builtins",
        "codecs",
        "io",
        "marshal",
        "sys",
    };

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (PyUnicode_CompareWithASCIIString(name, needed[i]) == 0)
            return true;
    return false;
}

static bool
is_encoding(PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);

    return text &&
           (!strcmp(text, "encodings") || !strncmp(text, "encodings.", 10));
}

/* Out of sys.modules, but for those of `before`. */
static int
take_modules(PyObject *before)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *names = PyDict_Keys(modules);
    int result = names ? 0 : -1;

    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);

        if (!PyUnicode_CheckExact(name) || stays(name) || is_encoding(name) ||
            (before && PyDict_GetItemWithError(before, name)))
            continue;
        result = stk_paths_see(name, PyDict_GetItemWithError(modules, name));
        if (result == 0)
            result = PyDict_SetItem(kept, name,
                                    PyDict_GetItemWithError(modules, name));
        if (result == 0)
            result = PyDict_DelItem(modules, name);
    }
    Py_XDECREF(names);
    return result;
}

int
stk_kept_take(bool stored)
{
    has_store = stored;
    kept = PyDict_New();
    return kept ? take_modules(NULL) : -1;
}

/* ---- what is stored -------------------------------------------------- */

static const stk_stored *
find_stored(PyObject *name)
{
    const char *text = has_store ? PyUnicode_AsUTF8(name) : NULL;
    const stk_stored *found = text ? stk_store_find(text) : NULL;

    PyErr_Clear();
    return found;
}

bool
stk_kept_has(PyObject *name)
{
    int found = kept ? PyDict_Contains(kept, name) : 0;

    return found == 1 || find_stored(name);
}

bool
stk_kept_is(PyObject *name, PyObject *module)
{
    PyObject *found = kept ? PyDict_GetItemWithError(kept, name) : NULL;

    PyErr_Clear();
    return found == module;
}

bool
stk_kept_is_loading(void)
{
    return depth > 0;
}

PyObject *
stk_kept_spec(PyObject *name)
{
    const stk_stored *found = find_stored(name);
    PyObject *fields, *spec;

    if (!found) {
        spec = stk_broker_inbuilt(name, "BuiltinImporter");
        if (spec != Py_None)
            return spec;
        Py_DECREF(spec);
        return stk_broker_inbuilt(name, "FrozenImporter");
    }
    fields = Py_BuildValue("(sOOs)", found->code ? "stored" : "machine",
                           found->package ? Py_True : Py_False, Py_None,
                           found->path);
    spec =
        fields ? stk_broker_spec(name, PySequence_Fast_ITEMS(fields)) : NULL;
    Py_XDECREF(fields);
    return spec;
}

PyObject *
stk_kept_executed(const char *name)
{
    return kept ? PyDict_GetItemString(kept, name) : NULL;
}

PyObject *
stk_kept_known(PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(kept, name), *spec = NULL;

    if (module)
        spec = PyObject_GetAttr(module, stk_word(STK_WORD_MODULE_SPEC));
    else if (!PyErr_Occurred() && find_stored(name))
        return stk_kept_spec(name);
    PyErr_Clear();
    return spec ? spec : Py_NewRef(Py_None);
}

static PyObject *
ask_imp(const char *what, PyObject *of)
{
    PyObject *imp = stk_broker_bootstrap("_imp");
    PyObject *result = imp ? PyObject_CallMethod(imp, what, "O", of) : NULL;

    Py_XDECREF(imp);
    return result;
}

PyObject *
stk_kept_create(PyObject *spec)
{
    return ask_imp("create_dynamic", spec);
}

PyObject *
stk_kept_execute(PyObject *module)
{
    return ask_imp("exec_dynamic", module);
}

PyObject *
stk_kept_code(PyObject *name)
{
    const stk_stored *found = find_stored(name);

    if (!found || !found->code)
        return PyErr_Format(PyExc_ImportError, "%R is not stored", name);
    return PyMarshal_ReadObjectFromString((const char *)found->code,
                                          (Py_ssize_t)found->length);
}

PyObject *
stk_kept_frozen(PyObject *name)
{
    return ask_imp("get_frozen_object", name);
}

/* ---- executing ------------------------------------------------------- */

/* As the zygote would have: with all that is kept in sys.modules, and what it
 * imports is kept, too. */
static PyObject *
load_among(PyObject *modules, PyObject *name)
{
    PyObject *import = stk_broker_bootstrap("_gcd_import");
    PyObject *before = import ? PyDict_Copy(modules) : NULL;
    PyObject *module = NULL;

    if (before && PyDict_Merge(modules, kept, 0) == 0) {
        depth++;
        module = PyObject_CallOneArg(import, name);
        depth--;
    }
    if (before) {
        PyObject *type, *value, *traceback;

        PyErr_Fetch(&type, &value, &traceback);
        if (take_modules(before) < 0)
            PyErr_Clear();
        PyErr_Restore(type, value, traceback);
    }
    Py_XDECREF(import);
    Py_XDECREF(before);
    return module;
}

PyObject *
stk_kept_get(PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(kept, name);

    if (module || PyErr_Occurred() || !find_stored(name))
        return Py_XNewRef(module);
    return load_among(PyImport_GetModuleDict(), name);
}

PyObject *
stk_kept_import(const char *name)
{
    PyObject *text = PyUnicode_InternFromString(name);
    PyObject *module = text ? PyDict_GetItemWithError(kept, text) : NULL;

    Py_XINCREF(module);
    if (text && !module && !PyErr_Occurred())
        module = load_among(PyImport_GetModuleDict(), text);
    Py_XDECREF(text);
    return module;
}

PyObject *
stk_kept_names(void)
{
    return PyDict_Keys(kept);
}

void
stk_kept_complete(void)
{
    const stk_stored *at;

    for (size_t i = 0; has_store && (at = stk_store_at(i)); i++) {
        PyObject *module = stk_kept_import(at->name);

        Py_XDECREF(module);
        PyErr_Clear();
    }
}
