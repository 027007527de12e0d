/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.load(): an object by string, as entry points are written. */
#include "python/process/objects.h"

#include <string.h>

#include "base/text.h"
#include "python/object/name.h"
#include "python/object/state.h"

const char stk_load_doc[] =
    "load($module, /, reference, default=<none>)\n"
    "--\n"
    "\n"
    "Import an object by its entry-point reference.\n"
    "\n"
    "reference: str, \"package.module:attribute.path\", or\n"
    "\"package.module\" for the module itself; extras in brackets are\n"
    "passed over.\n"
    "default: what to return when the module cannot be imported or does not\n"
    "offer the attribute; without it, ImportError or AttributeError is\n"
    "raised, and names what the module does offer.\n"
    "Raises ValueError for a reference that is none.";

/* ---- the reference --------------------------------------------------- */

typedef struct reference {
    PyObject *module;     /* strong */
    PyObject *attributes; /* strong; a list of str, maybe empty */
} reference;

static PyObject *
stripped(PyObject *text)
{
    return PyObject_CallMethod(text, "strip", NULL);
}

/* Every label is an identifier. */
static bool
is_dotted(PyObject *labels)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(labels); i++)
        if (PyUnicode_IsIdentifier(PyList_GET_ITEM(labels, i)) != 1)
            return false;
    return PyList_GET_SIZE(labels) > 0;
}

static PyObject *
split_labels(PyObject *dotted)
{
    return PyObject_CallMethod(dotted, "split", "s", ".");
}

static PyObject *
without_extras(PyObject *text)
{
    Py_ssize_t length = PyUnicode_GetLength(text);
    Py_ssize_t bracket = PyUnicode_FindChar(text, '[', 0, length, 1);
    PyObject *cut, *result;

    if (bracket < 0 || PyUnicode_ReadChar(text, length - 1) != ']')
        return Py_NewRef(text);
    cut = PyUnicode_Substring(text, 0, bracket);
    result = cut ? stripped(cut) : NULL;
    Py_XDECREF(cut);
    return result;
}

static int
split_reference(reference *out, PyObject *text)
{
    Py_ssize_t length = PyUnicode_GetLength(text);
    Py_ssize_t colon = PyUnicode_FindChar(text, ':', 0, length, 1);
    PyObject *left = PyUnicode_Substring(text, 0, colon < 0 ? length : colon);
    PyObject *right =
        colon < 0 ? NULL : PyUnicode_Substring(text, colon + 1, length);

    out->module = left ? stripped(left) : NULL;
    if (right)
        Py_XSETREF(right, stripped(right));
    out->attributes = colon < 0 ? PyList_New(0)
                      : right   ? split_labels(right)
                                : NULL;
    Py_XDECREF(left);
    Py_XDECREF(right);
    return out->module && out->attributes ? 0 : -1;
}

static bool
is_valid(const reference *given)
{
    PyObject *labels = split_labels(given->module);
    bool valid = labels && is_dotted(labels) &&
                 (PyList_GET_SIZE(given->attributes) == 0 ||
                  is_dotted(given->attributes));

    Py_XDECREF(labels);
    return valid;
}

static void
clear_reference(reference *given)
{
    Py_CLEAR(given->module);
    Py_CLEAR(given->attributes);
}

static int
read_reference(reference *out, PyObject *text)
{
    PyObject *bare = stripped(text), *plain;

    if (!bare)
        return -1;
    plain =
        PyUnicode_GetLength(bare) > 0 ? without_extras(bare) : Py_NewRef(bare);
    Py_DECREF(bare);
    if (!plain || split_reference(out, plain) < 0) {
        Py_XDECREF(plain);
        return -1;
    }
    Py_DECREF(plain);
    if (is_valid(out))
        return 0;
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError,
                 "%R is no reference; write \"package.module:attribute\"",
                 text);
    return -1;
}

/* ---- the object ------------------------------------------------------ */

/* The leaf module, through the guard's own __import__ where one stands. */
static PyObject *
import_leaf(PyObject *name)
{
    stk_interp *state = stk_interp_find();
    PyObject *function = state ? state->import_function : NULL;
    PyObject *top, *fromlist;

    if (!function)
        return PyImport_Import(name);
    fromlist = PyTuple_New(0);
    top = fromlist ? PyObject_CallFunction(function, "OOOO", name, Py_None,
                                           Py_None, fromlist)
                   : NULL;
    Py_XDECREF(fromlist);
    if (!top)
        return NULL;
    Py_DECREF(top);
    top = PyImport_GetModule(name);
    if (!top && !PyErr_Occurred())
        PyErr_Format(PyExc_ImportError, "module %R removed itself", name);
    return top;
}

/* The public names that `object` offers: a list, sorted; none where it does
 * not tell. NULL without an exception when memory is out. */
static PyObject *
offered_names(PyObject *object)
{
    PyObject *all = PyObject_Dir(object), *names = PyList_New(0);

    for (Py_ssize_t i = 0; all && names && i < PyList_GET_SIZE(all); i++) {
        PyObject *name = PyList_GET_ITEM(all, i);

        if (PyUnicode_Check(name) && PyUnicode_GetLength(name) > 0 &&
            PyUnicode_ReadChar(name, 0) != '_' &&
            PyList_Append(names, name) < 0)
            Py_CLEAR(names);
    }
    Py_XDECREF(all);
    PyErr_Clear();
    return names;
}

#define OFFERS_SHOWN 20

/* "a, b, c, and 40 more": str. */
static PyObject *
list_offers(PyObject *names)
{
    Py_ssize_t n = PyList_GET_SIZE(names);
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *shown = PyList_GetSlice(names, 0, OFFERS_SHOWN);
    PyObject *text = comma && shown ? PyUnicode_Join(comma, shown) : NULL;

    if (text && n > OFFERS_SHOWN)
        Py_SETREF(text, PyUnicode_FromFormat("%U, and %zd more", text,
                                             n - OFFERS_SHOWN));
    Py_XDECREF(comma);
    Py_XDECREF(shown);
    return text;
}

static PyObject *
nearest_offer(PyObject *names, const char *wanted)
{
    PyObject *best = NULL;
    size_t least = 4;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        const char *text = PyUnicode_AsUTF8(PyList_GET_ITEM(names, i));
        size_t edits = text ? stk_text_distance(wanted, text, 3) : 4;

        PyErr_Clear();
        if (edits < least && edits * 3 <= strlen(wanted) + 2) {
            least = edits;
            best = PyList_GET_ITEM(names, i);
        }
    }
    return best;
}

/* "package.module:Outer": where attribute number `at` was looked for. */
static PyObject *
place_of(const reference *given, Py_ssize_t at)
{
    PyObject *dot, *before, *path = NULL, *place = NULL;

    if (at == 0)
        return Py_NewRef(given->module);
    dot = PyUnicode_FromString(".");
    before = PyList_GetSlice(given->attributes, 0, at);
    if (dot && before)
        path = PyUnicode_Join(dot, before);
    if (path)
        place = PyUnicode_FromFormat("%U:%U", given->module, path);
    Py_XDECREF(dot);
    Py_XDECREF(before);
    Py_XDECREF(path);
    return place;
}

static void
raise_missing(const reference *given, PyObject *object, Py_ssize_t at)
{
    PyObject *attribute = PyList_GET_ITEM(given->attributes, at);
    const char *wanted = PyUnicode_AsUTF8(attribute);
    PyObject *place, *names, *offers, *near;

    PyErr_Clear();
    place = place_of(given, at);
    names = place ? offered_names(object) : NULL;
    offers = names ? list_offers(names) : NULL;
    near = offers && wanted ? nearest_offer(names, wanted) : NULL;
    if (near)
        PyErr_Format(PyExc_AttributeError,
                     "%U offers no %R; did you mean %R? It offers: %U", place,
                     attribute, near, offers);
    else if (offers && PyUnicode_GetLength(offers) > 0)
        PyErr_Format(PyExc_AttributeError, "%U offers no %R; it offers: %U",
                     place, attribute, offers);
    else if (offers)
        PyErr_Format(PyExc_AttributeError,
                     "%U offers no %R; it offers nothing", place, attribute);
    Py_XDECREF(place);
    Py_XDECREF(names);
    Py_XDECREF(offers);
}

static PyObject *
load_reference(const reference *given)
{
    PyObject *object = import_leaf(given->module);

    for (Py_ssize_t i = 0; object && i < PyList_GET_SIZE(given->attributes);
         i++) {
        PyObject *value =
            PyObject_GetAttr(object, PyList_GET_ITEM(given->attributes, i));

        if (!value && PyErr_ExceptionMatches(PyExc_AttributeError))
            raise_missing(given, object, i);
        Py_SETREF(object, value);
    }
    return object;
}

PyObject *
stk_load(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "reference", "default", NULL };
    reference given = { NULL, NULL };
    PyObject *text, *fallback = NULL, *object = NULL;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U|O:load",
                                     STK_KEYWORDS(names), &text, &fallback))
        return NULL;
    if (read_reference(&given, text) == 0)
        object = load_reference(&given);
    if (!object && fallback && given.module &&
        (PyErr_ExceptionMatches(PyExc_ImportError) ||
         PyErr_ExceptionMatches(PyExc_AttributeError))) {
        PyErr_Clear();
        object = Py_NewRef(fallback);
    }
    clear_reference(&given);
    return object;
}
