/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader of a module that a finder in a worker has found: its source runs
 * here, or the module stays there. Its other questions go to the worker.
 */
#include "python/broker/loaders.h"

#include <string.h>

#include "python/attempt/lent.h"
#include "python/load/bytecode.h"
#include "python/load/execute.h"
#include "python/object/class.h"
#include "python/object/convert.h"
#include "python/object/loaded.h"
#include "python/object/name.h"
#include "python/remote/isolated.h"
#include "python/signed/signature.h"
#include "python/signed/verified.h"
#include "trust/digest.h"

typedef struct loader_object {
    PyObject_HEAD PyObject *name; /* strong; exact str */
    PyObject *remote, *spec;      /* strong */
    PyObject *source;             /* strong, or NULL: the module stays there */
    PyObject *origin;             /* strong; str */
    bool package;
} loader_object;

static loader_object *
as_loader(PyObject *self)
{
    return (loader_object *)self;
}

static PyObject *
ask(PyObject *self, enum stk_op op, PyObject *args)
{
    return stk_remote_ask(stk_as_remote(as_loader(self)->remote), op, args);
}

/* ---- another worker -------------------------------------------------- */

static void
swap(PyObject **ours, PyObject **theirs)
{
    PyObject *held = *ours;

    *ours = *theirs;
    *theirs = held;
}

/* Before each question: the worker may be gone, and its profile want
 * another. */
static int
settle_worker(PyObject *self)
{
    loader_object *loader = as_loader(self);
    stk_interp *state = stk_interp_get();
    stk_fetched found = STK_FETCHED_INIT;
    int result;

    if (!state)
        return -1;
    if (!stk_remote_is_to_restart(stk_as_remote(loader->remote)))
        return 0;
    result = stk_loaders_again(state, loader->name, !loader->source, &found);
    if (result == 0) {
        /* both, before the end of the old ones lets another thread run */
        swap(&loader->remote, &found.remote);
        swap(&loader->spec, &found.spec);
    }
    stk_fetched_clear(&found);
    return result;
}

/* ---- executing ------------------------------------------------------- */

static PyObject *
compile_source(PyObject *self)
{
    loader_object *loader = as_loader(self);
    stk_code_bytes bytes = { NULL, 0, loader->origin, NULL };

    if (!loader->source)
        return PyErr_Format(PyExc_ImportError,
                            "%U stays in its worker: it has no code here",
                            loader->name);
    bytes.data = PyBytes_AS_STRING(loader->source);
    bytes.length = (size_t)PyBytes_GET_SIZE(loader->source);
    return stk_bytecode_compile(&bytes);
}

static PyObject *
run_module(PyObject *self, PyObject *module)
{
    stk_interp *state = stk_interp_get();
    PyObject *code = state ? compile_source(self) : NULL;
    PyObject *result =
        code ? stk_execute_body(state, self, code, module) : NULL;

    Py_XDECREF(code);
    return result;
}

static PyMethodDef run_def = { "exec", run_module, METH_O, NULL };

static PyObject *
adopt(PyObject *self, PyObject *module)
{
    loader_object *loader = as_loader(self);
    PyObject *loaded, *remote;
    int result = -1;

    if (!stk_remote_module_check(module))
        return PyErr_Format(PyExc_ImportError,
                            "%U stays in its worker: no other module can be "
                            "it",
                            loader->name);
    if (settle_worker(self) < 0)
        return NULL;
    remote = Py_NewRef(loader->remote);
    loaded = stk_remote_ask(stk_as_remote(remote), STK_OP_ADOPT,
                            Py_BuildValue("[OO]", loader->spec, loader->name));
    if (loaded)
        result = stk_remote_module_fill(module, remote, loaded);
    Py_XDECREF(loaded);
    Py_DECREF(remote);
    if (result < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
loader_create_module(PyObject *self, PyObject *Py_UNUSED(spec))
{
    if (!as_loader(self)->source)
        return stk_remote_module_new(as_loader(self)->name);
    Py_RETURN_NONE;
}

static PyObject *
refuse(PyObject *self, PyObject *what)
{
    return PyErr_Format(PyExc_ImportError, "loader for %U cannot handle %R",
                        as_loader(self)->name, what);
}

/* Under another name it would be another module, of another rule. */
static bool
is_its_module(PyObject *self, PyObject *module)
{
    PyObject *name = PyModule_GetNameObject(module);
    bool same = name && PyUnicode_Check(name) &&
                PyUnicode_Compare(name, as_loader(self)->name) == 0;

    Py_XDECREF(name);
    PyErr_Clear();
    if (!same)
        refuse(self, module);
    return same;
}

static PyObject *
loader_exec_module(PyObject *self, PyObject *module)
{
    const stk_interp *state = stk_interp_get();

    if (!state)
        return NULL;
    if (!PyModule_Check(module))
        return PyErr_Format(PyExc_TypeError, "exec_module() takes a module");
    if (!is_its_module(self, module))
        return NULL;
    return as_loader(self)->source
               ? stk_execute_through(state, &run_def, self, module)
               : adopt(self, module);
}

/* ---- what tools ask --------------------------------------------------- */

static bool
is_own(PyObject *self, PyObject *name)
{
    int equal = PyObject_RichCompareBool(name, as_loader(self)->name, Py_EQ);

    if (equal == 0)
        refuse(self, name);
    return equal == 1;
}

static PyObject *
loader_get_source(PyObject *self, PyObject *name)
{
    loader_object *loader = as_loader(self);
    PyObject *given, *text = NULL;

    if (!is_own(self, name) || (!loader->source && settle_worker(self) < 0))
        return NULL;
    given = loader->source
                ? Py_NewRef(loader->source)
                : ask(self, STK_OP_SOURCE,
                      Py_BuildValue("[OO]", loader->spec, loader->name));
    if (given && PyBytes_CheckExact(given))
        text = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(given),
                                    PyBytes_GET_SIZE(given), NULL);
    else if (given && (PyUnicode_CheckExact(given) || given == Py_None))
        text = Py_NewRef(given);
    else if (given)
        PyErr_Format(PyExc_ImportError, "its loader gave no source");
    Py_XDECREF(given);
    return text;
}

static PyObject *
loader_get_code(PyObject *self, PyObject *name)
{
    return is_own(self, name) ? compile_source(self) : NULL;
}

static PyObject *
loader_get_filename(PyObject *self, PyObject *name)
{
    return is_own(self, name) ? Py_NewRef(as_loader(self)->origin) : NULL;
}

static PyObject *
loader_is_package(PyObject *self, PyObject *name)
{
    return is_own(self, name) ? PyBool_FromLong(as_loader(self)->package)
                              : NULL;
}

static PyObject *
no_file(PyObject *path)
{
    PyObject *error = PyObject_CallFunction(
        PyExc_FileNotFoundError, "isO", ENOENT, "not of this loader", path);

    if (error)
        PyErr_SetObject(PyExc_FileNotFoundError, error);
    Py_XDECREF(error);
    return NULL;
}

/* What is below the folder of the module's file, as the host calls that; NULL
 * with FileNotFoundError. */
static PyObject *
path_below(const loader_object *loader, PyObject *path)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(loader->origin);
    Py_ssize_t slash =
        PyUnicode_FindChar(loader->origin, '/', 0, length, -1) + 1;
    PyObject *folder = PyUnicode_Substring(loader->origin, 0, slash);
    bool below =
        folder && PyUnicode_Tailmatch(path, folder, 0, slash, -1) == 1;

    Py_XDECREF(folder);
    if (below && PyUnicode_GET_LENGTH(path) > slash)
        return PyUnicode_Substring(path, slash, PyUnicode_GET_LENGTH(path));
    return PyErr_Occurred() ? NULL : no_file(path);
}

static PyObject *
read_beside(PyObject *self, PyObject *path)
{
    loader_object *loader = as_loader(self);
    PyObject *below = path_below(loader, path), *data = NULL;

    if (!below)
        return NULL;
    if (settle_worker(self) == 0)
        data = ask(self, STK_OP_DATA,
                   Py_BuildValue("[OOO]", loader->spec, loader->name, below));
    Py_DECREF(below);
    if (!data || PyBytes_CheckExact(data))
        return data;
    Py_DECREF(data);
    return PyErr_Format(PyExc_OSError, "its loader gave no bytes");
}

static PyObject *
loader_get_data(PyObject *self, PyObject *given)
{
    loader_object *loader = as_loader(self);
    PyObject *path = PyOS_FSPath(given), *data;

    if (!path)
        return NULL;
    if (!PyUnicode_Check(path))
        data = PyErr_Format(PyExc_TypeError, "get_data() takes str");
    else if (loader->source && PyUnicode_Compare(path, loader->origin) == 0)
        data = Py_NewRef(loader->source);
    else
        data = PyErr_Occurred() ? NULL : read_beside(self, path);
    Py_DECREF(path);
    return data;
}

/* ---- the type -------------------------------------------------------- */

static PyObject *
loader_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<" STK_FOREIGN_LOADER " for %R at %R>",
                                as_loader(self)->name,
                                as_loader(self)->origin);
}

static void
loader_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(as_loader(self)->name);
    Py_CLEAR(as_loader(self)->remote);
    Py_CLEAR(as_loader(self)->spec);
    Py_CLEAR(as_loader(self)->source);
    Py_CLEAR(as_loader(self)->origin);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef loader_methods[] = {
    { "create_module", loader_create_module, METH_O,
      "Return None, or a module whose names are in a worker." },
    { "exec_module", loader_exec_module, METH_O,
      "Execute the source here, or the module in its worker." },
    { "get_code", loader_get_code, METH_O, "Return the source, compiled." },
    { "get_source", loader_get_source, METH_O, "Return the source." },
    { "get_filename", loader_get_filename, METH_O,
      "Return what stands for a path." },
    { "is_package", loader_is_package, METH_O, "True for a package." },
    { "get_data", loader_get_data, METH_O,
      "Return the bytes of a file beside the module, from its loader." },
    { NULL, NULL, 0, NULL },
};

PyDoc_STRVAR(loader_doc,
             "The loader of a module that a finder in a worker has found.\n"
             "\n"
             "Made by the guard alone, for the modules of [loader NAME].");

static PyType_Slot loader_slots[] = {
    { Py_tp_methods, loader_methods },
    { Py_tp_repr, (void *)(uintptr_t)loader_repr },
    { Py_tp_dealloc, (void *)(uintptr_t)loader_dealloc },
    { Py_tp_doc, (void *)(uintptr_t)loader_doc },
    { 0, NULL },
};

static PyType_Spec loader_spec = { STK_FOREIGN_LOADER, sizeof(loader_object),
                                   0, Py_TPFLAGS_DEFAULT, loader_slots };

PyObject *
stk_foreign_type(void)
{
    return stk_class_new(&loader_spec, NULL);
}

bool
stk_foreign_stays(PyObject *loader)
{
    return Py_TYPE(loader)->tp_dealloc == loader_dealloc &&
           !as_loader(loader)->source;
}

static PyObject *
new_loader(stk_interp *state, PyObject *name, const stk_fetched *found)
{
    stk_isolation *isolation = stk_isolation_get(state);
    PyObject *self =
        isolation
            ? PyType_GenericAlloc((PyTypeObject *)isolation->foreign_type, 0)
            : NULL;
    loader_object *loader = as_loader(self);

    if (!self)
        return NULL;
    loader->name = Py_NewRef(name);
    loader->remote = Py_NewRef(found->remote);
    loader->spec = Py_NewRef(found->spec);
    loader->source = Py_XNewRef(found->source);
    loader->origin = Py_NewRef(found->origin);
    loader->package = found->folder != NULL;
    return self;
}

static PyObject *
new_spec(stk_interp *state, PyObject *name, const stk_fetched *found)
{
    PyObject *loader = new_loader(state, name, found);
    PyObject *spec = loader ? PyObject_CallFunctionObjArgs(state->spec_class,
                                                           name, loader, NULL)
                            : NULL;

    Py_XDECREF(loader);
    if (spec && (stk_attr_take(spec, "origin", Py_NewRef(found->origin)) < 0 ||
                 stk_attr_take(spec, "has_location", Py_NewRef(Py_True)) < 0))
        Py_CLEAR(spec);
    if (spec && found->folder &&
        stk_attr_take(spec, "submodule_search_locations",
                      Py_BuildValue("[O]", found->folder)) < 0)
        Py_CLEAR(spec);
    return spec;
}

/* ---- finding --------------------------------------------------------- */

static int
record_failure(stk_attempt_open *attempt)
{
    char text[512];
    stk_found told = { .loader = STK_FOREIGN_LOADER,
                       .outcome = "failed",
                       .error = text };

    if (!stk_loaders_failure(text, sizeof text))
        return -1;
    return stk_attempt_record_failure(attempt, &told);
}

/* 1: it is to be refused; 0; -1 with an exception. */
static int
distrust(stk_interp *state, stk_attempt_open *attempt, PyObject *name,
         const stk_fetched *found)
{
    const stk_evidence *evidence = &found->evidence;
    stk_found told = { .origin = found->origin,
                       .key = stk_evidence_keys(evidence),
                       .trust = stk_trust_name(evidence->trust),
                       .error = evidence->message };
    int result = stk_attempt_distrust(attempt, &told);
    stk_rule_ref rule = stk_attempt_wanted(attempt).rule;

    return result > 0 ? stk_signature_raise(state, name, evidence, &rule)
                      : result;
}

static int
record_found(stk_attempt_open *attempt, const stk_fetched *found)
{
    const stk_evidence *evidence = &found->evidence;
    char hex[STK_DIGEST_HEX];
    stk_found told = { .origin = found->origin,
                       .loader = STK_FOREIGN_LOADER,
                       .outcome = "found",
                       .key = stk_evidence_keys(evidence) };

    told.trust = stk_evidence_oddity(evidence, &told.error);
    if (evidence->has_digest)
        told.digest = stk_digest_hex(hex, evidence->digest);
    return stk_attempt_record(attempt, &told);
}

int
stk_foreign_check_sandbox(const stk_loader_rule *rule, const char *sandbox,
                          PyObject *name)
{
    if (rule->result == STK_LOADER_SOURCE || !sandbox ||
        !strcmp(sandbox, rule->sandbox))
        return 0;
    PyErr_Format(PyExc_ImportError,
                 "%U: [loader %s] keeps it in sandbox:%s, and it must be in "
                 "sandbox:%s",
                 name, rule->name, rule->sandbox, sandbox);
    return -1;
}

static PyObject *
take_fetched(stk_interp *state, stk_attempt_open *attempt, PyObject *name,
             const stk_fetched *found)
{
    stk_found none = { .outcome = "not-found", .loader = STK_FOREIGN_LOADER };
    PyObject *spec;

    if (!found->spec)
        return stk_attempt_record(attempt, &none) < 0 ? NULL
                                                      : Py_NewRef(Py_None);
    if (stk_attempt_wanted(attempt).is_signed &&
        found->evidence.trust != STK_TRUST_OK &&
        distrust(state, attempt, name, found) < 0)
        return NULL;
    if (record_found(attempt, found) < 0)
        return NULL;
    spec = new_spec(state, name, found);
    if (spec && stk_lent_found(state, attempt, spec) < 0)
        Py_CLEAR(spec);
    return spec;
}

PyObject *
stk_foreign_find(stk_interp *state, stk_attempt_open *attempt, PyObject *name)
{
    stk_wanted wanted = stk_attempt_wanted(attempt);
    stk_fetching asked = { wanted.policy, wanted.loader,    name,
                           wanted.name,   wanted.is_signed, wanted.evidence };
    stk_fetched found = STK_FETCHED_INIT;
    PyObject *spec = NULL;

    if (stk_foreign_check_sandbox(wanted.loader, wanted.sandbox, name) < 0) {
        record_failure(attempt);
        return NULL;
    }
    if (stk_loaders_fetch(state, &asked, &found) < 0)
        record_failure(attempt);
    else
        spec = take_fetched(state, attempt, name, &found);
    stk_fetched_clear(&found);
    return spec;
}
