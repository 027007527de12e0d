/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only finder of a worker: it asks the host, which decides, verifies,
 * records, and sends the code. No file is looked for here.
 */
#include "worker/serve.h"

#include <marshal.h>
#include <string.h>

#include "worker/compat.h"
#include "worker/granted.h"
#include "worker/importfn.h"
#include "worker/importing.h"
#include "worker/kept.h"
#include "worker/library.h"
#include "worker/words.h"

PyObject *
stk_broker_bootstrap(const char *name)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module = PyDict_GetItemString(modules, "_frozen_importlib");

    if (!module)
        return PyErr_Format(PyExc_ImportError, "importlib is not there");
    return PyObject_GetAttrString(module, name);
}

/* ---- the loader ------------------------------------------------------ */

typedef struct loader_object {
    PyObject_HEAD PyObject *kind; /* strong; str */
    PyObject *data;               /* strong; bytes or None */
    PyObject *origin;             /* strong; str or None */
    PyObject *package;            /* strong; bool */
    PyObject *name;               /* strong; str */
} loader_object;

static loader_object *
as_loader(PyObject *self)
{
    return (loader_object *)self;
}

/* Signed code says where it was compiled; tracebacks say where it is. */
static PyObject *
rename_file(PyObject *code, PyObject *origin)
{
    PyObject *imp, *done;

    if (!code || !PyUnicode_Check(origin))
        return code;
    imp = stk_broker_bootstrap("_imp");
    done =
        imp ? PyObject_CallMethod(imp, "_fix_co_filename", "OO", code, origin)
            : NULL;
    Py_XDECREF(imp);
    if (!done)
        Py_CLEAR(code);
    Py_XDECREF(done);
    return code;
}

static PyObject *
code_of(loader_object *loader)
{
    PyObject *data = loader->data;

    if (stk_found_is(loader->kind, "stored"))
        return rename_file(stk_kept_code(loader->name), loader->origin);
    if (stk_found_is(loader->kind, "frozen"))
        return stk_kept_frozen(loader->name);
    if (!PyBytes_Check(data))
        return PyErr_Format(PyExc_ImportError, "the host sent no code");
    if (stk_found_is(loader->kind, "code"))
        return rename_file(
            PyMarshal_ReadObjectFromString(PyBytes_AS_STRING(data),
                                           PyBytes_GET_SIZE(data)),
            loader->origin);
    if (strlen(PyBytes_AS_STRING(data)) != (size_t)PyBytes_GET_SIZE(data))
        return PyErr_Format(PyExc_SyntaxError,
                            "source code cannot contain null bytes");
    return Py_CompileStringObject(PyBytes_AS_STRING(data), loader->origin,
                                  Py_file_input, NULL, -1);
}

/* Lines for tracebacks: no file can be read for them here. */
static void
remember_lines(const loader_object *loader)
{
    PyObject *text =
        PyUnicode_DecodeUTF8(PyBytes_AS_STRING(loader->data),
                             PyBytes_GET_SIZE(loader->data), "replace");

    if (text)
        stk_lines_remember(loader->origin, text,
                           PyBytes_GET_SIZE(loader->data));
    PyErr_Clear();
    Py_XDECREF(text);
}

static PyObject *ask_host(PyObject *name, PyObject *importer);

/* Its own loader would look for files. */
static int
keep_back(PyObject *name, PyObject *const *found)
{
    PyObject *spec = stk_broker_spec(name, found);
    PyObject *module = spec ? stk_kept_get(name) : NULL;
    int result = PyErr_Occurred() ? -1 : 0;

    if (module &&
        (PyObject_SetAttr(module, stk_word(STK_WORD_MODULE_SPEC), spec) < 0 ||
         PyDict_SetItem(PyImport_GetModuleDict(), name, module) < 0))
        result = -1;
    Py_XDECREF(spec);
    Py_XDECREF(module);
    return result;
}

/* It imported them for itself when it was loaded. Machine code of its own
 * looks for them in sys.modules, and nowhere else. */
static int
bring_back(PyObject *package, PyObject *name)
{
    PyObject *modules = PyImport_GetModuleDict(), *answer;
    Py_ssize_t n = PyUnicode_GET_LENGTH(package);
    int result = 0;

    if (PyUnicode_GET_LENGTH(name) <= n ||
        PyUnicode_READ_CHAR(name, n) != '.' ||
        PyUnicode_Tailmatch(name, package, 0, n, -1) != 1 ||
        PyDict_Contains(modules, name) != 0)
        return 0;
    answer = ask_host(name, Py_NewRef(package));
    if (answer && PyList_CheckExact(answer) &&
        PyList_GET_SIZE(answer) == STK_FOUND_N &&
        stk_found_is(PyList_GET_ITEM(answer, STK_FOUND_KIND), "kept"))
        result = keep_back(name, PySequence_Fast_ITEMS(answer));
    else if (!answer && PyErr_ExceptionMatches(PyExc_ImportError))
        PyErr_Clear(); /* who misses it will ask, and be told */
    Py_XDECREF(answer);
    return PyErr_Occurred() ? -1 : result;
}

static PyObject *
bring_back_below(PyObject *module)
{
    PyObject *package = PyModule_GetNameObject(module);
    PyObject *names = package ? stk_kept_names() : NULL;
    int result = names ? 0 : -1;

    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(names); i++)
        result = bring_back(package, PyList_GET_ITEM(names, i));
    Py_XDECREF(package);
    Py_XDECREF(names);
    if (result < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
execute_spared(PyObject *name, PyObject *code, PyObject *dict)
{
    PyObject *result = NULL;
    const char *lent;

    if (stk_spare_before(name, &lent) == 0)
        result = PyEval_EvalCode(code, dict, dict);
    if (result)
        stk_held_see(name, dict);
    if (stk_spare_after(name, result ? dict : NULL, lent) < 0)
        Py_CLEAR(result);
    return result;
}

static PyObject *
loader_exec_module(PyObject *self, PyObject *module)
{
    loader_object *loader = as_loader(self);
    PyObject *code, *dict, *result;

    if (stk_found_is(loader->kind, "kept"))
        return bring_back_below(module);
    if (stk_found_is(loader->kind, "machine"))
        return stk_kept_execute(module);
    if (stk_found_is(loader->kind, "empty"))
        Py_RETURN_NONE;
    code = code_of(loader);
    dict = code ? PyModule_GetDict(module) : NULL;
    if (!dict) {
        Py_XDECREF(code);
        return NULL;
    }
    if (stk_found_is(loader->kind, "source"))
        remember_lines(loader);
    PyDict_SetItem(dict, stk_word(STK_WORD_BUILTINS), PyEval_GetBuiltins());
    result = execute_spared(loader->name, code, dict);
    Py_DECREF(code);
    return result;
}

int
stk_broker_execute(PyObject *loader, PyObject *module)
{
    PyObject *done = loader_exec_module(loader, module);

    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* One that was loaded before is the module itself. */
static PyObject *
loader_create_module(PyObject *self, PyObject *spec)
{
    loader_object *loader = as_loader(self);
    PyObject *name, *module;

    if (stk_found_is(loader->kind, "machine"))
        return stk_kept_create(spec);
    if (!stk_found_is(loader->kind, "kept"))
        Py_RETURN_NONE;
    name = PyObject_GetAttrString(spec, "name");
    module = name ? stk_kept_get(name) : NULL;
    Py_XDECREF(name);
    if (module)
        return module;
    return PyErr_Occurred() ? NULL
                            : PyErr_Format(PyExc_ImportError,
                                           "the host names a module that "
                                           "was not loaded before");
}

static PyObject *
loader_is_package(PyObject *self, PyObject *Py_UNUSED(name))
{
    return Py_NewRef(as_loader(self)->package);
}

static PyObject *
loader_get_source(PyObject *self, PyObject *Py_UNUSED(name))
{
    loader_object *loader = as_loader(self);

    if (!stk_found_is(loader->kind, "source") || !PyBytes_Check(loader->data))
        Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(PyBytes_AS_STRING(loader->data),
                                PyBytes_GET_SIZE(loader->data), "replace");
}

/* What runpy executes; None where the code is not here any more. */
static PyObject *
loader_get_code(PyObject *self, PyObject *Py_UNUSED(name))
{
    loader_object *loader = as_loader(self);
    PyObject *code;

    if (!stk_found_is(loader->kind, "kept"))
        return PyBytes_Check(loader->data) ||
                       stk_found_is(loader->kind, "frozen")
                   ? code_of(loader)
                   : Py_NewRef(Py_None);
    code = stk_kept_code(loader->name);
    if (code)
        return rename_file(code, loader->origin);
    PyErr_Clear();
    Py_RETURN_NONE;
}

static PyObject *
loader_get_filename(PyObject *self, PyObject *Py_UNUSED(name))
{
    return Py_NewRef(as_loader(self)->origin);
}

static PyObject *
loader_get_data(PyObject *self, PyObject *path)
{
    loader_object *loader = as_loader(self);

    return stk_resources_beside(loader->name, loader->package == Py_True,
                                loader->origin, path);
}

static PyObject *
loader_get_resource_reader(PyObject *self, PyObject *Py_UNUSED(name))
{
    return stk_resources_new(as_loader(self)->name,
                             as_loader(self)->package == Py_True);
}

static void
loader_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    loader_object *loader = as_loader(self);

    Py_CLEAR(loader->kind);
    Py_CLEAR(loader->data);
    Py_CLEAR(loader->origin);
    Py_CLEAR(loader->package);
    Py_CLEAR(loader->name);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef loader_methods[] = {
    { "create_module", loader_create_module, METH_O, "None: as ever." },
    { "exec_module", loader_exec_module, METH_O, "Execute the code." },
    { "is_package", loader_is_package, METH_O, "True for a package." },
    { "get_code", loader_get_code, METH_O, "The code, if it is here." },
    { "get_source", loader_get_source, METH_O, "The source, if sent." },
    { "get_filename", loader_get_filename, METH_O, "Where it is from." },
    { "get_data", loader_get_data, METH_O, "A file beside it." },
    { "get_resource_reader", loader_get_resource_reader, METH_O,
      "What reads the files beside it." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot loader_slots[] = {
    { Py_tp_methods, loader_methods },
    { Py_tp_dealloc, (void *)(uintptr_t)loader_dealloc },
    { Py_tp_doc, (void *)(uintptr_t) "Code that the host sent." },
    { 0, NULL },
};

static PyType_Spec loader_type_spec = { "stockade.BrokeredLoader",
                                        sizeof(loader_object), 0,
                                        Py_TPFLAGS_DEFAULT, loader_slots };

static PyObject *loader_type; /* strong */

bool
stk_broker_has_code(PyObject *loader, stk_brokered *out)
{
    PyObject *kind = (PyObject *)Py_TYPE(loader) == loader_type
                         ? as_loader(loader)->kind
                         : NULL;

    if (!kind ||
        (!stk_found_is(kind, "code") && !stk_found_is(kind, "source") &&
         !stk_found_is(kind, "stored")))
        return false;
    *out = (stk_brokered){ loader, as_loader(loader)->origin,
                           as_loader(loader)->package == Py_True };
    return true;
}

PyObject *
stk_broker_new_loader(PyObject *name, PyObject *const *found)
{
    PyObject *self = PyType_GenericAlloc((PyTypeObject *)loader_type, 0);
    loader_object *loader = as_loader(self);

    if (!self)
        return NULL;
    loader->kind = Py_NewRef(found[STK_FOUND_KIND]);
    loader->data = Py_NewRef(found[STK_FOUND_DATA]);
    loader->origin = Py_NewRef(found[STK_FOUND_ORIGIN]);
    loader->package = Py_NewRef(found[STK_FOUND_PACKAGE]);
    loader->name = Py_NewRef(name);
    return self;
}

/* ---- what it needs --------------------------------------------------- */

int
stk_broker_prepare(void)
{
    if (loader_type)
        return 0;
    loader_type = PyType_FromSpec(&loader_type_spec);
    return loader_type && stk_words_init() == 0 && stk_broker_specs_init() == 0
               ? 0
               : -1;
}

/* ---- the finder ------------------------------------------------------ */

/* `importer` is taken. */
static PyObject *
ask_host(PyObject *name, PyObject *importer)
{
    stk_serving *serving = stk_serve_current();
    PyObject *question, *answer;

    if (!importer)
        return NULL;
    question = Py_BuildValue("[OOO]", name, importer,
                             stk_kept_has(name) ? Py_True : Py_False);
    answer = question ? stk_serve_ask(serving, STK_OP_IMPORT, question) : NULL;
    if (!answer)
        stk_importfn_see_refusal();
    if (answer && answer != Py_None && stk_granted_to(name, importer) < 0)
        Py_CLEAR(answer);
    Py_XDECREF(question);
    Py_DECREF(importer);
    return answer;
}

/* "json.", of `__import__("json", fromlist=[""])`: importlib's to say. */
static bool
ends_in_dot(PyObject *name)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(name);

    return n > 0 && PyUnicode_READ_CHAR(name, n - 1) == '.';
}

PyObject *
stk_broker_find(PyObject *name, PyObject *importer)
{
    PyObject *answer, *spec;

    if (importer && ends_in_dot(name)) {
        Py_DECREF(importer);
        Py_RETURN_NONE;
    }
    answer = ask_host(name, importer);
    if (!answer || answer == Py_None)
        return answer;
    if (!PyList_CheckExact(answer) || PyList_GET_SIZE(answer) != STK_FOUND_N)
        spec = PyErr_Format(PyExc_ImportError, "the host answered nonsense");
    else
        spec = stk_broker_spec(name, PySequence_Fast_ITEMS(answer));
    Py_DECREF(answer);
    return spec;
}

static PyObject *
finder_find_spec(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "fullname", "path", "target", NULL };
    PyObject *name, *path, *target;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U|OO:find_spec",
                                     (char **)(uintptr_t)names, &name, &path,
                                     &target))
        return NULL;
    if (stk_kept_is_loading())
        return stk_kept_spec(name);
    return stk_broker_find(name, stk_granted_who(name));
}

static PyObject *
finder_find_distributions(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *context = NULL;

    if (!PyArg_ParseTuple(args, "|O:find_distributions", &context))
        return NULL;
    return stk_distributions_iterate(context);
}

static PyObject *
finder_invalidate_caches(PyObject *Py_UNUSED(self),
                         PyObject *Py_UNUSED(unused))
{
    Py_RETURN_NONE;
}

static void
finder_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef finder_methods[] = {
    { "find_spec", (PyCFunction)(void (*)(void))finder_find_spec,
      METH_VARARGS | METH_KEYWORDS, "Ask the host." },
    { "find_distributions", finder_find_distributions, METH_VARARGS,
      "Ask the host." },
    { "invalidate_caches", finder_invalidate_caches, METH_NOARGS,
      "Do nothing." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot finder_slots[] = {
    { Py_tp_methods, finder_methods },
    { Py_tp_dealloc, (void *)(uintptr_t)finder_dealloc },
    { Py_tp_doc, (void *)(uintptr_t) "The only finder: it asks the host." },
    { 0, NULL },
};

static PyType_Spec finder_type_spec = { "stockade.Broker", sizeof(PyObject), 0,
                                        Py_TPFLAGS_DEFAULT, finder_slots };

static int
clear_list(const char *name)
{
    PyObject *list = PySys_GetObject(name);

    return list && PyList_Check(list)
               ? PyList_SetSlice(list, 0, PyList_GET_SIZE(list), NULL)
               : 0;
}

int
stk_broker_install(uint32_t calls, bool stored)
{
    PyObject *type =
        stk_broker_prepare() == 0 ? PyType_FromSpec(&finder_type_spec) : NULL;
    PyObject *finder =
        type ? PyType_GenericAlloc((PyTypeObject *)type, 0) : NULL;
    PyObject *list = finder ? PySys_GetObject("meta_path") : NULL;
    PyObject *cache = PySys_GetObject("path_importer_cache");
    int result = -1;

    if (list && stk_importfn_install() == 0 && clear_list("meta_path") == 0 &&
        clear_list("path") == 0 && clear_list("path_hooks") == 0)
        result = PyList_Append(list, finder);
    if (result == 0)
        result = stk_listing_install();
    stk_importing_init(calls, finder);
    if (result == 0)
        result = stk_spare_init(calls);
    if (result == 0)
        result = stk_kept_take(stored);
    if (cache && PyDict_Check(cache))
        PyDict_Clear(cache);
    Py_XDECREF(finder);
    Py_XDECREF(type);
    return result;
}
