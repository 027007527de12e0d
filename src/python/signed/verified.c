/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.VerifiedLoader: verified bytes in, a module out. */
#include "python/signed/verified.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <structmember.h>

#include "base/file.h"
#include "python/load/bytecode.h"
#include "python/load/execute.h"
#include "python/object/class.h"
#include "python/object/loaded.h"
#include "python/object/name.h"
#include "python/signed/extension.h"
#include "python/signed/likeness.h"
#include "python/signed/resource.h"
#include "python/signed/settle.h"
#include "python/signed/signature.h"
#include "python/signed/signed.h"

typedef struct loader_object {
    PyObject_HEAD PyObject *name; /* strong, exact str */
    PyObject *path;               /* strong, str */
    PyObject *weak;
    stk_evidence evidence;
    stk_evidence_store *store; /* one reference */
} loader_object;

static loader_object *
as_loader(PyObject *self)
{
    return (loader_object *)self;
}

static int
raise_refusal(const stk_interp *state, PyObject *self,
              const stk_evidence *evidence)
{
    static const stk_rule_ref none = { NULL, 0, NULL, NULL };

    return stk_signature_raise(state, as_loader(self)->name, evidence, &none);
}

/* The methods take the name of the module, and refuse any other. */
static bool
is_own_name(PyObject *self, PyObject *name)
{
    int equal;

    if (!name || name == Py_None)
        return true;
    equal = PyObject_RichCompareBool(name, as_loader(self)->name, Py_EQ);
    if (equal == 0)
        PyErr_Format(PyExc_ImportError, "loader for %U cannot handle %R",
                     as_loader(self)->name, name);
    return equal == 1;
}

/* The same of the module that is to be executed: what a class of str's makes
 * of a name counts for nothing. */
static bool
is_own_module(PyObject *self, PyObject *module)
{
    PyObject *name =
        PyDict_GetItemString(PyModule_GetDict(module), "__name__");
    PyObject *exact =
        name && PyUnicode_Check(name) ? stk_name_exact(name) : NULL;
    bool own = exact && is_own_name(self, exact);

    if (!exact && !PyErr_Occurred())
        PyErr_Format(PyExc_ImportError, "the module for %U has no __name__",
                     as_loader(self)->name);
    Py_XDECREF(exact);
    return own;
}

/* `method(self, name=None)`. */
static bool
takes_name(PyObject *self, PyObject *args, const char *method)
{
    PyObject *name = NULL;

    return PyArg_UnpackTuple(args, method, 0, 1, &name) &&
           is_own_name(self, name);
}

/* ---- the bytes ------------------------------------------------------- */

/* What evidence.c gave: 1 is data. */
static PyObject *
as_bytes(PyObject *self, int result, const stk_evidence *why, char *data,
         size_t length)
{
    stk_interp *state = stk_interp_get();
    PyObject *bytes = NULL;

    if (result < 0)
        PyErr_NoMemory();
    else if (result == 0 && state)
        raise_refusal(state, self, why);
    else if (result > 0)
        bytes = PyBytes_FromStringAndSize(data, (Py_ssize_t)length);
    free(data);
    return bytes;
}

static PyObject *
read_source(PyObject *self)
{
    loader_object *loader = as_loader(self);
    stk_evidence why = STK_EVIDENCE_INIT;
    char *data = NULL;
    size_t length = 0;
    PyObject *bytes;
    int result;

    result = stk_evidence_source(loader->store, &loader->evidence, &why, &data,
                                 &length, NULL);
    bytes = as_bytes(self, result, &why, data, length);
    stk_evidence_clear(&why);
    return bytes;
}

static PyObject *
read_data(PyObject *self, PyObject *path)
{
    loader_object *loader = as_loader(self);
    stk_evidence why = STK_EVIDENCE_INIT;
    char *data = NULL, *whole = stk_path_absolute(PyBytes_AS_STRING(path));
    size_t length = 0;
    PyObject *bytes;
    int result;

    if (!whole)
        return PyErr_NoMemory();
    stk_path_resolve(whole); /* in a signed tree there are no links */
    result = stk_evidence_data(loader->store, &loader->evidence, whole, &why,
                               &data, &length, NULL);
    free(whole);
    if (result == 0 && why.trust == STK_TRUST_UNLISTED) {
        errno = ENOENT; /* whatever failed before */
        PyErr_SetFromErrnoWithFilename(PyExc_FileNotFoundError,
                                       PyBytes_AS_STRING(path));
        bytes = NULL;
    } else {
        bytes = as_bytes(self, result, &why, data, length);
    }
    stk_evidence_clear(&why);
    return bytes;
}

/* ---- the code -------------------------------------------------------- */

/* The source once more: what was verified at first has been used up. */
static PyObject *
compile_again(PyObject *self)
{
    PyObject *source = read_source(self), *code;
    stk_code_bytes bytes = { NULL, 0, as_loader(self)->path, NULL };

    if (!source)
        return NULL;
    bytes.data = PyBytes_AS_STRING(source);
    bytes.length = (size_t)PyBytes_GET_SIZE(source);
    code = stk_bytecode_compile(&bytes);
    Py_DECREF(source);
    return code;
}

/* Unmarshalling and compiling may run other Python code, which may come
 * back here: the bytes are taken out of the loader first. */
static PyObject *
make_code(PyObject *self, const stk_code_tag *tag)
{
    loader_object *loader = as_loader(self);
    const stk_interp *state = stk_interp_get();
    stk_code_bytes bytes = { NULL, 0, loader->path, tag };
    char *code = loader->evidence.code, *source = loader->evidence.source;
    PyObject *result = NULL;

    loader->evidence.code = loader->evidence.source = NULL;
    if (state && code) {
        bytes.data = code;
        bytes.length = loader->evidence.code_length;
        result = stk_bytecode_load(&bytes);
    } else if (state && source) {
        bytes.data = source;
        bytes.length = loader->evidence.source_length;
        result = stk_bytecode_compile(&bytes);
    } else if (state) {
        result = compile_again(self);
    }
    if (result && !code && tag &&
        stk_code_tag_tree(state, (PyCodeObject *)result, *tag) < 0)
        Py_CLEAR(result);
    free(code);
    free(source);
    return result;
}

static PyObject *
run_module(PyObject *self, PyObject *module)
{
    stk_interp *state = stk_interp_get();
    PyObject *code = state ? make_code(self, NULL) : NULL;
    PyObject *result =
        code ? stk_execute_body(state, self, code, module) : NULL;

    Py_XDECREF(code);
    return result;
}

static PyMethodDef run_def = { "exec", run_module, METH_O, NULL };

/* ---- what importlib calls -------------------------------------------- */

static bool
is_extension(PyObject *self)
{
    return as_loader(self)->evidence.kind == STK_KIND_EXTENSION;
}

static PyObject *
loader_create_module(PyObject *self, PyObject *spec)
{
    loader_object *loader = as_loader(self);
    stk_interp *state = stk_interp_get();

    if (!is_extension(self))
        Py_RETURN_NONE;
    return state ? stk_extension_create(state, loader->name, spec,
                                        loader->store, &loader->evidence)
                 : NULL;
}

static PyObject *
loader_exec_module(PyObject *self, PyObject *module)
{
    const stk_interp *state = stk_interp_get();

    if (!state)
        return NULL;
    if (!PyModule_Check(module))
        return PyErr_Format(PyExc_TypeError, "exec_module() takes a module");
    if (!is_own_module(self, module) || stk_settle_executed(self, module) < 0)
        return NULL;
    if (is_extension(self))
        return stk_extension_exec(state, module);
    return stk_execute_through(state, &run_def, self, module);
}

static PyObject *
loader_get_data(PyObject *self, PyObject *path)
{
    PyObject *encoded = NULL, *bytes;

    if (!PyUnicode_FSConverter(path, &encoded))
        return NULL;
    bytes = read_data(self, encoded);
    Py_DECREF(encoded);
    return bytes;
}

static PyObject *
loader_get_code(PyObject *self, PyObject *args)
{
    stk_interp *state = stk_interp_get();
    PyObject *code;

    if (!takes_name(self, args, "get_code"))
        return NULL;
    if (is_extension(self))
        Py_RETURN_NONE;
    code = make_code(self, NULL);
    /* runpy has it executed as the program */
    if (code && state)
        Py_XSETREF(state->verified_code, Py_NewRef(code));
    return code;
}

/* importlib's decode_source(): the coding cookie, universal newlines. */
static PyObject *
loader_get_source(PyObject *self, PyObject *args)
{
    PyObject *external = stk_module_namespace("_frozen_importlib_external");
    PyObject *decode =
        external ? PyDict_GetItemString(external, "decode_source") : NULL;
    PyObject *source, *text;

    if (!takes_name(self, args, "get_source"))
        return NULL;
    if (is_extension(self))
        Py_RETURN_NONE;
    if (!decode)
        return PyErr_Format(PyExc_ImportError, "importlib is not there yet");
    Py_INCREF(decode);
    source = read_source(self);
    text = source ? PyObject_CallOneArg(decode, source) : NULL;
    Py_XDECREF(source);
    Py_DECREF(decode);
    return text;
}

static PyObject *
loader_get_filename(PyObject *self, PyObject *args)
{
    return takes_name(self, args, "get_filename")
               ? Py_NewRef(as_loader(self)->path)
               : NULL;
}

static PyObject *
loader_is_package(PyObject *self, PyObject *args)
{
    if (!takes_name(self, args, "is_package"))
        return NULL;
    return PyBool_FromLong(as_loader(self)->evidence.folder != NULL);
}

/* As CPython's, which on 3.8 and 3.9 has none for what is no package. */
static PyObject *
loader_get_resource_reader(PyObject *self, PyObject *name)
{
    stk_interp *state = stk_interp_get();

    if (!state || !is_own_name(self, name))
        return NULL;
#if PY_VERSION_HEX < 0x030A0000
    if (!as_loader(self)->evidence.folder)
        Py_RETURN_NONE;
#endif
    return stk_reader_new(state, self);
}

static PyObject *
loader_load_module(PyObject *self, PyObject *args)
{
    return takes_name(self, args, "load_module")
               ? stk_likeness_load_module(self, as_loader(self)->name)
               : NULL;
}

/* ---- the type -------------------------------------------------------- */

static PyObject *
loader_class(PyObject *self, void *Py_UNUSED(closure))
{
    return stk_likeness_class(is_extension(self));
}

static PyObject *
loader_dict(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_BuildValue("{sOsO}", "name", as_loader(self)->name, "path",
                         as_loader(self)->path);
}

static PyObject *
loader_compare(PyObject *self, PyObject *other, int operation)
{
    bool is_same;
    int equal;

    if (Py_TYPE(self) != Py_TYPE(other) ||
        (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    equal = PyObject_RichCompareBool(as_loader(self)->name,
                                     as_loader(other)->name, Py_EQ);
    if (equal > 0)
        equal = PyObject_RichCompareBool(as_loader(self)->path,
                                         as_loader(other)->path, Py_EQ);
    is_same = equal > 0;
    return equal < 0 ? NULL : PyBool_FromLong(is_same == (operation == Py_EQ));
}

static Py_hash_t
loader_hash(PyObject *self)
{
    Py_hash_t name = PyObject_Hash(as_loader(self)->name);
    Py_hash_t path = PyObject_Hash(as_loader(self)->path);
    Py_hash_t both = name ^ path;

    if (name == -1 || path == -1)
        return -1;
    return both == -1 ? -2 : both;
}

static PyObject *
loader_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<stockade.VerifiedLoader for %R at %R>",
                                as_loader(self)->name, as_loader(self)->path);
}

static void
loader_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    loader_object *loader = as_loader(self);

    if (loader->weak)
        PyObject_ClearWeakRefs(self);
    Py_CLEAR(loader->name);
    Py_CLEAR(loader->path);
    stk_evidence_clear(&loader->evidence);
    stk_evidence_store_free(loader->store);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef loader_methods[] = {
    { "create_module", loader_create_module, METH_O,
      "Return the module of an extension; None otherwise." },
    { "exec_module", loader_exec_module, METH_O,
      "Execute the verified code in a module." },
    { "get_data", loader_get_data, METH_O,
      "Return the bytes of a file of the signed tree, verified." },
    { "get_code", loader_get_code, METH_VARARGS,
      "Return the code object of the verified module." },
    { "get_source", loader_get_source, METH_VARARGS,
      "Return the source text, verified again." },
    { "get_filename", loader_get_filename, METH_VARARGS,
      "Return the path of the file." },
    { "is_package", loader_is_package, METH_VARARGS,
      "Return True for a package." },
    { "get_resource_reader", loader_get_resource_reader, METH_O,
      "Return what reads the files beside the module, verified." },
    { "load_module", loader_load_module, METH_VARARGS,
      "Load the module; exec_module() is what importlib calls." },
    { "path_stats", stk_likeness_path_stats, METH_O,
      "Return modification time and size of a file." },
    { "path_mtime", stk_likeness_path_mtime, METH_O,
      "Return the modification time of a file." },
    { "source_to_code",
      (PyCFunction)(void (*)(void))stk_likeness_source_to_code,
      METH_VARARGS | METH_KEYWORDS, "Return source as a code object." },
    { "__reduce__", stk_likeness_reduce, METH_NOARGS,
      "Pickled, it is found and verified anew." },
    { NULL, NULL, 0, NULL },
};

static PyMemberDef loader_members[] = {
    { "name", T_OBJECT, offsetof(loader_object, name), READONLY,
      "The name of the module." },
    { "path", T_OBJECT, offsetof(loader_object, path), READONLY,
      "The path of its file." },
    { NULL, 0, 0, 0, NULL },
};

static PyGetSetDef loader_getset[] = {
    { "__class__", loader_class, NULL,
      "importlib's loader of such files, for tools that ask.", NULL },
    { "__dict__", loader_dict, NULL, "Name and path.", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

PyDoc_STRVAR(loader_doc,
             "The loader of a module whose bytes were verified.\n"
             "\n"
             "Made by the guard alone, for what the policy wants signed.");

static PyType_Slot loader_slots[] = {
    { Py_tp_methods, loader_methods },
    { Py_tp_members, loader_members },
    { Py_tp_getset, loader_getset },
    { Py_tp_richcompare, (void *)(uintptr_t)loader_compare },
    { Py_tp_hash, (void *)(uintptr_t)loader_hash },
    { Py_tp_repr, (void *)(uintptr_t)loader_repr },
    { Py_tp_dealloc, (void *)(uintptr_t)loader_dealloc },
    { Py_tp_doc, (void *)(uintptr_t)loader_doc },
    { 0, NULL },
};

static PyType_Spec loader_spec = { "stockade.VerifiedLoader",
                                   sizeof(loader_object), 0,
                                   Py_TPFLAGS_DEFAULT, loader_slots };

PyObject *
stk_verified_type(void)
{
    PyObject *type = stk_class_new(&loader_spec, NULL);

    /* no slot says so before 3.9 */
    if (type)
        ((PyTypeObject *)type)->tp_weaklistoffset =
            offsetof(loader_object, weak);
    return type;
}

bool
stk_verified_is_source(const stk_interp *state, PyObject *loader)
{
    return (PyObject *)Py_TYPE(loader) == state->verified_type &&
           !is_extension(loader);
}

PyObject *
stk_verified_code(PyObject *loader, const stk_code_tag *tag)
{
    return make_code(loader, tag);
}

PyObject *
stk_verified_cached(const stk_interp *state, PyObject *loader)
{
    return stk_signed_cached(state, as_loader(loader)->evidence.path);
}

PyObject *
stk_verified_read(PyObject *loader, PyObject *path)
{
    return loader_get_data(loader, path);
}

const stk_evidence *
stk_verified_evidence(PyObject *loader, stk_evidence_store **store)
{
    *store = as_loader(loader)->store;
    return &as_loader(loader)->evidence;
}

int
stk_verified_raise(PyObject *loader, const stk_evidence *why)
{
    const stk_interp *state = stk_interp_get();

    return state ? raise_refusal(state, loader, why) : -1;
}

PyObject *
stk_verified_loader(const stk_interp *state, PyObject *name,
                    stk_evidence_store *store, stk_evidence *evidence)
{
    PyObject *path = PyUnicode_DecodeFSDefault(evidence->path);
    loader_object *loader;

    if (!path)
        return NULL;
    loader = (loader_object *)PyType_GenericAlloc(
        (PyTypeObject *)state->verified_type, 0);
    if (!loader) {
        Py_DECREF(path);
        return NULL;
    }
    loader->name = Py_NewRef(name);
    loader->path = path;
    loader->store = stk_evidence_store_ref(store);
    loader->evidence = *evidence;
    *evidence = (stk_evidence)STK_EVIDENCE_INIT;
    return (PyObject *)loader;
}
