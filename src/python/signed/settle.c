/* SPDX-License-Identifier: Apache-2.0 */
/* Which release the modules below a signed package are of. */
#include "python/signed/settle.h"

#include "python/object/loaded.h"

/* What others get under this name: a new reference, or NULL; `*known` when
 * sys.modules says it. */
static PyObject *
find_loaded(PyObject *name, bool *known)
{
    PyObject *modules = PyImport_GetModuleDict();

    *known = modules && PyDict_CheckExact(modules);
    return *known ? stk_dict_get(modules, name) : NULL;
}

/* Also for the store in force, where another one had found it. */
static int
settle_all(stk_evidence_store *store, const char *name,
           const stk_evidence *found)
{
    stk_evidence_store *now = stk_guard_evidence(stk_process_guard());
    int result = stk_evidence_settle(store, name, found, NULL);

    if (result == 0 && now != store)
        result = stk_evidence_settle_later(now, name, found, NULL);
    stk_evidence_store_free(now);
    return result;
}

static int
settle(stk_evidence_store *store, PyObject *name, const stk_evidence *found)
{
    const char *text = PyUnicode_AsUTF8(name);

    if (text && settle_all(store, text, found) < 0)
        PyErr_NoMemory();
    return PyErr_Occurred() ? -1 : 0;
}

int
stk_settle_executed(PyObject *loader, PyObject *module)
{
    stk_evidence_store *store;
    const stk_evidence *found = stk_verified_evidence(loader, &store);
    PyObject *name, *loaded;
    bool known;
    int result = 0;

    if (!found->folder)
        return 0;
    name = PyObject_GetAttrString(loader, "name");
    if (!name)
        return -1;
    loaded = find_loaded(name, &known);
    if (!known || loaded == module)
        result = settle(store, name, found);
    Py_XDECREF(loaded);
    Py_DECREF(name);
    return result;
}

int
stk_settle_namespace(const stk_wanted *wanted, PyObject *name,
                     const stk_evidence *found)
{
    PyObject *loaded;
    bool known;

    if (found->kind != STK_KIND_NAMESPACE)
        return 0;
    loaded = find_loaded(name, &known);
    Py_XDECREF(loaded);
    return loaded && loaded != Py_None ? 0
                                       : settle(wanted->evidence, name, found);
}
