/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 4: the first finder of sys.meta_path. It refuses what the policy
 * denies and finds what must be signed, so that the finders behind it are
 * asked for the rest as ever. It sees whoever walks sys.meta_path by
 * himself, too.
 */
#include "python/layers/layers.h"

#include "python/attempt/attempt.h"
#include "python/broker/loaders.h"
#include "python/object/carry.h"
#include "python/object/class.h"
#include "python/object/name.h"
#include "python/remote/isolated.h"
#include "python/signed/distributions.h"
#include "python/signed/signed.h"

typedef struct finder_object {
    PyObject_HEAD
} finder_object;

/* ---- the type -------------------------------------------------------- */

PyDoc_STRVAR(find_spec_doc,
             "find_spec($self, /, fullname, path=None, target=None)\n"
             "--\n"
             "\n"
             "Return the spec of a module that must be signed; None for any\n"
             "other, for the finders behind this one to be asked.\n"
             "\n"
             "Raises stockade.ImportDenied where the policy denies, and\n"
             "stockade.SignatureError where the code is not authentic.");

/* Whoever walks the list by himself gets what must be signed from us, too. */
static PyObject *
find_open(stk_interp *state, stk_attempt_open *attempt, const stk_query *query)
{
    stk_wanted wanted = stk_attempt_wanted(attempt);
    PyObject *spec = Py_None;
    bool left = true;

    if (wanted.loader) {
        spec = stk_foreign_find(state, attempt, query->name);
        left = false;
    } else if (wanted.is_signed &&
               !stk_signed_is_inbuilt(state, query->name)) {
        spec = stk_signed_find(state, attempt, query, &left);
    } else {
        Py_INCREF(spec);
    }
    if (!spec || !wanted.sandbox)
        return spec;
    if (left)
        Py_SETREF(spec, stk_isolated_find(state, query->name, query->path));
    else
        Py_SETREF(spec, stk_isolated_spec(state, query->name, spec));
    return spec;
}

static PyObject *
find_judged(stk_interp *state, const stk_query *query)
{
    stk_attempt_open *open = stk_attempt_find(state, query->name);
    stk_attempt_open *attempt =
        open ? open : stk_attempt_begin(state, query->name);
    PyObject *spec = attempt ? find_open(state, attempt, query) : NULL;

    if (attempt && !open)
        stk_attempt_end(attempt, spec);
    return spec;
}

static PyObject *
judge_query(PyObject *name, PyObject *path)
{
    stk_interp *state = stk_interp_find();
    stk_query query = { NULL, path };
    PyObject *spec;

    if (!state || !stk_process_guard())
        Py_RETURN_NONE;
    query.name = stk_name_exact(name);
    if (!query.name)
        return NULL;
    spec = find_judged(state, &query);
    Py_DECREF(query.name);
    return spec;
}

static PyObject *
query_by_names(PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "fullname", "path", "target", NULL };
    PyObject *name, *path = Py_None, *target;

    return PyArg_ParseTupleAndKeywords(args, kwargs, "O|OO:find_spec",
                                       STK_KEYWORDS(names), &name, &path,
                                       &target)
               ? judge_query(name, path)
               : NULL;
}

static PyObject *
finder_find_spec(PyObject *Py_UNUSED(self), PyObject *const *args,
                 Py_ssize_t n, PyObject *kwnames)
{
    PyObject *tuple, *dict, *spec;

    if (n >= 1 && n <= 3 && !kwnames)
        return judge_query(args[0], n > 1 ? args[1] : Py_None);
    if (stk_carry_pack(args, n, kwnames, &tuple, &dict) < 0)
        return NULL;
    spec = query_by_names(tuple, dict);
    Py_DECREF(tuple);
    Py_XDECREF(dict);
    return spec;
}

/* importlib.metadata asks every finder for what is installed. */
static PyObject *
finder_find_distributions(PyObject *Py_UNUSED(self), PyObject *args,
                          PyObject *kwargs)
{
    static const char *const names[] = { "context", NULL };
    stk_interp *state = stk_interp_find();
    PyObject *context = NULL, *none, *iterator;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:find_distributions",
                                     STK_KEYWORDS(names), &context))
        return NULL;
    if (state && stk_process_guard())
        return stk_distributions_find(state, context);
    none = PyTuple_New(0);
    iterator = none ? PyObject_GetIter(none) : NULL;
    Py_XDECREF(none);
    return iterator;
}

/* importlib.invalidate_caches() calls every finder: nothing is cached. */
static PyObject *
finder_invalidate_caches(PyObject *Py_UNUSED(self),
                         PyObject *Py_UNUSED(unused))
{
    Py_RETURN_NONE;
}

static PyMethodDef finder_methods[] = {
    { "find_spec", (PyCFunction)(void (*)(void))finder_find_spec,
      METH_FASTCALL | METH_KEYWORDS, find_spec_doc },
    { "find_distributions",
      (PyCFunction)(void (*)(void))finder_find_distributions,
      METH_VARARGS | METH_KEYWORDS,
      "Return an iterator over what importlib.metadata knows of bundles." },
    { "invalidate_caches", finder_invalidate_caches, METH_NOARGS,
      "Do nothing: this finder caches nothing." },
    { NULL, NULL, 0, NULL },
};

static void
finder_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    type->tp_free(self);
    Py_DECREF(type);
}

PyDoc_STRVAR(finder_doc,
             "The first finder of sys.meta_path: asks the policy.");

static PyType_Slot finder_slots[] = {
    { Py_tp_methods, finder_methods },
    { Py_tp_dealloc, (void *)(uintptr_t)finder_dealloc },
    { Py_tp_doc, (void *)(uintptr_t)finder_doc },
    { 0, NULL },
};

static PyType_Spec finder_spec = { "stockade.PolicyFinder",
                                   sizeof(finder_object), 0,
                                   Py_TPFLAGS_DEFAULT, finder_slots };

PyObject *
stk_finder_new(void)
{
    PyObject *type = stk_class_new(&finder_spec, NULL), *finder;

    if (!type)
        return NULL;
    finder = PyType_GenericAlloc((PyTypeObject *)type, 0);
    Py_DECREF(type);
    return finder;
}
