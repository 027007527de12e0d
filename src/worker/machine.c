/* SPDX-License-Identifier: Apache-2.0 */
/* Machine code that the host has verified, from sealed memfds. */
#include "worker/machine.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/compat.h"
#include "worker/serve.h"

#define PATH_ROOM sizeof "/proc/self/fd/2147483647"

static int *kept; /* owned: their numbers stay theirs */
static size_t n_kept;

/* The descriptor is taken. -1 with an exception. */
static int
keep(int fd)
{
    int *more = realloc(kept, (n_kept + 1) * sizeof *more);

    if (!more) {
        close(fd);
        PyErr_NoMemory();
        return -1;
    }
    kept = more;
    kept[n_kept++] = fd;
    return 0;
}

static const char *
path_of(char out[PATH_ROOM], int fd)
{
    snprintf(out, PATH_ROOM, "/proc/self/fd/%d", fd);
    return out;
}

int
stk_machine_link(const int *fds, unsigned n)
{
    char path[PATH_ROOM];
    int result = 0;

    for (unsigned i = 0; i < n; i++) {
        if (keep(fds[i]) < 0)
            result = -1;
        if (result == 0 &&
            !dlopen(path_of(path, fds[i]), RTLD_NOW | RTLD_LOCAL)) {
            PyErr_SetString(PyExc_ImportError, dlerror());
            result = -1;
        }
    }
    return result;
}

void
stk_machine_end(void)
{
    while (n_kept > 0)
        close(kept[--n_kept]);
    free(kept);
    kept = NULL;
}

/* ---- the loader -------------------------------------------------------- */

typedef struct loader_object {
    PyObject_HEAD PyObject *path; /* strong; str: of the descriptor */
} loader_object;

/* A spec that leads to the memfd. */
static PyObject *
copy_spec(PyObject *self, PyObject *spec)
{
    PyObject *class = stk_broker_bootstrap("ModuleSpec");
    PyObject *name = PyObject_GetAttrString(spec, "name");
    PyObject *copy = NULL;

    if (class && name)
        copy = PyObject_CallFunction(class, "OO", name, Py_None);
    if (copy && PyObject_SetAttrString(copy, "origin",
                                       ((loader_object *)self)->path) < 0)
        Py_CLEAR(copy);
    Py_XDECREF(class);
    Py_XDECREF(name);
    return copy;
}

/* A module without multi-phase initialisation has the memfd as its file. */
static PyObject *
set_file(PyObject *module, PyObject *spec)
{
    PyObject *origin = PyObject_GetAttrString(spec, "origin");

    if (!origin || (PyObject_HasAttrString(module, "__file__") &&
                    PyObject_SetAttrString(module, "__file__", origin) < 0))
        Py_CLEAR(module);
    Py_XDECREF(origin);
    return module;
}

static PyObject *
create_module(PyObject *self, PyObject *spec)
{
    PyObject *imp = stk_broker_bootstrap("_imp");
    PyObject *copy = imp ? copy_spec(self, spec) : NULL;
    PyObject *module =
        copy ? PyObject_CallMethod(imp, "create_dynamic", "O", copy) : NULL;

    Py_XDECREF(imp);
    Py_XDECREF(copy);
    return module ? set_file(module, spec) : NULL;
}

static PyObject *
exec_module(PyObject *Py_UNUSED(self), PyObject *module)
{
    PyObject *imp = stk_broker_bootstrap("_imp");
    PyObject *done =
        imp ? PyObject_CallMethod(imp, "exec_dynamic", "O", module) : NULL;

    Py_XDECREF(imp);
    return done;
}

static void
dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(((loader_object *)self)->path);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    { "create_module", create_module, METH_O, "Load the machine code." },
    { "exec_module", exec_module, METH_O, "Execute it." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot slots[] = {
    { Py_tp_methods, methods },
    { Py_tp_dealloc, (void *)(uintptr_t)dealloc },
    { Py_tp_doc, (void *)(uintptr_t) "Machine code that the host verified." },
    { 0, NULL },
};

static PyType_Spec type_spec = { "stockade.MachineLoader",
                                 sizeof(loader_object), 0, Py_TPFLAGS_DEFAULT,
                                 slots };

static PyObject *
new_loader(int fd)
{
    static PyObject *type; /* of this process */
    char path[PATH_ROOM];
    PyObject *self;

    if (!type)
        type = PyType_FromSpec(&type_spec);
    self = type ? PyType_GenericAlloc((PyTypeObject *)type, 0) : NULL;
    if (!self)
        return NULL;
    ((loader_object *)self)->path = PyUnicode_FromString(path_of(path, fd));
    if (!((loader_object *)self)->path)
        Py_CLEAR(self);
    return self;
}

static PyObject *
new_spec(PyObject *name, PyObject *loader, PyObject *origin)
{
    PyObject *class = stk_broker_bootstrap("ModuleSpec");
    PyObject *spec =
        class ? PyObject_CallFunction(class, "OO", name, loader) : NULL;

    Py_XDECREF(class);
    if (spec && (PyObject_SetAttrString(spec, "origin", origin) < 0 ||
                 PyObject_SetAttrString(spec, "_set_fileattr", Py_True) < 0))
        Py_CLEAR(spec);
    return spec;
}

PyObject *
stk_machine_spec(PyObject *name, PyObject *origin, int fd)
{
    PyObject *loader = keep(fd) == 0 ? new_loader(fd) : NULL;
    PyObject *spec = loader ? new_spec(name, loader, origin) : NULL;

    Py_XDECREF(loader);
    return spec;
}
