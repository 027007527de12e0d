/* SPDX-License-Identifier: Apache-2.0 */
/* The specs of modules that the host has found. */
#include "worker/serve.h"

#include "worker/compat.h"
#include "worker/kept.h"
#include "worker/library.h"
#include "worker/words.h"

bool
stk_found_is(PyObject *kind, const char *name)
{
    return PyUnicode_Check(kind) &&
           PyUnicode_CompareWithASCIIString(kind, name) == 0;
}

PyObject *
stk_broker_inbuilt(PyObject *name, const char *importer)
{
    PyObject *class = stk_broker_bootstrap(importer);
    PyObject *spec =
        class ? PyObject_CallMethod(class, "find_spec", "O", name) : NULL;

    Py_XDECREF(class);
    return spec;
}

static int
set_folders(PyObject *name, PyObject *spec, PyObject *file)
{
    PyObject *path = stk_listing_path(name, file);
    int result =
        path ? PyObject_SetAttr(spec, stk_word(STK_WORD_LOCATIONS), path) : -1;

    Py_XDECREF(path);
    return result;
}

static PyObject *spec_class, *spec_keywords; /* strong */

int
stk_broker_specs_init(void)
{
    spec_class = stk_broker_bootstrap("ModuleSpec");
    spec_keywords = PyTuple_Pack(2, stk_word(STK_WORD_ORIGIN),
                                 stk_word(STK_WORD_IS_PACKAGE));
    return spec_class && spec_keywords ? 0 : -1;
}

static PyObject *
new_plain_spec(PyObject *name, PyObject *const *found)
{
    PyObject *loader = stk_broker_new_loader(name, found);
    PyObject *args[] = { name, loader, found[STK_FOUND_ORIGIN],
                         found[STK_FOUND_PACKAGE] };
    PyObject *spec =
        loader ? PyObject_Vectorcall(spec_class, args, 2, spec_keywords)
               : NULL;

    Py_XDECREF(loader);
    return spec;
}

static PyObject *
new_spec(PyObject *name, PyObject *const *found)
{
    PyObject *spec = new_plain_spec(name, found);

    /* has_location, which is that */
    if (spec && PyUnicode_Check(found[STK_FOUND_ORIGIN]) &&
        (PyObject_SetAttr(spec, stk_word(STK_WORD_FILE_SET), Py_True) < 0 ||
         (found[STK_FOUND_PACKAGE] == Py_True &&
          set_folders(name, spec, found[STK_FOUND_ORIGIN]) < 0)))
        Py_CLEAR(spec);
    return spec;
}

static int
copy_field(PyObject *to, enum stk_word field, PyObject *from,
           const char *source)
{
    PyObject *value = PyObject_GetAttrString(from, source);
    int result = value ? PyObject_SetAttr(to, stk_word(field), value) : -1;

    Py_XDECREF(value);
    return result;
}

PyObject *
stk_broker_sent(PyObject *name, PyObject *const *found)
{
    return stk_broker_prepare() < 0 ? NULL : new_spec(name, found);
}

/* The host says that it is here, and no more. */
static PyObject *
new_kept_spec(PyObject *name, PyObject *const *found)
{
    PyObject *known = stk_kept_known(name), *spec = NULL;
    PyObject *folders = NULL, *origin = NULL, *fields[STK_FOUND_N];

    if (!known || known == Py_None) {
        Py_XDECREF(known);
        return known ? new_spec(name, found) : NULL;
    }
    folders = PyObject_GetAttr(known, stk_word(STK_WORD_LOCATIONS));
    origin = PyObject_GetAttr(known, stk_word(STK_WORD_ORIGIN));
    fields[STK_FOUND_KIND] = found[STK_FOUND_KIND];
    fields[STK_FOUND_DATA] = Py_None;
    fields[STK_FOUND_ORIGIN] = origin;
    fields[STK_FOUND_PACKAGE] = folders == Py_None ? Py_False : Py_True;
    if (folders && origin)
        spec = new_plain_spec(name, fields);
    if (spec &&
        (copy_field(spec, STK_WORD_FILE_SET, known, "has_location") < 0 ||
         PyObject_SetAttr(spec, stk_word(STK_WORD_LOCATIONS), folders) < 0))
        Py_CLEAR(spec);
    Py_DECREF(known);
    Py_XDECREF(folders);
    Py_XDECREF(origin);
    return spec;
}

/* One that is to be spared something when it was executed is executed here. */
static PyObject *
find_frozen(PyObject *name, PyObject *const *found)
{
    PyObject *spec = stk_broker_inbuilt(name, "FrozenImporter"), *loader;

    if (!spec || spec == Py_None || !stk_paths_is(name))
        return spec;
    loader = stk_broker_new_loader(name, found);
    if (!loader || PyObject_SetAttrString(spec, "loader", loader) < 0)
        Py_CLEAR(spec);
    Py_XDECREF(loader);
    return spec;
}

static PyObject *
find_spec(PyObject *name, PyObject *const *found)
{
    if (stk_found_is(found[STK_FOUND_KIND], "own"))
        return stk_loaders_spec(name);
    if (stk_found_is(found[STK_FOUND_KIND], "builtin"))
        return stk_broker_inbuilt(name, "BuiltinImporter");
    if (stk_found_is(found[STK_FOUND_KIND], "frozen"))
        return find_frozen(name, found);
    return stk_found_is(found[STK_FOUND_KIND], "kept")
               ? new_kept_spec(name, found)
               : new_spec(name, found);
}

PyObject *
stk_broker_spec(PyObject *name, PyObject *const *found)
{
    PyObject *spec = find_spec(name, found), *origin;

    if (!spec || spec == Py_None)
        return spec;
    origin = PyObject_GetAttr(spec, stk_word(STK_WORD_ORIGIN));
    if (!origin)
        PyErr_Clear();
    if (stk_library_note(name, origin) < 0)
        Py_CLEAR(spec);
    Py_XDECREF(origin);
    return spec;
}
