/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does importlib ask for what it was asked for? Each of its frames on top of
 * the stack that is at a module is at the one that is wanted, or at a module
 * below that; so is the import that the frame outside them is at. Anything
 * else is asked for by C code in between.
 */
#include "python/asks/planted.h"

#include <string.h>

#include "python/asks/frame.h"
#include "python/asks/initial.h"
#include "python/attempt/attempt.h"
#include "python/layers/layers.h"
#include "python/load/origin.h"
#include "python/object/loaded.h"
#include "python/object/name.h"

typedef struct look {
    PyObject *wanted; /* strong */
    bool agrees;      /* a frame is at that */
    bool differs;     /* a frame is at something else */
    bool by_label;    /* an extension is known by its last label, too */
    bool in_list;     /* the frame within is at what follows `from` */
} look;

/* ---- names ----------------------------------------------------------- */

/* `name` is `part`, or below it. */
static bool
is_within(PyObject *name, PyObject *part)
{
    Py_ssize_t length = PyUnicode_GetLength(name);
    Py_ssize_t head = PyUnicode_GetLength(part);

    return PyUnicode_Tailmatch(name, part, 0, length, -1) == 1 &&
           (length == head || PyUnicode_ReadChar(name, head) == '.');
}

static void
compare(look *l, PyObject *name)
{
    if (is_within(name, l->wanted) ||
        (l->by_label && stk_name_ends_with_label(name, l->wanted)))
        l->agrees = true;
    else
        l->differs = true;
}

/* What follows `from` is looked for below what stands before it. A `*` has
 * the function call itself. */
static void
go_to_parent(look *l)
{
    Py_ssize_t length = PyUnicode_GetLength(l->wanted);
    Py_ssize_t dot = PyUnicode_FindChar(l->wanted, '.', 0, length, -1);
    PyObject *parent = dot > 0 ? PyUnicode_Substring(l->wanted, 0, dot) : NULL;

    if (parent)
        Py_SETREF(l->wanted, parent);
    else
        l->differs = true;
}

/* ---- frames ---------------------------------------------------------- */

/* A new reference, or NULL without an exception. */
static PyObject *
variable(PyObject *locals, const char *name)
{
    PyObject *value = PyMapping_GetItemString(locals, name);

    PyErr_Clear();
    return value;
}

static bool
is_exec(PyObject *function)
{
    return PyCFunction_Check(function) && PyCFunction_GET_SELF(function) &&
           PyModule_Check(PyCFunction_GET_SELF(function)) &&
           !strcmp(((PyCFunctionObject *)function)->m_ml->ml_name, "exec");
}

/* A function of _imp makes a module by its spec, or fills one: what C calls
 * `io` there was asked for as `_io`. */
static void
look_at_made(const stk_interp *state, look *l, PyObject *first)
{
    PyObject *spec =
        PyModule_Check(first)
            ? stk_dict_get(PyModule_GetDict(first), state->str_spec)
            : NULL;
    PyObject *name = stk_origin_field(state, spec, state->str_spec_name);

    l->agrees = l->by_label = true;
    if (name && PyUnicode_CheckExact(name))
        Py_SETREF(l->wanted, Py_NewRef(name));
    Py_XDECREF(name);
    Py_XDECREF(spec);
}

/*
 * _call_with_frames_removed(f, *args): of _gcd_import() and its like the name
 * is the argument; what a loader executes by hand is judged by what it turns
 * out to be.
 */
static void
look_at_call(const stk_interp *state, look *l, PyObject *locals,
             bool innermost)
{
    PyObject *function = variable(locals, "f");
    PyObject *args = variable(locals, "args");
    PyObject *first = args && PyTuple_Check(args) && PyTuple_GET_SIZE(args)
                          ? PyTuple_GET_ITEM(args, 0)
                          : NULL;

    if (first && PyUnicode_Check(first))
        compare(l, first);
    else if (innermost && first && function && stk_impfn_check(function))
        look_at_made(state, l, first);
    else if (innermost && function && is_exec(function))
        l->agrees = true;
    Py_XDECREF(args);
    Py_XDECREF(function);
}

/* importlib's functions that are at a module, and what they call its name. */
static const struct {
    const char *function, *variable;
} at_module[] = {
    { "_find_and_load", "name" },
    { "_find_and_load_unlocked", "name" },
    { "_find_spec", "name" },
    { "_find_spec_from_path", "name" },
    { "_find_spec_legacy", "name" },
    { "_gcd_import", "name" },
    { "_get_spec", "fullname" },
    { "_legacy_get_spec", "fullname" },
    { "_load_module_shim", "fullname" },
    { "find_loader", "name" }, /* a function; the methods look no further */
    { "find_module", "fullname" },
    { "find_spec", "fullname" },
    { "get_code", "fullname" },
    { "load_module", "fullname" },
    { "reload", "name" },
};

/* NULL: it is at none. */
static const char *
variable_of(PyFrameObject *frame)
{
    for (size_t i = 0; i < sizeof at_module / sizeof *at_module; i++)
        if (stk_frame_is_named(frame, at_module[i].function))
            return at_module[i].variable;
    return NULL;
}

static void
look_at_name(look *l, PyObject *locals, const char *name)
{
    PyObject *value = variable(locals, name);

    if (value && PyUnicode_Check(value))
        compare(l, value);
    Py_XDECREF(value);
}

static void
look_at_frame(const stk_interp *state, look *l, PyFrameObject *frame,
              bool innermost)
{
    bool in_list = stk_frame_is_named(frame, "_handle_fromlist");
    bool calls = stk_frame_is_named(frame, "_call_with_frames_removed");
    const char *name = in_list || calls ? NULL : variable_of(frame);
    PyObject *locals =
        calls || name ? PyObject_GetAttrString((PyObject *)frame, "f_locals")
                      : NULL;

    /* what it calls has nothing to import */
    if (stk_frame_is_named(frame, "invalidate_caches"))
        l->differs = true;
    if (locals && calls)
        look_at_call(state, l, locals, innermost);
    else if (locals)
        look_at_name(l, locals, name);
    else if (in_list && !l->in_list)
        go_to_parent(l);
    l->in_list = in_list;
    Py_XDECREF(locals);
    PyErr_Clear();
}

static bool
is_of_importlib(const stk_interp *state, PyFrameObject *frame)
{
    return stk_frame_tag(state, frame).kind == STK_CODE_IMPORTLIB;
}

/* ---- the stack ------------------------------------------------------- */

/* What the frame has C import. Borrowed, or NULL. */
static PyObject *
open_at(const stk_interp *state, const PyFrameObject *frame)
{
    return stk_initial_is_at(frame) ? NULL : stk_attempt_at(state, frame);
}

/* True where importlib's frames, or the import that C does for the frame
 * outside them, are at something else. What an extension that is loaded asks
 * importlib for has nothing to do with those that load it. */
static bool
differs(const stk_interp *state, PyFrameObject *innermost, PyObject *said)
{
    look l = { .wanted = Py_NewRef(said) };
    PyFrameObject *frame = innermost;
    PyObject *open;

    Py_INCREF(frame);
    while (frame && !l.differs && is_of_importlib(state, frame) &&
           (frame == innermost || !stk_initial_is_at(frame))) {
        look_at_frame(state, &l, frame, frame == innermost);
        frame = stk_frame_out(frame);
    }
    open = frame ? open_at(state, frame) : NULL;
    if (open && !l.differs)
        compare(&l, open);
    Py_XDECREF(frame);
    Py_DECREF(l.wanted);
    return l.differs || !l.agrees;
}

/* Compiling "\N{DASH}" does, whoever's module that is in. */
static bool
needs_unicodedata(PyObject *said)
{
    return PyUnicode_CompareWithASCIIString(said, "unicodedata") == 0;
}

bool
stk_planted_asks(const stk_interp *state, PyObject *said)
{
    PyFrameObject *frame = PyEval_GetFrame();
    bool importing = frame && is_of_importlib(state, frame);
    PyObject *open = frame && !importing ? open_at(state, frame) : NULL;

    /* importlib hands nothing over to be called later */
    if (!said)
        return stk_initial_number() == 0 && (importing || open);
    if (importing)
        return !needs_unicodedata(said) && differs(state, frame, said);
    return open && !is_within(open, said);
}
