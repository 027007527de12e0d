/* SPDX-License-Identifier: Apache-2.0 */
/* importlib's frames below what C imports. */
#include "python/asks/importframes.h"

#include <string.h>

#include "python/asks/frame.h"
#include "python/asks/tag.h"
#include "python/object/compat.h"

#define FRAMES 4

/* Of importlib's: after the body has run, _load_unlocked() takes the module
 * out of sys.modules, which may say that it is not there. */
#define LINES_TO_THE_END 11

/* Stands in the text where the code has step() among its constants. */
#define PLACEHOLDER 1.5

/* From the outermost to the innermost; C calls each, which calls C. */
static const struct {
    const char *name, *arguments;
    bool goes_on;
} wanted[FRAMES] = {
    { "_find_and_load", "name, import_", false },
    { "_find_and_load_unlocked", "name, import_", false },
    { "_load_unlocked", "spec", true },
    { "exec_module", "self, module", false },
};

/* Anybody finds the functions, and can call them: what they do is in the
 * code, a constant of it, and not for a caller to choose. Strong. */
struct stk_importframes {
    PyObject *functions[FRAMES];
    PyObject *codes[FRAMES];
};

/* One call. On the C stack of who calls. */
typedef struct running {
    const stk_interp *state;
    stk_framed *framed;
    int at; /* how many frames there are */
    bool ended;
} running;

/* NULL but between the call of a frame's function and its call of step(): a
 * body that finds step() in a frame calls it in vain. */
static _Thread_local running *current;

/* ---- going down ------------------------------------------------------ */

/* Borrowed. A function may have been given other code. */
static PyObject *
function_at(const stk_interp *state, int i)
{
    struct stk_importframes *frames = state->import_frames;
    PyObject *function = frames->functions[i];

    if (PyFunction_GET_CODE(function) == frames->codes[i])
        return function;
    function =
        PyFunction_New(frames->codes[i], PyFunction_GET_GLOBALS(function));
    if (function)
        Py_SETREF(frames->functions[i], function);
    return function;
}

static PyObject *
call_function(PyObject *function, int i, const stk_framed *framed)
{
    if (i < 2)
        return PyObject_CallFunctionObjArgs(function, framed->name,
                                            framed->import, NULL);
    if (i == 2)
        return PyObject_CallFunctionObjArgs(function, framed->spec, NULL);
    return PyObject_CallFunctionObjArgs(function, framed->loader,
                                        framed->module, NULL);
}

static PyObject *
call_frame(running *r)
{
    PyObject *function = Py_XNewRef(function_at(r->state, r->at)), *result;
    int i = r->at++;

    if (!function)
        return NULL;
    current = r;
    result = call_function(function, i, r->framed);
    Py_DECREF(function);
    return result;
}

static PyObject *
go_on(running *r)
{
    PyObject *result;

    if (r->at < (int)r->framed->depth)
        return call_frame(r);
    result = r->framed->inner(r->framed->data);
    r->ended = true;
    return result;
}

/* Which of the functions runs, or -1. What looks on, as a tracer, has frames
 * of its own. */
static int
running_function(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyObject *code = frame ? (PyObject *)PyFrame_GetCode(frame) : NULL;
    int i = FRAMES - 1;

    while (i >= 0 && state->import_frames->codes[i] != code)
        i--;
    Py_XDECREF(code);
    return i;
}

static PyObject *
step(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(arg))
{
    running *r = current;
    int i = r ? running_function(r->state) : -1;
    PyObject *result;

    if (i < 0 || (r->ended ? !wanted[i].goes_on : i != r->at - 1)) {
        PyErr_SetString(PyExc_RuntimeError, "no import is at this step");
        return NULL;
    }
    current = NULL;
    if (r->ended)
        return r->framed->after(r->framed->data);
    result = go_on(r);
    if (wanted[i].goes_on)
        current = r;
    return result;
}

PyObject *
stk_importframes_call(const stk_interp *state, stk_framed *framed)
{
    running r = { state, framed, 0, false };
    running *outer = current;
    PyObject *result = call_frame(&r);

    current = outer;
    return result;
}

/* ---- the functions --------------------------------------------------- */

/* What importlib's own has, for a function that stands where it stands. */
typedef struct place {
    PyCodeObject *code; /* strong */
    int line;           /* where it calls */
} place;

static void
clear_places(place *places)
{
    for (int i = 0; i < FRAMES; i++)
        Py_CLEAR(places[i].code);
}

static PyObject *
lines(int n)
{
    PyObject *line = PyUnicode_FromString("\n");
    PyObject *text = line ? PySequence_Repeat(line, n) : NULL;

    Py_XDECREF(line);
    return text;
}

/* A plain constant would have a warning. */
#define CALL_STEP "(0 or 1.5)()"

/* The text of a function whose call is on the same line of the same file. */
static PyObject *
write_function(const place *at, int i)
{
    int first = at->code->co_firstlineno;
    PyObject *before = lines(first - 1), *within = lines(at->line - first);
    PyObject *behind = lines(wanted[i].goes_on ? LINES_TO_THE_END : 0);
    PyObject *text = NULL;

    if (before && within && behind)
        text = PyUnicode_FromFormat(
            "%Udef %s(%s):%U %s" CALL_STEP "%U%s\n", before, wanted[i].name,
            wanted[i].arguments, within, wanted[i].goes_on ? "" : "return ",
            behind, wanted[i].goes_on ? " return " CALL_STEP : "");
    Py_XDECREF(before);
    Py_XDECREF(within);
    Py_XDECREF(behind);
    return text;
}

/* The first code among the constants of another. */
static PyCodeObject *
code_within(PyCodeObject *outer)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(outer->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(outer->co_consts, i);

        if (PyCode_Check(constant))
            return (PyCodeObject *)Py_NewRef(constant);
    }
    PyErr_SetString(PyExc_SystemError, "a function without code");
    return NULL;
}

static PyMethodDef step_def = { "step", step, METH_NOARGS, NULL };

/* Nobody else has the code yet. 0 or -1. */
static int
put_step(PyCodeObject *code)
{
    PyObject *constants = code->co_consts, *function;
    Py_ssize_t i = PyTuple_GET_SIZE(constants) - 1;

    while (i >= 0 &&
           !(PyFloat_CheckExact(PyTuple_GET_ITEM(constants, i)) &&
             PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(constants, i)) == PLACEHOLDER))
        i--;
    function = i >= 0 ? PyCFunction_New(&step_def, NULL) : NULL;
    if (!function) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_SystemError, "a function without a step");
        return -1;
    }
    Py_DECREF(PyTuple_GET_ITEM(constants, i));
    PyTuple_SET_ITEM(constants, i, function);
    return 0;
}

/* Until the event of it. */
static _Thread_local bool compiling;

static PyCodeObject *
compile_function(const place *at, int i)
{
    PyObject *text = write_function(at, i), *outer = NULL;
    const char *bytes = text ? PyUnicode_AsUTF8(text) : NULL;
    PyCodeObject *code = NULL;

    compiling = bytes != NULL;
    if (bytes)
        outer = Py_CompileStringObject(bytes, at->code->co_filename,
                                       Py_file_input, NULL, -1);
    compiling = false;
    if (outer)
        code = code_within((PyCodeObject *)outer);
    if (code && put_step(code) < 0)
        Py_CLEAR(code);
    Py_XDECREF(outer);
    Py_XDECREF(text);
    return code;
}

/* It asks for nothing, as importlib's own. */
static PyObject *
make_function(const stk_interp *state, const place *at, int i,
              PyObject *globals)
{
    PyCodeObject *code = compile_function(at, i);
    PyObject *function = NULL;

    if (code &&
        stk_code_tag_set(state, code, stk_code_tag_get(state, at->code)) == 0)
        function = PyFunction_New((PyObject *)code, globals);
    Py_XDECREF(code);
    return function;
}

/* ---- learning -------------------------------------------------------- */

static bool
is_importlibs(const stk_interp *state, PyFrameObject *frame, const char *name)
{
    return frame && stk_frame_tag(state, frame).kind == STK_CODE_IMPORTLIB &&
           stk_frame_is_named(frame, name);
}

/* The four, below the call that runs a body; `external` is the namespace of
 * the innermost. False for any other way. */
static bool
look_below(const stk_interp *state, place *places, PyObject **external)
{
    PyFrameObject *frame = PyEval_GetFrame();
    bool seen = is_importlibs(state, frame, "_call_with_frames_removed");

    Py_XINCREF(frame);
    for (int i = FRAMES - 1; seen && i >= 0; i--) {
        frame = stk_frame_out(frame);
        seen = is_importlibs(state, frame, wanted[i].name);
        if (!seen)
            break;
        places[i].code = PyFrame_GetCode(frame);
        places[i].line = PyFrame_GetLineNumber(frame);
        seen = places[i].line > places[i].code->co_firstlineno;
        if (i == FRAMES - 1)
            *external = PyFrame_GetGlobals(frame);
    }
    Py_XDECREF(frame);
    return seen && *external;
}

static int
make_functions(stk_interp *state, const place *places, PyObject *external)
{
    struct stk_importframes *frames = PyMem_Calloc(1, sizeof *frames);
    bool made = frames != NULL;

    if (!frames) {
        PyErr_NoMemory();
        return -1;
    }
    state->import_frames = frames;
    for (int i = 0; made && i < FRAMES; i++) {
        frames->functions[i] =
            make_function(state, &places[i], i,
                          i == FRAMES - 1 ? external : state->bootstrap_dict);
        made = frames->functions[i] != NULL;
        if (made)
            frames->codes[i] =
                Py_NewRef(PyFunction_GET_CODE(frames->functions[i]));
    }
    if (made)
        return 0;
    stk_importframes_forget(state);
    return -1;
}

/* Compiling is an event, which is none of the program's: nobody is asked, and
 * who says no to it has importlib import as ever. */
static void
compile_unseen(stk_interp *state, const place *places, PyObject *external)
{
    state->frames_tried = true;
    if (make_functions(state, places, external) < 0)
        PyErr_Clear();
}

/* Where no module will be imported in C, the program's own hooks hear of
 * nothing that is compiled for that. */
static bool
are_wanted(void)
{
    stk_guard *guard = stk_process_guard();
    stk_policy *policy = guard ? stk_guard_policy(guard) : NULL;
    bool are = policy && !stk_policy_signing(policy)->slow &&
               !stk_guard_needs_signatures(guard) &&
               !stk_guard_needs_workers(guard);

    stk_policy_free(policy);
    return are;
}

void
stk_importframes_learn(stk_interp *state)
{
    place places[FRAMES] = { { NULL, 0 } };
    PyObject *external = NULL;

    if (state->frames_tried || !are_wanted())
        return;
    if (look_below(state, places, &external))
        compile_unseen(state, places, external);
    clear_places(places);
    Py_XDECREF(external);
}

bool
stk_importframes_raises(const char *event)
{
    bool own = compiling && !strcmp(event, "compile");

    compiling = false; /* hooks of others come next, and what they do */
    return own;
}

bool
stk_importframes_known(const stk_interp *state)
{
    return state->import_frames != NULL;
}

void
stk_importframes_forget(stk_interp *state)
{
    struct stk_importframes *frames = state->import_frames;

    if (!frames)
        return;
    state->import_frames = NULL;
    for (int i = 0; i < FRAMES; i++) {
        Py_XDECREF(frames->functions[i]);
        Py_XDECREF(frames->codes[i]);
    }
    PyMem_Free(frames);
}
