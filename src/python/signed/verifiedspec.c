/* SPDX-License-Identifier: Apache-2.0 */
/* The spec of a module whose bytes were verified. */
#include "python/signed/verified.h"

#include "python/object/convert.h"
#include "python/signed/resource.h"

static int
set_locations(PyObject *spec, const char *folder)
{
    PyObject *location = PyUnicode_DecodeFSDefault(folder);
    PyObject *list = location ? PyList_New(1) : NULL;

    if (!list) {
        Py_XDECREF(location);
        return -1;
    }
    PyList_SET_ITEM(list, 0, location);
    return stk_attr_take(spec, "submodule_search_locations", list);
}

/* As `origin = loader.path` and `has_location = True`. */
static int
set_origin(const stk_interp *state, PyObject *spec, PyObject *loader)
{
    PyObject *path = PyObject_GetAttr(loader, state->str_path);
    int result = path ? PyObject_SetAttr(spec, state->str_origin, path) : -1;

    Py_XDECREF(path);
    if (result < 0)
        return -1;
    return PyObject_SetAttr(spec, state->words[STK_WORD_FILE_SET], Py_True);
}

/* A namespace has no file: importlib gives it a loader of its own. */
static PyObject *
new_spec(const stk_interp *state, PyObject *name, PyObject *loader,
         const char *folder)
{
    bool is_namespace = loader == Py_None;
    PyObject *spec =
        PyObject_CallFunctionObjArgs(state->spec_class, name, loader, NULL);

    if (spec && !is_namespace && set_origin(state, spec, loader) < 0)
        Py_CLEAR(spec);
    if (spec && folder && set_locations(spec, folder) < 0)
        Py_CLEAR(spec);
    return spec;
}

/* `loader` is for who asks for its files. */
static PyObject *
namespace_spec(stk_interp *state, PyObject *name, PyObject *loader,
               const char *folder)
{
    PyObject *path = PyObject_GetAttr(loader, state->str_path);
    int noted = path ? stk_reader_note(state, path, loader) : -1;

    Py_XDECREF(path);
    return noted < 0 ? NULL : new_spec(state, name, Py_None, folder);
}

PyObject *
stk_verified_spec(stk_interp *state, PyObject *name, stk_evidence_store *store,
                  stk_evidence *evidence)
{
    const char *folder = evidence->folder; /* the loader takes it over */
    bool is_namespace = evidence->kind == STK_KIND_NAMESPACE;
    PyObject *loader, *spec;

    loader = stk_verified_loader(state, name, store, evidence);
    if (!loader)
        return NULL;
    spec = is_namespace ? namespace_spec(state, name, loader, folder)
                        : new_spec(state, name, loader, folder);
    Py_DECREF(loader);
    return spec;
}
