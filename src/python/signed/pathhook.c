/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of a bundle that are not on the disk, listed by their path. */
#include "python/signed/pathhook.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "guard/listing.h"
#include "python/object/class.h"
#include "python/object/loaded.h"
#include "python/signed/signed.h"
#include "python/signed/verified.h"

typedef struct folder_object {
    PyObject_HEAD PyObject
        *loader;    /* strong; a VerifiedLoader of the bundle */
    PyObject *path; /* strong, str */
} folder_object;

static folder_object *
as_folder(PyObject *self)
{
    return (folder_object *)self;
}

/* ---- whose folder it is ---------------------------------------------- */

/* `inner` is `outer` or below it. */
static bool
is_within(const char *outer, const char *inner)
{
    size_t length = outer ? strlen(outer) : 0;

    return length > 0 && !strncmp(outer, inner, length) &&
           (!inner[length] || inner[length] == '/');
}

/* Only modules near it are asked: most are nowhere near. */
static bool
is_near(const stk_evidence *found, const char *path)
{
    return found->in_bundle && found->path &&
           (is_within(found->folder, path) || is_within(path, found->path));
}

static bool
holds_folder(PyObject *loader, const char *path)
{
    stk_evidence_store *store;
    const stk_evidence *found = stk_verified_evidence(loader, &store);
    stk_evidence why = STK_EVIDENCE_INIT;
    enum stk_entry_kind kind = STK_ENTRY_NONE;
    bool holds = false;

    if (is_near(found, path))
        holds = stk_evidence_kind(&kind, store, found, path, &why) > 0 &&
                kind == STK_ENTRY_FOLDER;
    stk_evidence_clear(&why);
    return holds;
}

/* A new reference to the loader of a module of that bundle, or NULL. */
static PyObject *
find_loader(const stk_interp *state, const char *path)
{
    PyObject *modules = PyDict_Values(PyImport_GetModuleDict());
    PyObject *found = NULL;

    for (Py_ssize_t i = 0; modules && !found && i < PyList_GET_SIZE(modules);
         i++) {
        PyObject *module = PyList_GET_ITEM(modules, i), *loader;

        if (!PyModule_Check(module))
            continue;
        loader = PyDict_GetItemString(PyModule_GetDict(module), "__loader__");
        if (loader && (PyObject *)Py_TYPE(loader) == state->verified_type &&
            holds_folder(loader, path))
            found = Py_NewRef(loader);
    }
    Py_XDECREF(modules);
    return found;
}

/* ---- its modules ----------------------------------------------------- */

/* Where the suffix of a module's file begins, the longest that fits; NULL
 * for any other file. */
static const char *
module_suffix(const stk_python *python, const char *name)
{
    size_t length = strlen(name), longest = 0;

    for (size_t i = 0; i <= python->n_suffixes; i++) {
        const char *suffix = i ? python->suffixes[i - 1] : ".py";
        size_t n = strlen(suffix);

        if (n > longest && n < length && !strcmp(name + length - n, suffix))
            longest = n;
    }
    return longest ? name + length - longest : NULL;
}

static bool
is_init(const stk_python *python, const stk_entry *entry)
{
    const char *suffix = module_suffix(python, entry->name);

    return entry->kind == STK_ENTRY_FILE && suffix &&
           suffix - entry->name == 8 && !strncmp(entry->name, "__init__", 8);
}

/* 1, 0, or -1 with an exception. */
static int
list_folder(PyObject *loader, const char *path, stk_listing *out)
{
    stk_evidence_store *store;
    const stk_evidence *found = stk_verified_evidence(loader, &store);
    stk_evidence why = STK_EVIDENCE_INIT;
    int result = stk_evidence_list(out, store, found, path, &why);

    if (result < 0)
        PyErr_NoMemory();
    else if (result == 0 && why.trust != STK_TRUST_UNLISTED)
        result = stk_verified_raise(loader, &why);
    stk_evidence_clear(&why);
    return result < 0 ? -1 : result;
}

static int
is_package(PyObject *loader, const stk_python *python, const char *path,
           const char *name)
{
    stk_listing listing = STK_LISTING_INIT;
    char *folder = stk_text_printf("%s/%s", path, name);
    int result = folder ? list_folder(loader, folder, &listing) : -1;
    bool found = false;

    if (!folder)
        PyErr_NoMemory();
    for (size_t i = 0; result > 0 && !found && i < listing.n; i++)
        found = is_init(python, &listing.entries[i]);
    stk_listing_clear(&listing);
    free(folder);
    return result < 0 ? -1 : found;
}

/* As pkgutil has it of a folder on the disk: no namespaces, nothing twice. */
static int
add_module(PyObject *list, PyObject *seen, PyObject *prefix, const char *name,
           size_t length, int package)
{
    PyObject *label = PyUnicode_DecodeFSDefaultAndSize(name, length), *item;
    int known = label ? PySet_Contains(seen, label) : -1;
    int result = known;

    if (known == 0) {
        item = Py_BuildValue("(NO)", PyUnicode_Concat(prefix, label),
                             package ? Py_True : Py_False);
        result = item ? PyList_Append(list, item) : -1;
        Py_XDECREF(item);
        if (result == 0)
            result = PySet_Add(seen, label);
    }
    Py_XDECREF(label);
    return result < 0 ? -1 : 0;
}

typedef struct listed {
    PyObject *loader, *list, *seen, *prefix;
    const stk_python *python;
    const char *path;
} listed;

static int
add_entry(const listed *all, const stk_entry *entry)
{
    const char *suffix = module_suffix(all->python, entry->name);
    size_t length = suffix && entry->kind == STK_ENTRY_FILE
                        ? (size_t)(suffix - entry->name)
                        : strlen(entry->name);
    int package = 0;

    if (memchr(entry->name, '.', length) || is_init(all->python, entry))
        return 0;
    if (entry->kind == STK_ENTRY_FILE && !suffix)
        return 0;
    if (entry->kind == STK_ENTRY_FOLDER) {
        package = is_package(all->loader, all->python, all->path, entry->name);
        if (package <= 0)
            return package;
    }
    return add_module(all->list, all->seen, all->prefix, entry->name, length,
                      package);
}

static PyObject *
list_modules(const stk_interp *state, PyObject *self, PyObject *prefix)
{
    stk_listing listing = STK_LISTING_INIT;
    PyObject *path = PyUnicode_EncodeFSDefault(as_folder(self)->path);
    listed all = { as_folder(self)->loader,  PyList_New(0),
                   PySet_New(NULL),          prefix,
                   stk_signed_python(state), NULL };
    int result = -1;

    if (path && all.list && all.seen) {
        all.path = PyBytes_AS_STRING(path);
        result = list_folder(all.loader, all.path, &listing);
    }
    for (size_t i = 0; result >= 0 && i < listing.n; i++)
        result = add_entry(&all, &listing.entries[i]);
    stk_listing_clear(&listing);
    Py_XDECREF(path);
    Py_XDECREF(all.seen);
    if (result < 0)
        Py_CLEAR(all.list);
    return all.list;
}

/* ---- the type -------------------------------------------------------- */

static PyObject *
folder_iter_modules(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "prefix", NULL };
    const stk_interp *state = stk_interp_find();
    PyObject *prefix = NULL, *list, *iterator;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|U:iter_modules",
                                     STK_KEYWORDS(names), &prefix))
        return NULL;
    prefix = prefix ? Py_NewRef(prefix) : PyUnicode_FromString("");
    list = prefix && state ? list_modules(state, self, prefix) : NULL;
    iterator = list ? PyObject_GetIter(list) : NULL;
    Py_XDECREF(list);
    Py_XDECREF(prefix);
    if (!iterator && !PyErr_Occurred())
        PyErr_SetString(PyExc_ImportError, "no guard stands here");
    return iterator;
}

/* What must be signed is found by name, as our first finder finds it. */
static PyObject *
folder_find_spec(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "fullname", "target", NULL };
    const stk_interp *state = stk_interp_find();
    PyObject *name, *target, *path, *spec;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U|O:find_spec",
                                     STK_KEYWORDS(names), &name, &target))
        return NULL;
    if (!state || !state->finder)
        Py_RETURN_NONE;
    path = PyList_New(1);
    if (!path)
        return NULL;
    PyList_SET_ITEM(path, 0, Py_NewRef(as_folder(self)->path));
    spec = PyObject_CallMethod(state->finder, "find_spec", "OO", name, path);
    Py_DECREF(path);
    return spec;
}

static PyObject *
folder_invalidate_caches(PyObject *Py_UNUSED(self),
                         PyObject *Py_UNUSED(unused))
{
    Py_RETURN_NONE;
}

static PyObject *
folder_repr(PyObject *self)
{
    return PyUnicode_FromFormat("VerifiedFolder(%R)", as_folder(self)->path);
}

static void
folder_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(as_folder(self)->loader);
    Py_CLEAR(as_folder(self)->path);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef folder_methods[] = {
    { "iter_modules", (PyCFunction)(void (*)(void))folder_iter_modules,
      METH_VARARGS | METH_KEYWORDS,
      "Yield (name, is a package) of the modules that were signed." },
    { "find_spec", (PyCFunction)(void (*)(void))folder_find_spec,
      METH_VARARGS | METH_KEYWORDS,
      "Return the spec of a module that must be signed; or None." },
    { "invalidate_caches", folder_invalidate_caches, METH_NOARGS,
      "Do nothing: nothing is cached." },
    { NULL, NULL, 0, NULL },
};

PyDoc_STRVAR(folder_doc, "A folder of a bundle that is not on the disk.");

static PyType_Slot folder_slots[] = {
    { Py_tp_methods, folder_methods },
    { Py_tp_repr, (void *)(uintptr_t)folder_repr },
    { Py_tp_dealloc, (void *)(uintptr_t)folder_dealloc },
    { Py_tp_doc, (void *)(uintptr_t)folder_doc },
    { 0, NULL },
};

static PyType_Spec folder_spec = { "stockade.VerifiedFolder",
                                   sizeof(folder_object), 0,
                                   Py_TPFLAGS_DEFAULT, folder_slots };

/* ---- the hook -------------------------------------------------------- */

/* Takes `loader`. */
static PyObject *
new_folder(const stk_interp *state, PyObject *loader, PyObject *path)
{
    PyObject *self =
        PyType_GenericAlloc((PyTypeObject *)state->folder_type, 0);

    if (!self) {
        Py_DECREF(loader);
        return NULL;
    }
    as_folder(self)->loader = loader;
    as_folder(self)->path = Py_NewRef(path);
    return self;
}

static PyObject *
path_hook(PyObject *Py_UNUSED(self), PyObject *path)
{
    const stk_interp *state = stk_interp_find();
    PyObject *encoded = NULL, *loader = NULL;

    if (state && state->folder_type && PyUnicode_CheckExact(path) &&
        PyUnicode_FSConverter(path, &encoded))
        loader = find_loader(state, PyBytes_AS_STRING(encoded));
    Py_XDECREF(encoded);
    if (loader)
        return new_folder(state, loader, path);
    PyErr_Clear();
    return PyErr_Format(PyExc_ImportError,
                        "only for folders of bundles that are loaded");
}

static PyMethodDef hook_def = { "path_hook_for_VerifiedFolder", path_hook,
                                METH_O,
                                "Return the folder of a bundle at a path." };

int
stk_pathhook_add(stk_interp *state, const stk_guard *guard)
{
    PyObject *hooks = PyDict_GetItemString(state->sys_dict, "path_hooks");

    if (!stk_guard_needs_signatures(guard) || state->path_hook || !hooks ||
        !PyList_Check(hooks))
        return 0;
    if (!state->folder_type)
        state->folder_type = stk_class_new(&folder_spec, NULL);
    if (state->folder_type)
        state->path_hook = PyCFunction_New(&hook_def, NULL);
    return state->path_hook ? PyList_Append(hooks, state->path_hook) : -1;
}

bool
stk_pathhook_is(const stk_interp *state, const PyObject *object)
{
    return object &&
           (object == state->path_hook || object == state->folder_type);
}
