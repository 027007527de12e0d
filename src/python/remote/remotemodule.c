/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module whose names are in a worker. What importlib keeps of a module is
 * in its own namespace, here; so are its submodules. Everything else is asked
 * for each time: the plugin may change it.
 */
#include "python/remote/isolated.h"

#include "python/broker/loaders.h"
#include "python/object/class.h"
#include "python/object/name.h"
#include "python/remote/loader_worker.h"
#include "python/remote/remote.h"

/* Behind what CPython has of a module. */
typedef struct module_part {
    PyObject *handle; /* strong; the proxy, or NULL: not loaded yet */
    PyObject *remote; /* strong, or NULL */
    PyObject *seen;   /* strong, or NULL; {name: its async function} */
} module_part;

static module_part *
part_of(PyObject *self)
{
    return (module_part *)(void *)((char *)self + PyModule_Type.tp_basicsize);
}

/* ---- another worker -------------------------------------------------- */

static int settle_worker(PyObject *self);

/* The package that it is in, as an import has it: before the module. */
static int
settle_parent(PyObject *self)
{
    PyObject *name = PyModule_GetNameObject(self), *parent;
    Py_ssize_t dot;
    int result = 0;

    if (!name)
        return -1;
    dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    Py_SETREF(name, dot < 0 ? NULL : PyUnicode_Substring(name, 0, dot));
    if (!name)
        return dot == -1 ? 0 : -1;
    parent =
        Py_XNewRef(PyDict_GetItemWithError(PyImport_GetModuleDict(), name));
    Py_DECREF(name);
    if (!parent)
        return PyErr_Occurred() ? -1 : 0;
    if (stk_remote_module_check(parent))
        result = settle_worker(parent);
    Py_DECREF(parent);
    return result;
}

/* The module is loaded again, into the worker that there is now. What is held
 * of the old one stays dead. */
static int
load_again(PyObject *self)
{
    PyObject *spec = PyDict_GetItemString(PyModule_GetDict(self), "__spec__");
    PyObject *loader, *done;
    bool is_ours;

    if (!spec || spec == Py_None)
        return 0; /* of a box, which is asked for it */
    if (settle_parent(self) < 0)
        return -1;
    loader = PyObject_GetAttrString(spec, "loader");
    if (!loader)
        return -1;
    is_ours = stk_isolated_loader_check(loader) || stk_foreign_stays(loader);
    done = is_ours ? PyObject_CallMethod(loader, "exec_module", "O", self)
                   : Py_NewRef(Py_None);
    Py_DECREF(loader);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static int
settle_worker(PyObject *self)
{
    const stk_remote *remote = stk_as_remote(part_of(self)->remote);

    return remote && stk_remote_is_to_restart(remote) ? load_again(self) : 0;
}

/* ---- names ----------------------------------------------------------- */

/* Who looks an async function up to await it is in a loop, which is not to
 * wait for what the worker does for somebody else: while it does, the name
 * is what it was. */
static PyObject *
find_seen(const module_part *part, PyObject *name)
{
    const stk_remote *remote = stk_as_remote(part->remote);

    if (!part->seen || !stk_worker_is_busy(remote->worker))
        return NULL;
    return PyDict_GetItemWithError(part->seen, name);
}

static PyObject *
look_up(module_part *part, PyObject *name)
{
    PyObject *found =
        stk_remote_ask(stk_as_remote(part->remote), STK_OP_GETATTR,
                       Py_BuildValue("[OO]", part->handle, name));

    if (!found || !stk_proxy_is_async(found))
        return found;
    if (!part->seen)
        part->seen = PyDict_New();
    if (!part->seen || PyDict_SetItem(part->seen, name, found) < 0)
        Py_CLEAR(found);
    return found;
}

/* What people write of a module. The other names of this form are what Python
 * itself goes by: a `__path__` of the worker's would say where the host looks
 * for modules. */
static bool
is_label(PyObject *name)
{
    static const stk_literal labels[] = {
        STK_LITERAL("__author__"),        STK_LITERAL("__author_email__"),
        STK_LITERAL("__authors__"),       STK_LITERAL("__build__"),
        STK_LITERAL("__contact__"),       STK_LITERAL("__copyright__"),
        STK_LITERAL("__credits__"),       STK_LITERAL("__date__"),
        STK_LITERAL("__description__"),   STK_LITERAL("__email__"),
        STK_LITERAL("__homepage__"),      STK_LITERAL("__license__"),
        STK_LITERAL("__maintainer__"),    STK_LITERAL("__release__"),
        STK_LITERAL("__revision__"),      STK_LITERAL("__status__"),
        STK_LITERAL("__summary__"),       STK_LITERAL("__title__"),
        STK_LITERAL("__uri__"),           STK_LITERAL("__url__"),
        STK_LITERAL("__version__"),       STK_LITERAL("__version_info__"),
        STK_LITERAL("__version_tuple__"),
    };

    return stk_name_is_among(name, labels, sizeof labels / sizeof *labels);
}

static bool
is_pythons(PyObject *name)
{
    return stk_proxy_is_special(name) && !is_label(name);
}

static PyObject *
module_getattro(PyObject *self, PyObject *name)
{
    module_part *part = part_of(self);
    PyObject *found;

    if (!PyUnicode_CheckExact(name) || is_pythons(name) || !part->handle)
        return PyObject_GenericGetAttr(self, name);
    found = PyDict_GetItemWithError(PyModule_GetDict(self), name);
    if (found || PyErr_Occurred())
        return Py_XNewRef(found);
    if (settle_worker(self) < 0)
        return NULL;
    found = find_seen(part, name);
    if (found || PyErr_Occurred())
        return Py_XNewRef(found);
    return look_up(part, name);
}

static int
module_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    if (PyUnicode_CheckExact(name) &&
        (is_pythons(name) || !value || PyModule_Check(value)))
        return PyObject_GenericSetAttr(self, name, value);
    PyErr_Format(PyExc_AttributeError,
                 "the names of %R are in a worker and cannot be set from "
                 "here: give the module a function that sets them",
                 self);
    return -1;
}

static bool
has_label(PyObject *Py_UNUSED(self), PyObject *name)
{
    return is_label(name);
}

static PyObject *
module_dir(PyObject *self, PyObject *Py_UNUSED(unused))
{
    module_part *part = part_of(self);
    PyObject *own = PyDict_Keys(PyModule_GetDict(self)), *theirs, *all;

    if (!own || !part->handle)
        return own;
    if (settle_worker(self) < 0) {
        Py_DECREF(own);
        return NULL;
    }
    theirs =
        stk_proxy_names(stk_remote_ask(stk_as_remote(part->remote), STK_OP_DIR,
                                       Py_BuildValue("[O]", part->handle)),
                        self, has_label);
    all = theirs ? PySet_New(theirs) : NULL;
    for (Py_ssize_t i = 0; all && i < PyList_GET_SIZE(own); i++)
        if (PySet_Add(all, PyList_GET_ITEM(own, i)) < 0)
            Py_CLEAR(all);
    Py_XDECREF(theirs);
    Py_SETREF(own, all ? PySequence_List(all) : NULL);
    Py_XDECREF(all);
    return own;
}

static void
module_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    /* what ends with its worker may run the collector */
    PyObject_GC_UnTrack(self);
    Py_CLEAR(part_of(self)->handle);
    Py_CLEAR(part_of(self)->remote);
    Py_CLEAR(part_of(self)->seen);
    PyModule_Type.tp_dealloc(self);
    Py_DECREF(type);
}

static int
module_traverse(PyObject *self, visitproc visit, void *arg)
{
#if PY_VERSION_HEX >= 0x03090000
    Py_VISIT(Py_TYPE(self));
#endif
    Py_VISIT(part_of(self)->handle);
    Py_VISIT(part_of(self)->remote);
    Py_VISIT(part_of(self)->seen);
    return PyModule_Type.tp_traverse(self, visit, arg);
}

static PyObject *
module_reduce(PyObject *self, PyObject *Py_UNUSED(protocol))
{
    return PyErr_Format(PyExc_TypeError,
                        "%R can be neither copied nor pickled: import it "
                        "where it is wanted",
                        self);
}

static PyMethodDef module_methods[] = {
    { "__dir__", module_dir, METH_NOARGS, "The names that it has." },
    { "__reduce_ex__", module_reduce, METH_O, "It cannot be pickled." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot module_slots[] = {
    { Py_tp_dealloc, (void *)(uintptr_t)module_dealloc },
    { Py_tp_traverse, (void *)(uintptr_t)module_traverse },
    { Py_tp_getattro, (void *)(uintptr_t)module_getattro },
    { Py_tp_setattro, (void *)(uintptr_t)module_setattro },
    { Py_tp_methods, module_methods },
    { Py_tp_doc, (void *)(uintptr_t) "A module that runs in a worker." },
    { 0, NULL },
};

static PyType_Spec module_spec = { "stockade.RemoteModule", 0, 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                                   module_slots };

static PyObject *
module_type(void)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *bases;

    if (!isolation)
        return NULL;
    if (isolation->module_type)
        return isolation->module_type;
    module_spec.basicsize =
        (int)(PyModule_Type.tp_basicsize + (Py_ssize_t)sizeof(module_part));
    bases = PyTuple_Pack(1, (PyObject *)&PyModule_Type);
    isolation->module_type = stk_class_seal(
        bases ? PyType_FromSpecWithBases(&module_spec, bases) : NULL);
    Py_XDECREF(bases);
    return isolation->module_type;
}

PyObject *
stk_remote_module_new(PyObject *name)
{
    PyObject *type = module_type();
    PyObject *args = type ? PyTuple_Pack(1, name) : NULL;
    PyObject *self =
        args ? PyModule_Type.tp_new((PyTypeObject *)type, args, NULL) : NULL;

    if (self && PyModule_Type.tp_init(self, args, NULL) < 0)
        Py_CLEAR(self);
    Py_XDECREF(args);
    return self;
}

bool
stk_remote_module_check(PyObject *object)
{
    return Py_TYPE(object)->tp_dealloc == module_dealloc;
}

/* Of plain names alone: `from module import *` walks it to its end. */
static bool
is_names(PyObject *object)
{
    PyObject *const *items;

    if (!PyList_CheckExact(object) && !PyTuple_CheckExact(object))
        return false;
    items = PySequence_Fast_ITEMS(object);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); i++)
        if (!PyUnicode_CheckExact(items[i]))
            return false;
    return true;
}

static int
put_told(PyObject *dict, PyObject *doc, PyObject *all)
{
    /* a tool shows it: no object of the worker's */
    PyObject *text = PyUnicode_CheckExact(doc)
                         ? stk_proxy_shown(Py_NewRef(doc), true)
                         : Py_NewRef(Py_None);
    int result = text ? PyDict_SetItemString(dict, "__doc__", text) : -1;

    Py_XDECREF(text);
    if (result < 0)
        return -1;
    return is_names(all) ? PyDict_SetItemString(dict, "__all__", all) : 0;
}

/* [handle, doc, __all__], of the worker's. */
int
stk_remote_module_fill(PyObject *self, PyObject *remote, PyObject *loaded)
{
    module_part *part = part_of(self);
    PyObject *dict = PyModule_GetDict(self);

    if (!PyList_CheckExact(loaded) || PyList_GET_SIZE(loaded) != 3 ||
        !stk_proxy_check(PyList_GET_ITEM(loaded, 0))) {
        PyErr_SetString(PyExc_ImportError, "the worker loaded no module");
        return -1;
    }
    Py_XSETREF(part->handle, Py_NewRef(PyList_GET_ITEM(loaded, 0)));
    Py_XSETREF(part->remote, Py_NewRef(remote));
    Py_CLEAR(part->seen);
    return put_told(dict, PyList_GET_ITEM(loaded, 1),
                    PyList_GET_ITEM(loaded, 2));
}
