/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spec of a file that somebody has found himself, a plugin in a folder of
 * its own: the name and the path are his, the bytes are those that were signed
 * under that name, or the spec stays as importlib made it and is refused when
 * it is executed.
 */
#include "python/signed/byhandspec.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "python/load/origin.h"
#include "python/object/carry.h"
#include "python/object/name.h"
#include "python/signed/signed.h"
#include "python/signed/verified.h"
#include "python/signed/want.h"

/* ---- the folder that its name begins in ------------------------------ */

/* Takes the last part of `path` away where it is the label. */
static bool
leave_label(char *path, const char *label, size_t length)
{
    char *slash = strrchr(path, '/');

    if (!slash || strlen(slash + 1) != length ||
        memcmp(slash + 1, label, length) != 0)
        return false;
    *slash = '\0';
    return true;
}

/* "/lib/shop/cart.py" is the file of shop.cart below /lib. False where it
 * could not be that of `name`; `path` is the folder otherwise. */
static bool
leave_name(char *path, const char *name)
{
    char *slash = strrchr(path, '/');
    size_t length = strlen(name);

    if (!slash)
        return false;
    slash[1 + strcspn(slash + 1, ".")] = '\0';
    if (!strcmp(slash + 1, "__init__"))
        *slash = '\0';
    while (length > 0) {
        const char *label = name + length;

        while (label > name && label[-1] != '.')
            label--;
        if (!leave_label(path, label, (size_t)(name + length - label)))
            return false;
        length = label > name ? (size_t)(label - name) - 1 : 0;
    }
    return true;
}

/* NULL where there is none, or for want of memory, with an exception. */
static char *
root_of(const char *path, const char *name)
{
    STK_CLEANUP(stk_freep) char *root = stk_path_absolute(path);

    if (!root) {
        PyErr_NoMemory();
        return NULL;
    }
    stk_path_fold(root);
    if (!leave_name(root, name))
        return NULL;
    if (!*root)
        strcpy(root, "/");
    return STK_STEAL(root);
}

/* ---- what is signed there -------------------------------------------- */

/* What runs in a worker, or comes from a finder in one, is no file here. */
static bool
is_wanted(stk_want *want, const char *name)
{
    return stk_want_signed(want, name) &&
           !stk_requirement_profile(want->judgement.decision.requirement) &&
           !stk_policy_loader(want->judgement.policy, name);
}

/* 1 where `out` is that very file, 0, or -1 with an exception. */
static int
find_signed(const stk_want *want, const char *name, const char *path,
            stk_evidence *out)
{
    STK_CLEANUP(stk_freep) char *root = root_of(path, name);
    const char *const folders[] = { root };
    stk_sought sought = { .name = name,
                          .bundle = want->judgement.decision.bundle,
                          .folders = folders,
                          .n_folders = 1,
                          .python = stk_signed_python(want->state) };

    if (!root)
        return PyErr_Occurred() ? -1 : 0;
    if (stk_evidence_beneath(want->judgement.evidence, &sought, out, NULL) <
        0) {
        PyErr_NoMemory();
        return -1;
    }
    return out->trust == STK_TRUST_OK && out->path &&
           out->kind != STK_KIND_NAMESPACE &&
           (!strcmp(out->path, path) || stk_path_is_same(out->path, path));
}

/* A new reference to the loader; NULL, which may be without an exception. */
static PyObject *
new_loader(stk_want *want, PyObject *name, const char *path)
{
    stk_evidence evidence = STK_EVIDENCE_INIT;
    stk_utf8 text = { NULL, NULL };
    PyObject *loader = NULL;

    if (stk_utf8_get(&text, name) == 0 && is_wanted(want, text.text) &&
        find_signed(want, text.text, path, &evidence) > 0 &&
        stk_want_record(want, text.text, &evidence) == 0)
        loader = stk_verified_loader(want->state, name,
                                     want->judgement.evidence, &evidence);
    stk_evidence_clear(&evidence);
    stk_utf8_clear(&text);
    return loader;
}

/* ---- the spec -------------------------------------------------------- */

/* The path of the loader that importlib has chosen, as bytes. A new reference;
 * NULL, which may be without an exception. */
static PyObject *
chosen_path(const stk_interp *state, PyObject *loader)
{
    PyObject *path = stk_origin_stock_path(state, loader), *encoded;

    if (!path)
        return NULL;
    encoded = PyUnicode_EncodeFSDefault(path);
    Py_DECREF(path);
    if (!encoded)
        PyErr_Clear(); /* no file has such a name */
    return encoded;
}

static int
exchange_loader(stk_interp *state, PyObject *spec, PyObject *name,
                PyObject *path)
{
    PyObject *loader;
    stk_want want;
    int result = 0;

    if (!stk_want_begin(&want, state))
        return 0;
    loader = new_loader(&want, name, PyBytes_AS_STRING(path));
    stk_want_clear(&want);
    if (loader)
        result = PyObject_SetAttr(spec, state->str_loader, loader);
    else if (PyErr_Occurred())
        result = -1;
    Py_XDECREF(loader);
    return result;
}

/* Of a spec of importlib's own making alone: a class of somebody else's may
 * say anything. */
static int
verify_spec(stk_interp *state, PyObject *spec)
{
    PyObject *loader = stk_origin_field(state, spec, state->str_loader);
    PyObject *name = stk_origin_field(state, spec, state->str_spec_name);
    PyObject *path = loader ? chosen_path(state, loader) : NULL;
    int result = 0;

    if (path && name && PyUnicode_CheckExact(name))
        result = exchange_loader(state, spec, name, path);
    Py_XDECREF(path);
    Py_XDECREF(name);
    Py_XDECREF(loader);
    return result;
}

/* A loader that was given is whoever's it is; None is none. */
static bool
has_own_loader(PyObject *kwargs)
{
    PyObject *loader = kwargs ? PyDict_GetItemString(kwargs, "loader") : NULL;

    return loader && loader != Py_None;
}

PyDoc_STRVAR(
    spec_from_file_location_doc,
    "spec_from_file_location($module, /, name, location=None, *, "
    "loader=None,\n"
    "                        submodule_search_locations=None)\n"
    "--\n"
    "\n"
    "Return a module spec based on a file location.\n"
    "\n"
    "To indicate that the module is a package, set\n"
    "submodule_search_locations to a list of directory paths.  An\n"
    "empty list is sufficient, though its not otherwise useful to the\n"
    "import system.\n"
    "\n"
    "The loader must take a spec as its only __init__() arg.");

static PyObject *
spec_from_file_location(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_interp_find();
    PyObject *spec = PyObject_Call(stk_carried(self), args, kwargs);

    if (!spec || spec == Py_None || !state || !state->signed_python ||
        !stk_guard_needs_signatures(stk_process_guard()) ||
        has_own_loader(kwargs))
        return spec;
    if (verify_spec(state, spec) < 0)
        Py_CLEAR(spec);
    return spec;
}

static PyMethodDef spec_from_file_location_def = {
    "spec_from_file_location",
    (PyCFunction)(void (*)(void))spec_from_file_location,
    METH_VARARGS | METH_KEYWORDS, spec_from_file_location_doc
};

int
stk_byhandspec_mend(PyObject *dict)
{
    const char *name = spec_from_file_location_def.ml_name;
    PyObject *original = PyDict_GetItemString(dict, name), *ours;
    int result;

    /* what is none of Python's is ours already, or somebody's */
    if (!original || !PyFunction_Check(original))
        return 0;
    ours = stk_carry_new(&spec_from_file_location_def, original,
                         "importlib.util");
    if (!ours)
        return -1;
    result = PyDict_SetItemString(dict, name, ours);
    Py_DECREF(ours);
    return result;
}
