/* SPDX-License-Identifier: Apache-2.0 */
/* The loader of a module that runs in a worker: it reads the code as any
 * loader does, and has it executed there. */
#include "python/remote/loader_worker.h"

#include "python/broker/broker.h"
#include "python/object/class.h"
#include "python/remote/isolated.h"
#include "python/remote/remote.h"
#include "python/signed/verified.h"

typedef struct loader_object {
    PyObject_HEAD PyObject *name; /* strong; exact str */
    PyObject *found;              /* strong; the spec of the code */
} loader_object;

static loader_object *
as_loader(PyObject *self)
{
    return (loader_object *)self;
}

static PyObject *
loader_create_module(PyObject *self, PyObject *Py_UNUSED(spec))
{
    return stk_remote_module_new(as_loader(self)->name);
}

/* [name, kind, package, data, origin] */
static PyObject *
load_request(loader_object *loader)
{
    PyObject *code = stk_broker_code(loader->name, loader->found, true, NULL);

    if (code && PyList_Insert(code, 0, loader->name) < 0)
        Py_CLEAR(code);
    return code;
}

static int
note_served(stk_remote *remote, loader_object *loader)
{
    PyObject *folders =
        PyObject_GetAttrString(loader->found, "submodule_search_locations");
    int result = -1;

    if (folders)
        result = PyDict_SetItem(remote->served, loader->name, folders);
    Py_XDECREF(folders);
    return result;
}

int
stk_isolated_loader_execute(PyObject *self, PyObject *module)
{
    loader_object *loader = as_loader(self);
    const char *name = PyUnicode_AsUTF8(loader->name);
    stk_interp *state = stk_interp_get();
    PyObject *worker = NULL, *loaded = NULL;
    int result = -1;

    if (!name || !state)
        return -1;
    if (!stk_remote_module_check(module)) {
        PyErr_Format(PyExc_ImportError,
                     "%s runs in a worker: no other module can be it", name);
        return -1;
    }
    worker = stk_isolated_worker(state, name);
    if (worker && note_served(stk_as_remote(worker), loader) == 0)
        loaded = stk_remote_ask(stk_as_remote(worker), STK_OP_LOAD,
                                load_request(loader));
    if (loaded)
        result = stk_remote_module_fill(module, worker, loaded);
    Py_XDECREF(worker);
    Py_XDECREF(loaded);
    return result;
}

static PyObject *
loader_exec_module(PyObject *self, PyObject *module)
{
    if (stk_isolated_loader_execute(self, module) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* What tools ask of a loader, the one that reads the code answers. */
static PyObject *
pass_on(PyObject *self, const char *method, PyObject *arg)
{
    PyObject *inner = PyObject_GetAttrString(as_loader(self)->found, "loader");
    PyObject *result =
        inner ? PyObject_CallMethod(inner, method, "O", arg) : NULL;

    Py_XDECREF(inner);
    return result;
}

static PyObject *
loader_get_source(PyObject *self, PyObject *name)
{
    return pass_on(self, "get_source", name);
}

static PyObject *
loader_get_filename(PyObject *self, PyObject *name)
{
    return pass_on(self, "get_filename", name);
}

static PyObject *
loader_is_package(PyObject *self, PyObject *name)
{
    return pass_on(self, "is_package", name);
}

static PyObject *
loader_get_data(PyObject *self, PyObject *path)
{
    return pass_on(self, "get_data", path);
}

static PyObject *
loader_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<stockade.WorkerLoader for %R>",
                                as_loader(self)->name);
}

static void
loader_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(as_loader(self)->name);
    Py_CLEAR(as_loader(self)->found);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef loader_methods[] = {
    { "create_module", loader_create_module, METH_O,
      "Return a module whose names are in a worker." },
    { "exec_module", loader_exec_module, METH_O,
      "Have the code executed in the worker." },
    { "get_source", loader_get_source, METH_O, "Return the source." },
    { "get_filename", loader_get_filename, METH_O, "Return the path." },
    { "is_package", loader_is_package, METH_O, "True for a package." },
    { "get_data", loader_get_data, METH_O, "Return the bytes of a file." },
    { NULL, NULL, 0, NULL },
};

PyDoc_STRVAR(loader_doc,
             "The loader of a module that runs in a worker.\n"
             "\n"
             "Made by the guard alone, for what the policy puts into a "
             "sandbox.");

static PyType_Slot loader_slots[] = {
    { Py_tp_methods, loader_methods },
    { Py_tp_repr, (void *)(uintptr_t)loader_repr },
    { Py_tp_dealloc, (void *)(uintptr_t)loader_dealloc },
    { Py_tp_doc, (void *)(uintptr_t)loader_doc },
    { 0, NULL },
};

static PyType_Spec loader_spec = { "stockade.WorkerLoader",
                                   sizeof(loader_object), 0,
                                   Py_TPFLAGS_DEFAULT, loader_slots };

PyObject *
stk_isolated_loader_type(void)
{
    return stk_class_new(&loader_spec, NULL);
}

bool
stk_isolated_loader_check(PyObject *loader)
{
    return Py_TYPE(loader)->tp_dealloc == loader_dealloc;
}

PyObject *
stk_isolated_loader_new(stk_interp *state, PyObject *name, PyObject *found)
{
    stk_isolation *isolation = stk_isolation_get(state);
    PyObject *self;

    if (!isolation)
        return NULL;
    self = PyType_GenericAlloc((PyTypeObject *)isolation->loader_type, 0);
    if (!self)
        return NULL;
    as_loader(self)->name = Py_NewRef(name);
    as_loader(self)->found = Py_NewRef(found);
    return self;
}
